package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"basehandler/asgi"
	"basehandler/asgi/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what ought to happen at once.
const patience = 10 * time.Second

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// site is an application on a server of its own.
type site struct {
	t       *testing.T
	server  *httptest.Server
	gateway *gateway.Handler
	log     *buffer       // of the gateway
	netLog  *buffer       // of net/http, which ought to have nothing to say
	served  chan struct{} // a value for each time ServeHTTP has ended
}

func open(t *testing.T, app asgi.Application, configure ...func(*http.Server)) *site {
	t.Helper()
	s := &site{t: t, log: new(buffer), netLog: new(buffer), served: make(chan struct{}, 100)}
	s.gateway = gateway.New(app)
	s.gateway.ErrorLog = log.New(s.log, "", 0)
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { s.served <- struct{}{} }()
		s.gateway.ServeHTTP(w, r)
	}))
	s.server.Config.ErrorLog = log.New(s.netLog, "", 0)
	for _, f := range configure {
		f(s.server.Config)
	}
	s.server.Start()
	t.Cleanup(func() {
		s.server.Close()
		if said := s.netLog.String(); said != "" {
			t.Errorf("net/http says %s", said)
		}
	})
	return s
}

// dial opens a connection that no test can wait on forever.
func (s *site) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

var date = regexp.MustCompile(`Date: [^\n]*\n`)

// raw sends a request, given with LF, and gives what comes back until the
// server closes, with LF and without Date.
func (s *site) raw(request string) string {
	s.t.Helper()
	conn := s.dial()
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		s.t.Fatal(err)
	}
	response, err := io.ReadAll(conn)
	if err != nil {
		s.t.Fatalf("%v after %q", err, response)
	}
	s.wait()
	return date.ReplaceAllString(strings.ReplaceAll(string(response), "\r\n", "\n"), "")
}

// wait waits until ServeHTTP has ended.
func (s *site) wait() {
	s.t.Helper()
	select {
	case <-s.served:
	case <-time.After(patience):
		s.t.Fatal("ServeHTTP does not end")
	}
}

// logged says what the gateway logged, stacks cut off.
func (s *site) logged(want string) {
	s.t.Helper()
	got, _, _ := strings.Cut(s.log.String(), "\n\n")
	if got = strings.TrimSuffix(got, "\n"); got != want {
		s.t.Errorf("logged\n  %s\nwant\n  %s", got, want)
	}
}

// within is a context that ends a test that hangs.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

func header(name, value string) asgi.Header { return asgi.Header{Name: name, Value: value} }

func start(status int, headers ...asgi.Header) asgi.ResponseStart {
	return asgi.ResponseStart{Status: status, Headers: append([]asgi.Header{header("content-type", "text/plain")}, headers...)}
}

func body(text string) asgi.ResponseBody { return asgi.ResponseBody{Body: []byte(text)} }
func more(text string) asgi.ResponseBody {
	return asgi.ResponseBody{Body: []byte(text), MoreBody: true}
}

// sends is the application that sends some events, and returns the first error.
func sends(events ...asgi.Event) asgi.Application {
	return func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
		for _, event := range events {
			if err := send(ctx, event); err != nil {
				return err
			}
		}
		return nil
	}
}

const (
	get  = "GET / HTTP/1.1\nHost: test\nConnection: close\n\n"
	head = "HEAD / HTTP/1.1\nHost: test\nConnection: close\n\n"

	internalError = "HTTP/1.1 500 Internal Server Error\nContent-Type: text/plain; charset=utf-8\n" +
		"X-Content-Type-Options: nosniff\nContent-Length: 22\nConnection: close\n\nInternal Server Error\n"
)

