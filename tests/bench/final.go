package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	asgigateway "basehandler/asgi/gateway"
	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi/gateway"
)

// currentUser is where the middleware for the cookie leaves the user.
var currentUser = web.NewKey[*user]("user")

// keys are those of the layers that leave a value. A program has each in a
// variable, so it is made once.
var keys = map[string]web.Key[*user]{}

func keyOf(name string) web.Key[*user] {
	if _, ok := keys[name]; !ok {
		keys[name] = web.NewKey[*user](name)
	}
	return keys[name]
}

// final gives the layer as sync and as async code, so that each handler is all
// of one kind.
func (l layer) final() handlers.MiddlewareClass {
	before := func(*web.Request) {}
	after := func(web.Response) error { return nil }
	switch l.does {
	case passOn:
		return handlers.MiddlewareClass{
			New: func(inside handlers.GetResponse) (handlers.Middleware, error) {
				return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) { return inside(request) }), nil
			},
			NewAsync: func(inside handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
				return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
					return inside(ctx, request)
				}), nil
			},
		}
	case setValue:
		key := keyOf(l.name)
		before = func(request *web.Request) { key.Set(request, ada) }
	case readCookie:
		before = func(request *web.Request) {
			if session, ok := request.Cookie(l.name); ok && session != "" {
				currentUser.Set(request, ada)
			}
		}
	case setHeader:
		after = func(response web.Response) error { return response.Base().Set(l.name, l.value) }
	}
	return handlers.MiddlewareClass{
		New: func(inside handlers.GetResponse) (handlers.Middleware, error) {
			return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) {
				before(request)
				response, err := inside(request)
				if err != nil {
					return nil, err
				}
				return response, after(response)
			}), nil
		},
		NewAsync: func(inside handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
				before(request)
				response, err := inside(ctx, request)
				if err != nil {
					return nil, err
				}
				return response, after(response)
			}), nil
		},
	}
}

func (a app) finalView(*web.Request, *web.Args) (web.Response, error) {
	return web.NewHttpResponse(greeting), nil
}

func (a app) finalDetail(_ *web.Request, args *web.Args) (web.Response, error) {
	if args.Int("id") == 0 {
		return nil, errors.New("no id")
	}
	return web.NewHttpResponse(document, web.ContentType(json)), nil
}

func (a app) settings(async bool) *conf.Settings {
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	settings.Logger = slog.New(slog.DiscardHandler) // a miss is logged, as in Django
	settings.Modules = &conf.Modules{}
	for i, layer := range a.layers {
		name := fmt.Sprintf("bench.Layer%d", i)
		settings.Modules.Register(name, layer.final())
		settings.Middleware = append(settings.Middleware, name)
	}
	call := a.finalView
	if a.detail {
		call = a.finalDetail
	}
	view := &web.View{Name: "bench.view", Call: call}
	if async {
		view = &web.View{Name: "bench.view", CallAsync: func(_ context.Context, request *web.Request, args *web.Args) (web.Response, error) {
			return call(request, args)
		}}
	}
	table := &urls.URLConf{Handler404: func(*web.Request, error) (web.Response, error) {
		return web.NewHttpResponse(nothing, web.Status(http.StatusNotFound), web.ContentType(plain)), nil
	}}
	for _, route := range a.routes {
		table.Patterns = append(table.Patterns, urls.Path(strings.Replace(route, "{id}", "<int:id>", 1), view))
	}
	settings.RootURLConf = "bench.urls"
	settings.Modules.Register(settings.RootURLConf, table)
	return settings
}

// buildFinal goes over WSGI with sync code.
func buildFinal(a app) http.Handler {
	handler, err := handlers.NewWSGIHandler(a.settings(false), handlers.Options{})
	if err != nil {
		panic(err)
	}
	return gateway.New(handler.Application())
}

// buildASGI goes over ASGI with async code.
func buildASGI(a app) http.Handler {
	handler, err := handlers.NewASGIHandler(a.settings(true), handlers.Options{})
	if err != nil {
		panic(err)
	}
	return asgigateway.New(handler.Application())
}
