package handler

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"basehandler/asgi"
	"basehandler/wsgi"
)

// ASGIHandler is the application that speaks ASGI.
type ASGIHandler struct {
	BaseHandler
	RequestClass RequestClass
}

// asgiHandlerClass is the sender of the signals.
var asgiHandlerClass = reflect.TypeFor[ASGIHandler]()

// NewASGIApplication makes what an ASGI server serves: the same site, with its
// chain loaded as async code.
func NewASGIApplication(settings Settings) (asgi.Application, error) {
	requestClass, err := importString[RequestClass](settings.RequestClass)
	if err != nil {
		return nil, err
	}
	handler := &ASGIHandler{BaseHandler: BaseHandler{settings: settings}, RequestClass: requestClass}
	if err := handler.loadMiddleware(true); err != nil {
		return nil, err
	}
	return handler.Call, nil
}

// GetASGIApplication is the whole of a project's asgi module.
func GetASGIApplication() (asgi.Application, error) {
	settings, err := setup(os.Getenv(SettingsVariable))
	if err != nil {
		return nil, err
	}
	return NewASGIApplication(settings)
}

// Call is the application. A client that goes before it has sent its body gets
// no request, no signal and no response.
func (h *ASGIHandler) Call(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) (err error) {
	if scope.Type != "http" {
		return &ValueError{Message: "Django can only handle ASGI/HTTP connections, not " + scope.Type + "."}
	}
	body, complete, err := readBody(ctx, receive)
	if err != nil || !complete {
		return err
	}
	environ := environOf(ctx, scope, body)
	ctx, finish := withExecutor(ctx)
	defer finish()
	started := Sent{Sender: asgiHandlerClass, Environ: environ}
	RequestStarted.Send(started)
	request := h.RequestClass(environ)
	response, err := h.getResponseAsync(ctx, request)
	end := request.Close
	switch {
	case err == nil:
		response.Base().finished = started
		end = response.Close
	case ctx.Err() != nil: // the client has gone
		end = func() error { RequestFinished.Send(started); return request.Close() }
	}
	defer func() {
		// After the sync code that may still be at work, even if nobody is
		// there any more.
		_, closeErr := syncToAsync(context.WithoutCancel(ctx), func() (any, error) { return nil, end() })
		err = errors.Join(err, closeErr)
	}()
	if err != nil {
		return err
	}
	return sendResponse(ctx, response, send)
}

// readBody waits for the whole body. It is not complete if the client has gone.
func readBody(ctx context.Context, receive asgi.Receive) (body []byte, complete bool, err error) {
	for {
		event, err := receive(ctx)
		if err != nil {
			return nil, false, err
		}
		part, ok := event.(asgi.Request)
		if !ok {
			return nil, false, nil
		}
		body = append(body, part.Body...)
		if !part.MoreBody {
			return body, true, nil
		}
	}
}

// environOf says in the terms of WSGI what a scope says, so that META is the
// same thing for every view. Django: ASGIRequest.
func environOf(ctx context.Context, scope *asgi.Scope, body []byte) *wsgi.Environ {
	environ := wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD":  scope.Method,
		"SCRIPT_NAME":     scope.RootPath,
		"PATH_INFO":       strings.TrimPrefix(scope.Path, scope.RootPath),
		"QUERY_STRING":    string(scope.QueryString),
		wsgi.KeyURLScheme: scope.Scheme,
		wsgi.KeyInput:     bytes.NewReader(body),
		wsgi.KeyContext:   ctx,
	})
	for key, value := range scope.Extensions {
		environ.Set(key, value)
	}
	for _, header := range scope.Headers {
		if strings.Contains(header.Name, "_") {
			continue // it could pass itself off as the one with a hyphen
		}
		key := strings.ToUpper(strings.ReplaceAll(header.Name, "-", "_"))
		if key != "CONTENT_TYPE" && key != "CONTENT_LENGTH" {
			key = "HTTP_" + key
		}
		value := header.Value
		if before, repeated := environ.Lookup(key); repeated {
			value = before + "," + value
		}
		environ.Set(key, value)
	}
	environ.Set("CONTENT_LENGTH", strconv.Itoa(len(body))) // it is all here
	if scope.Server != nil {
		environ.Set("SERVER_NAME", scope.Server.Host)
		environ.Set("SERVER_PORT", strconv.Itoa(scope.Server.Port))
	}
	if scope.Client != nil {
		environ.Set("REMOTE_ADDR", scope.Client.Host)
	}
	return environ
}

// sendResponse sends the response as events. Its chunks come from sync code, so
// they are asked for over the bridge. Where their number is known, the last one
// says that it is the last; a stream ends in an event of its own.
func sendResponse(ctx context.Context, response Response, send asgi.Send) error {
	start := asgi.ResponseStart{Status: response.Base().StatusCode}
	for _, header := range response.Base().Items() {
		start.Headers = append(start.Headers, asgi.Header{Name: strings.ToLower(header.Name), Value: header.Value})
	}
	if err := send(ctx, start); err != nil {
		return err
	}
	left := -1 // not known
	if whole, ok := response.(wsgi.Lener); ok {
		left = whole.Len()
	}
	for {
		chunk, err := syncToAsync(ctx, response.Next)
		if err == io.EOF {
			return send(ctx, asgi.ResponseBody{})
		}
		if err != nil {
			return err
		}
		left--
		if err := send(ctx, asgi.ResponseBody{Body: chunk, MoreBody: left != 0}); err != nil || left == 0 {
			return err
		}
	}
}