func TestResponses(t *testing.T) {
	big := strings.Repeat("x", 5000)
	for _, test := range []struct {
		name    string
		app     asgi.Application
		request string
		want    string
	}{
		{"one event", sends(start(200), body("hello")), get,
			"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain\nConnection: close\n\nhello"},
		{"one big event", sends(start(200), body(big)), get,
			"HTTP/1.1 200 OK\nContent-Length: 5000\nContent-Type: text/plain\nConnection: close\n\n" + big},
		{"empty", sends(start(302, header("location", "/x")), body("")), get,
			"HTTP/1.1 302 Found\nContent-Length: 0\nContent-Type: text/plain\nLocation: /x\nConnection: close\n\n"},
		{"two events", sends(start(200), more("a"), body("bc")), get,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n2\nbc\n0\n\n"},
		{"a length, and more that is empty", sends(start(200, header("Content-Length", "3")), more(""), more("a"), more("bc"), body("")), get,
			"HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\nabc"},
		{"HTTP/1.0", sends(start(200), more("a"), body("bc")), "GET / HTTP/1.0\n\n",
			"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nabc"},
		{"equal names", sends(start(200, header("set-cookie", "b=2"), header("x-a", "ä"), header("Set-Cookie", "a=1")), body("x")), get,
			"HTTP/1.1 200 OK\nContent-Length: 1\nContent-Type: text/plain\nSet-Cookie: b=2\nSet-Cookie: a=1\nX-A: ä\nConnection: close\n\nx"},
		{"no content type", sends(asgi.ResponseStart{Status: 200}, body("<html>")), get,
			"HTTP/1.1 200 OK\nContent-Length: 6\nConnection: close\n\n<html>"},
		{"transfer-encoding", sends(start(200, header("transfer-encoding", "identity")), body("x")), get,
			"HTTP/1.1 200 OK\nContent-Length: 1\nContent-Type: text/plain\nConnection: close\n\nx"},
		{"HEAD", sends(start(200), body("hello")), head,
			"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, a length", sends(start(200, header("content-length", "99")), body("")), head,
			"HTTP/1.1 200 OK\nContent-Length: 99\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, empty", sends(start(200), body("")), head,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, two events", sends(start(200), more("a"), body("b")), head,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\n\n"},
		{"204", sends(asgi.ResponseStart{Status: 204}, body("x")), get,
			"HTTP/1.1 204 No Content\nConnection: close\n\n"},
		{"304", sends(asgi.ResponseStart{Status: 304}, more("x"), body("y")), get,
			"HTTP/1.1 304 Not Modified\nConnection: close\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, test.app)
			if got := s.raw(test.request); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			s.logged("")
		})
	}
}

