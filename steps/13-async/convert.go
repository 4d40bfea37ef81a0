package handler

import (
	"context"
	"errors"
	"net/http"
)

// convertExceptionToResponse puts a guard around a handler: whatever goes wrong
// inside, a response comes out. In Python it catches what is raised; in Go most
// errors come by the normal way, as values, and only a panic has to be caught.
func (h *BaseHandler) convertExceptionToResponse(getResponse GetResponseAsync) GetResponseAsync {
	return func(ctx context.Context, request *Request) (response Response, err error) {
		defer func() {
			if value := recover(); value != nil {
				caught := newPanic(value)
				if caught.Value == http.ErrAbortHandler {
					panic(http.ErrAbortHandler) // net/http's own way to end a connection
				}
				response, err = h.responseForException(request, caught)
			}
		}()
		response, err = getResponse(ctx, request)
		// The end of ctx is for whoever wanted it, which may be a layer that
		// waits no longer.
		if err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
			return h.responseForException(request, err)
		}
		return response, err
	}
}

// uncatchable tells of the two kinds of error that no handler answers: the wish
// to end the program, and the end of a request whose client has gone, since
// nobody is there to read the page. In Python they are not an Exception.
func uncatchable(request *Request, err error) bool {
	gone := request.Context().Err()
	return errors.As(err, new(*SystemExit)) || gone != nil && errors.Is(err, gone)
}

// responseForException chooses the status by the kind of error.
func (h *BaseHandler) responseForException(request *Request, err error) (Response, error) {
	switch {
	case uncatchable(request, err):
		return nil, err
	case errors.As(err, new(*Http404)): // logged at the end, by its status
		return h.exceptionResponse(request, http.StatusNotFound, err)
	case errors.As(err, new(*PermissionDenied)):
		response, failure := h.exceptionResponse(request, http.StatusForbidden, err)
		h.logResponse(request, response, "django.request", "Forbidden (Permission denied): "+request.Path, err)
		return response, failure
	case errors.As(err, new(*BadRequest)):
		response, failure := h.exceptionResponse(request, http.StatusBadRequest, err)
		h.logResponse(request, response, "django.request", err.Error()+": "+request.Path, err)
		return response, failure
	case errors.As(err, new(*SuspiciousOperation)):
		response, failure := h.exceptionResponse(request, http.StatusBadRequest, err)
		logger := "django.security.SuspiciousOperation"
		if errors.As(err, new(*DisallowedHost)) {
			logger = "django.security.DisallowedHost"
		}
		h.logResponse(request, response, logger, err.Error(), err)
		return response, failure
	}
	response, failure := h.handleUncaughtException(request, err)
	h.logResponse(request, response, "django.request", "", err)
	return response, failure
}

// exceptionResponse asks the error view. One that fails itself is an error that
// nobody expected. Django: get_exception_response.
func (h *BaseHandler) exceptionResponse(request *Request, status int, err error) (Response, error) {
	response, failure := h.callErrorView(request, status, err)
	if failure != nil {
		return h.handleUncaughtException(request, failure)
	}
	return response, nil
}

// handleUncaughtException is for errors that nobody expected. If the view for
// 500 fails too, its error leaves this layer for the next one outside. With
// DEBUG_PROPAGATE_EXCEPTIONS every such error goes its way to the server.
func (h *BaseHandler) handleUncaughtException(request *Request, err error) (Response, error) {
	GotRequestException.Send(Sent{Environ: request.META, Err: err})
	if h.settings.DebugPropagateExceptions {
		return nil, err
	}
	return h.callErrorView(request, http.StatusInternalServerError, err)
}

// callErrorView finds the view for a status in the URLconf of this request.
func (h *BaseHandler) callErrorView(request *Request, status int, err error) (Response, error) {
	urlconf, importErr := importString[URLConf](getURLConf(request.META))
	if importErr != nil {
		return nil, importErr
	}
	if view, ok := urlconf.Handlers[status]; ok {
		response, err := view(request, err)
		if renderer, ok := response.(Renderer); ok && err == nil {
			return renderer.Render() // without the template hooks
		}
		return response, err
	}
	return NewHttpResponse("<!doctype html>\n<title>"+errorTitles[status]+"</title>\n<h1>"+errorTitles[status]+"</h1>\n", status), nil
}

// errorTitles are what a visitor reads. The error itself is not for visitors.
var errorTitles = map[int]string{
	http.StatusBadRequest:          "Bad Request (400)",
	http.StatusForbidden:           "403 Forbidden",
	http.StatusNotFound:            "Not Found",
	http.StatusInternalServerError: "Server Error (500)",
}
