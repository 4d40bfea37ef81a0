package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"basehandler/final/debug"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// convertExceptionToResponse puts a guard around a handler: whatever goes wrong
// inside, a response comes out. It is put around every layer, so every layer can
// rely on getting a response from the one inside it.
//
// Python's exceptions come here by being raised. In Go most errors come as
// values; only a panic has to be caught, and is turned into an
// [exceptions.Panic] with the stack of where it happened. Departs: what the Go
// server knows as its own, http.ErrAbortHandler, and the end of the goroutine go
// through.
//
// Three kinds of error come out as errors: what handler500 fails with, what
// DEBUG_PROPAGATE_EXCEPTIONS lets out, and what no handler answers (see
// uncatchable).
//
// Django: core/handlers/exception.py convert_exception_to_response.
func (h *BaseHandler) convertExceptionToResponse(getResponse GetResponse) GetResponse {
	return func(request *web.Request) (response web.Response, err error) {
		defer func() {
			if value := recover(); value != nil {
				response, err = h.responseForPanic(request.Context(), request, value)
			}
		}()
		if response, err = getResponse(request); err != nil {
			return h.responseForException(request.Context(), request, err)
		}
		return response, nil
	}
}

// convertExceptionToResponseAsync is the same around async code.
func (h *BaseHandler) convertExceptionToResponseAsync(getResponse GetResponseAsync) GetResponseAsync {
	return func(ctx context.Context, request *web.Request) (response web.Response, err error) {
		defer func() {
			if value := recover(); value != nil {
				response, err = h.responseForPanic(ctx, request, value)
			}
		}()
		if response, err = getResponse(ctx, request); err != nil {
			return h.responseForException(ctx, request, err)
		}
		return response, nil
	}
}

func (h *BaseHandler) responseForPanic(ctx context.Context, request *web.Request, value any) (web.Response, error) {
	if value == http.ErrAbortHandler {
		panic(value)
	}
	return h.responseForException(ctx, request, exceptions.Caught(value))
}

// uncatchable tells of the errors that nothing in the handler answers: the wish
// to end the program, and the end of ctx, usually because the client has gone.
// Python's SystemExit and CancelledError are no Exception.
//
// ctx is that of the layer. A middleware that gives what is inside it less time
// gets the error, as it comes out of Python's asyncio.timeout, and is outside of
// that time itself. The request must not be asked for its context here: sync
// code that async code has stopped waiting for may be changing it.
func uncatchable(ctx context.Context, err error) bool {
	if gone := ctx.Err(); gone != nil && errors.Is(err, gone) {
		return true
	}
	return exceptions.Is[*exceptions.SystemExit](err)
}

// responseForException makes the response for an error, by its kind.
//
// Django: core/handlers/exception.py response_for_exception.
func (h *BaseHandler) responseForException(ctx context.Context, request *web.Request, err error) (response web.Response, failure error) {
	if uncatchable(ctx, err) {
		return nil, err
	}
	// A panic in here leaves this layer as an error does. The guard that called
	// would do all of this once more.
	defer catch(&response, &failure)
	switch {
	case exceptions.Is[*exceptions.Http404](err):
		// It is logged by its status, when all layers are done with it.
		if h.settings.Debug {
			response = debug.Technical404(request, err, h.urlconfName(request))
		} else {
			response, failure = h.getExceptionResponse(ctx, request, http.StatusNotFound, err)
		}

	case exceptions.Is[*exceptions.PermissionDenied](err):
		if response, failure = h.getExceptionResponse(ctx, request, http.StatusForbidden, err); failure == nil {
			failure = h.logResponse(request, response, requestLogger, "Forbidden (Permission denied): "+escaped(request.Path), err)
		}

	case exceptions.Is[*exceptions.MultiPartParserError](err):
		if response, failure = h.getExceptionResponse(ctx, request, http.StatusBadRequest, err); failure == nil {
			failure = h.logResponse(request, response, requestLogger, "Bad request (Unable to parse request body): "+escaped(request.Path), err)
		}

	case exceptions.Is[*exceptions.BadRequest](err):
		if h.settings.Debug {
			response = h.technical500(ctx, request, err, http.StatusBadRequest)
		} else {
			response, failure = h.getExceptionResponse(ctx, request, http.StatusBadRequest, err)
		}
		if failure == nil {
			failure = h.logResponse(request, response, requestLogger, escaped(err.Error())+": "+escaped(request.Path), err)
		}

	case exceptions.Is[*exceptions.SuspiciousOperation](err):
		if exceptions.Is[*exceptions.RequestDataTooBig](err) || exceptions.Is[*exceptions.TooManyFieldsSent](err) ||
			exceptions.Is[*exceptions.TooManyFilesSent](err) {
			// The error page may look at the form, which would fail again.
			request.SetEmptyForm()
		}
		if h.settings.Debug {
			response = h.technical500(ctx, request, err, http.StatusBadRequest)
		} else {
			response, failure = h.getExceptionResponse(ctx, request, http.StatusBadRequest, err)
		}
		if failure == nil {
			failure = h.logResponseAt(slog.LevelError, request, response, securityLogger+exceptions.Kind(err), err.Error(), err)
		}

	default:
		h.sendGotRequestException(request, err)
		if response, failure = h.handleUncaughtException(ctx, request, err); failure == nil {
			failure = noAttribute(response, "reason_phrase")
		}
		if failure == nil {
			failure = h.logResponse(request, response, requestLogger, escaped(response.Base().ReasonPhrase())+": "+escaped(request.Path), err)
		}
	}
	if failure != nil || web.IsNil(response) {
		return nil, failure
	}
	// An error view may give a template response. The template hooks are not
	// for it.
	if renderer, ok := response.(web.Renderer); ok && !renderer.IsRendered() {
		return renderer.Render()
	}
	return response, nil
}

