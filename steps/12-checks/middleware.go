package handler

// GetResponse turns a request into a response: a view does, and so does a view
// with any number of layers around it. That all have the same shape is what
// makes the onion possible.
type GetResponse func(request *Request) (Response, error)

// Middleware is one layer, made around what is inside it.
type Middleware interface {
	Call(request *Request) (Response, error)
}

// MiddlewareFunc is a layer that is a function.
type MiddlewareFunc func(request *Request) (Response, error)

// Call calls the function.
func (f MiddlewareFunc) Call(request *Request) (Response, error) { return f(request) }

// MiddlewareClass makes a layer. In Django it is a class, or any function of
// one argument; New is its init method.
type MiddlewareClass struct {
	New func(getResponse GetResponse) (Middleware, error)
}

// MiddlewareFactory is what a dotted name in MIDDLEWARE stands for. A Python
// class reads the global settings; here they are handed to it.
type MiddlewareFactory func(settings Settings) MiddlewareClass

// ViewProcessor is a middleware that wants to know which view will be called.
// A response in place of nil is the answer, and the view is not called. It sees
// the view as the URLconf has it, and the kwargs it will be called with.
// Django: process_view.
type ViewProcessor interface {
	ProcessView(request *Request, view View, kwargs Kwargs) (Response, error)
}

// ExceptionProcessor is a middleware that may answer for an error of the view.
// It gives nil for an error that is none of its business. It does not see a
// panic, nor the error of a URL that matches nothing, nor those of other hooks.
// Django: process_exception.
type ExceptionProcessor interface {
	ProcessException(request *Request, exception error) (Response, error)
}

// TemplateResponseProcessor is a middleware that may change a response before
// it is rendered, or give another one. Django: process_template_response.
type TemplateResponseProcessor interface {
	ProcessTemplateResponse(request *Request, response Response) (Response, error)
}
