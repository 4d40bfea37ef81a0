package handlers_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// W-01, W-02, W-03, W-09, W-11, X-15: the application that a server calls, the order
// of a call, and the signals' sender.
func TestCall(t *testing.T) {
	a := newApp(t)
	a.add("", a.ok())
	handler := a.wsgiHandler()
	sender := dispatch.Class[handlers.WSGIHandler]()
	e := environ(t.Context(), "/")
	for name, signal := range map[string]*dispatch.Signal{"started": &dispatch.RequestStarted, "finished": &dispatch.RequestFinished} {
		connection := signal.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
			if event.Sender != sender || event.Environ != e {
				t.Errorf("%s: sender %v", name, event.Sender)
			}
			if name == "started" && event.Environ.Get("PATH_INFO") != "/\xff" { // W-03: not yet repaired by the request
				t.Errorf("PATH_INFO is %q", event.Environ.Get("PATH_INFO"))
			}
			a.note("%s", name)
			return nil, nil
		}, dispatch.Options{Sender: sender})
		t.Cleanup(func() { connection.Disconnect() })
	}
	e.Set("PATH_INFO", "/\xff")
	body, err := handler.Application()(e, func(status string, _ []wsgi.Header, _ error) error { a.note("start %s", status); return nil })
	if err != nil {
		t.Fatal(err)
	}
	a.check("started | LOG[django.request WARN] Not Found: /%FF | start 404 Not Found")
	if err := body.Close(); err != nil {
		t.Error(err)
	}
	a.check("finished")
}

// W-04: what is wrong with the request goes to the server, after the signal.
// W-05: but what is wrong with the script name before it.
func TestRequestFails(t *testing.T) {
	a := newApp(t)
	a.signals()
	handler := a.wsgiHandler()
	e := environ(t.Context(), "/")
	e.Delete("REQUEST_METHOD")
	a.call(handler, e)
	a.check("request_started | ESCAPED KeyError: 'REQUEST_METHOD'")
	r := a.call(handler, environ(t.Context(), "/", map[string]any{"SCRIPT_NAME": "/\xff"}))
	if got := a.take(); !strings.HasPrefix(got, "ESCAPED UnicodeDecodeError") {
		t.Errorf("W-05: it went %s", got)
	}
	var decode *web.UnicodeDecodeError
	if !errors.As(r.err, &decode) {
		t.Errorf("W-05: got %v", r.err)
	}
}

// S-23: a receiver of request_started that fails stops the request; one of
// request_finished fails the closing.
func TestReceiversFail(t *testing.T) {
	fails := func(context.Context, dispatch.Event) (any, error) { return nil, errBoom }
	for name, signal := range map[string]*dispatch.Signal{"started": &dispatch.RequestStarted, "finished": &dispatch.RequestFinished} {
		connection := signal.Connect(fails)
		both(t, func(t *testing.T, get func(*app, string) answer) {
			a := newApp(t)
			a.add("", a.ok())
			r := get(a, "/")
			if r.err != errBoom {
				t.Errorf("%s: got %v", name, r.err)
			}
			if ran := strings.Contains(a.take(), "VIEW"); ran != (name == "finished") {
				t.Errorf("%s: the view ran: %v", name, ran)
			}
		})
		connection.Disconnect()
	}
}

// A receiver of got_request_exception that fails does not hide the error that
// it is told of.
func TestExceptionReceiverFails(t *testing.T) {
	connection := dispatch.GotRequestException.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
		if event.Err != errBoom || event.Environ == nil || event.Sender != nil {
			t.Errorf("E-14: it was told %+v", event)
		}
		return nil, errors.New("second")
	})
	defer connection.Disconnect()
	a := newApp(t)
	a.settings.DebugPropagateExceptions = true
	a.add("", a.raises(errBoom))
	if r := a.get("/"); r.err != errBoom {
		t.Errorf("got %v", r.err)
	}
}