func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	// then is an application that sends events and ends with err, or a panic.
	then := func(err error, events ...asgi.Event) asgi.Application {
		return func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			return errors.Join(sends(events...)(ctx, scope, receive, send), err)
		}
	}
	panics := func(v any, events ...asgi.Event) asgi.Application {
		return func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			if err := sends(events...)(ctx, scope, receive, send); err != nil {
				return err
			}
			panic(v)
		}
	}
	begun := "HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n"
	whole := "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Type: text/plain\nConnection: close\n\na"
	length := func(n string) asgi.ResponseStart { return start(200, header("content-length", n)) }
	for _, test := range []struct {
		name string
		app  asgi.Application
		want string // "" is a connection that was cut before anything
		log  string
	}{
		{"an error", then(broken), internalError, "broken"},
		{"an error after start", then(broken, start(200)), internalError, "broken"},
		{"an error after a part", then(broken, start(200), more("a")), begun, "broken"},
		{"an error after the end", then(broken, start(200), body("a")), whole, "broken"},
		{"a panic", panics("oh"), internalError, "panic: oh"},
		{"a panic after a part", panics("oh", start(200), more("a")), begun, "panic: oh"},
		{"a panic after the end", panics("oh", start(200), body("a")), whole, "panic: oh"},
		{"an abort", panics(http.ErrAbortHandler), "", ""},
		{"an abort as an error", then(http.ErrAbortHandler), "", ""},
		{"an abort after a part", panics(http.ErrAbortHandler, start(200), more("a")), begun, ""},

		{"nothing", sends(), internalError, "the application returned without a response"},
		{"start alone", sends(start(200)), internalError, "the application returned before its response was complete"},
		{"a part alone", sends(start(200), more("a")), begun, "the application returned before its response was complete"},
		{"body first", sends(body("a")), internalError, "asgi: http.response.body was sent before http.response.start"},
		{"start twice", sends(start(200), start(200)), internalError, "asgi: http.response.start was sent twice"},
		{"start in the body", sends(start(200), more("a"), start(200)), begun, "asgi: http.response.start was sent twice"},
		{"body after the end", sends(start(200), body("a"), body("b")), whole, "asgi: http.response.body was sent after the response was complete"},
		{"nil", sends(nil), internalError, "asgi: an application cannot send <nil>"},
		{"a request", sends(asgi.Request{}), internalError, "asgi: an application cannot send asgi.Request"},
		{"a pointer", sends(&asgi.ResponseStart{}), internalError, "asgi: an application cannot send *asgi.ResponseStart"},

		{"1xx", sends(start(103)), internalError, "asgi: the status 103 is not one of a final response, 200 to 999"},
		{"no status", sends(start(0)), internalError, "asgi: the status 0 is not one of a final response, 200 to 999"},
		{"large status", sends(start(1000)), internalError, "asgi: the status 1000 is not one of a final response, 200 to 999"},
		{"no name", sends(start(200, header("", "x"))), internalError, `asgi: the header name "" is not a token`},
		{"a bad name", sends(start(200, header("x\n", "x"))), internalError, `asgi: the header name "x\n" is not a token`},
		{"a bad value", sends(start(200, header("x", "a\r\ny: b"))), internalError, `asgi: the value "a\r\ny: b" of header x has a control character`},
		{"a bad length", sends(length("-1")), internalError, `asgi: the Content-Length "-1" is not a number of bytes`},
		{"two lengths", sends(start(200, header("content-length", "1"), header("Content-Length", "1"))), internalError, "asgi: there is more than one Content-Length"},

		{"too long", sends(length("1"), more("a"), body("bc")), whole,
			"asgi: the body is longer than its Content-Length of 1; the rest is not sent"},
		{"too short", sends(length("3"), body("a")), "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\na",
			"asgi: the body has 1 bytes, less than its Content-Length of 3"},
		{"too short, unnoticed", func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
			send(ctx, length("3"))
			send(ctx, body("a"))
			return nil
		}, "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\na",
			"the body has 1 bytes, less than its Content-Length of 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, test.app)
			if got := s.raw(get); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if test.log == "" {
				s.logged("")
			} else {
				s.logged("asgi: GET /: " + test.log)
			}
			if strings.HasPrefix(test.log, "panic") && !strings.Contains(s.log.String(), "gateway_test.go") {
				t.Error("the log has no stack of the panic")
			}
		})
	}
}

