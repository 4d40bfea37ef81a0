package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

// null is a ResponseWriter that costs nothing.
type null struct{ header http.Header }

func (n *null) Header() http.Header         { return n.header }
func (n *null) WriteHeader(int)             {}
func (n *null) Write(p []byte) (int, error) { return len(p), nil }
func (n *null) Flush()                      {}

// BenchmarkHello is what the gateway adds to a request: one environ, one start,
// one chunk. The application allocates nothing itself.
func BenchmarkHello(b *testing.B) {
	headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
	body := &reused{chunk: []byte("Hello, world!\n")}
	h := gateway.New(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		if err := start("200 OK", headers, nil); err != nil {
			return nil, err
		}
		body.given = false
		return body, nil
	})
	run(b, h, httptest.NewRequest("GET", "/", nil))
}

// BenchmarkEnviron reads the variables that a framework reads of each request.
func BenchmarkEnviron(b *testing.B) {
	headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
	body := &reused{chunk: []byte("x")}
	h := gateway.New(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		for _, key := range [...]string{
			"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
			"HTTP_HOST", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_REQUESTED_WITH", "wsgi.url_scheme",
		} {
			environ.Get(key)
		}
		body.given = false
		return body, start("200 OK", headers, nil)
	})
	r := httptest.NewRequest("GET", "/launches/?page=2", nil)
	r.Header.Set("Cookie", "a=1")
	r.Header.Set("Accept-Language", "en")
	run(b, h, r)
}

func run(b *testing.B, h http.Handler, r *http.Request) {
	w := &null{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// reused is a body of one chunk for one request after the other.
type reused struct {
	chunk []byte
	given bool
}

func (r *reused) Next() ([]byte, error) {
	if r.given {
		return nil, io.EOF
	}
	r.given = true
	return r.chunk, nil
}

func (*reused) Close() error { return nil }
func (*reused) Len() int     { return 1 }

// The aim is one allocation for the request and one for start.
func TestAllocations(t *testing.T) {
	headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
	body := &reused{chunk: []byte("Hello, world!\n")}
	h := gateway.New(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		environ.Get("HTTP_X_REQUESTED_WITH")
		body.given = false
		return body, start("200 OK", headers, nil)
	})
	w, r := &null{header: http.Header{}}, httptest.NewRequest("GET", "/", nil)
	if n := testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}); n > 3 {
		t.Errorf("%v allocations, want at most 3", n)
	}
}
