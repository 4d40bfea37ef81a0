package gateway_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

// Serve ends when its context does, but not before the request under way.
func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	app := func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		close(begun)
		<-finish
		return wsgi.Bytes([]byte("done")), start("200 OK", nil, nil)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- gateway.Serve(ctx, listener, app) }()
	got := make(chan string, 1)
	go func() {
		client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get("http://" + listener.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		got <- string(body)
	}()
	select {
	case <-begun:
	case body := <-got:
		t.Fatalf("the application was not called, and the client got %q", body)
	}
	interrupt()
	select {
	case err := <-ended:
		t.Errorf("it ended before the request under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	if body := <-got; body != "done" {
		t.Errorf("the request under way got %q", body)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if connection, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		connection.Close()
		t.Error("it still accepts connections")
	}
}

// A connection on which nothing was sent does not hold up the end.
func TestServeSilentConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	app := func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return wsgi.Bytes([]byte("done")), start("200 OK", nil, nil)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan error, 1)
	go func() { ended <- gateway.Serve(ctx, listener, app) }()
	silent, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + listener.Addr().String()) // so the one before has been accepted
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	interrupt()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(4 * time.Second): // net/http alone waits for 5
		t.Error("it waits for a connection that is silent")
		<-ended
	}
}

// A port that is taken is said at once.
func TestListenAndServe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := gateway.ListenAndServe(ctx, taken.Addr().String(), nil); err == nil || ctx.Err() != nil {
		t.Errorf("on a port that is taken: %v", err)
	}
}