// The handler answers 500 to what a wrapper has set headers for, and logs to
// the standard logger if there is no other.
func TestStandardLog(t *testing.T) {
	var b buffer
	defer log.SetOutput(log.Writer())
	defer log.SetFlags(log.Flags())
	log.SetOutput(&b)
	log.SetFlags(0)
	gateway.New(sends()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a%0Ab?c", nil))
	if got, want := b.String(), "asgi: GET /a%0Ab: the application returned without a response\n"; got != want {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func TestHeadersOfAWrapper(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("X-Outer", "1")
	w.Header().Set("X-Both", "outer")
	w.Header().Set("Set-Cookie", "a=1")
	gateway.New(sends(start(200, header("x-both", "app"), header("set-cookie", "b=2")), body("x"))).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	want := http.Header{"Content-Length": {"1"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}, "X-Both": {"app"}, "X-Outer": {"1"}}
	if got := w.Result().Header; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// scopeOf gives the scope that the gateway makes of r.
func scopeOf(t *testing.T, root string, r *http.Request) *asgi.Scope {
	t.Helper()
	var scope *asgi.Scope
	h := &gateway.Handler{RootPath: root, App: func(ctx context.Context, s *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		scope = s
		return sends(start(200), body(""))(ctx, s, receive, send)
	}}
	h.ServeHTTP(httptest.NewRecorder(), r)
	if scope == nil {
		t.Fatal("the application was not called")
	}
	return scope
}

func TestScope(t *testing.T) {
	r := httptest.NewRequest("POST", "/shop/caf%C3%A9%2f?a=%20b", strings.NewReader("hello"))
	r.Host = "example.org:81"
	r.RemoteAddr = "[2001:db8::1]:4711"
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 8081})))
	r.Header = http.Header{
		"Content-Type": {"text/plain"}, "X-B": {"2", "1"}, "Accept": {"*/*"},
		"X_b": {"spoofed"}, "Proxy": {"evil"}, "Host": {"evil"},
	}
	got := scopeOf(t, "/shop/", r)
	want := &asgi.Scope{
		Type: "http", HTTPVersion: "1.1", Method: "POST", Scheme: "http",
		Path: "/shop/café/", RawPath: []byte("/shop/caf%C3%A9%2f"), QueryString: []byte("a=%20b"), RootPath: "/shop",
		Headers: []asgi.Header{{Name: "host", Value: "example.org:81"}, {Name: "accept", Value: "*/*"}, {Name: "content-type", Value: "text/plain"},
			{Name: "x-b", Value: "2"}, {Name: "x-b", Value: "1"}},
		Client: &asgi.Address{Host: "2001:db8::1", Port: 4711},
		Server: &asgi.Address{Host: "10.0.0.1", Port: 8081},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}

	little := &http.Request{URL: httptest.NewRequest("GET", "/%20", nil).URL, ProtoMajor: 2, TLS: &tls.ConnectionState{}, RemoteAddr: "@:http"}
	got = scopeOf(t, "", little)
	want = &asgi.Scope{
		Type: "http", HTTPVersion: "2", Method: "GET", Scheme: "https", Path: "/ ", RawPath: []byte("/%20"),
		QueryString: []byte{}, Headers: []asgi.Header{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	little.ProtoMajor, little.ProtoMinor = 1, 0
	little.RemoteAddr = "@" // of a Unix socket
	if version := scopeOf(t, "", little).HTTPVersion; version != "1.0" {
		t.Errorf("the version is %s", version)
	}
}

// A method is in upper case and a path is text, as the specification says,
// whatever the client sends.
func TestScopeOfOddRequest(t *testing.T) {
	got := scopeOf(t, "", httptest.NewRequest("get", "/caf%E9/%C3%A9", nil))
	if got.Method != "GET" || got.Path != "/caf\ufffd/é" || string(got.RawPath) != "/caf%E9/%C3%A9" {
		t.Errorf("got %s %q, raw %q", got.Method, got.Path, got.RawPath)
	}
}

func TestMounted(t *testing.T) {
	for _, test := range []struct{ root, target, want string }{
		{"", "/shop", `"" "/shop" "/shop"`},
		{"/shop", "/shop", `"/shop" "/shop" "/shop"`},
		{"/shop/", "/sh%6fp/1", `"/shop" "/shop/1" "/sh%6fp/1"`},
		{"/shop", "/shopping", ""},
		{"/shop", "/", ""},
		{"", "http://test", `"" "/" ""`},
		{"", "http://test/a?b", `"" "/a" "/a"`},
	} {
		s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			return sends(start(200), body(fmt.Sprintf("%q %q %q", scope.RootPath, scope.Path, scope.RawPath)))(ctx, scope, receive, send)
		})
		s.gateway.RootPath = test.root
		response := s.raw("GET " + test.target + " HTTP/1.1\nHost: test\nConnection: close\n\n")
		if test.want == "" {
			if !strings.HasPrefix(response, "HTTP/1.1 404 Not Found\n") {
				t.Errorf("%q at %s: got %s", test.root, test.target, response)
			}
		} else if _, got, _ := strings.Cut(response, "\n\n"); got != test.want {
			t.Errorf("%q at %s: got %s, want %s", test.root, test.target, got, test.want)
		}
	}
}

// events receives the whole body.
func events(ctx context.Context, receive asgi.Receive) (string, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	var parts [][]byte // kept, since each belongs to the application
	for {
		event, err := receive(ctx)
		if err != nil {
			return "", err
		}
		request, ok := event.(asgi.Request)
		if !ok {
			return "", fmt.Errorf("received %T", event)
		}
		parts = append(parts, request.Body)
		if !request.MoreBody {
			return string(bytes.Join(parts, nil)), nil
		}
	}
}

