package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
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
	log     *buffer       // of the gateway
	served  chan struct{} // a value for each time ServeHTTP has ended
	netLog  *buffer       // of net/http, which ought to have nothing to say
	gateway *gateway.Handler
}

// open serves app. The application is watched by Validate if it is said to be a
// good one, so that the gateway is checked as well.
func open(t *testing.T, app wsgi.Application, valid bool, configure ...func(*http.Server)) *site {
	t.Helper()
	s := &site{t: t, log: new(buffer), netLog: new(buffer), served: make(chan struct{}, 100)}
	if valid {
		app = validated(t, app)
	}
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

// validated is app with Validate around it. What either side does wrong fails t,
// also where the gateway would treat it as any other error.
func validated(t testing.TB, app wsgi.Application) wsgi.Application {
	check := func(err error) error {
		if violation, ok := errors.AsType[*wsgi.ContractError](err); ok {
			t.Error(violation)
		}
		return err
	}
	app = wsgi.Validate(app, func(err error) { t.Error(err) })
	return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		body, err := app(environ, func(status string, headers []wsgi.Header, excInfo error) error {
			return check(start(status, headers, excInfo))
		})
		if body == nil {
			return nil, check(err)
		}
		b := checkedBody{body, check}
		if lener, ok := body.(wsgi.Lener); ok {
			return struct {
				checkedBody
				wsgi.Lener
			}{b, lener}, check(err)
		}
		return b, check(err)
	}
}

type checkedBody struct {
	wsgi.Body
	check func(error) error
}

func (b checkedBody) Next() ([]byte, error) {
	chunk, err := b.Body.Next()
	return chunk, b.check(err)
}

func (b checkedBody) Close() error { return b.check(b.Body.Close()) }

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

// get is raw for a plain GET.
func (s *site) get() string {
	s.t.Helper()
	return s.raw("GET / HTTP/1.1\nHost: test\nConnection: close\n\n")
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

func (s *site) answers(request, want string) {
	s.t.Helper()
	if got := s.raw(request); got != want {
		s.t.Errorf("%q is answered\n%s\nwant\n%s", request, got, want)
	}
}

func text(more ...wsgi.Header) []wsgi.Header {
	return append([]wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, more...)
}

func header(name, value string) wsgi.Header { return wsgi.Header{Name: name, Value: value} }

// respond is the application that gives always the same.
func respond(status string, headers []wsgi.Header, body func() wsgi.Body) wsgi.Application {
	return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return body(), start(status, headers, nil)
	}
}

// script is a body that does what its steps say, one for each call of Next, and
// counts what is asked of it.
type script struct {
	steps  []func() ([]byte, error)
	mu     sync.Mutex
	nexts  int
	closes int
	close  func() error
}

func (s *script) Next() ([]byte, error) {
	s.mu.Lock()
	s.nexts++
	n := s.nexts
	s.mu.Unlock()
	if n > len(s.steps) {
		return nil, io.EOF
	}
	return s.steps[n-1]()
}

func (s *script) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closes++
	if s.close != nil {
		return s.close()
	}
	return nil
}

func (s *script) asked(t *testing.T, nexts, closes int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nexts != nexts || s.closes != closes {
		t.Errorf("asked for %d chunks and closed %d times, want %d and %d", s.nexts, s.closes, nexts, closes)
	}
}

func give(chunk string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(chunk), nil }
}

func fail(err error) func() ([]byte, error) {
	return func() ([]byte, error) { return nil, err }
}

// one is a script with one chunk that says so.
type one struct{ *script }

func (one) Len() int { return 1 }

const internalError = "HTTP/1.1 500 Internal Server Error\nContent-Type: text/plain; charset=utf-8\n" +
	"X-Content-Type-Options: nosniff\nContent-Length: 22\nConnection: close\n\nInternal Server Error\n"

