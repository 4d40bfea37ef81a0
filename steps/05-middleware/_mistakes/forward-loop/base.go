package handler

import "fmt"

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	settings Settings
	view     View
	chain    GetResponse // the outermost layer
}

// loadMiddleware builds the onion, from the inside out: each layer is given
// the one that was made before it. So the list is walked from its end, and the
// first one listed becomes the outermost.
func (h *BaseHandler) loadMiddleware() error {
	handler := GetResponse(h.view)
	for _, path := range h.settings.Middleware {
		factory, err := importString[MiddlewareFactory](path)
		if err != nil {
			return err
		}
		middleware, err := factory(h.settings).New(handler)
		if err != nil {
			return err
		}
		if middleware == nil {
			return &ImproperlyConfigured{Message: fmt.Sprintf("Middleware factory %s returned None.", path)}
		}
		handler = middleware.Call
	}
	h.chain = handler
	return nil
}

// getResponse is all that happens between a request and its response.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	return h.chain(request)
}
