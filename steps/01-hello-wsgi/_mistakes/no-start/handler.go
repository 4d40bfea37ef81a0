package handler

import (
	"os"

	"basehandler/wsgi"
)

// WSGIHandler is the application as an object. A function would do; an object
// has a place for what it needs and can grow.
type WSGIHandler struct {
	view View
}

// NewWSGIHandler looks up the view once, so that a name that is wrong in the
// settings stops the server at its start and not at the first request.
func NewWSGIHandler(settings Settings) (*WSGIHandler, error) {
	view, err := importString[View](settings.TheView)
	if err != nil {
		return nil, err
	}
	return &WSGIHandler{view: view}, nil
}

// Call is the application. Python calls the object itself (__call__); in Go
// the method value h.Call is a function, and that is what a server gets.
func (h *WSGIHandler) Call(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	body, err := h.view()
	if err != nil {
		return nil, err
	}
	return wsgi.Bytes(body), nil
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
