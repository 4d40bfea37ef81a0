package wsgi_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/wsgi"
)

// environ is one without fault.
func environ() *wsgi.Environ {
	return wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
		"SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
		"HTTP_HOST":     "localhost",
		wsgi.KeyVersion: [2]int{1, 0}, wsgi.KeyURLScheme: "http",
		wsgi.KeyInput: strings.NewReader(""), wsgi.KeyErrors: io.Discard,
		wsgi.KeyMultithread: true, wsgi.KeyMultiprocess: false, wsgi.KeyRunOnce: false,
	})
}

// accept is the start_response of a server that finds everything in order.
func accept(string, []wsgi.Header, error) error { return nil }

var plain = []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}

func hello(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	if err := start("200 OK", plain, nil); err != nil {
		return nil, err
	}
	return wsgi.Bytes("hello"), nil
}

// serve does what a server does with an application.
func serve(app wsgi.Application, start wsgi.StartResponse) error {
	body, err := app(environ(), start)
	if err != nil {
		return err
	}
	_, err = read(body)
	return errors.Join(err, body.Close())
}

// reports collects what Validate reports.
type reports struct {
	mu    sync.Mutex
	lines []string
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, violation(err))
}

// violation is what is said in a ContractError.
func violation(err error) string {
	if c, ok := errors.AsType[*wsgi.ContractError](err); ok {
		return fmt.Sprintf("%s | %s | %s", c.Side, c.Section, c.Message)
	}
	return fmt.Sprintf("not a ContractError: %v", err)
}

