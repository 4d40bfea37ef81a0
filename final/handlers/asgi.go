package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// ASGIHandler is the application for a server that speaks ASGI.
//
// Django: core/handlers/asgi.py ASGIHandler.
type ASGIHandler struct {
	BaseHandler

	// RequestClass makes the request. body is the whole body.
	RequestClass func(ctx context.Context, scope *asgi.Scope, body io.Reader, settings *conf.Settings) (*web.Request, error)
}

// chunkSize is the most that one event carries of a body, in bytes. Django:
// ASGIHandler.chunk_size.
const chunkSize = 1 << 16

var asgiSender = dispatch.Class[ASGIHandler]()

// NewASGIHandler makes the handler and builds its chain as async code.
//
// Django: core/handlers/asgi.py ASGIHandler.__init__.
func NewASGIHandler(settings *conf.Settings, options Options) (*ASGIHandler, error) {
	h := &ASGIHandler{
		BaseHandler:  BaseHandler{settings: settings, connections: options.Connections, observer: options.Observer},
		RequestClass: web.NewASGIRequest,
	}
	if err := h.loadMiddleware(true); err != nil {
		return nil, err
	}
	return h, nil
}

// Application is the handler as what a server calls.
//
// Django: core/asgi.py get_asgi_application.
func (h *ASGIHandler) Application() asgi.Application { return h.Call }

// Call handles one connection. It returns when all is done: async code stops
// waiting as soon as the client has gone, sync code that has begun is waited
// for.
//
// Django: core/handlers/asgi.py ASGIHandler.__call__.
func (h *ASGIHandler) Call(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
	if scope.Type != "http" {
		return &exceptions.ValueError{Message: "Django can only handle ASGI/HTTP connections, not " + scope.Type + "."}
	}
	return h.handle(ctx, scope, receive, send)
}

// GetResponse makes the response for a request without a server, as Django's
// async test client does. It returns when the sync code of the request is done.
func (h *ASGIHandler) GetResponse(ctx context.Context, request *web.Request) (web.Response, error) {
	e := withExecutor(ctx)
	defer e.finish()
	return h.getResponseAsync(e, request)
}

// handle does what Call does for HTTP. Departs: Django waits for
// http.disconnect beside the view, and refuses other messages there; here the
// server ends ctx when the client goes, which costs nothing.
//
// Django: core/handlers/asgi.py ASGIHandler.handle.
func (h *ASGIHandler) handle(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) (err error) {
	body, complete, err := h.readBody(ctx, receive)
	if err != nil || !complete {
		return err // a client that goes before it is done gets nothing, not even a signal
	}
	defer body.Close()
	request, failure := h.createRequest(ctx, scope, body)
	e := withExecutor(ctx)
	ctx = e
	end := func() error { return nil }
	defer func() {
		// After all sync code, also that for which nobody waits any more: it
		// may be reading what is closed here.
		e.finish()
		if failure := end(); err == nil {
			err = failure
		}
	}()
	var environ *wsgi.Environ
	if request != nil {
		environ, end = request.META, request.Close
	}
	if dispatch.RequestStarted.HasListeners(asgiSender) {
		// Departs: Django sends it before it makes the request, whose META does
		// not exist by then, and gives the scope to receivers.
		event := dispatch.Event{Sender: asgiSender, Environ: environ, Values: map[string]any{"scope": scope}}
		if err := dispatch.RequestStarted.Notify(ctx, event); err != nil {
			return err
		}
	}
	var response web.Response
	if failure != nil {
		if response = h.requestRefused(ctx, failure); response == nil {
			return failure
		}
	} else {
		if response, err = h.getResponseAsync(ctx, request); err != nil {
			if gone := ctx.Err(); gone == nil || !errors.Is(err, gone) {
				return err
			}
			end = func() error {
				_ = request.Close()
				// There is no response whose closing would send it.
				return dispatch.RequestFinished.Notify(context.WithoutCancel(ctx), dispatch.Event{Sender: asgiSender, Environ: environ, Request: request})
			}
			return nil
		}
		response.Base().MarkHandled(asgiSender, request)
	}
	// A response that cannot be sent is the server's failure, and its request
	// has no end. Departs: what it holds is closed, where Django leaves that to
	// Python's garbage collector.
	end = func() error { response.Base().Abandon(); return nil }
	if file, ok := response.(fileResponse); ok {
		file.SetBlockSize(chunkSize)
	}
	err = h.sendResponse(ctx, response, send)
	if errors.Is(err, asgi.ErrDisconnected) || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the client has gone, which is its right
	}
	if err == nil {
		end = response.Close
	}
	return err
}

