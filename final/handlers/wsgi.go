package handlers

import (
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
		if err := dispatch.RequestStarted.Notify(environ.Context(), dispatch.Event{Sender: wsgiSender, Environ: environ}); err != nil {
			return nil, err
		}
	}
	request, err := h.RequestClass(environ, h.settings)
	if err != nil {
		return nil, err
	}
	response, err := h.getResponse(request)
	if err != nil {
		// Nobody will close a response, so what the request holds is let go
		// here. Departs: Django leaves it to the garbage collector.
		_ = request.Close()
		return nil, err
	}
	base := response.Base()
	base.MarkHandled(wsgiSender, environ)
	if err := start(base.StatusLine(), base.HeaderList(), nil); err != nil {
		return nil, err
	}
	if file, ok := response.(fileStreamer); ok {
		if wrapped := file.WrapFile(environ); wrapped != nil {
			return wrapped, nil
		}
	}
	return response, nil
}

// fileStreamer is a response that a server may know how to send by itself:
// wsgi.file_wrapper. It gives nil if this server does not.
type fileStreamer interface {
	WrapFile(environ *wsgi.Environ) wsgi.Body
}

// GetResponse makes the response for a request without a server, as Django's
// test client does.
func (h *WSGIHandler) GetResponse(request *web.Request) (web.Response, error) {
	return h.getResponse(request)
}