func (r *reports) check(t *testing.T, want ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, want) {
		t.Errorf("reported\n  %s\nwant\n  %s", strings.Join(r.lines, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestValidatePasses(t *testing.T) {
	started := func(status string, headers ...wsgi.Header) wsgi.Application {
		return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if err := start(status, headers, nil); err != nil {
				return nil, err
			}
			return wsgi.List(), nil
		}
	}
	header := func(name, value string) wsgi.Header { return wsgi.Header{Name: name, Value: value} }
	for name, app := range map[string]wsgi.Application{
		"hello":        hello,
		"empty":        started("200 OK", plain...),
		"no reason":    started("200 ", plain...),
		"no content":   started("204 No Content"),
		"not modified": started("304 Not Modified", header("ETag", `"1"`)),
		"own status":   started("799 Odd", plain...),
		"cookies": started("200 OK", append(slices.Clone(plain),
			header("Set-Cookie", "a=1"), header("Set-Cookie", "b=\xe4"), header("X_y-1", ""), header("E", "e"))...),
		"started late": func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.Pushed(func(write func([]byte, error) bool) {
				if write(nil, nil) && write(nil, start("200 OK", plain, nil)) {
					write([]byte("late"), nil)
				}
			}), nil
		},
		"started anew": func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.List(nil, []byte("x")), errors.Join(
				start("200 OK", plain, nil),
				start("500 Internal Server Error", plain, errors.New("first")),
				start("503 Service Unavailable", plain, errors.New("second")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var r reports
			if err := serve(wsgi.Validate(app, r.add), accept); err != nil {
				t.Error(err)
			}
			r.check(t)
			if err := serve(wsgi.Validate(app, nil), accept); err != nil {
				t.Errorf("without report: %v", err)
			}
		})
	}
}

func TestValidateApplication(t *testing.T) {
	const (
		start = "application | The start_response() Callable | "
		other = "application | Other HTTP Features | "
		sides = "application | Specification Details | "
		buffr = "application | Buffering and Streaming | "
		errs  = "application | Error Handling | "
	)
	status := func(status string) wsgi.Application {
		return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if err := start(status, plain, nil); err != nil {
				return nil, err
			}
			return wsgi.Bytes(""), nil
		}
	}
	header := func(name, value string) wsgi.Application {
		return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			headers := append(slices.Clone(plain), wsgi.Header{Name: name, Value: value})
			if err := start("200 OK", headers, nil); err != nil {
				return nil, err
			}
			return wsgi.Bytes(""), nil
		}
	}
	body := func(body wsgi.Body) wsgi.Application {
		return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return body, start("200 OK", plain, nil)
		}
	}
	for _, test := range []struct {
		app  wsgi.Application
		want string
	}{
		{status(""), start + `the status "" is not of the form "404 Not Found"`},
		{status("200"), start + `the status "200" is not of the form "404 Not Found"`},
		{status("200OK"), start + `the status "200OK" is not of the form "404 Not Found"`},
		{status("+20 OK"), start + `the status "+20 OK" is not of the form "404 Not Found"`},
		{status("OK 200"), start + `the status "OK 200" is not of the form "404 Not Found"`},
		{status("200 OK\r\n"), start + `the status "200 OK\r\n" is not of the form "404 Not Found"`},
		{status("100 Continue"), start + `the status "100 Continue" is not one of a final response, from 200 on`},
		{status("099 Low"), start + `the status "099 Low" is not one of a final response, from 200 on`},
		{status("204 No Content"), start + `there is a Content-Type, but a response with status 204 has no content`},
		{status("304 Not Modified"), start + `there is a Content-Type, but a response with status 304 has no content`},
		{func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.List(), start("200 OK", nil, nil)
		}, start + `there is no Content-Type`},

		{header("", "x"), start + `the header name "" is not made of letters, digits, - and _`},
		{header("X Y", "x"), start + `the header name "X Y" is not made of letters, digits, - and _`},
		{header("X:", "x"), start + `the header name "X:" is not made of letters, digits, - and _`},
		{header("1X", "x"), start + `the header name "1X" is not made of letters, digits, - and _`},
		{header("X-\n", "x"), start + `the header name "X-\n" is not made of letters, digits, - and _`},
		{header("X-", "x"), start + `the header name "X-" ends in - or _`},
		{header("X_", "x"), start + `the header name "X_" ends in - or _`},
		{header("Status", "200"), start + `the header Status is not allowed; it belongs to CGI`},
		{header("X", "a\r\nY: b"), start + `the value "a\r\nY: b" of header X has a control character`},
		{header("X", "a\x7f"), start + `the value "a\x7f" of header X has a control character`},
		{header("connection", "close"), other + `the header connection is hop-by-hop, which only the server may send`},
		{header("Transfer-Encoding", "chunked"), other + `the header Transfer-Encoding is hop-by-hop, which only the server may send`},

		{func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.List(), errors.Join(start("200 OK", plain, nil), start("404 Not Found", plain, nil))
		}, start + `start_response was called a second time without excInfo`},
		{func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return nil, nil
		}, sides + `it returned neither a body nor an error`},
		{func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.List(), nil
		}, sides + `the body ended before start_response was called`},
		{func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.List(nil, []byte("x")), nil
		}, sides + `the body gave a chunk before start_response was called`},
		{func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			start("200 OK", nil, nil)
			return wsgi.Bytes("x"), nil
		}, start + `there is no Content-Type`},

		{body(&counted{chunks: 2, len: 1}), buffr + "the body said it had 1 chunk, and gave more"},
		{body(&counted{chunks: 1, len: 2}), buffr + "the body said it had 2 chunks, and gave 1"},
		{body(&both{io.EOF}), sides + "Next gave a chunk together with EOF, so that it is lost"},
	} {
		var r reports
		err := serve(wsgi.Validate(test.app, r.add), accept)
		if got := violation(err); got != test.want {
			t.Errorf("returned %s\nwant     %s", got, test.want)
		}
		r.check(t) // who is told need not be told again
	}

	t.Run("a body together with an error", func(t *testing.T) {
		var r reports
		c := &counted{}
		failure := errors.New("failed")
		body, err := wsgi.Validate(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return c, failure
		}, r.add)(environ(), accept)
		r.check(t)
		if body != nil || err != failure || c.closed != 1 {
			t.Errorf("returned %v, %v, closed %d times", body, err, c.closed)
		}
		c.closing = errors.New("not closed")
		_, err = wsgi.Validate(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			return c, failure
		}, r.add)(environ(), accept)
		if !errors.Is(err, failure) || !errors.Is(err, c.closing) {
			t.Errorf("returned %v", err)
		}
	})
	t.Run("an error of the server ignored", func(t *testing.T) {
		var r reports
		err := serve(wsgi.Validate(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			start("200 OK", plain, nil)
			return wsgi.Bytes("x"), nil
		}, r.add), func(string, []wsgi.Header, error) error { return errors.New("refused") })
		want := errs + "it went on although start_response had returned an error: refused"
		if got := violation(err); got != want {
			t.Errorf("returned %s\nwant     %s", got, want)
		}
		r.check(t)
	})
	t.Run("a refusal kept back", func(t *testing.T) {
		other := errors.New("other")
		closing := &counted{closing: errors.New("not closed")}
		const want = start + `there is no Content-Type`
		for name, test := range map[string]struct {
			body wsgi.Body
			err  error
		}{
			"an error":              {nil, other},
			"nothing":               {nil, nil},
			"a body and an error":   {closing, other},
			"a body that fails":     {wsgi.Pushed(func(yield func([]byte, error) bool) { yield(nil, other) }), nil},
			"a chunk and an error":  {&both{other}, nil},
			"a chunk and the end":   {&both{io.EOF}, nil},
			"a body that lies":      {&counted{chunks: 2, len: 1}, nil},
			"a body":                {wsgi.Bytes("x"), nil},
			"the refusal, in words": {nil, nil},
		} {
			var r reports
			err := serve(wsgi.Validate(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				refused := start("200 OK", nil, nil)
				if name == "the refusal, in words" {
					return nil, fmt.Errorf("not started: %w", refused)
				}
				return test.body, test.err
			}, r.add), accept)
			if err == nil || strings.Count(err.Error(), "there is no Content-Type") != 1 {
				t.Errorf("%s: returned %v, want it with %q once", name, err, want)
			}
			if test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("%s: returned %v, without the application's own %v", name, err, test.err)
			}
			r.check(t)
		}
	})
	t.Run("a refusal made up for", func(t *testing.T) {
		var r reports
		if err := serve(wsgi.Validate(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			if start("200 OK", nil, nil) == nil {
				t.Error("accepted")
			}
			return wsgi.Bytes("x"), start("200 OK", plain, nil)
		}, r.add), accept); err != nil {
			t.Error(err)
		}
		r.check(t)
	})
	t.Run("start after the request", func(t *testing.T) {
		var r reports
		var late wsgi.StartResponse
		err := serve(wsgi.Validate(func(e *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			late = start
			return hello(e, start)
		}, r.add), accept)
		if err != nil {
			t.Fatal(err)
		}
		if late("200 OK", plain, nil) == nil {
			t.Error("accepted")
		}
		r.check(t, start+"start_response was called when the request was over")
	})
}