// readBody reads the whole body, to disk if it is longer than
// FILE_UPLOAD_MAX_MEMORY_SIZE. It is not complete if the client went before its
// end. Most requests have none, and need no place for it.
//
// Django: core/handlers/asgi.py ASGIHandler.read_body.
func (h *ASGIHandler) readBody(ctx context.Context, receive asgi.Receive) (body io.ReadCloser, complete bool, err error) {
	var kept *spool
	defer func() {
		if !complete && kept != nil {
			kept.Close()
		}
	}()
	for {
		event, err := receive(ctx)
		if err != nil {
			if ctx.Err() != nil {
				err = nil // the client has gone
			}
			return nil, false, err
		}
		part, ok := event.(asgi.Request)
		if !ok {
			return nil, false, nil
		}
		if kept == nil {
			if len(part.Body) == 0 && !part.MoreBody {
				return http.NoBody, true, nil
			}
			kept = &spool{limit: h.settings.FileUploadMaxMemorySize, dir: h.settings.FileUploadTempDir}
		}
		if err := kept.write(part.Body); err != nil {
			return nil, false, err
		}
		if !part.MoreBody {
			err := kept.rewind()
			return kept, err == nil, err
		}
	}
}

// createRequest makes the request. Its context is that of sync code, without
// the executor, since any code may ask for it.
//
// Django: core/handlers/asgi.py ASGIHandler.create_request.
func (h *ASGIHandler) createRequest(ctx context.Context, scope *asgi.Scope, body io.Reader) (*web.Request, error) {
	return h.RequestClass(ctx, scope, body, h.settings)
}

// requestRefused answers for a request that could not be made, nil if there is
// no answer.
func (h *ASGIHandler) requestRefused(ctx context.Context, failure error) web.Response {
	switch {
	case exceptions.Is[*web.UnicodeDecodeError](failure):
		log := h.logger()
		log.LogAttrs(ctx, slog.LevelWarn, "Bad Request (UnicodeDecodeError)", slog.String("logger", requestLogger),
			slog.Int("status_code", http.StatusBadRequest), slog.Any("exc_info", failure))
		return web.NewHttpResponse("", web.Status(http.StatusBadRequest))
	case exceptions.Is[*exceptions.RequestDataTooBig](failure):
		return web.NewHttpResponse("413 Payload too large", web.Status(http.StatusRequestEntityTooLarge))
	}
	return nil
}

// sendResponse sends a response as events.
//
// Django: core/handlers/asgi.py ASGIHandler.send_response.
func (h *ASGIHandler) sendResponse(ctx context.Context, response web.Response, send asgi.Send) error {
	base := response.Base()
	headers := base.HeaderList()
	start := asgi.ResponseStart{Status: base.StatusCode(), Headers: make([]asgi.Header, len(headers))}
	for i, header := range headers {
		start.Headers[i] = asgi.Header{Name: header.Name, Value: header.Value}
		if header.Name == "Set-Cookie" && len(header.Value) > 0 && header.Value[0] == ' ' {
			start.Headers[i].Value = header.Value[1:] // the space is for WSGI
		}
	}
	if err := send(ctx, start); err != nil {
		return err
	}
	if !base.Streaming() {
		content, err := whole(response)
		if err != nil {
			return err
		}
		for len(content) > chunkSize {
			if err := send(ctx, asgi.ResponseBody{Body: content[:chunkSize], MoreBody: true}); err != nil {
				return err
			}
			content = content[chunkSize:]
		}
		return send(ctx, asgi.ResponseBody{Body: content})
	}
	for {
		chunk, err := nextChunk(ctx, response)
		if err == io.EOF {
			return send(ctx, asgi.ResponseBody{})
		}
		if err != nil {
			return err
		}
		for {
			part := chunk[:min(len(chunk), chunkSize)]
			if err := send(ctx, asgi.ResponseBody{Body: part, MoreBody: true}); err != nil {
				return err
			}
			if chunk = chunk[len(part):]; len(chunk) == 0 {
				break
			}
		}
	}
}

// nextChunk asks for the next part of a streamed body: directly if that is async
// code, over a bridge if it is sync code. Departs: Django reads all of a sync
// iterator before it sends the first part.
func nextChunk(ctx context.Context, response web.Response) ([]byte, error) {
	if streaming, ok := response.(asyncStreaming); ok {
		if next := streaming.AsyncStreamingContent(); next != nil {
			return next(ctx)
		}
	}
	return SyncToAsync(ctx, func(context.Context) ([]byte, error) { return response.Next() })
}

// asyncStreaming is a body whose parts may come from async code.
type asyncStreaming interface {
	AsyncStreamingContent() web.AsyncIterator
}

// whole gives the content of a body that is all there.
func whole(response web.Response) ([]byte, error) {
	switch response := response.(type) {
	case interface{ Content() []byte }:
		return response.Content(), nil
	case interface{ Content() ([]byte, error) }:
		return response.Content()
	}
	var content []byte
	for chunk, err := range wsgi.Chunks(response) {
		if err != nil {
			return nil, err
		}
		content = append(content, chunk...)
	}
	return content, nil
}
