package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"basehandler/asgi"
	"basehandler/wsgi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site makes an Opener of an application that needs nothing.
func site(application wsgi.Application) Opener {
	return func([]byte, Services) (Site, error) { return Site{WSGI: application}, nil }
}

func asgiSite(application asgi.Application) Opener {
	return func([]byte, Services) (Site, error) { return Site{ASGI: application}, nil }
}

var plainText = []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}

// respond is an application of one status and some chunks.
func respond(status string, headers []wsgi.Header, chunks ...string) wsgi.Application {
	return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		report, _ := environ.Value(TraceKey).(func(string))
		report("view")
		if err := start(status, headers, nil); err != nil {
			return nil, err
		}
		list := make([][]byte, len(chunks))
		for i, chunk := range chunks {
			list[i] = []byte(chunk)
		}
		return wsgi.List(list...), nil
	}
}

// echo says what arrived.
func echo(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	body, err := io.ReadAll(environ.Input())
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("%s %q length=%q", environ.Get("REQUEST_METHOD"), body, environ.Get("CONTENT_LENGTH"))
	return respond("200 OK", plainText, text)(environ, start)
}

const get = "GET / HTTP/1.1\nHost: example\n\n"

func TestExchange(t *testing.T) {
	failing := errors.New("out of fuel")
	for _, c := range []struct {
		name, request string
		open          Opener
		want          string // response, "trace:", trace, "log:", log
	}{
		{"one chunk", get, site(respond("200 OK", plainText, "hello")), `
HTTP/1.1 200 OK
Content-Length: 5
Content-Type: text/plain

hello
trace: view, start_response 200 OK, chunk 5, close
`},
		{"chunks and sorted headers", get, site(respond("404 Not Found", []wsgi.Header{
			{Name: "X-B", Value: "1"}, {Name: "Content-Type", Value: "text/plain"}, {Name: "Set-Cookie", Value: "b=2"}, {Name: "Set-Cookie", Value: "a=1"},
		}, "one\n", "two\n")), `
HTTP/1.1 404 Not Found
Content-Type: text/plain
Set-Cookie: b=2
Set-Cookie: a=1
X-B: 1

one
two
trace: view, start_response 404 Not Found, chunk 4, chunk 4, close
`},
		{"HEAD", "HEAD / HTTP/1.1\nHost: example\n\n", site(respond("200 OK", plainText, "hello")), `
HTTP/1.1 200 OK
Content-Length: 5
Content-Type: text/plain

trace: view, start_response 200 OK, chunk 5, close
`},
		{"an error in place of a body", get, site(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return nil, failing
		}), `
HTTP/1.1 500 Internal Server Error
Content-Length: 22
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

Internal Server Error
trace: 
log: wsgi: GET /: out of fuel
`},
		{"a panic", get, site(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			panic("out of fuel")
		}), `
HTTP/1.1 500 Internal Server Error
Content-Length: 22
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

Internal Server Error
trace: 
log: wsgi: GET /: panic: out of fuel
`},
		{"a failure in the middle", get, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if err := start("200 OK", plainText, nil); err != nil {
				return nil, err
			}
			return wsgi.Pushed(func(write func([]byte, error) bool) {
				_ = write([]byte("3 2 "), nil) && write(nil, failing)
			}), nil
		}), `
HTTP/1.1 200 OK
Content-Type: text/plain

3 2 
(the connection was closed before the end of the response)
trace: start_response 200 OK, chunk 4, close
log: wsgi: GET /: out of fuel
`},
		{"an aborted connection", get, site(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			panic(http.ErrAbortHandler)
		}), `
(the connection was closed without a response)
trace: 
`},
		{"a second start with the failure", get, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if err := start("200 OK", plainText, nil); err != nil {
				return nil, err
			}
			if err := start("503 Service Unavailable", plainText, failing); err != nil {
				return nil, err
			}
			return wsgi.Bytes("later"), nil
		}), `
HTTP/1.1 503 Service Unavailable
Content-Length: 5
Content-Type: text/plain

later
trace: start_response 200 OK, start_response 503 Service Unavailable exc_info, chunk 5, close
`},
		{"a body", "POST / HTTP/1.1\nHost: example\n\na=1&b=2\n", site(echo), `
HTTP/1.1 200 OK
Content-Length: 25
Content-Type: text/plain

POST "a=1&b=2" length="7"
trace: view, start_response 200 OK, chunk 25, close
`},
		{"a body that ends too early", "POST / HTTP/1.1\nHost: example\nContent-Length: 100\n\na=1\n", site(echo), `
HTTP/1.1 500 Internal Server Error
Content-Length: 22
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

Internal Server Error
trace: 
log: wsgi: POST /: unexpected EOF
`},
		{"a client that asks first", "POST / HTTP/1.1\nHost: example\nExpect: 100-continue\n\nx\n", site(echo), `
HTTP/1.1 100 Continue

HTTP/1.1 200 OK
Content-Length: 19
Content-Type: text/plain

POST "x" length="1"
trace: view, start_response 200 OK, chunk 19, close
`},
		{"a request that net/http refuses", "GET / HTTP/1.1\n\n", site(echo), `
HTTP/1.1 400 Bad Request: missing required Host header
Content-Type: text/plain; charset=utf-8

400 Bad Request: missing required Host header
trace: 
`},
		{"a broken contract", get, site(respond("200", plainText, "x")), `
HTTP/1.1 500 Internal Server Error
Content-Length: 22
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

Internal Server Error
trace: view, start_response 200
log: wsgi: GET /: wsgi: the application breaks PEP 3333 (The start_response() Callable): the status "200" is not of the form "404 Not Found"
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, err := Exchange(t.Context(), c.open, nil, []byte(c.request), false)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			fmt.Fprintf(&got, "\n%strace: %s\n", result.Response, strings.Join(result.Trace, ", "))
			for _, line := range result.Log {
				fmt.Fprintf(&got, "log: %s\n", line)
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExchangeASGI(t *testing.T) {
	result, err := Exchange(t.Context(), asgiSite(func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		scope.Extensions[TraceKey].(func(string))("view " + scope.Path)
		if _, err := receive(ctx); err != nil {
			return err
		}
		if err := send(ctx, asgi.ResponseStart{Status: 200, Headers: []asgi.Header{{Name: "content-type", Value: "text/plain"}}}); err != nil {
			return err
		}
		if err := send(ctx, asgi.ResponseBody{Body: []byte("one "), MoreBody: true}); err != nil {
			return err
		}
		return send(ctx, asgi.ResponseBody{Body: []byte("two")})
	}), nil, []byte("POST /x HTTP/1.1\nHost: example\n\nabc"), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("HTTP/1.1 200 OK\nContent-Type: text/plain\n\none two\n", string(result.Response)); diff != "" {
		t.Error(diff)
	}
	want := []string{"view /x", "receive http.request 3", "send http.response.start 200",
		"send http.response.body 4 more", "send http.response.body 3"}
	if diff := cmp.Diff(want, result.Trace); diff != "" {
		t.Error(diff)
	}
}

// A second request on the same connection is not part of the first one's trace.
func TestExchangeIsOneRequest(t *testing.T) {
	request := "POST / HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n2\nhi\n0\n\nGET /second/ HTTP/1.1\nHost: localhost\n\n"
	for range 20 { // the second may or may not be read before the connection ends
		result, err := Exchange(t.Context(), site(echo), nil, []byte(request), false)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(strings.Join(result.Trace, "\n"), "start_response"); n != 1 || len(result.Log) != 0 {
			t.Fatalf("%d responses in the trace %q, log %q", n, result.Trace, result.Log)
		}
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan struct{})
	_, err := Exchange(ctx, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		cancel()
		defer close(closed)
		<-environ.Context().Done() // the client has gone
		return nil, environ.Context().Err()
	}), nil, []byte(get), false)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("the application was not told that the client has gone")
	}
}

func TestExchangeWaitsForTheEndOfTheApplication(t *testing.T) {
	result, err := Exchange(t.Context(), site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		report := environ.Value(TraceKey).(func(string))
		body, err := respond("200 OK", plainText, "x")(environ, start)
		return slowClose{body, report}, err
	}), nil, []byte(get), false)
	if err != nil {
		t.Fatal(err)
	}
	if last := result.Trace[len(result.Trace)-1]; last != "closed" {
		t.Errorf("the trace ends with %q", last)
	}
}

type slowClose struct {
	wsgi.Body
	report func(string)
}

func (b slowClose) Close() error {
	time.Sleep(50 * time.Millisecond)
	b.report("closed")
	return nil
}

func TestWhatCannotBeLoaded(t *testing.T) {
	type settings struct{}
	reason := errors.New("no such view")
	p := Package[settings]{
		Defaults: func() settings { return settings{} },
		Read:     func(io.Reader) (settings, error) { return settings{}, errors.New("no such setting") },
		New:      func(settings) (wsgi.Application, error) { return nil, reason },
	}
	var load *LoadError
	if _, err := Exchange(t.Context(), p.Open, nil, []byte(get), false); !errors.As(err, &load) || !errors.Is(err, reason) {
		t.Errorf("an application that cannot be made: %v", err)
	}
	if _, err := Exchange(t.Context(), p.Open, []byte("{}"), []byte(get), false); !errors.As(err, &load) || err.Error() != "no such setting" {
		t.Errorf("settings that cannot be read: %v", err)
	}
	if _, err := Exchange(t.Context(), p.Open, nil, []byte(get), true); !errors.Is(err, ErrNoASGI) {
		t.Errorf("ASGI before step 14: %v", err)
	}
	p.New = func(settings) (wsgi.Application, error) { panic("oh") }
	if _, err := Exchange(t.Context(), p.Open, nil, []byte(get), false); err == nil || err.Error() != "panic: oh" {
		t.Errorf("a panic: %v", err)
	}
	if _, err := Exchange(t.Context(), p.Open, nil, []byte("hello"), false); err == nil || errors.As(err, &load) {
		t.Errorf("a request that is none: %v", err)
	}
}

func TestServices(t *testing.T) {
	type settings struct {
		connections map[string]*sql.DB
		logger      *slog.Logger
	}
	p := Package[settings]{
		Defaults: func() settings { return settings{} },
		Hand: func(s *settings, services Services) {
			s.connections, s.logger = services.Connections, services.Logger
		},
		New: func(s settings) (wsgi.Application, error) {
			logger := s.logger.With("logger", "django.request")
			if _, err := s.connections["default"].Exec("CREATE TABLE launch (name TEXT)"); err != nil {
				return nil, err
			}
			logger.Info("nobody asked yet")
			return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				ctx := environ.Context()
				// Two connections of a pool see the same database.
				a, err := s.connections["default"].Conn(ctx)
				if err != nil {
					return nil, err
				}
				defer a.Close()
				b, err := s.connections["default"].Conn(ctx)
				if err != nil {
					return nil, err
				}
				defer b.Close()
				if _, err := a.ExecContext(ctx, "INSERT INTO launch VALUES ('Aster')"); err != nil {
					return nil, err
				}
				var count int
				if err := b.QueryRowContext(ctx, "SELECT count(*) FROM launch").Scan(&count); err != nil {
					return nil, err
				}
				if err := s.connections["other"].QueryRowContext(ctx, "SELECT count(*) FROM launch").Scan(&count); err == nil {
					return nil, errors.New("the databases are the same")
				}
				logger.WarnContext(ctx, fmt.Sprint("launches: ", count), "status", 404)
				s.logger.ErrorContext(ctx, "as an attribute", "logger", "django")
				return respond("200 OK", plainText, "x")(environ, start)
			}, nil
		},
	}
	for range 2 { // the second one starts with empty databases again
		result, err := Exchange(t.Context(), p.Open, nil, []byte(get), false)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"log django.request WARNING launches: 1", "log django ERROR as an attribute", "view", "start_response 200 OK", "chunk 1", "close"}
		if diff := cmp.Diff(want, result.Trace); diff != "" {
			t.Error(diff, result.Log)
		}
	}
}

func TestExchangesShareTheApplication(t *testing.T) {
	count := 0
	open := func([]byte, Services) (Site, error) {
		return Site{WSGI: func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			count++
			fmt.Fprintln(environ.Errors(), "request", count)
			return respond("200 OK", plainText, fmt.Sprint(count))(environ, start)
		}}, nil
	}
	results, err := Exchanges(t.Context(), open, nil, [][]byte{[]byte(get), []byte(get)}, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, result := range results {
		_, body, _ := strings.Cut(string(result.Response), "\n\n")
		got = append(got, fmt.Sprintf("%q %d %q", body, len(result.Trace), result.Log))
	}
	if diff := cmp.Diff([]string{`"1\n" 4 ["request 1"]`, `"2\n" 4 ["request 2"]`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWireRequest(t *testing.T) {
	for _, c := range []struct {
		name, request, want string
		short               bool
	}{
		{"no body", "GET / HTTP/1.1\nHost: a\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"an empty line", "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"CRLF", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"a body", "POST / HTTP/1.1\nHost: a\n\nx=1\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nx=1", false},
		{"a body of lines", "POST / HTTP/1.1\n\nx\n\ny", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nx\n\ny", false},
		{"a body of bytes", "POST / HTTP/1.1\n\n\r\n\r\n\x00", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\r\n\r\n\x00", false},
		{"a length", "POST / HTTP/1.1\nContent-Length: 3\n\nx=1\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nx=1", false},
		{"a length too long", "POST / HTTP/1.1\nContent-Length: 9\n\nx=1\n", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx=1\n", true},
		{"chunked", "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n1\nx\n0\n\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", false},
		{"multipart", "POST / HTTP/1.1\nContent-Type: multipart/form-data; boundary=b\n\n--b--\n", "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 7\r\n\r\n--b--\r\n", false},
	} {
		wire, err := wireRequest([]byte(c.request))
		if err != nil || string(wire.bytes) != c.want || wire.short != c.short {
			t.Errorf("%s:\n got %q, short: %v, %v\nwant %q, short: %v", c.name, wire.bytes, wire.short, err, c.want, c.short)
		}
	}
}