// noAttribute is the error for asking something of what is no response: nothing
// at all, or a coroutine that nobody awaited. Where that is noticed first, it is
// Python's first question.
func noAttribute(response web.Response, name string) error {
	if response, ok := response.(*web.HttpResponse); ok && response != nil {
		return nil // most are
	}
	class := "coroutine"
	if _, ok := response.(*web.Coroutine); !ok {
		if !web.IsNil(response) {
			return nil
		}
		class = "NoneType"
	}
	return &exceptions.AttributeError{Message: fmt.Sprintf("'%s' object has no attribute '%s'", class, name)}
}

// getExceptionResponse asks the error view of a status. One that fails is an
// error that nobody expected, and the answer becomes a 500.
//
// Django: core/handlers/exception.py get_exception_response.
func (h *BaseHandler) getExceptionResponse(ctx context.Context, request *web.Request, status int, err error) (web.Response, error) {
	var response web.Response
	current, failure := h.getResolver(request) // a URLconf that cannot be read has no error view
	if failure == nil {
		response, failure = h.callErrorView(current, request, status, err)
	}
	if failure != nil {
		if uncatchable(ctx, failure) {
			return nil, failure
		}
		h.sendGotRequestException(request, failure)
		return h.handleUncaughtException(ctx, request, failure)
	}
	return response, nil
}

// callErrorView guards an error view against its own panic, as Python's try
// does.
func (h *BaseHandler) callErrorView(current *urls.Resolver, request *web.Request, status int, err error) (response web.Response, failure error) {
	defer catch(&response, &failure)
	if view := errorHandler(current.URLConf(), status); view != nil {
		response, failure = view(request, err)
	} else {
		response, failure = h.defaultErrorView(request, status, err)
	}
	return response, failure
}

// catch, in a defer, makes an error of a panic.
func catch(response *web.Response, failure *error) {
	if value := recover(); value != nil {
		if value == http.ErrAbortHandler {
			panic(value)
		}
		*response, *failure = nil, exceptions.Caught(value)
	}
}

// errorHandler gives the error view that the table has for a status, nil if it
// has none. The one for 500 is not told what went wrong.
//
// Django: urls/resolvers.py URLResolver.resolve_error_handler.
func errorHandler(table *urls.URLConf, status int) func(*web.Request, error) (web.Response, error) {
	switch status {
	case http.StatusBadRequest:
		return table.Handler400
	case http.StatusForbidden:
		return table.Handler403
	case http.StatusNotFound:
		return table.Handler404
	}
	if handler := table.Handler500; handler != nil {
		return func(request *web.Request, _ error) (web.Response, error) { return handler(request) }
	}
	return nil
}

// handleUncaughtException makes the answer for an error that nobody expected.
// If handler500 fails, its error leaves this layer, and the next one outside
// does all of this again.
//
// Django: core/handlers/exception.py handle_uncaught_exception.
func (h *BaseHandler) handleUncaughtException(ctx context.Context, request *web.Request, err error) (web.Response, error) {
	if h.settings.DebugPropagateExceptions {
		return nil, err
	}
	if h.settings.Debug {
		return h.technical500(ctx, request, err, http.StatusInternalServerError), nil
	}
	current, failure := h.getResolver(request)
	if failure != nil {
		return nil, failure
	}
	return h.callErrorView(current, request, http.StatusInternalServerError, err)
}

// pagePatience is how long the technical page waits for sync code of its request
// that async code has given up on.
var pagePatience = 5 * time.Second

// technical500 makes the page for an error. It shows all of the request, so it
// is made where the sync code of the request runs, and not beside it. That is no
// crossing which is counted: only DEBUG pays it, and the count is that of the
// stack without it. Departs: Django makes it in whichever thread is free.
func (h *BaseHandler) technical500(ctx context.Context, request *web.Request, err error, status int) web.Response {
	var stack []byte
	var caught *exceptions.Panic
	if errors.As(err, &caught) {
		stack = caught.Stack
	} else {
		// An error value has no stack. What can be shown is where it was
		// turned into a response.
		stack = make([]byte, 64<<10)
		stack = stack[:runtime.Stack(stack, false)]
	}
	e := executorOf(ctx)
	if e == nil {
		return debug.Technical500(request, err, status, stack)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pagePatience)
	defer cancel()
	page, failure := runOn(ctx, e, func(context.Context) (web.Response, error) {
		return debug.Technical500(request, err, status, stack), nil
	})
	if failure != nil {
		return web.NewHttpResponse(fmt.Sprintf("%s: %v\n\nThere is no more to see, since sync code that nobody waits for any more still works with the request.\n",
			exceptions.Kind(err), err), web.Status(status), web.ContentType("text/plain; charset=utf-8"))
	}
	return page
}

func (h *BaseHandler) sendGotRequestException(request *web.Request, err error) {
	// Python lets a receiver's exception take the place of the one it is told
	// of. Departs: the first error is the one that is answered.
	_ = dispatch.GotRequestException.Notify(request.Context(), dispatch.Event{Environ: request.META, Request: request, Err: err})
}
