package scenario

import (
	"context"

	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/template"
	"basehandler/final/web"
)

// hooks are the three hooks of a layer. A hook that the scenario does not have
// does nothing, which nobody can tell from one that is absent.
type hooks struct {
	*builder
	Middleware
}

func (h hooks) view(request *web.Request, view *web.View) (web.Response, error) {
	if h.Middleware.View == nil {
		return nil, nil
	}
	h.note(h.isAsync(), "%s process_view %s", h.Name, view.Name[len("scenario."):])
	return h.act(h.Name+".view", *h.Middleware.View, request)
}

func (h hooks) exception(request *web.Request, exception error) (web.Response, error) {
	if h.Middleware.Exception == nil {
		return nil, nil
	}
	h.note(h.isAsync(), "%s process_exception %s", h.Name, exceptions.Kind(exception))
	return h.act(h.Name+".exception", *h.Middleware.Exception, request)
}

func (h hooks) template(request *web.Request, response web.Response) (web.Response, error) {
	if h.Middleware.Template == nil {
		return response, nil
	}
	h.note(h.isAsync(), "%s process_template_response", h.Name)
	if *h.Middleware.Template != "pass" {
		return h.act(h.Name+".template", *h.Middleware.Template, request)
	}
	// What an inner hook put in its place may have no context to mark.
	if page, ok := response.(*template.Response); ok {
		marks, _ := page.Context["marks"].([]string)
		page.Context["marks"] = append(marks, h.Name)
	}
	return response, nil
}

func (h hooks) isAsync() bool { return h.Hooks == "async" }

// syncHooks has them as sync code.
type syncHooks struct{ hooks }

func (h syncHooks) ProcessView(request *web.Request, view *web.View, _ *web.Args) (web.Response, error) {
	return h.view(request, view)
}

func (h syncHooks) ProcessException(request *web.Request, exception error) (web.Response, error) {
	return h.exception(request, exception)
}

func (h syncHooks) ProcessTemplateResponse(request *web.Request, response web.Response) (web.Response, error) {
	return h.template(request, response)
}

// asyncHooks has them as async code.
type asyncHooks struct{ hooks }

func (h asyncHooks) ProcessViewAsync(_ context.Context, request *web.Request, view *web.View, _ *web.Args) (web.Response, error) {
	return h.view(request, view)
}

func (h asyncHooks) ProcessExceptionAsync(_ context.Context, request *web.Request, exception error) (web.Response, error) {
	return h.exception(request, exception)
}

func (h asyncHooks) ProcessTemplateResponseAsync(_ context.Context, request *web.Request, response web.Response) (web.Response, error) {
	return h.template(request, response)
}

// hooksOf gives the hooks of a layer in their mode.
func (b *builder) hooksOf(m Middleware) any {
	if m.Hooks == "async" {
		return asyncHooks{hooks{b, m}}
	}
	return syncHooks{hooks{b, m}}
}

// Hooks is where the handler finds the hooks of a layer of style call.
func (l *layer) Hooks() any { return l.hooksOf(l.Middleware) }

// mixinSync and mixinAsync are what a layer of style mixin is made of.
type (
	mixinSync struct {
		syncHooks
	}
	mixinAsync struct {
		asyncHooks
	}
)

func (m mixinSync) ProcessRequest(request *web.Request) (web.Response, error) {
	return m.enter(false, m.Middleware, request)
}

func (m mixinSync) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	return m.leave(false, m.Middleware, request, response)
}

func (m mixinAsync) ProcessRequest(request *web.Request) (web.Response, error) {
	return m.enter(false, m.Middleware, request)
}

func (m mixinAsync) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	return m.leave(false, m.Middleware, request, response)
}

// mixin gives the object of a layer of style mixin.
func (b *builder) mixin(m Middleware) any {
	if m.Hooks == "async" {
		return mixinAsync{asyncHooks{hooks{b, m}}}
	}
	return mixinSync{syncHooks{hooks{b, m}}}
}

var (
	_ handlers.HookHolder = (*layer)(nil)
	_ handlers.Middleware = (*layer)(nil)
)