// The whole body arrives, and the connection serves the next request.
func TestReceive(t *testing.T) {
	big := strings.Repeat("0123456789", 20000)
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		content, err := events(ctx, receive)
		if err != nil {
			return err
		}
		return sends(start(200), body(content))(ctx, scope, receive, send)
	})
	conn := s.dial()
	r := bufio.NewReader(conn)
	for _, test := range []struct{ request, want string }{
		{"GET / HTTP/1.1\r\nHost: test\r\n\r\n", ""},
		{"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", ""},
		{"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello", "hello"},
		{"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"},
		{fmt.Sprintf("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s", len(big), big), big},
		{"GET / HTTP/1.1\r\nHost: test\r\n\r\n", ""},
	} {
		if _, err := io.WriteString(conn, test.request); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(response.Body); string(got) != test.want || err != nil {
			t.Errorf("%.80q: got %.80q, %v", test.request, got, err)
		}
		s.wait()
	}
	s.logged("")
}

// Both directions at once: each part is answered before the next is sent.
func TestEcho(t *testing.T) {
	s := open(t, func(ctx context.Context, _ *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		ctx, cancel := within(ctx)
		defer cancel()
		if err := send(ctx, start(200)); err != nil {
			return err
		}
		for {
			event, err := receive(ctx)
			if err != nil {
				return err
			}
			request := event.(asgi.Request)
			if err := send(ctx, asgi.ResponseBody{Body: bytes.ToUpper(request.Body), MoreBody: request.MoreBody}); err != nil {
				return err
			}
			if !request.MoreBody {
				return nil
			}
		}
	})
	conn := s.dial()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(response.Body)
	if line, err := lines.ReadString('\n'); line != "ONE\n" || err != nil {
		t.Fatalf("got %q, %v", line, err)
	}
	fmt.Fprintf(conn, "4\r\ntwo\n\r\n0\r\n\r\n")
	if rest, err := io.ReadAll(lines); string(rest) != "TWO\n" || err != nil {
		t.Fatalf("got %q, %v", rest, err)
	}
	s.wait()
	s.logged("")
}

// Nothing leaves with the start, everything with the first body event, even an
// empty one.
func TestFlush(t *testing.T) {
	w := httptest.NewRecorder()
	gateway.New(func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
		if err := send(ctx, start(201)); err != nil || w.Flushed || w.Code != 200 {
			t.Errorf("start was sent, %v", err)
		}
		if err := send(ctx, more("")); err != nil || !w.Flushed || w.Code != 201 {
			t.Errorf("start was not sent, %v", err)
		}
		w.Flushed = false
		if err := send(ctx, more("a")); err != nil || !w.Flushed || w.Body.String() != "a" {
			t.Errorf("a part was not sent, %v", err)
		}
		return send(ctx, body("b"))
	}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Body.String() != "ab" {
		t.Errorf("got %q", w.Body)
	}
}

// After the response is complete receive says Disconnect, whatever is left of
// the request.
func TestReceiveAfterTheResponse(t *testing.T) {
	for _, request := range []string{
		"GET / HTTP/1.1\nHost: test\nConnection: close\n\n",
		"POST / HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 5\n\nhello",
	} {
		s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			ctx, cancel := within(ctx)
			defer cancel()
			waiting := make(chan error, 1)
			if strings.HasPrefix(request, "GET") {
				if _, err := events(ctx, receive); err != nil {
					return err
				}
			}
			go func() { // one that may already wait when the response ends
				for {
					event, err := receive(ctx)
					if _, ok := event.(asgi.Disconnect); ok || err != nil {
						waiting <- err
						return
					}
				}
			}()
			if err := sends(start(200), body("x"))(ctx, scope, receive, send); err != nil {
				return err
			}
			if event, err := receive(ctx); event != (asgi.Disconnect{}) || err != nil {
				t.Errorf("received %v, %v", event, err)
			}
			return <-waiting
		})
		if response := s.raw(request); !strings.HasSuffix(response, "\n\nx") {
			t.Errorf("got %s", response)
		}
		s.logged("")
	}
}

