package handler

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	settings            Settings
	chain               GetResponse                 // the outermost layer
	viewMiddleware      []ViewProcessor             // the outermost first
	templateMiddleware  []TemplateResponseProcessor // the innermost first
	exceptionMiddleware []ExceptionProcessor        // the innermost first
}

// loadMiddleware builds the onion, from the inside out: each layer is given
// the one that was made before it. So the list is walked from its end, and the
// first one listed becomes the outermost.
func (h *BaseHandler) loadMiddleware() error {
	h.viewMiddleware, h.templateMiddleware, h.exceptionMiddleware = nil, nil, nil
	handler := h.convertExceptionToResponse(h.innerGetResponse)
	for _, path := range slices.Backward(h.settings.Middleware) {
		factory, err := importString[MiddlewareFactory](path)
		if err != nil {
			return err
		}
		middleware, err := factory(h.settings).New(handler)
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
		handler = h.convertExceptionToResponse(middleware.Call)
	}
	h.chain = handler
	return nil
}

// getResponse is all that happens between a request and its response.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	setURLConf(request.META, h.settings.RootURLConf)
	request.connections, request.transactions = h.settings.Connections, map[string]*sql.Tx{}
	response, err := h.chain(request)
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
// it finds the view and calls it, and renders what is to be rendered. Django:
// _get_response.
func (h *BaseHandler) innerGetResponse(request *Request) (Response, error) {
	match, err := h.resolveRequest(request)
	if err != nil {
		return nil, err
	}
	var response Response
	for _, hook := range h.viewMiddleware {
		if response, err = hook.ProcessView(request, match.View, match.Kwargs); err != nil {
			return nil, err
		}
		if response != nil {
			break
		}
	}
	if response == nil {
		view := h.makeViewAtomic(match.View)
		if response, err = view.Call(request, match.Kwargs); err != nil {
			response, err = h.processExceptionByMiddleware(request, err)
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
			if response, err = hook.ProcessTemplateResponse(request, response); err != nil {
				return nil, err
			}
			if err := checkResponse(response, className(hook)+".process_template_response"); err != nil {
				return nil, err
			}
		}
		if response, err = render(response); err != nil {
			return h.processExceptionByMiddleware(request, err)
		}
	}
	return response, nil
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
func (h *BaseHandler) processExceptionByMiddleware(request *Request, err error) (Response, error) {
	if uncatchable(request, err) {
		return nil, err
	}
	for _, hook := range h.exceptionMiddleware {
		if response, failure := hook.ProcessException(request, err); response != nil || failure != nil {
			return response, failure
		}
	}
	return nil, err
}