func TestResponses(t *testing.T) {
	const get = "GET / HTTP/1.1\nHost: test\nConnection: close\n\n"
	const head = "HEAD / HTTP/1.1\nHost: test\nConnection: close\n\n"
	big := strings.Repeat("x", 5000)
	for _, test := range []struct {
		name    string
		status  string
		headers []wsgi.Header
		body    wsgi.Body
		request string
		want    string
	}{
		{"one chunk", "200 OK", text(), wsgi.Bytes("hello"), get,
			"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain\nConnection: close\n\nhello"},
		{"one big chunk", "200 OK", text(), wsgi.Bytes(big), get,
			"HTTP/1.1 200 OK\nContent-Length: 5000\nContent-Type: text/plain\nConnection: close\n\n" + big},
		{"one empty chunk", "200 OK", text(), wsgi.Bytes(""), get,
			"HTTP/1.1 200 OK\nContent-Length: 0\nContent-Type: text/plain\nConnection: close\n\n"},
		{"no chunk", "302 Found", text(header("Location", "/x")), wsgi.List(), get,
			"HTTP/1.1 302 Found\nContent-Length: 0\nContent-Type: text/plain\nLocation: /x\nConnection: close\n\n"},
		{"two chunks", "200 OK", text(), wsgi.List([]byte("a"), []byte("bc")), get,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n2\nbc\n0\n\n"},
		{"empty chunks between", "200 OK", text(), wsgi.List(nil, []byte("a"), nil, []byte("bc"), nil), get,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n2\nbc\n0\n\n"},
		{"two chunks with a length", "200 OK", text(header("content-length", "3")), wsgi.List([]byte("a"), []byte("bc")), get,
			"HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\nabc"},
		{"two chunks to HTTP/1.0", "200 OK", text(), wsgi.List([]byte("a"), []byte("bc")), "GET / HTTP/1.0\n\n",
			"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nabc"},
		{"the reason of net/http", "404 Gone Fishing", text(), wsgi.Bytes("x"), get,
			"HTTP/1.1 404 Not Found\nContent-Length: 1\nContent-Type: text/plain\nConnection: close\n\nx"},
		{"a status of one's own", "799 Odd", text(), wsgi.Bytes("x"), get,
			"HTTP/1.1 799 status code 799\nContent-Length: 1\nContent-Type: text/plain\nConnection: close\n\nx"},
		{"equal names, many headers", "200 OK",
			text(header("Set-Cookie", "b=2"), header("X-A", "1"), header("set-cookie", "a=1"), header("X-B", ""), header("X-C", "ä"), header("X-A", "0")),
			wsgi.Bytes("x"), get,
			"HTTP/1.1 200 OK\nContent-Length: 1\nContent-Type: text/plain\nSet-Cookie: b=2\nSet-Cookie: a=1\nX-A: 1\nX-A: 0\nX-B: \nX-C: ä\nConnection: close\n\nx"},

		{"HEAD, one chunk", "200 OK", text(), wsgi.Bytes("hello"), head,
			"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, a length", "200 OK", text(header("Content-Length", "99")), wsgi.List(), head,
			"HTTP/1.1 200 OK\nContent-Length: 99\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, two chunks", "200 OK", text(), wsgi.List([]byte("a"), []byte("b")), head,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\n\n"},
		{"HEAD, no chunk", "200 OK", text(), wsgi.List(), head,
			"HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\n\n"},
		{"204", "204 No Content", nil, wsgi.List(), get,
			"HTTP/1.1 204 No Content\nConnection: close\n\n"},
		{"204 with a chunk", "204 No Content", nil, wsgi.Bytes("x"), get,
			"HTTP/1.1 204 No Content\nConnection: close\n\n"},
		{"304", "304 Not Modified", []wsgi.Header{header("ETag", `"1"`)}, wsgi.Bytes("x"), get,
			"HTTP/1.1 304 Not Modified\nEtag: \"1\"\nConnection: close\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, respond(test.status, test.headers, func() wsgi.Body { return test.body }), true)
			s.answers(test.request, test.want)
			s.logged("")
		})
	}
}

// Nobody guesses what the application did not say.
func TestNoSniffing(t *testing.T) {
	s := open(t, respond("200 OK", nil, func() wsgi.Body { return wsgi.Bytes("<html>") }), false)
	s.answers("GET / HTTP/1.1\nHost: test\nConnection: close\n\n",
		"HTTP/1.1 200 OK\nContent-Length: 6\nConnection: close\n\n<html>")
}

func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	ok := func(steps ...func() ([]byte, error)) (*script, func(wsgi.StartResponse) error) {
		return &script{steps: steps}, func(start wsgi.StartResponse) error { return start("200 OK", text(), nil) }
	}
	type starter = func(wsgi.StartResponse) error
	type test struct {
		name   string
		body   *script // nil: the application returns none
		start  starter
		want   string // of the response; "" is a connection that was cut before anything
		log    string
		nexts  int
		closes int
	}
	begun := "HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n"
	var tests []test
	add := func(name string, body *script, start starter, want, log string, nexts int) {
		tests = append(tests, test{name, body, start, want, log, nexts, 1})
	}

	body, start := ok(fail(broken))
	add("an error in the first Next", body, start, internalError, "broken", 1)
	body, start = ok(give(""), fail(broken))
	add("an error after an empty chunk", body, start, internalError, "broken", 2)
	body, start = ok(give("a"), fail(broken))
	add("an error in the second Next", body, start, begun, "broken", 2)
	body, start = ok(func() ([]byte, error) { panic("oh") })
	add("a panic in the first Next", body, start, internalError, "panic: oh", 1)
	body, start = ok(give("a"), func() ([]byte, error) { panic("oh") })
	add("a panic in the second Next", body, start, begun, "panic: oh", 2)
	body, start = ok(give("a"), func() ([]byte, error) { panic(http.ErrAbortHandler) })
	add("an abort in the second Next", body, start, begun, "", 2)
	body, start = ok(fail(http.ErrAbortHandler))
	add("an abort as an error", body, start, "", "", 1)

	body, _ = ok(give("a"))
	add("an error with a body", body, func(wsgi.StartResponse) error { return broken }, internalError, "broken", 0)
	add("a panic of the application", nil, func(wsgi.StartResponse) error { panic("oh") }, internalError, "panic: oh", 0)
	add("an abort of the application", nil, func(wsgi.StartResponse) error { panic(http.ErrAbortHandler) }, "", "", 0)
	add("nothing", nil, func(wsgi.StartResponse) error { return nil }, internalError,
		"the application returned neither a body nor an error", 0)
	body, _ = ok(give(""), give("a"))
	add("a chunk before start", body, func(wsgi.StartResponse) error { return nil }, internalError,
		"the body gave a chunk before start_response was called", 2)
	body, _ = ok(give(""))
	add("an end before start", body, func(wsgi.StartResponse) error { return nil }, internalError,
		"the body ended before start_response was called", 2)
	body, start = ok(give("a"))
	twice := start
	add("start twice", body, func(start wsgi.StartResponse) error { return errors.Join(twice(start), twice(start)) },
		internalError, "start_response was called twice without excInfo", 0)
	body, _ = ok(give("a"))
	add("start twice, unnoticed", body, func(start wsgi.StartResponse) error { twice(start); twice(start); return nil },
		internalError, "start_response was called twice without excInfo", 1)

	refuse := func(status string, headers []wsgi.Header, log string) {
		body, _ := ok(give("a"))
		add("refuse "+log, body, func(start wsgi.StartResponse) error { return start(status, headers, nil) }, internalError, log, 0)
		body, _ = ok(give("a"))
		add("ignored: "+log, body, func(start wsgi.StartResponse) error { start(status, headers, nil); return nil }, internalError, log, 1)
	}
	for _, status := range []string{"", "200", "2000 OK", "20x OK", "099 Low", "200 OK\r\nX: y"} {
		refuse(status, text(), fmt.Sprintf("the status %q is not three digits, a space and a reason", status))
	}
	refuse("103 Early Hints", text(), `the status "103 Early Hints" is not one of a final response, from 200 on`)
	refuse("200 OK", text(header("X Y", "")), `the header name "X Y" is not a token`)
	refuse("200 OK", text(header("", "")), `the header name "" is not a token`)
	refuse("200 OK", text(header("X", "a\r\nSet-Cookie: b=1")), `the value "a\r\nSet-Cookie: b=1" of header X has a control character`)
	for _, name := range []string{"connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade"} {
		refuse("200 OK", text(header(name, "x")), "the header "+name+" is hop-by-hop, which only the server may send")
	}
	for _, length := range []string{"", "-1", "+1", "1, 1", "99999999999999999999"} {
		refuse("200 OK", text(header("Content-Length", length)), fmt.Sprintf("the Content-Length %q is not a number of bytes", length))
	}
	refuse("200 OK", text(header("Content-Length", "1"), header("content-length", "1")), "there is more than one Content-Length")

	length := func(n string) starter {
		return func(start wsgi.StartResponse) error { return start("200 OK", text(header("Content-Length", n)), nil) }
	}
	body, _ = ok(give("a"), give("bcd"), give("e"))
	add("too long", body, length("3"), "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\nabc",
		"the body is longer than its Content-Length of 3; the rest is not sent", 2)
	body, _ = ok(give("a"))
	add("too long for nothing", body, length("0"), "HTTP/1.1 200 OK\nContent-Length: 0\nContent-Type: text/plain\nConnection: close\n\n",
		"the body is longer than its Content-Length of 0; the rest is not sent", 1)
	body, _ = ok(give("a"))
	add("too short", body, length("3"), "HTTP/1.1 200 OK\nContent-Length: 3\nContent-Type: text/plain\nConnection: close\n\na",
		"the body has 1 bytes, less than its Content-Length of 3", 2)
	body, _ = ok()
	add("too short by all", body, length("3"), internalError, "the body has 0 bytes, less than its Content-Length of 3", 1)

	body, start = ok(give("a"))
	body.close = func() error { return broken }
	add("an error in Close", body, start, begun+"0\n\n", "closing the body: broken", 2)
	body, start = ok(give("a"))
	body.close = func() error { panic("oh") }
	add("a panic in Close", body, start, begun+"0\n\n", "closing the body: panic: oh", 2)
	body, start = ok(give("a"))
	body.close = func() error { panic(http.ErrAbortHandler) }
	add("an abort in Close", body, start, begun, "", 2)

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				if test.body == nil {
					return nil, test.start(start)
				}
				return test.body, test.start(start)
			}, false)
			if got := s.get(); got != test.want {
				t.Errorf("answers\n%s\nwant\n%s", got, test.want)
			}
			if test.log == "" {
				s.logged("")
			} else {
				s.logged("wsgi: GET /: " + test.log)
			}
			if strings.Contains(test.log, "panic: oh") && !strings.Contains(s.log.String(), "gateway_test.go") {
				t.Error("the log has no stack of the panic")
			}
			if test.body != nil {
				test.body.asked(t, test.nexts, test.closes)
			}
		})
	}
}

