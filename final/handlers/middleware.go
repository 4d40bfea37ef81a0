package handlers

import (
	"context"

	"basehandler/final/conf"
	"basehandler/final/web"
)

// GetResponse turns a request into a response as sync code.
type GetResponse func(request *web.Request) (web.Response, error)

// GetResponseAsync turns a request into a response as async code: ctx ends when
// the client has gone.
type GetResponseAsync func(ctx context.Context, request *web.Request) (web.Response, error)

// Middleware is one layer of sync code.
type Middleware interface {
	Call(request *web.Request) (web.Response, error)
}

// AsyncMiddleware is one layer of async code. It may end the context of what is
// inside it, for one that is too slow; that then comes back at once. Sync code
// that has begun runs to its end all the same, with the request in its hands: the
// layer must not use what such code may change, as META and the forms; nor must
// async code outside of it. More sync code, such as a sync layer, waits its turn.
type AsyncMiddleware interface {
	CallAsync(ctx context.Context, request *web.Request) (web.Response, error)
}

// MiddlewareFunc is a layer that is a function.
type MiddlewareFunc func(request *web.Request) (web.Response, error)

// Call calls the function.
func (f MiddlewareFunc) Call(request *web.Request) (web.Response, error) { return f(request) }

// AsyncMiddlewareFunc is a layer of async code that is a function.
type AsyncMiddlewareFunc func(ctx context.Context, request *web.Request) (web.Response, error)

// CallAsync calls the function.
func (f AsyncMiddlewareFunc) CallAsync(ctx context.Context, request *web.Request) (web.Response, error) {
	return f(ctx, request)
}

// MiddlewareClass makes a layer around what is inside it. What is not nil is
// what the class is capable of; in Django the attributes sync_capable and
// async_capable say so. A factory that returns a nil layer is a mistake that
// stops the start; one that has nothing to do returns
// *exceptions.MiddlewareNotUsed.
//
// A name in MIDDLEWARE stands for a MiddlewareClass, or for a MiddlewareFactory.
type MiddlewareClass struct {
	New      func(getResponse GetResponse) (Middleware, error)
	NewAsync func(getResponse GetResponseAsync) (AsyncMiddleware, error)
}

// MiddlewareFactory gives the class for a site. Python's class reads the global
// settings where it likes; here they are handed to it.
type MiddlewareFactory func(settings *conf.Settings) MiddlewareClass

// The hooks are found on what New or NewAsync returned, before it is wrapped,
// so a layer has a hook by having the method. Where a layer has the hook as sync
// and as async code, the one that fits the handler is taken.

// HookHolder is a layer whose hooks are those of something else.
type HookHolder interface {
	Hooks() any
}

// ViewProcessor is asked when the view is known and has not been called. A
// response in place of nil is the answer, and neither the later hooks nor the
// view are called. view is as the URLconf has it; args is what the view will be
// called with, and may be changed. Django: process_view.
type ViewProcessor interface {
	ProcessView(request *web.Request, view *web.View, args *web.Args) (web.Response, error)
}

// AsyncViewProcessor is ViewProcessor as async code.
type AsyncViewProcessor interface {
	ProcessViewAsync(ctx context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error)
}

// ExceptionProcessor may answer for an error of the view or of rendering; nil
// leaves it to the next. It does not see a panic. Django: process_exception.
type ExceptionProcessor interface {
	ProcessException(request *web.Request, exception error) (web.Response, error)
}

// AsyncExceptionProcessor is ExceptionProcessor as async code. Departs: Django
// runs every such hook as sync code, so that an async one costs two crossings.
type AsyncExceptionProcessor interface {
	ProcessExceptionAsync(ctx context.Context, request *web.Request, exception error) (web.Response, error)
}

// TemplateResponseProcessor may change a response before it is rendered, or give
// another. All of them are called. Django: process_template_response.
type TemplateResponseProcessor interface {
	ProcessTemplateResponse(request *web.Request, response web.Response) (web.Response, error)
}

// AsyncTemplateResponseProcessor is TemplateResponseProcessor as async code.
type AsyncTemplateResponseProcessor interface {
	ProcessTemplateResponseAsync(ctx context.Context, request *web.Request, response web.Response) (web.Response, error)
}

// The hooks as they are kept: adapted to the mode of the handler. In a sync
// handler the context is that of the request.
type (
	viewHook      func(ctx context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error)
	exceptionHook func(ctx context.Context, request *web.Request, exception error) (web.Response, error)
	templateHook  struct {
		name string // for what check_response says of it
		call func(ctx context.Context, request *web.Request, response web.Response) (web.Response, error)
	}
)
