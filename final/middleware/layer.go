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

// class makes the class of a middleware of this package: one with
// ProcessRequest, ProcessResponse or both. Departs from MiddlewareMixin in one
// thing: in async code the two run where they are called. They wait for nothing,
// so that moving them to the thread of sync code would only cost time.
func class(create func() (any, error)) handlers.MiddlewareClass {
	return handlers.MiddlewareClass{
		New: func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
			object, err := create()
			if err != nil {
				return nil, err
			}
			l := newLayer(object)
			l.getResponse = getResponse
			return l, nil
		},
		NewAsync: func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			object, err := create()
			if err != nil {
				return nil, err
			}
			l := newLayer(object)
			l.getResponseAsync = getResponse
			return l, nil
		},
	}
}

type layer struct {
	request          RequestProcessor  // nil if it has none
	response         ResponseProcessor // nil if it has none
	getResponse      handlers.GetResponse
	getResponseAsync handlers.GetResponseAsync
}

func newLayer(object any) *layer {
	l := &layer{}
	l.request, _ = object.(RequestProcessor)
	l.response, _ = object.(ResponseProcessor)
	return l
}

// Call is the layer as sync code.
func (l *layer) Call(request *web.Request) (response web.Response, err error) {
	if l.request != nil {
		response, err = l.request.ProcessRequest(request)
	}
	if response == nil && err == nil {
		response, err = l.getResponse(request)
	}
	if err != nil || l.response == nil {
		return response, err
	}
	return l.response.ProcessResponse(request, response)
}

// CallAsync is the layer as async code.
func (l *layer) CallAsync(ctx context.Context, request *web.Request) (response web.Response, err error) {
	if l.request != nil {
		response, err = l.request.ProcessRequest(request)
	}
	if response == nil && err == nil {
		response, err = l.getResponseAsync(ctx, request)
	}
	if err != nil || l.response == nil {
		return response, err
	}
	return l.response.ProcessResponse(request, response)
}

// contents is a response whose content is all there.
type contents interface {
	Content() []byte
	SetContent([]byte) error
}
