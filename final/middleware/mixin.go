package middleware

import (
	"context"

	"basehandler/final/handlers"
	"basehandler/final/web"
)

// RequestProcessor is asked before what is inside is called. A response in place
// of nil is the answer, and what is inside is not called.
type RequestProcessor interface {
	ProcessRequest(request *web.Request) (web.Response, error)
}

// ResponseProcessor gets every response on its way out, also the one that
// ProcessRequest of the same layer gave.
type ResponseProcessor interface {
	ProcessResponse(request *web.Request, response web.Response) (web.Response, error)
}

// MiddlewareMixin makes a class of objects that have ProcessRequest and
// ProcessResponse, or one of them, in the style that Django had before 1.10.
// The class is capable of both modes: the two are sync code, and are called over
// a bridge where the layer is async. create makes the object, which may have the
// hooks of a middleware as well; a nil object is a factory that returned None.
//
// Django: utils/deprecation.py MiddlewareMixin.
func MiddlewareMixin(create func() (any, error)) handlers.MiddlewareClass {
	return mixinClass(create, handlers.SyncToAsync[web.Response])
}

// mixinClass is MiddlewareMixin with a way to call sync code from async code.
func mixinClass(create func() (any, error), cross crossing) handlers.MiddlewareClass {
	return handlers.MiddlewareClass{
		New: func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
			object, err := create()
			if web.IsNil(object) || err != nil {
				return nil, err
			}
			m := newMixin(object)
			m.getResponse = getResponse
			return m, nil
		},
		NewAsync: func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			object, err := create()
			if web.IsNil(object) || err != nil {
				return nil, err
			}
			m := newMixin(object)
			m.getResponseAsync, m.cross = getResponse, cross
			return m, nil
		},
	}
}

// crossing calls sync code from async code.
type crossing func(ctx context.Context, call func(ctx context.Context) (web.Response, error)) (web.Response, error)

type mixin struct {
	object           any
	request          RequestProcessor  // nil if the object is none
	response         ResponseProcessor // nil if the object is none
	getResponse      handlers.GetResponse
	getResponseAsync handlers.GetResponseAsync
	cross            crossing
}

func newMixin(object any) *mixin {
	m := &mixin{object: object}
	m.request, _ = object.(RequestProcessor)
	m.response, _ = object.(ResponseProcessor)
	return m
}

// Hooks is where the handler finds the hooks of the layer.
func (m *mixin) Hooks() any { return m.object }

// Call is the layer as sync code.
func (m *mixin) Call(request *web.Request) (response web.Response, err error) {
	if m.request != nil {
		if response, err = m.request.ProcessRequest(request); err != nil {
			return nil, err
		}
	}
	if web.IsNil(response) {
		if response, err = m.getResponse(request); err != nil {
			return nil, err
		}
	}
	if m.response != nil {
		return m.response.ProcessResponse(request, response)
	}
	return response, nil
}

// CallAsync is the layer as async code.
func (m *mixin) CallAsync(ctx context.Context, request *web.Request) (response web.Response, err error) {
	if m.request != nil {
		response, err = m.cross(ctx, func(context.Context) (web.Response, error) { return m.request.ProcessRequest(request) })
		if err != nil {
			return nil, err
		}
	}
	if web.IsNil(response) {
		if response, err = m.getResponseAsync(ctx, request); err != nil {
			return nil, err
		}
	}
	if m.response != nil {
		inner := response
		return m.cross(ctx, func(context.Context) (web.Response, error) { return m.response.ProcessResponse(request, inner) })
	}
	return response, nil
}
