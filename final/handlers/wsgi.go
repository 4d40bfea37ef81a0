package handlers

import (
	"context"
	"errors"
	"io"

	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// WSGIHandler is the application for a server that speaks WSGI.
//
// Django: core/handlers/wsgi.py WSGIHandler.
type WSGIHandler struct {
	BaseHandler

	// RequestClass makes the request. One's own class embeds *web.Request and
	// leaves itself in Request.Self. Django: the attribute request_class.
	RequestClass func(environ *wsgi.Environ, settings *conf.Settings) (*web.Request, error)
}

// wsgiSender is the sender of the signals: what stands for the class.
var wsgiSender = dispatch.Class[WSGIHandler]()

// NewWSGIHandler makes the handler and builds its chain, so that what is wrong
// in MIDDLEWARE stops the start.
//
// Django: core/handlers/wsgi.py WSGIHandler.__init__.
func NewWSGIHandler(settings *conf.Settings, options Options) (*WSGIHandler, error) {
	h := &WSGIHandler{
		BaseHandler:  BaseHandler{settings: settings, connections: options.Connections, observer: options.Observer},
		RequestClass: web.NewWSGIRequest,
	}
	if err := h.loadMiddleware(false); err != nil {
		return nil, err
	}
	return h, nil
}

// Application is the handler as what a server calls.
//
// Django: core/wsgi.py get_wsgi_application.
func (h *WSGIHandler) Application() wsgi.Application { return h.Call }

// Call handles one request.
//
// Django: core/handlers/wsgi.py WSGIHandler.__call__.
func (h *WSGIHandler) Call(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	if dispatch.RequestStarted.HasListeners(wsgiSender) {
		// What is wrong with the script name comes before the signal.
		if _, err := web.GetScriptName(environ, h.settings); err != nil {
			return nil, err
		}
		if err := dispatch.RequestStarted.Notify(environ.Context(), dispatch.Event{Sender: wsgiSender, Environ: environ}); err != nil {
			return nil, err
		}
	}
	request, err := h.RequestClass(environ, h.settings)
	if err != nil {
		return nil, err
	}
	// Without a body nobody will close anything, so what the request holds is
	// let go here. Departs: Django leaves it to the garbage collector.
	answered := false
	defer func() {
		if !answered {
			_ = request.Close()
		}
	}()
	response, err := h.getResponse(request)
	if err != nil {
		return nil, h.finishWithout(request, err)
	}
	base := response.Base()
	base.MarkHandled(wsgiSender, request)
	if base.Streaming() {
		h.warnOfAsync(response)
	}
	if err := start(base.StatusLine(), base.HeaderList(), nil); err != nil {
		base.Abandon()
		return nil, err
	}
	answered = true
	if file, ok := response.(fileResponse); ok && file.FileToStream() != nil {
		if wrap, ok := environ.Value(keyFileWrapper).(func(file io.ReadCloser, blockSize int) wsgi.Body); ok {
			return wrap(streamedFile{file.FileToStream(), file.Close}, file.BlockSize()), nil
		}
	}
	return response, nil
}

// finishWithout ends a request that has no response, and whose error goes to the
// server. If the error is that the client has gone, request_finished is sent
// here: there is no response whose closing would send it, and Django, which does
// not stop a sync view for that, always closes one.
func (h *WSGIHandler) finishWithout(request *web.Request, err error) error {
	ctx := request.Context()
	if gone := ctx.Err(); gone == nil || !errors.Is(err, gone) {
		return err
	}
	_ = request.Close()
	event := dispatch.Event{Sender: wsgiSender, Environ: request.META, Request: request}
	return errors.Join(err, dispatch.RequestFinished.Notify(context.WithoutCancel(ctx), event))
}

// fileResponse is a response that may be a file: a *web.FileResponse, or what
// embeds one.
type fileResponse interface {
	web.Response
	FileToStream() io.Reader
	BlockSize() int
	SetBlockSize(size int)
}

// keyFileWrapper is where a server leaves what it sends files with by itself, a
// func(file io.ReadCloser, blockSize int) wsgi.Body. The body that it gives
// closes the file, and with it the response. PEP 3333, Optional
// Platform-Specific File Handling.
const keyFileWrapper = "wsgi.file_wrapper"

// streamedFile is the file of a response, whose closing ends the request.
type streamedFile struct {
	io.Reader
	close func() error
}

func (f streamedFile) Close() error { return f.close() }

// warnOfAsync tells of a body of async code, which has to be taken to its end
// before the first part can be sent. Django has a Warning of Python for it.
//
// Django: http/response.py StreamingHttpResponse.__iter__.
func (h *WSGIHandler) warnOfAsync(response web.Response) {
	if streaming, ok := response.(asyncStreaming); ok && streaming.AsyncStreamingContent() != nil {
		h.logger().Warn(web.WarningAsyncServedSync, "logger", "py.warnings")
	}
}

// GetResponse makes the response for a request without a server, as Django's
// test client does.
func (h *WSGIHandler) GetResponse(request *web.Request) (web.Response, error) {
	return h.getResponse(request)
}
