package handler

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	settings            Settings
	chain               GetResponseAsync            // the outermost layer, in the mode of the handler
	viewMiddleware      []ViewProcessor             // the outermost first
	templateMiddleware  []TemplateResponseProcessor // the innermost first
	exceptionMiddleware []ExceptionProcessor        // the innermost first
}

// loadMiddleware builds the onion, from the inside out: each layer is given
// the one that was made before it. So the list is walked from its end, and the
// first one listed becomes the outermost. A layer that can be both sync and
// async code becomes what is inside it, so that there is no bridge between them.
func (h *BaseHandler) loadMiddleware(isAsync bool) error {
	h.viewMiddleware, h.templateMiddleware, h.exceptionMiddleware = nil, nil, nil
	handler, handlerIsAsync := h.convertExceptionToResponse(h.innerGetResponse), isAsync
	for _, path := range slices.Backward(h.settings.Middleware) {
		factory, err := importString[MiddlewareFactory](path)
		if err != nil {
			return err
		}
		class := factory(h.settings)
		if class.New == nil && class.NewAsync == nil {
			return &RuntimeError{Message: fmt.Sprintf("Middleware %s must have at least one of sync_capable/async_capable set to True.", path)}
		}
		middlewareIsAsync := class.NewAsync != nil && (handlerIsAsync || class.New == nil)
		adapted := h.adaptMethodMode(middlewareIsAsync, handler, handlerIsAsync, "middleware "+path)
		middleware, call, err := class.make(middlewareIsAsync, adapted)
		if errors.As(err, new(*MiddlewareNotUsed)) {
			continue
		}
		if err != nil {
			return err
		}
		if middleware == nil {
			return &ImproperlyConfigured{Message: fmt.Sprintf("Middleware factory %s returned None.", path)}
		}
		if hook, ok := middleware.(ViewProcessor); ok {
			h.viewMiddleware = slices.Insert(h.viewMiddleware, 0, hook)
		}
		if hook, ok := middleware.(TemplateResponseProcessor); ok {
			h.templateMiddleware = append(h.templateMiddleware, hook)
		}
		if hook, ok := middleware.(ExceptionProcessor); ok {
			h.exceptionMiddleware = append(h.exceptionMiddleware, hook)
		}
		handler, handlerIsAsync = h.convertExceptionToResponse(call), middlewareIsAsync
	}
	h.chain = h.adaptMethodMode(isAsync, handler, handlerIsAsync, "")
	return nil
}

// adaptMethodMode gives a handler in the mode that is wanted, over a bridge if
// it has to be. While a site is developed, each bridge around a middleware is
// logged: a bridge costs time, and one often does not know of it.
func (h *BaseHandler) adaptMethodMode(isAsync bool, method GetResponseAsync, methodIsAsync bool, name string) GetResponseAsync {
	if isAsync == methodIsAsync {
		return method
	}
	if h.settings.Debug && name != "" {
		kind := map[bool]string{true: "Asynchronous", false: "Synchronous"}[methodIsAsync]
		h.logger().Debug(fmt.Sprintf("%s handler adapted for %s.", kind, name), "logger", "django.request")
	}
	return func(ctx context.Context, request *Request) (Response, error) {
		if isAsync {
			return syncToAsync(ctx, func() (Response, error) { return method(request.Context(), request) })
		}
		return asyncToSync(ctx, func(ctx context.Context) (Response, error) { return method(ctx, request) })
	}
}

// getResponse is all that happens between a request and its response.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	if h.settings.Async {
		return asyncToSync(request.Context(), func(ctx context.Context) (Response, error) { return h.getResponseAsync(ctx, request) })
	}
	return h.getResponseAsync(request.Context(), request)
}

// getResponseAsync is the same with the context that async code runs in.
func (h *BaseHandler) getResponseAsync(ctx context.Context, request *Request) (Response, error) {
	setURLConf(request.META, h.settings.RootURLConf)
	request.connections, request.transactions = h.settings.Connections, map[string]*sql.Tx{}
	response, err := h.chain(ctx, request)
	if err != nil {
		return nil, err
	}
	response.Base().AddCloser(request.Close)
	if response.Base().StatusCode >= http.StatusBadRequest {
		h.logResponse(request, response, "django.request", "", nil)
	}
	return response, nil
}

// innerGetResponse is the innermost handler, what all the layers are around:
// it finds the view and calls it, and renders what is to be rendered. It serves
// both modes: what it calls over a bridge is called directly where there is
// none. Django: _get_response and _get_response_async.
func (h *BaseHandler) innerGetResponse(ctx context.Context, request *Request) (Response, error) {
	match, err := h.resolveRequest(request)
	if err != nil {
		return nil, err
	}
	var response Response
	for _, hook := range h.viewMiddleware {
		ask := func() (Response, error) { return hook.ProcessView(request, match.View, match.Kwargs) }
		if response, err = syncToAsync(ctx, ask); err != nil {
			return nil, err
		}
		if response != nil {
			break
		}
	}
	if response == nil {
		view, err := h.makeViewAtomic(match.View)
		if err != nil {
			return nil, err
		}
		if response, err = callView(ctx, view, request, match.Kwargs); err != nil {
			response, err = h.processExceptionByMiddleware(ctx, request, err)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := checkResponse(response, "The view "+match.View.Name); err != nil {
		return nil, err
	}
	if _, ok := response.(Renderer); ok {
		for _, hook := range h.templateMiddleware {
			before := response
			ask := func() (Response, error) { return hook.ProcessTemplateResponse(request, before) }
			if response, err = syncToAsync(ctx, ask); err != nil {
				return nil, err
			}
			if err := checkResponse(response, className(hook)+".process_template_response"); err != nil {
				return nil, err
			}
		}
		unrendered := response
		if response, err = syncToAsync(ctx, func() (Response, error) { return render(unrendered) }); err != nil {
			return h.processExceptionByMiddleware(ctx, request, err)
		}
	}
	return response, nil
}

// callView calls a view in its own mode.
func callView(ctx context.Context, view View, request *Request, kwargs Kwargs) (Response, error) {
	if view.CallAsync != nil {
		return asyncToSync(ctx, func(ctx context.Context) (Response, error) { return view.CallAsync(ctx, request, kwargs) })
	}
	return syncToAsync(ctx, func() (Response, error) { return view.Call(request, kwargs) })
}

// resolveRequest finds the view for the request and leaves the match on it, so
// that everybody further out can see which view it was.
func (h *BaseHandler) resolveRequest(request *Request) (*ResolverMatch, error) {
	if request.URLConf != "" {
		setURLConf(request.META, request.URLConf)
	}
	urlconf, err := importString[URLConf](getURLConf(request.META))
	if err != nil {
		return nil, err
	}
	request.ResolverMatch, err = urlconf.resolve(request.PathInfo)
	return request.ResolverMatch, err
}

// processExceptionByMiddleware asks the exception hooks for an answer. Without
// one the error goes on as it came; an error of a hook takes its place.
func (h *BaseHandler) processExceptionByMiddleware(ctx context.Context, request *Request, err error) (Response, error) {
	if uncatchable(request, err) || ctx.Err() != nil {
		return nil, err
	}
	for _, hook := range h.exceptionMiddleware {
		response, failure := syncToAsync(ctx, func() (Response, error) { return hook.ProcessException(request, err) })
		if response != nil || failure != nil {
			return response, failure
		}
	}
	return nil, err
}
