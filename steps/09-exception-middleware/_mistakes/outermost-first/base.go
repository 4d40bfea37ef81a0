package handler

import (
	"errors"
	"fmt"
	"slices"
)

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	settings            Settings
	chain               GetResponse          // the outermost layer
	viewMiddleware      []ViewProcessor      // the outermost first
	exceptionMiddleware []ExceptionProcessor // the outermost first
}

// loadMiddleware builds the onion, from the inside out: each layer is given
// the one that was made before it. So the list is walked from its end, and the
// first one listed becomes the outermost.
func (h *BaseHandler) loadMiddleware() error {
	h.viewMiddleware, h.exceptionMiddleware = nil, nil
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
		if hook, ok := middleware.(ExceptionProcessor); ok {
			h.exceptionMiddleware = slices.Insert(h.exceptionMiddleware, 0, hook)
		}
		handler = h.convertExceptionToResponse(middleware.Call)
	}
	h.chain = handler
	return nil
}

// getResponse is all that happens between a request and its response.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	setURLConf(request.META, h.settings.RootURLConf)
	return h.chain(request)
}

// innerGetResponse is the innermost handler, what all the layers are around:
// it finds the view and calls it. Django: _get_response.
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
		if response, err = match.View.Call(request, match.Kwargs); err != nil {
			response, err = h.processExceptionByMiddleware(request, err)
		}
		if err != nil {
			return nil, err
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