// W-06, W-07, W-08: status and headers as they are, then the cookies.
func TestStartResponse(t *testing.T) {
	a := newApp(t)
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		response := web.NewHttpResponse("ok", web.Status(418), web.Reason("Short and stout"), web.Header("x-Odd-CASE", "1"))
		for _, name := range []string{"b", "a"} {
			if err := response.SetCookie(name, "1"); err != nil {
				return nil, err
			}
		}
		return response, response.Set("Second", "2")
	}})
	var got []string
	body, err := a.wsgiHandler().Call(environ(t.Context(), "/"), func(status string, headers []wsgi.Header, _ error) error {
		got = append(got, status)
		for _, h := range headers {
			got = append(got, h.Name+":"+h.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	want := "418 Short and stout|x-Odd-CASE:1|Content-Type:text/html; charset=utf-8|Second:2|Set-Cookie: b=1; Path=/|Set-Cookie: a=1; Path=/"
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if _, ok := body.(wsgi.Lener); !ok { // W-08: it is the server that adds a Content-Length
		t.Error("the server cannot know the length")
	}
}

// H-28, W-12, X-15: what a response holds is closed in order, then the request,
// then request_finished; for a stream after its last part.
func TestClosers(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		a.signals()
		a.settings.FileUploadTempDir = t.TempDir()
		a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
			part := 0
			response := web.NewStreamingHttpResponse(content{next: func() ([]byte, error) {
				if part++; part == 3 {
					return nil, io.EOF
				}
				a.note("part %d", part)
				return []byte("x"), nil
			}, close: func() error { a.note("content.close"); return nil }})
			response.AddCloser(func() error { a.note("closer 1"); return errBoom })
			response.AddCloser(func() error { a.note("closer 2"); return nil })
			return response, nil
		}}).use(mw{name: "A", response: func(_ *web.Request, r web.Response) (web.Response, error) {
			r.Base().AddCloser(func() error { a.note("middleware's closer"); return nil })
			return r, nil
		}})
		r := get(a, "/")
		if r.err != nil || r.body != "xx" {
			t.Errorf("got %q, %v", r.body, r.err)
		}
		if got, want := once(a.take()), "request_started | A> | <A(200) | part 1 | part 2 | content.close | closer 1 | closer 2 | middleware's closer | request_finished"; got != want {
			t.Errorf("it went\n %s\nwant\n %s", got, want)
		}
	})

	// H-28: the request is closed after all of these, before request_finished.
	a := newApp(t)
	dir := t.TempDir()
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, dir
	a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		if _, err := request.FILES(); err != nil {
			return nil, err
		}
		response := web.NewHttpResponse("ok")
		response.AddCloser(func() error { a.note("%d files when the response is closed", len(glob(t, dir))); return nil })
		return response, nil
	}})
	connection := dispatch.RequestFinished.Connect(func(context.Context, dispatch.Event) (any, error) {
		a.note("%d files when the request is finished", len(glob(t, dir)))
		return nil, nil
	})
	defer connection.Disconnect()
	a.call(a.wsgiHandler(), environ(t.Context(), "/", upload()))
	a.check("start_response(200 OK) | 1 files when the response is closed | 0 files when the request is finished")
}

// content is a body of functions.
type content struct {
	next  func() ([]byte, error)
	close func() error
}

func (c content) Next() ([]byte, error) { return c.next() }
func (c content) Close() error          { return c.close() }

// an error of a stream comes when all layers are done, and is the
// server's.
func TestStreamFails(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		a.signals()
		part := 0
		a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
			return web.NewStreamingHttpResponse(content{next: func() ([]byte, error) {
				if part++; part > 1 {
					return nil, &exceptions.ValueError{Message: "late"}
				}
				return []byte("a"), nil
			}, close: func() error { a.note("content.close"); return nil }}), nil
		}}).use(mw{name: "A", exception: noException})
		r := get(a, "/")
		if r.body != "a" || r.err == nil || exceptions.Kind(r.err) != "ValueError" {
			t.Errorf("got %q, %v", r.body, r.err)
		}
		got := once(a.take())
		if !strings.Contains(got, "content.close") || strings.Contains(got, "LOG") || strings.Contains(got, "process_exception") {
			t.Errorf("it went %s", got)
		}
		// The server closes what it could not send; under ASGI nobody does, and
		// Django leaves the request without an end.
		if finished := strings.Contains(got, "request_finished"); finished != strings.Contains(t.Name(), "/wsgi") {
			t.Errorf("request_finished was sent: %v", finished)
		}
	})
}

// ownFile is a class of one's own that extends FileResponse.
type ownFile struct{ *web.FileResponse }