// The path is logged as it came: decoded it could forge a line.
func TestLogLine(t *testing.T) {
	s := open(t, func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) { return nil, errors.New("broken") }, true)
	s.answers("POST /a%0Ab?c=d HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 0\n\n", internalError)
	s.logged("wsgi: POST /a%0Ab: broken")
}

func TestStandardLog(t *testing.T) {
	var b buffer
	defer log.SetOutput(log.Writer())
	defer log.SetFlags(log.Flags())
	log.SetOutput(&b)
	log.SetFlags(0)
	app := func(environ *wsgi.Environ, _ wsgi.StartResponse) (wsgi.Body, error) {
		fmt.Fprintln(environ.Errors(), "a line of the application")
		return nil, errors.New("broken")
	}
	gateway.New(app).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil))
	if got, want := b.String(), "a line of the application\nwsgi: GET /x: broken\n"; got != want {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func TestStartAnew(t *testing.T) {
	broken := errors.New("broken")
	other := []wsgi.Header{header("Content-Type", "text/html"), header("X-New", "1")}
	t.Run("before the headers are sent", func(t *testing.T) {
		s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if err := start("200 OK", text(header("X-Old", "1"), header("Content-Length", "77")), nil); err != nil {
				return nil, err
			}
			return wsgi.Pushed(func(write func([]byte, error) bool) {
				if write(nil, nil) && write(nil, start("503 Service Unavailable", other, broken)) {
					write([]byte("sorry"), nil)
				}
			}), nil
		}, true)
		want := "HTTP/1.1 503 Service Unavailable\nContent-Type: text/html\nX-New: 1\nConnection: close\nTransfer-Encoding: chunked\n\n5\nsorry\n0\n\n"
		if got := s.get(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		s.logged("")
	})
	t.Run("after a start that was refused", func(t *testing.T) {
		s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			err := start("200", text(), nil)
			if err == nil {
				t.Error("accepted")
			}
			return wsgi.Bytes("x"), start("503 Service Unavailable", other, err)
		}, false)
		want := "HTTP/1.1 503 Service Unavailable\nContent-Length: 1\nContent-Type: text/html\nX-New: 1\nConnection: close\n\nx"
		if got := s.get(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		s.logged("")
	})
	for _, ignored := range []bool{false, true} {
		t.Run(fmt.Sprintf("after they are, ignored %v", ignored), func(t *testing.T) {
			var got error
			s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return &script{steps: []func() ([]byte, error){give("a"), func() ([]byte, error) {
					if got = start("500 Internal Server Error", other, broken); ignored {
						return []byte("b"), nil
					}
					return nil, got
				}}}, start("200 OK", text(), nil)
			}, false)
			want := "HTTP/1.1 200 OK\nContent-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\n\n1\na\n"
			if got := s.get(); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if got != broken {
				t.Errorf("start_response returned %v", got)
			}
			s.logged("wsgi: GET /: broken")
		})
	}
}

