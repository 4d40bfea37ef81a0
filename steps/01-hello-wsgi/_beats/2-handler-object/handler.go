package handler

import (
	"os"

	"basehandler/wsgi"
)

// WSGIHandler is the application as an object. A function would do; an object
// has a place for what it needs and can grow.
type WSGIHandler struct{}

// NewWSGIHandler makes a handler. It has nothing to prepare yet.
func NewWSGIHandler(settings Settings) (*WSGIHandler, error) {
	return &WSGIHandler{}, nil
}

// Call is the application. Python calls the object itself (__call__); in Go
// the method value h.Call is a function, and that is what a server gets.
func (h *WSGIHandler) Call(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	body := "Hello, world!\n"
	headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}}
	if err := start("200 OK", headers, nil); err != nil {
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
