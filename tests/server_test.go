package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

// What Django's development server does to requests and responses, net/http does
// here: the handler leaves bodies and lengths alone, and the server makes of them
// what HTTP allows.

// served serves views by net/http, and gives a connection to it.
func served(t *testing.T, views map[string]func(*web.Request) (web.Response, error)) net.Conn {
	t.Helper()
	settings := conf.Defaults()
	settings.RootURLConf, settings.Modules = "urls", &conf.Modules{}
	table := &urls.URLConf{}
	for path, view := range views {
		table.Patterns = append(table.Patterns, urls.Path(path, &web.View{Name: path, Call: func(r *web.Request, _ *web.Args) (web.Response, error) { return view(r) }}))
	}
	settings.Modules.Register("urls", table)
	handler, err := handlers.NewWSGIHandler(settings, handlers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&gateway.Handler{App: handler.Application()})
	t.Cleanup(server.Close)
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return connection
}

func says(text string, options ...web.Option) func(*web.Request) (web.Response, error) {
	return func(r *web.Request) (web.Response, error) {
		response := web.NewHttpResponse(text, options...)
		return response, response.Set("X-Method", r.Method)
	}
}

// C-02: a view that is a function gets HEAD like any other method. C-08: the
// connection stays open, with or without a Content-Length. C-09: to HEAD there is
// no body, but its length if the view told it; with 204 and 304 (C-03) there is
// neither, whatever the view made, and not by the handler (C-05).
func TestServerBodies(t *testing.T) {
	connection := served(t, map[string]func(*web.Request) (web.Response, error){
		"plain":  says("hello"),
		"length": says("hello", web.Header("Content-Length", "5")),
		"none":   says("", web.Header("Content-Length", "0")),
		"204":    says("x", web.Status(204)),
		"304":    says("x", web.Status(304)),
		"stream": func(*web.Request) (web.Response, error) {
			return web.NewStreamingHttpResponse(wsgi.List([]byte("a"), []byte("b"))), nil
		},
	})
	reader := bufio.NewReader(connection)
	for _, c := range []struct {
		method, path string
		status       int
		length       string // the header
		chunked      bool
		body         string
	}{
		{"GET", "plain", 200, "5", false, "hello"},
		{"HEAD", "plain", 200, "5", false, ""},
		{"HEAD", "length", 200, "5", false, ""},
		{"HEAD", "none", 200, "0", false, ""},
		{"GET", "204", 204, "", false, ""},
		{"GET", "304", 304, "", false, ""},
		{"GET", "stream", 200, "", true, "ab"},
		{"HEAD", "stream", 200, "", false, ""},
		{"GET", "plain", 200, "5", false, "hello"},
	} {
		if _, err := fmt.Fprintf(connection, "%s /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", c.method, c.path); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(reader, &http.Request{Method: c.method})
		if err != nil {
			t.Fatalf("%s %s: %v", c.method, c.path, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != c.body || response.StatusCode != c.status {
			t.Errorf("%s %s: %d %q, %v", c.method, c.path, response.StatusCode, body, err)
		}
		if got := response.Header.Get("Content-Length"); got != c.length || response.Close {
			t.Errorf("%s %s: Content-Length %q, closed: %v", c.method, c.path, got, response.Close)
		}
		if chunked := len(response.TransferEncoding) > 0; chunked != c.chunked {
			t.Errorf("%s %s: chunked: %v", c.method, c.path, chunked)
		}
		if method := response.Header.Get("X-Method"); method != c.method && c.path != "stream" {
			t.Errorf("%s %s: the view saw %q", c.method, c.path, method)
		}
	}
}

// C-10: a header with an underscore would be taken for one with a hyphen, so it
// is dropped. C-11: what nobody has read of a body is read, so that the next
// request begins where it should.
func TestServerRequests(t *testing.T) {
	connection := served(t, map[string]func(*web.Request) (web.Response, error){
		"": func(r *web.Request) (web.Response, error) {
			_, spoofed := r.META.Lookup("HTTP_X_USER")
			return web.NewHttpResponse(fmt.Sprintf("%s %v %s", r.Method, spoofed, r.Header("X-Other"))), nil
		},
	})
	const body = 100_000
	request := fmt.Sprintf("POST / HTTP/1.1\r\nHost: localhost\r\nX_User: admin\r\nX-Other: a\r\nContent-Length: %d\r\n\r\n", body)
	go func() {
		for range 2 {
			if _, err := io.WriteString(connection, request+strings.Repeat("GET", body)[:body]); err != nil {
				return // the reader below will say so
			}
		}
	}()
	reader := bufio.NewReader(connection)
	for range 2 {
		response, err := http.ReadResponse(reader, &http.Request{Method: "POST"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(response.Body); err != nil || string(got) != "POST false a" {
			t.Errorf("%d %q, %v", response.StatusCode, got, err)
		}
	}
}