// counted gives some chunks and says it has len.
type counted struct {
	chunks, len, closed int
	closing             error
}

func (c *counted) Next() ([]byte, error) {
	if c.chunks == 0 {
		return nil, io.EOF
	}
	c.chunks--
	return []byte("x"), nil
}
func (c *counted) Close() error { c.closed++; return c.closing }
func (c *counted) Len() int     { return c.len }

// both gives its last chunk together with the end, as an io.Reader may.
type both struct{ end error }

func (b *both) Next() ([]byte, error) { return []byte("x"), b.end }
func (*both) Close() error            { return nil }

func TestValidateEnviron(t *testing.T) {
	const (
		vars    = "server | environ Variables | "
		streams = "server | Input and Error Streams | "
	)
	for _, test := range []struct {
		key   string
		value any // nil deletes
		want  string
	}{
		{"REQUEST_METHOD", nil, vars + "REQUEST_METHOD is missing"},
		{"REQUEST_METHOD", "", vars + `REQUEST_METHOD "" is not a method`},
		{"REQUEST_METHOD", "GET /", vars + `REQUEST_METHOD "GET /" is not a method`},
		{"SERVER_NAME", nil, vars + "SERVER_NAME is missing or empty"},
		{"SERVER_PORT", "", vars + "SERVER_PORT is missing or empty"},
		{"SCRIPT_NAME", "shop", vars + `SCRIPT_NAME "shop" does not begin with a slash`},
		{"SCRIPT_NAME", "/", vars + `SCRIPT_NAME is "/"; the root is "", and the slash belongs to PATH_INFO`},
		{"PATH_INFO", "a", vars + `PATH_INFO "a" does not begin with a slash`},
		{"PATH_INFO", nil, vars + "SCRIPT_NAME and PATH_INFO are both empty"},
		{"CONTENT_LENGTH", "-1", vars + `CONTENT_LENGTH "-1" is not a number of bytes`},
		{"HTTP_CONTENT_TYPE", "", vars + "HTTP_CONTENT_TYPE is there; its name is CONTENT_TYPE"},
		{"HTTP_CONTENT_LENGTH", "3", vars + "HTTP_CONTENT_LENGTH is there; its name is CONTENT_LENGTH"},
		{"HTTP_X", []string{"a"}, vars + "HTTP_X is not text but []string"},
		{wsgi.KeyVersion, "1.0", vars + "wsgi.version is not [2]int but string"},
		{wsgi.KeyVersion, [2]int{2, 0}, vars + "wsgi.version is [2 0], not [1 0]"},
		{wsgi.KeyURLScheme, "ftp", vars + `wsgi.url_scheme is "ftp", neither http nor https`},
		{wsgi.KeyURLScheme, nil, vars + `wsgi.url_scheme is <nil>, neither http nor https`},
		{wsgi.KeyMultithread, nil, vars + "wsgi.multithread is not bool but <nil>"},
		{wsgi.KeyMultiprocess, 1, vars + "wsgi.multiprocess is not bool but int"},
		{wsgi.KeyRunOnce, "no", vars + "wsgi.run_once is not bool but string"},
		{wsgi.KeyInput, "text", streams + "wsgi.input is not io.Reader but string"},
		{wsgi.KeyErrors, nil, streams + "wsgi.errors is not io.Writer but <nil>"},
		{wsgi.KeyContext, "ctx", vars + "go.context is not context.Context but string"},
	} {
		e := environ()
		if test.value == nil {
			e.Delete(test.key)
		} else {
			e.Set(test.key, test.value)
		}
		var r reports
		body, err := wsgi.Validate(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
			t.Errorf("%s: the application was called", test.want)
			return nil, nil
		}, r.add)(e, accept)
		r.check(t)
		if got := violation(err); got != test.want || body != nil {
			t.Errorf("returned %v, %s\nwant %s", body, got, test.want)
		}
	}

	var r reports
	_, err := wsgi.Validate(hello, r.add)(nil, nil)
	r.check(t)
	const want = "wsgi: the server breaks PEP 3333 (Specification Details): start_response is nil\n" +
		"wsgi: the server breaks PEP 3333 (Specification Details): the environ is nil"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestValidateServer(t *testing.T) {
	const (
		sides = "server | Specification Details | "
		errs  = "server | Error Handling | "
	)
	broken := errors.New("broken")
	bodies := func(body wsgi.Body) wsgi.Application {
		return func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return body, start("200 OK", plain, nil)
		}
	}
	for _, test := range []struct {
		name string
		app  wsgi.Application
		use  func(body wsgi.Body) error // gives the error of the call in question
		want string
	}{
		{"next after close", hello, func(body wsgi.Body) error {
			body.Close()
			_, err := body.Next()
			return err
		}, sides + "Next was called after Close"},
		{"next after the end", hello, func(body wsgi.Body) error {
			defer body.Close()
			read(body)
			_, err := body.Next()
			return err
		}, sides + "Next was called after the end of the body"},
		{"next after an error", bodies(wsgi.Pushed(func(yield func([]byte, error) bool) { yield(nil, broken) })),
			func(body wsgi.Body) error {
				defer body.Close()
				if _, err := body.Next(); err != broken {
					return fmt.Errorf("the body's own error became %v", err)
				}
				_, err := body.Next()
				return err
			}, sides + "Next was called after it had failed with broken"},
		{"next after a panic", bodies(panics{}), func(body wsgi.Body) error {
			defer body.Close()
			func() {
				defer func() { recover() }()
				body.Next()
			}()
			_, err := body.Next()
			return err
		}, sides + "Next was called after it had failed with a panic"},
		{"close twice", hello, func(body wsgi.Body) error {
			body.Close()
			return body.Close()
		}, sides + "Close was called a second time"},
		{"new headers after the first", func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return wsgi.Pushed(func(write func([]byte, error) bool) {
				write([]byte("first"), nil)
				write(nil, start("500 Internal Server Error", plain, broken))
			}), start("200 OK", plain, nil)
		}, func(body wsgi.Body) error {
			defer body.Close()
			_, err := read(body)
			return err
		}, errs + `start_response accepted "500 Internal Server Error" although another status had been sent`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r reports
			body, err := wsgi.Validate(test.app, r.add)(environ(), accept)
			if err != nil {
				t.Fatal(err)
			}
			err = test.use(body)
			if got := violation(err); got != test.want {
				t.Errorf("returned %s\nwant     %s", got, test.want)
			}
			r.check(t)
		})
	}
}

