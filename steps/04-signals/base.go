package handler

// BaseHandler turns a request into a response. It knows nothing of WSGI.
type BaseHandler struct {
	view View
}

// getResponse is all that happens between a request and its response.
func (h *BaseHandler) getResponse(request *Request) (Response, error) {
	return h.view(request)
}