// A receive that is given up takes nothing away: the next one gets the part.
func TestReceiveGivenUp(t *testing.T) {
	asked := make(chan struct{})
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		short, cancel := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if event, err := receive(short); event != nil || err != context.Canceled {
				t.Errorf("received %v, %v", event, err)
			}
		}()
		cancel()
		<-ended
		if event, err := receive(short); event != nil || err != context.Canceled {
			t.Errorf("received %v, %v", event, err)
		}
		if err := send(short, start(200)); err != context.Canceled {
			t.Errorf("send gives %v", err)
		}
		short, cancel = context.WithTimeout(ctx, time.Millisecond) // while it waits
		defer cancel()
		if event, err := receive(short); event != nil || err != context.DeadlineExceeded {
			t.Errorf("received %v, %v", event, err)
		}
		close(asked)
		content, err := events(ctx, receive)
		if err != nil {
			return err
		}
		return sends(start(200), body(content))(ctx, scope, receive, send)
	})
	conn := s.dial()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n")
	<-asked
	fmt.Fprint(conn, "hello")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(response.Body); string(got) != "hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	s.wait()
	s.logged("")
}

// The client goes away: the context is cancelled, receive says Disconnect, send
// ErrDisconnected, and the handler waits for the application.
func TestClientGone(t *testing.T) {
	for _, test := range []struct{ name, request string }{
		{"no body", "GET / HTTP/1.1\r\nHost: test\r\n\r\n"},
		{"in the body", "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhe"},
	} {
		for _, begun := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, begun %v", test.name, begun), func(t *testing.T) {
				running := make(chan struct{})
				returned := false
				s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
					waiting, cancel := within(ctx)
					defer cancel()
					if begun {
						if err := sends(start(200), more("x"))(ctx, scope, receive, send); err != nil {
							return err
						}
					}
					close(running)
					for {
						event, err := receive(waiting)
						if err != nil {
							return err
						}
						if _, ok := event.(asgi.Disconnect); ok {
							break
						}
					}
					if ctx.Err() != context.Canceled {
						t.Errorf("the context has %v", ctx.Err())
					}
					for _, event := range []asgi.Event{start(200), more("y"), body("z")} {
						if err := send(ctx, event); err != asgi.ErrDisconnected {
							t.Errorf("send of %T gives %v", event, err)
						}
					}
					returned = true
					return asgi.ErrDisconnected
				})
				conn := s.dial()
				io.WriteString(conn, test.request)
				<-running
				conn.Close()
				s.wait()
				if !returned {
					t.Error("the handler did not wait for the application")
				}
				s.logged("")
			})
		}
	}
}

// Errors other than that of the disconnect are still told.
func TestClientGoneAndBroken(t *testing.T) {
	s := open(t, func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, _ asgi.Send) error {
		select {
		case <-ctx.Done():
			return errors.New("broken")
		case <-time.After(patience):
			return errors.New("not cancelled")
		}
	})
	conn := s.dial()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
	conn.Close()
	s.wait()
	s.logged("asgi: GET /: broken")
}

// A client that leaves after the response was complete does no harm.
func TestClientGoneAfterTheResponse(t *testing.T) {
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		if err := sends(start(200), body("x"))(ctx, scope, receive, send); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(patience):
			return errors.New("not cancelled")
		}
	})
	conn := s.dial()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	s.wait()
	s.logged("")
}

// blunt is a ResponseWriter whose client has gone, and which can do nothing else.
type blunt struct{ header http.Header }

func (b blunt) Header() http.Header     { return b.header }
func (blunt) WriteHeader(int)           {}
func (blunt) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// unflushable takes what is written and fails to flush.
type unflushable struct{ *httptest.ResponseRecorder }

func (unflushable) FlushError() error { return io.ErrClosedPipe }

func TestWriteError(t *testing.T) {
	for _, w := range []http.ResponseWriter{blunt{http.Header{}}, unflushable{httptest.NewRecorder()}} {
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("recovered %v", v)
				}
			}()
			gateway.New(func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
				if err := send(ctx, start(200)); err != nil {
					t.Error(err)
				}
				if err := send(ctx, body("x")); err != asgi.ErrDisconnected {
					t.Errorf("send gives %v", err)
				}
				if ctx.Err() == nil {
					t.Error("the context is not cancelled")
				}
				return nil
			}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		}()
	}
}

