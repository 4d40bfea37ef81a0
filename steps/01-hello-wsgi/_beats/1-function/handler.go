package handler

import "basehandler/wsgi"

// Application is all that WSGI asks for: a function that says status and
// headers by calling start, and returns the body.
func Application(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	body := "Hello, world!\n"
	headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}}
	if err := start("200 OK", headers, nil); err != nil {
		return nil, err
	}
	return wsgi.Bytes(body), nil
}

// NewApplication makes what a server serves. Nothing to make yet.
func NewApplication(Settings) (wsgi.Application, error) {
	return Application, nil
}
