package handler

import "slices"

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	settings Settings
	view     View
}

// getResponse builds the onion from the inside out, each layer around the one
// before, and calls the outermost. It does so for each request: every layer is
// looked up and made anew, a thousand times a second on a busy site, and a name
// that is wrong in the settings shows only when somebody asks for a page.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	handler := GetResponse(h.view)
	for _, path := range slices.Backward(h.settings.Middleware) {
		factory, err := importString[MiddlewareFactory](path)
		if err != nil {
			return nil, err
		}
		middleware, err := factory(h.settings).New(handler)
		if err != nil {
			return nil, err
		}
		handler = middleware.Call
	}
	return handler(request)
}