// An application that returns early leaves no goroutine behind, though the
// client has not sent the rest.
func TestBodyLeftUnread(t *testing.T) {
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		if event, err := receive(ctx); err != nil || string(event.(asgi.Request).Body) != "he" {
			t.Errorf("received %v, %v", event, err)
		}
		short, cancel := context.WithCancel(ctx)
		cancel()
		receive(short)
		return sends(start(200), body("enough"))(ctx, scope, receive, send)
	})
	// What comes after the response must not be taken for another request.
	response := s.raw("POST / HTTP/1.1\nHost: test\nContent-Length: 5\n\nhe")
	if response != "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 6\nContent-Type: text/plain\n\nenough" {
		t.Errorf("got %s", response)
	}
	s.logged("")

	s = open(t, func(ctx context.Context, _ *asgi.Scope, receive asgi.Receive, _ asgi.Send) error {
		receive(ctx)
		short, cancel := context.WithCancel(ctx)
		cancel()
		receive(short)
		return errors.New("broken")
	})
	response = s.raw("POST / HTTP/1.1\nHost: test\nContent-Length: 5\n\nhe")
	if !strings.Contains(response, "\nConnection: close\n") || !strings.HasSuffix(response, "\n\nInternal Server Error\n") {
		t.Errorf("got %s", response)
	}

	// More than is read ahead, and nobody takes it.
	s = open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		if _, err := receive(ctx); err != nil {
			t.Error(err)
		}
		return sends(start(200), body("enough"))(ctx, scope, receive, send)
	})
	reply, err := s.server.Client().Post(s.server.URL, "text/plain", strings.NewReader(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reply.Body); string(got) != "enough" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	reply.Body.Close()
	s.wait()

	// A body that only Close can end.
	reader, writer := io.Pipe()
	defer writer.Close()
	r := httptest.NewRequest("POST", "/", reader)
	gateway.New(func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		go func() {
			writer.Write([]byte("x"))
		}()
		if _, err := receive(ctx); err != nil {
			t.Error(err)
		}
		return sends(start(200), body("enough"))(ctx, scope, receive, send)
	}).ServeHTTP(httptest.NewRecorder(), r)
}

// What is left of a body is never taken for the next request.
func TestNoSmuggling(t *testing.T) {
	evil := strings.Repeat("GET /evil HTTP/1.1\r\nHost: x\r\n\r\n", 20_000) // more than net/http reads on its own
	for _, app := range []asgi.Application{
		sends(start(200), more("a"), body("b")),
		sends(),
		func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			_, err := receive(ctx)
			return errors.Join(err, sends(start(200), more("a"), body("b"))(ctx, scope, receive, send))
		},
		func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
			_, err := receive(ctx)
			return err
		},
	} {
		for _, sent := range []int{0, 10, 3000, len(evil)} {
			s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
				if scope.Path != "/" {
					t.Errorf("a request for %s", scope.Path)
				}
				return app(ctx, scope, receive, send)
			}, func(server *http.Server) {
				server.ReadTimeout = time.Second // net/http may wait for what is announced
			})
			conn := s.dial()
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\nxx", 2*len(evil))
			written := make(chan struct{})
			go func() {
				defer close(written)
				io.WriteString(conn, evil[:sent])
			}()
			io.Copy(io.Discard, conn) // until the server closes
			conn.Close()
			<-written
			s.wait()
		}
	}
}

// A limit that a wrapper sets is an error, again and again, and no disconnect.
// An application that gives it back as its own has answered by that.
func TestBodyTooLarge(t *testing.T) {
	for name, answers := range map[string]bool{"an answer": true, "the error": false} {
		t.Run(name, func(t *testing.T) { bodyTooLarge(t, answers) })
	}
}

