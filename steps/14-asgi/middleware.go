package handler

import "context"

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

// GetResponseAsync is GetResponse with the context that async code runs in. A
// handler of either mode can be called by it: sync code takes no notice of the
// context. Python needs two kinds of function here, Go one.
type GetResponseAsync func(ctx context.Context, request *Request) (Response, error)

// AsyncMiddleware is one layer of async code.
type AsyncMiddleware interface {
	CallAsync(ctx context.Context, request *Request) (Response, error)
}

// MiddlewareClass makes a layer. In Django it is a class, or any function of
// one argument; New is its init method. What is not nil is what the class is
// capable of. Django: the attributes sync_capable and async_capable.
type MiddlewareClass struct {
	New      func(getResponse GetResponse) (Middleware, error)
	NewAsync func(getResponse GetResponseAsync) (AsyncMiddleware, error)
}

// make makes a layer in a mode that the class is capable of, around what is
// inside: the layer itself, which may have hooks, and how to call it.
func (c MiddlewareClass) make(isAsync bool, inside GetResponseAsync) (any, GetResponseAsync, error) {
	if isAsync {
		layer, err := c.NewAsync(inside)
		if layer == nil || err != nil {
			return nil, nil, err
		}
		return layer, layer.CallAsync, nil
	}
	layer, err := c.New(func(request *Request) (Response, error) { return inside(request.Context(), request) })
	if layer == nil || err != nil {
		return nil, nil, err
	}
	return layer, func(_ context.Context, request *Request) (Response, error) { return layer.Call(request) }, nil
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