// The client has a chunk in its hands before the next one is made.
func TestChunkByChunk(t *testing.T) {
	read := make(chan struct{})
	after := func(chunk string) func() ([]byte, error) {
		return func() ([]byte, error) {
			select {
			case <-read:
				return []byte(chunk), nil
			case <-time.After(patience):
				return nil, errors.New("the client has not got the chunk before")
			}
		}
	}
	s := open(t, respond("200 OK", text(), func() wsgi.Body {
		return &script{steps: []func() ([]byte, error){give("first\n"), after("second\n"), after("third\n")}}
	}), true)
	response, err := s.server.Client().Get(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for i, want := range []string{"first\n", "second\n", "third\n"} {
		if i > 0 {
			read <- struct{}{}
		}
		if line, err := lines.ReadString('\n'); line != want || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	s.wait()
	s.logged("")
}

// A client that goes away in the middle: the body is asked for no more chunks,
// closed once, and nothing is logged.
func TestClientGone(t *testing.T) {
	t.Run("chunks that cannot be written", func(t *testing.T) {
		body := &script{}
		gone := make(chan struct{})
		chunk := bytes.Repeat([]byte("x"), 64<<10)
		for range 10000 { // far more than any buffer holds
			body.steps = append(body.steps, func() ([]byte, error) { return chunk, nil })
		}
		body.steps[1] = func() ([]byte, error) { <-gone; return chunk, nil }
		s := open(t, respond("200 OK", text(), func() wsgi.Body { return body }), true)
		conn := s.dial()
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
		if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		close(gone)
		s.wait()
		s.logged("")
		if body.closes != 1 || body.nexts > len(body.steps) {
			t.Errorf("closed %d times, asked for %d chunks", body.closes, body.nexts)
		}
	})
	t.Run("empty chunks", func(t *testing.T) {
		closed := make(chan struct{})
		s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return endless(closed), start("200 OK", text(), nil)
		}, true)
		conn := s.dial()
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
		if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		s.wait()
		s.logged("")
		select {
		case <-closed:
		default:
			t.Error("not closed")
		}
	})
	// The context tells the application. Its error is logged only if it is more
	// than that.
	wait := func(environ *wsgi.Environ) error {
		select {
		case <-environ.Context().Done():
			return environ.Context().Err()
		case <-time.After(patience):
			return errors.New("not cancelled")
		}
	}
	for _, test := range []struct {
		name string
		app  wsgi.Application
		want string
	}{
		{"told to the application", func(environ *wsgi.Environ, _ wsgi.StartResponse) (wsgi.Body, error) {
			return nil, fmt.Errorf("waiting: %w", wait(environ))
		}, ""},
		{"told to the body", func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return &script{steps: []func() ([]byte, error){func() ([]byte, error) { return nil, wait(environ) }}}, start("200 OK", text(), nil)
		}, ""},
		{"told to Close", func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return &script{close: func() error { return wait(environ) }}, start("200 OK", text(), nil)
		}, ""},
		{"and broken", func(environ *wsgi.Environ, _ wsgi.StartResponse) (wsgi.Body, error) {
			wait(environ)
			return nil, errors.New("broken")
		}, "wsgi: GET /: broken"},
		{"and broken in Close", func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return &script{close: func() error { wait(environ); return errors.New("broken") }}, start("200 OK", text(), nil)
		}, "wsgi: GET /: closing the body: broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, test.app, true)
			conn := s.dial()
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
			conn.Close()
			s.wait()
			s.logged(test.want)
		})
	}
	t.Run("a context of the application's own", func(t *testing.T) {
		s := open(t, func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return nil, context.Canceled
		}, true)
		if got := s.get(); !strings.HasPrefix(got, "HTTP/1.1 500 ") {
			t.Errorf("got %q", got)
		}
		s.logged("wsgi: GET /: context canceled")
	})
}

