package middleware

import (
	"context"

	"basehandler/final/handlers"
	"basehandler/final/web"
)

// DecoratorFromMiddleware puts a middleware around one view. The object has
// ProcessRequest, ProcessResponse or hooks, as that of MiddlewareMixin does. What
// a response is rendered from may still change on its way out, so ProcessResponse
// sees it when it is rendered. Around async code the methods run where they are
// called.
//
// Django: utils/decorators.py decorator_from_middleware.
func DecoratorFromMiddleware(object any) func(view *web.View) *web.View {
	return func(view *web.View) *web.View {
		decorated := *view
		around := func(request *web.Request, args *web.Args, call func() (web.Response, error)) (web.Response, error) {
			return aroundView(object, view, request, args, call)
		}
		if view.Call != nil {
			decorated.Call = func(request *web.Request, args *web.Args) (web.Response, error) {
				return around(request, args, func() (web.Response, error) { return view.Call(request, args) })
			}
		}
		if view.CallAsync != nil {
			decorated.CallAsync = func(ctx context.Context, request *web.Request, args *web.Args) (web.Response, error) {
				return around(request, args, func() (web.Response, error) { return view.CallAsync(ctx, request, args) })
			}
		}
		return &decorated
	}
}

// aroundView is what a handler does around all views, for the one. Whoever
// answers in place of the view has the last word.
func aroundView(object any, view *web.View, request *web.Request, args *web.Args, call func() (web.Response, error)) (web.Response, error) {
	if m, ok := object.(RequestProcessor); ok {
		if response, err := m.ProcessRequest(request); err != nil || !web.IsNil(response) {
			return response, err
		}
	}
	if m, ok := object.(handlers.ViewProcessor); ok {
		if response, err := m.ProcessView(request, view, args); err != nil || !web.IsNil(response) {
			return response, err
		}
	}
	response, err := call()
	if err != nil {
		if m, ok := object.(handlers.ExceptionProcessor); ok {
			if answer, failure := m.ProcessException(request, err); failure != nil || !web.IsNil(answer) {
				return answer, failure
			}
		}
		return nil, err
	}
	m, reads := object.(ResponseProcessor)
	if _, ok := response.(web.Renderer); ok {
		if m, ok := object.(handlers.TemplateResponseProcessor); ok {
			if response, err = m.ProcessTemplateResponse(request, response); err != nil {
				return nil, err
			}
		}
		if late, ok := response.(postRenderer); reads && ok {
			return response, late.AddPostRenderCallback(func(response web.Response) (web.Response, error) {
				return m.ProcessResponse(request, response)
			})
		}
	}
	if reads {
		return m.ProcessResponse(request, response)
	}
	return response, nil
}

// postRenderer is a response that tells when it is rendered.
type postRenderer interface {
	AddPostRenderCallback(callback func(web.Response) (web.Response, error)) error
}