func bodyTooLarge(t *testing.T, answers bool) {
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		for range 2 {
			_, err := events(ctx, receive)
			if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
				t.Errorf("received %v", err)
			}
			if !answers {
				return fmt.Errorf("reading: %w", err)
			}
		}
		return sends(start(413), body("too large"))(ctx, scope, receive, send)
	})
	inner := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 3)
		inner.ServeHTTP(w, r)
	})
	if got := s.raw("POST / HTTP/1.1\nHost: test\nContent-Length: 5\n\nhello"); !strings.HasPrefix(got, "HTTP/1.1 413 ") {
		t.Errorf("got %s", got)
	}
	if answers {
		s.logged("")
	} else {
		s.logged("asgi: POST /: reading: http: request body too large")
	}
}

func TestHTTP2(t *testing.T) {
	s := open(t, func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		event, err := receive(ctx) // a part; the rest is never read
		if err != nil {
			return err
		}
		first := event.(asgi.Request)
		return sends(start(200), more(scope.HTTPVersion+" "+scope.Scheme+" "), body(string(first.Body)))(ctx, scope, receive, send)
	})
	server := httptest.NewUnstartedServer(s.server.Config.Handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	reader, writer := io.Pipe()
	defer writer.Close()
	go io.WriteString(writer, "hello")
	response, err := server.Client().Post(server.URL, "text/plain", reader)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "2 https hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	s.wait()
	s.logged("")
}

// Goroutines that outlive the application cannot touch the response.
func TestOutlived(t *testing.T) {
	var receive asgi.Receive
	var send asgi.Send
	s := open(t, func(ctx context.Context, scope *asgi.Scope, r asgi.Receive, s asgi.Send) error {
		receive, send = r, s
		return sends(start(200), body("x"))(ctx, scope, r, s)
	})
	if got := s.raw("POST / HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 5\n\nhello"); !strings.HasSuffix(got, "\n\nx") {
		t.Errorf("got %s", got)
	}
	ctx, cancel := within(context.Background())
	defer cancel()
	if event, err := receive(ctx); event != (asgi.Disconnect{}) || err != nil {
		t.Errorf("received %v, %v", event, err)
	}
	if err := send(ctx, body("y")); err != asgi.ErrDisconnected {
		t.Errorf("send gives %v", err)
	}
}

// lastWord calls a function when the gateway writes its 500.
type lastWord struct {
	*httptest.ResponseRecorder
	said func()
}

func (l lastWord) WriteHeader(status int) {
	l.said()
	l.ResponseRecorder.WriteHeader(status)
}

func TestOutlivedBeforeTheEnd(t *testing.T) {
	var send asgi.Send
	h := gateway.New(func(_ context.Context, _ *asgi.Scope, _ asgi.Receive, s asgi.Send) error {
		send = s
		return errors.New("broken")
	})
	h.ErrorLog = log.New(io.Discard, "", 0)
	said := false
	h.ServeHTTP(lastWord{httptest.NewRecorder(), func() {
		said = true
		if err := send(context.Background(), start(200)); err != asgi.ErrDisconnected {
			t.Errorf("send gives %v", err)
		}
	}}, httptest.NewRequest("GET", "/", nil))
	if !said {
		t.Error("no answer")
	}
}

// ServeHTTP returns only from a whole response. net/http would notice the length
// by itself, a wrapper that compresses would not.
func TestAbortOfAShortBody(t *testing.T) {
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
	}()
	h := gateway.New(sends(start(200, header("content-length", "3")), body("a")))
	h.ErrorLog = log.New(io.Discard, "", 0)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// Sends of several goroutines do not mix; -race watches.
func TestConcurrentSends(t *testing.T) {
	s := open(t, func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
		if err := send(ctx, start(200)); err != nil {
			return err
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 10 {
					if err := send(ctx, more("0123456789")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		return send(ctx, body(""))
	})
	response, err := s.server.Client().Get(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != strings.Repeat("0123456789", 80) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	s.wait()
}

func BenchmarkHello(b *testing.B) {
	h := gateway.New(sends(start(200), body("Hello, world!\n")))
	w, r := &null{header: http.Header{}}, httptest.NewRequest("GET", "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// null is a ResponseWriter that costs nothing.
type null struct{ header http.Header }

func (n *null) Header() http.Header         { return n.header }
func (n *null) WriteHeader(int)             {}
func (n *null) Write(p []byte) (int, error) { return len(p), nil }
func (n *null) Flush()                      {}