// endless gives a chunk, and then one empty chunk after the other.
func endless(closed chan struct{}) wsgi.Body {
	return wsgi.Pushed(func(write func([]byte, error) bool) {
		defer close(closed)
		for ok := write(bytes.Repeat([]byte("x"), 100), nil); ok; ok = write(nil, nil) {
		}
	})
}

// A response without a body is produced as far as its headers, no further.
func TestNoBodyIsNotAskedFor(t *testing.T) {
	for _, test := range []struct {
		method, status string
		steps          []func() ([]byte, error)
		nexts          int
	}{
		{"HEAD", "200 OK", []func() ([]byte, error){give(""), give("a"), give("b")}, 2},
		{"GET", "304 Not Modified", []func() ([]byte, error){give("a"), give("b")}, 1},
		{"GET", "204 No Content", []func() ([]byte, error){give("a"), give("b")}, 1},
	} {
		body := &script{steps: test.steps}
		s := open(t, respond(test.status, nil, func() wsgi.Body { return body }), false)
		response := s.raw(test.method + " / HTTP/1.1\nHost: test\nConnection: close\n\n")
		if want := "HTTP/1.1 " + test.status + "\nConnection: close\n\n"; response != want {
			t.Errorf("got\n%s\nwant\n%s", response, want)
		}
		body.asked(t, test.nexts, 1)
		s.logged("")
	}

	// What would be a 500 to GET is one to HEAD.
	s := open(t, respond("200 OK", nil, func() wsgi.Body {
		return &script{steps: []func() ([]byte, error){fail(errors.New("broken"))}}
	}), false)
	response := s.raw("HEAD / HTTP/1.1\nHost: test\nConnection: close\n\n")
	if !strings.HasPrefix(response, "HTTP/1.1 500 ") {
		t.Errorf("got\n%s", response)
	}
}

