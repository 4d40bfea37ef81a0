package handler

import (
	"errors"
	"os"
	"reflect"

	"basehandler/wsgi"
)

// WSGIHandler is the application as an object. A function would do; an object
// has a place for what it needs and can grow.
type WSGIHandler struct {
	BaseHandler

	// RequestClass makes the request. In Django it is an attribute of the
	// handler's class, which a subclass can replace.
	RequestClass RequestClass
}

// NewWSGIHandler builds the chain once, so that a name that is wrong in the
// settings stops the server at its start and not at the first request.
func NewWSGIHandler(settings Settings) (*WSGIHandler, error) {
	requestClass, err := importString[RequestClass](settings.RequestClass)
	if err != nil {
		return nil, err
	}
	handler := &WSGIHandler{BaseHandler: BaseHandler{settings: settings}, RequestClass: requestClass}
	if err := handler.loadMiddleware(); err != nil {
		return nil, err
	}
	return handler, nil
}

// wsgiHandlerClass is the sender of the signals. Python sends the class itself.
var wsgiHandlerClass = reflect.TypeFor[WSGIHandler]()

// Call is the application. Python calls the object itself (__call__); in Go
// the method value h.Call is a function, and that is what a server gets.
func (h *WSGIHandler) Call(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	RequestStarted.Send(Sent{Sender: wsgiHandlerClass, Environ: environ})
	request := h.RequestClass(environ)
	response, err := h.getResponse(request)
	if err != nil {
		return nil, errors.Join(err, request.Close()) // no response will close it
	}
	base := response.Base()
	base.finished = Sent{Sender: wsgiHandlerClass, Environ: environ}
	if err := start(base.Status(), base.Items(), nil); err != nil {
		return nil, err
	}
	return response, nil
}

// NewApplication makes what a server serves.
func NewApplication(settings Settings) (wsgi.Application, error) {
	handler, err := NewWSGIHandler(settings)
	if err != nil {
		return nil, err
	}
	return handler.Call, nil
}

// GetWSGIApplication is the whole of a project's wsgi module: it finds the
// settings and makes the application.
func GetWSGIApplication() (wsgi.Application, error) {
	settings, err := setup(os.Getenv(SettingsVariable))
	if err != nil {
		return nil, err
	}
	return NewApplication(settings)
}