// W-10: a server that sends files by itself gets the file, and by closing it
// ends the request.
func TestFileWrapper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newApp(t)
	a.signals()
	var file *os.File
	open := func() (*web.FileResponse, error) {
		var err error
		if file, err = os.Open(path); err != nil {
			return nil, err
		}
		return web.NewFileResponse(file)
	}
	a.add("file", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { return open() }})
	a.add("own", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		file, err := open()
		if err == nil {
			file.SetBlockSize(512)
		}
		return ownFile{file}, err
	}})
	a.add("other", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		response, err := open()
		if err == nil {
			response.SetStreamingContent(wsgi.List([]byte("not the file")))
		}
		return response, err
	}})
	blocks := 0 // the size of those that the wrapper is asked for
	wrapper := map[string]any{"wsgi.file_wrapper": func(file io.ReadCloser, blockSize int) wsgi.Body {
		blocks = blockSize
		all := false
		return content{next: func() ([]byte, error) {
			if all {
				return nil, io.EOF
			}
			all = true
			return io.ReadAll(file)
		}, close: file.Close}
	}}
	for _, c := range []struct {
		path   string
		values map[string]any
		body   string
		blocks int
	}{
		{"/file", wrapper, "the file", 4096},
		{"/own", wrapper, "the file", 512},
		{"/file", nil, "the file", 0},
		{"/file", map[string]any{"wsgi.file_wrapper": nil}, "the file", 0},
		{"/other", wrapper, "not the file", 0},
	} {
		blocks = 0
		a.take()
		r := a.call(a.wsgiHandler(), environ(t.Context(), c.path, c.values))
		if r.body != c.body || blocks != c.blocks || r.err != nil {
			t.Errorf("%s: got %q in blocks of %d, %v", c.path, r.body, blocks, r.err)
		}
		a.check("request_started | start_response(200 OK) | request_finished")
		if _, err := file.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: the file is open: %v", c.path, err)
		}
	}
}

// W-13: async content is taken to its end first, with a warning.
func TestAsyncContentOverWSGI(t *testing.T) {
	a := newApp(t)
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		part := 0
		return web.NewAsyncStreamingHttpResponse(func(context.Context) ([]byte, error) {
			if part++; part > 2 {
				a.note("end")
				return nil, io.EOF
			}
			return []byte{'0' + byte(part)}, nil
		}), nil
	}})
	if r := a.get("/"); r.body != "12" || r.err != nil {
		t.Errorf("got %q, %v", r.body, r.err)
	}
	a.check("LOG[py.warnings WARN] " + web.WarningAsyncServedSync + " | start_response(200 OK) | end")
}

// One's own request class: it embeds the request, and is found from it.
func TestRequestClass(t *testing.T) {
	type own struct {
		*web.Request
		user string
	}
	a := newApp(t)
	a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		return web.NewHttpResponse(request.Self.(*own).user), nil
	}})
	handler := a.wsgiHandler()
	handler.RequestClass = func(environ *wsgi.Environ, settings *conf.Settings) (*web.Request, error) {
		request, err := web.NewWSGIRequest(environ, settings)
		if err == nil {
			request.Self = &own{request, "ada"}
		}
		return request, err
	}
	if r := a.call(handler, environ(t.Context(), "/")); r.body != "ada" {
		t.Errorf("got %q, %v", r.body, r.err)
	}
}

// The client that has gone is no error of the site: nothing is logged, no page
// is made, and the request is finished; but what went wrong before is.
func TestClientGoneOverWSGI(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"because of it": {context.Canceled, "request_started | VIEW | request_finished | ESCAPED Exception: context canceled"},
		"something else": {errBoom, "request_started | VIEW | process_exception | got_request_exception Exception | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | start_response(500 Internal Server Error) | request_finished"},
	} {
		a := newApp(t)
		a.signals()
		ctx, cancel := context.WithCancel(t.Context())
		a.conf.Patterns = []urls.Pattern{urls.Path("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
			a.note("VIEW")
			cancel()
			return nil, c.err
		}})}
		a.settings.Modules.Register("site.H", handlers.MiddlewareClass{New: func(get handlers.GetResponse) (handlers.Middleware, error) {
			return hookFunc{get, func() { a.note("process_exception") }}, nil
		}})
		a.settings.Middleware = []string{"site.H"}
		a.call(a.wsgiHandler(), environ(ctx, "/"))
		if got := a.take(); got != c.want {
			t.Errorf("%s: it went %s", name, got)
		}
		cancel()
	}
}

// hookFunc is a layer that has its hook itself.
type hookFunc struct {
	get handlers.GetResponse
	do  func()
}

func (h hookFunc) Call(request *web.Request) (web.Response, error) { return h.get(request) }
func (h hookFunc) ProcessException(*web.Request, error) (web.Response, error) {
	h.do()
	return nil, nil
}

// GetResponse is the handler without a server.
func TestGetResponse(t *testing.T) {
	a := newApp(t)
	a.add("", a.ok()).use(mw{name: "A"})
	handler := a.wsgiHandler()
	a.take()
	request, err := web.NewWSGIRequest(environ(t.Context(), "/"), a.settings)
	if err != nil {
		t.Fatal(err)
	}
	response, err := handler.GetResponse(request)
	if err != nil || response.Base().StatusCode() != 200 {
		t.Errorf("got %v, %v", response, err)
	}
	a.check("A> | VIEW | <A(200)")
}