// Close comes after the response has reached the client, and the connection
// serves the next request.
func TestCloseComesLast(t *testing.T) {
	read := make(chan struct{})
	s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		body := &script{steps: []func() ([]byte, error){give("hello")}, close: func() error {
			select {
			case <-read:
				return nil
			case <-time.After(patience):
				return errors.New("the client did not get the response before Close")
			}
		}}
		return one{body}, start("200 OK", text(), nil)
	}, true)
	conn := s.dial()
	r := bufio.NewReader(conn)
	for range 2 {
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); string(body) != "hello" || err != nil {
			t.Fatalf("got %q, %v", body, err)
		}
		read <- struct{}{}
		s.wait()
	}
	s.logged("")
}

// An application may read while it writes.
func TestEcho(t *testing.T) {
	s := open(t, func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		lines := bufio.NewScanner(environ.Input())
		return wsgi.Pushed(func(write func([]byte, error) bool) {
			for lines.Scan() && write(append(bytes.ToUpper(lines.Bytes()), '\n'), nil) {
			}
		}), start("200 OK", text(), nil)
	}, true)
	conn := s.dial()
	r := bufio.NewReader(conn)
	for range 2 { // on one connection
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
		response, err := http.ReadResponse(r, nil)
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
	}
	s.logged("")
}