type panics struct{}

func (panics) Next() ([]byte, error) { panic("no chunk") }
func (panics) Close() error          { return nil }

func TestValidateNeverClosed(t *testing.T) {
	reported := make(chan error, 1)
	func() {
		body, err := wsgi.Validate(hello, func(err error) { reported <- err })(environ(), accept)
		if err != nil {
			t.Fatal(err)
		}
		read(body)
	}()
	deadline := time.After(10 * time.Second)
	for {
		runtime.GC() // it may take more than one
		select {
		case err := <-reported:
			want := "wsgi: the server breaks PEP 3333 (Specification Details): the body was never closed"
			if err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			return
		case <-deadline:
			t.Fatal("not reported")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestValidateKeepsLen(t *testing.T) {
	for _, test := range []struct {
		body wsgi.Body
		len  int // -1: has none
	}{
		{wsgi.Bytes("x"), 1},
		{wsgi.List(nil, nil), 2},
		{wsgi.Pushed(func(func([]byte, error) bool) {}), -1},
	} {
		body, err := wsgi.Validate(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			return test.body, start("200 OK", plain, nil)
		}, nil)(environ(), accept)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if lener, ok := body.(wsgi.Lener); ok {
			got = lener.Len()
		}
		if got != test.len {
			t.Errorf("Len is %d, want %d", got, test.len)
		}
		body.Close()
	}
}

// An error or a panic of the application is its own affair.
func TestValidateHandsOn(t *testing.T) {
	var r reports
	failure := errors.New("failed")
	_, err := wsgi.Validate(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) {
		return nil, failure
	}, r.add)(environ(), accept)
	if err != failure {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() {
			if v := recover(); v != "oh" {
				t.Errorf("recovered %v", v)
			}
		}()
		wsgi.Validate(func(*wsgi.Environ, wsgi.StartResponse) (wsgi.Body, error) { panic("oh") }, r.add)(environ(), accept)
	}()
	r.check(t)
}
