package middleware

import (
	"context"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/web"
)

func init() { Register(&conf.Default) }

// Register puts the middleware of this package on a list of names, under those
// that they have in Django. It has been done for conf.Default.
func Register(modules *conf.Modules) {
	for name, factory := range map[string]handlers.MiddlewareFactory{
		"django.middleware.security.SecurityMiddleware":          SecurityMiddleware,
		"django.middleware.common.CommonMiddleware":              CommonMiddleware,
		"django.middleware.http.ConditionalGetMiddleware":        ConditionalGetMiddleware,
		"django.middleware.gzip.GZipMiddleware":                  GZipMiddleware,
		"django.middleware.clickjacking.XFrameOptionsMiddleware": XFrameOptionsMiddleware,
	} {
		modules.Register(name, factory)
	}
}

// class makes the class of a middleware of this package. Departs from
// MiddlewareMixin in one thing: in async code ProcessRequest and ProcessResponse
// run where they are called. They wait for nothing, so that moving them to the
// thread of sync code would only cost time.
func class(create func() (any, error)) handlers.MiddlewareClass {
	return mixinClass(create, func(ctx context.Context, call func(context.Context) (web.Response, error)) (web.Response, error) {
		return call(ctx)
	})
}

// contents is a response whose content is all there.
type contents interface {
	Content() []byte
	SetContent([]byte) error
}

// contentsOf gives a response whose content is all there, nil for a stream. One
// that is still to be rendered is an error, as in Django.
func contentsOf(response web.Response) (contents, error) {
	switch response := response.(type) {
	case contents:
		return response, nil
	case interface {
		Rendered() (*web.HttpResponse, error)
	}:
		page, err := response.Rendered()
		if err != nil {
			return nil, err
		}
		return page, nil
	}
	return nil, nil
}