// What is left of a body is never taken for the next request.
func TestNoSmuggling(t *testing.T) {
	evil := strings.Repeat("GET /evil HTTP/1.1\r\nHost: x\r\n\r\n", 20_000) // more than net/http reads on its own
	read := func(environ *wsgi.Environ) {
		environ.Input().Read(make([]byte, 10))
	}
	for _, app := range []wsgi.Application{
		respond("200 OK", text(), func() wsgi.Body { return wsgi.Bytes("a") }),
		respond("200 OK", text(), func() wsgi.Body { return wsgi.List([]byte("a"), []byte("b")) }),
		func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			read(environ)
			return wsgi.List([]byte("a"), []byte("b")), start("200 OK", text(), nil)
		},
		func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			read(environ)
			return nil, errors.New("broken")
		},
	} {
		for _, sent := range []int{0, 10, 3000, len(evil)} {
			s := open(t, func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				if path := environ.Get("PATH_INFO"); path != "/" {
					t.Errorf("a request for %s", path)
				}
				return app(environ, start)
			}, true, func(server *http.Server) {
				server.ReadTimeout = time.Second // net/http waits for what is announced
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

func TestMounted(t *testing.T) {
	paths := func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return wsgi.Bytes(fmt.Sprintf("%q %q", environ.Get("SCRIPT_NAME"), environ.Get("PATH_INFO"))),
			start("200 OK", text(), nil)
	}
	for _, test := range []struct{ script, target, want string }{
		{"", "/", `"" "/"`},
		{"", "/shop/1", `"" "/shop/1"`},
		{"/", "/shop/1", `"" "/shop/1"`},
		{"/shop", "/shop", `"/shop" ""`},
		{"/shop", "/shop/", `"/shop" "/"`},
		{"/shop/", "/shop/1", `"/shop" "/1"`},
		{"/shop", "/shop//1", `"/shop" "//1"`},
		{"/shop", "/%73hop/%2Fa%20%E4", `"/shop" "//a \xe4"`},
		{"/shop", "/shopping", "404"},
		{"/shop", "/", "404"},
		{"/shop", "/Shop/1", "404"},
		{"", "http://test", `"" "/"`},
		{"", "http://test/a?b", `"" "/a"`},
	} {
		s := open(t, paths, true)
		s.gateway.ScriptName = test.script
		response := s.raw("GET " + test.target + " HTTP/1.1\nHost: test\nConnection: close\n\n")
		if test.want == "404" {
			if !strings.HasPrefix(response, "HTTP/1.1 404 Not Found\n") || !strings.HasSuffix(response, "\n\n404 page not found\n") {
				t.Errorf("%q at %s: got %s", test.script, test.target, response)
			}
		} else if _, body, _ := strings.Cut(response, "\n\n"); body != test.want {
			t.Errorf("%q at %s: got %s, want %s", test.script, test.target, body, test.want)
		}
		s.logged("")
	}

	s := open(t, paths, true, func(server *http.Server) { server.DisableGeneralOptionsHandler = true })
	if response := s.raw("OPTIONS * HTTP/1.1\nHost: test\nConnection: close\n\n"); !strings.HasSuffix(response, `"" "/"`) {
		t.Errorf("OPTIONS *: got %s", response)
	}
}

// A wrapper around the gateway has its headers kept, replaced and restored.
func TestHeadersOfAWrapper(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name  string
		start func(start wsgi.StartResponse) error
		want  http.Header
	}{
		{"kept and replaced", func(start wsgi.StartResponse) error {
			return start("200 OK", text(header("Set-Cookie", "b=2"), header("X-Both", "app")), nil)
		}, http.Header{"Content-Length": {"1"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}, "X-Both": {"app"}, "X-Outer": {"1"}}},
		{"restored for another start", func(start wsgi.StartResponse) error {
			return errors.Join(start("200 OK", text(header("Set-Cookie", "b=2"), header("X-Both", "app")), nil), start("200 OK", text(), broken))
		}, http.Header{"Content-Length": {"1"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1"}, "X-Both": {"outer"}, "X-Outer": {"1"}}},
		{"restored for an error", func(start wsgi.StartResponse) error {
			return errors.Join(start("200 OK", text(header("Set-Cookie", "b=2"), header("X-Both", "app")), nil), broken)
		}, http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Set-Cookie": {"a=1"}, "X-Both": {"outer"}, "X-Outer": {"1"}, "X-Content-Type-Options": {"nosniff"}}},
		{"restored for a start that is refused half-way", func(start wsgi.StartResponse) error {
			return start("200 OK", text(header("X-Both", "app"), header("X-App", "1"), header("X Y", "")), nil)
		}, http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Set-Cookie": {"a=1"}, "X-Both": {"outer"}, "X-Outer": {"1"}, "X-Content-Type-Options": {"nosniff"}}},
		{"and for the start after it", func(start wsgi.StartResponse) error {
			err := start("200 OK", text(header("X-Both", "app"), header("X-App", "1"), header("X Y", "")), nil)
			return start("200 OK", text(), err)
		}, http.Header{"Content-Length": {"1"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1"}, "X-Both": {"outer"}, "X-Outer": {"1"}}},
		{"untouched by an error", func(start wsgi.StartResponse) error { return broken },
			http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Set-Cookie": {"a=1"}, "X-Both": {"outer"}, "X-Outer": {"1"}, "X-Content-Type-Options": {"nosniff"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := gateway.New(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return wsgi.Bytes("x"), test.start(start)
			})
			h.ErrorLog = log.New(io.Discard, "", 0)
			w := httptest.NewRecorder()
			w.Header().Set("X-Outer", "1")
			w.Header().Set("X-Both", "outer")
			w.Header().Set("Set-Cookie", "a=1")
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if got := w.Result().Header; fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}

// blunt is a ResponseWriter that can neither flush nor write.
type blunt struct {
	header http.Header
	status int
}

func (b *blunt) Header() http.Header       { return b.header }
func (b *blunt) WriteHeader(status int)    { b.status = status }
func (b *blunt) Write([]byte) (int, error) { return 0, errors.New("cannot write") }

func TestWriteError(t *testing.T) {
	for _, headers := range [][]wsgi.Header{text(), text(header("Content-Length", "0"))} {
		body := &script{steps: []func() ([]byte, error){give("a"), give("b")}}
		h := gateway.New(respond("200 OK", headers, func() wsgi.Body { return body }))
		var b buffer
		h.ErrorLog = log.New(&b, "", 0)
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("recovered %v", v)
				}
			}()
			h.ServeHTTP(&blunt{header: http.Header{}}, httptest.NewRequest("GET", "/", strings.NewReader("input")))
		}()
		body.asked(t, 1, 1)
		if strings.Contains(b.String(), "cannot write") {
			t.Errorf("logged %s", b.String())
		}
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
	h := gateway.New(respond("200 OK", text(header("Content-Length", "3")), func() wsgi.Body { return wsgi.Bytes("a") }))
	h.ErrorLog = log.New(io.Discard, "", 0)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// Nothing is sent, and so not flushed, before the first chunk that counts.
func TestNothingBeforeTheFirstChunk(t *testing.T) {
	w := httptest.NewRecorder()
	body := &script{steps: []func() ([]byte, error){give(""), func() ([]byte, error) {
		if w.Flushed || w.Code != 200 || w.Body.Len() > 0 {
			t.Error("something was sent before the first chunk")
		}
		return []byte("a"), nil
	}, func() ([]byte, error) {
		if !w.Flushed || w.Code != 201 || w.Body.String() != "a" {
			t.Error("the first chunk was not sent before the second")
		}
		return nil, io.EOF
	}}}
	h := gateway.New(validated(t, respond("201 Created", text(), func() wsgi.Body { return body })))
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	body.asked(t, 3, 1)
}

// runtime.Goexit, by t.Fatal in an application of a test, is neither a panic nor
// a return.
func TestGoexitClosesTheBody(t *testing.T) {
	body := &script{steps: []func() ([]byte, error){func() ([]byte, error) {
		runtime.Goexit()
		return nil, nil
	}}}
	s := open(t, respond("200 OK", text(), func() wsgi.Body { return body }), false)
	if got := s.get(); got != "" {
		t.Errorf("got %q", got)
	}
	body.asked(t, 1, 1)
}

func TestHTTP2(t *testing.T) {
	s := open(t, func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		environ.Input().Read(make([]byte, 2)) // the rest is never read
		return wsgi.List([]byte(environ.Get("SERVER_PROTOCOL")), []byte(" "+environ.Get("wsgi.url_scheme"))), start("200 OK", text(), nil)
	}, true)
	server := httptest.NewUnstartedServer(s.server.Config.Handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	response, err := server.Client().Post(server.URL, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "HTTP/2.0 https" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	s.wait()
	s.logged("")
}

// Many requests at a time share nothing.
func TestConcurrent(t *testing.T) {
	s := open(t, func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		name := environ.Get("HTTP_X_NAME")
		return wsgi.List([]byte(name), []byte(name)), start("200 OK", text(header("X-Name", name)), nil)
	}, true)
	client := s.server.Client()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("%d.%d", i, j)
				request, _ := http.NewRequestWithContext(context.Background(), "GET", s.server.URL, nil)
				request.Header.Set("X-Name", name)
				response, err := client.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if string(body) != name+name || response.Header.Get("X-Name") != name || err != nil {
					t.Errorf("%s got %q, %v", name, body, err)
				}
				<-s.served
			}
		})
	}
	group.Wait()
	s.logged("")
}

// A client that wants the connection closed gets its response although nobody
// has read what it sent: closing with that unread would reset the connection.
func TestUnreadBody(t *testing.T) {
	for name, request := range map[string]string{
		"HTTP/1.1":  "POST / HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 1000000\n\n" + strings.Repeat("x", 1e6),
		"HTTP/1.0":  "POST / HTTP/1.0\nHost: test\nContent-Length: 1000000\n\n" + strings.Repeat("x", 1e6),
		"not sent":  "POST / HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 1000000\n\nx",
		"not asked": "POST / HTTP/1.1\nHost: test\nConnection: close\nExpect: 100-continue\nContent-Length: 1000000\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return wsgi.Bytes("no"), start("403 Forbidden", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil)
			}, true)
			if got := s.raw(request); !strings.HasPrefix(got, "HTTP/1.") || !strings.HasSuffix(got, "\n\nno") {
				t.Errorf("got %q", got)
			}
		})
	}
}
