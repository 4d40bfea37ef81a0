package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"basehandler/wsgi"
)

// Grace is how long Serve waits at its end for the requests under way.
const Grace = 10 * time.Second

// ListenAndServe is [Serve] on a TCP address such as "localhost:8000".
func ListenAndServe(ctx context.Context, addr string, app wsgi.Application) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return Serve(ctx, listener, app)
}

// Serve serves an application on net/http until ctx ends: a program gives it one
// that ends with Ctrl-C, from signal.NotifyContext. Then no new connection is
// accepted, and those requests that are under way may finish, for as long as
// [Grace]. The error is nil if all of them did. The listener is closed in any
// case. A client has 10 seconds to send the headers of a request, and a connection
// on which nothing comes for two minutes is closed.
func Serve(ctx context.Context, listener net.Listener, app wsgi.Application) error {
	// Browsers open connections in advance. Shutdown would wait for those on
	// which nothing was sent yet.
	var silent sync.Map
	server := &http.Server{Handler: New(app), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			silent.Store(conn, nil)
		} else {
			silent.Delete(conn)
		}
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		server.Close()
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), Grace)
	defer cancel()
	listener.Close()
	<-served // no connection is added from here on
	for conn := range silent.Range {
		conn.(net.Conn).Close()
	}
	err := server.Shutdown(grace)
	if err != nil {
		server.Close()
	}
	return err
}
