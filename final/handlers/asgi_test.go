package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// the order of a call; the signals' sender.
func TestASGICall(t *testing.T) {
	a := newApp(t)
	a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) {
		response := web.NewHttpResponse("ok")
		response.AddCloser(func() error { a.note("closer"); return nil })
		return response, nil
	}))
	a.use(mw{name: "A", mode: "both"})
	handler := a.asgiHandler()
	a.check("init A@async")
	s := scope("/")
	sender := dispatch.Class[handlers.ASGIHandler]()
	for name, signal := range map[string]*dispatch.Signal{"started": &dispatch.RequestStarted, "finished": &dispatch.RequestFinished} {
		connection := signal.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
			if event.Sender != sender || name == "started" && event.Values["scope"] != s {
				t.Errorf("%s: got %+v", name, event)
			}
			a.note("%s", name)
			return nil, nil
		})
		t.Cleanup(func() { connection.Disconnect() })
	}
	c := a.newClient()
	if err := c.run(t.Context(), handler, s); err != nil {
		t.Error(err)
	}
	a.check("started | A>@async | VIEW@async | <A(200) | send start 200 | send body 2 | closer | finished")
}

// what is not HTTP is refused before anything else.
func TestScopeType(t *testing.T) {
	for _, kind := range []string{"websocket", "lifespan", ""} {
		a := newApp(t)
		a.signals()
		s := scope("/")
		s.Type = kind
		err := a.newClient().run(t.Context(), a.asgiHandler(), s)
		if want := "Django can only handle ASGI/HTTP connections, not " + kind + "."; err == nil || err.Error() != want || exceptions.Kind(err) != "ValueError" {
			t.Errorf("got %v", err)
		}
		a.check("ESCAPED ValueError: Django can only handle ASGI/HTTP connections, not " + kind + ".")
	}
}

// the body comes in parts, and is all there before the request is.
func TestBodyInParts(t *testing.T) {
	a := newApp(t)
	a.signals()
	a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		body, err := request.Body()
		return web.NewHttpResponse(body), err
	}})
	c := a.newClient(asgi.Request{Body: []byte("on"), MoreBody: true}, asgi.Request{MoreBody: true}, asgi.Request{Body: []byte("e")}, asgi.Request{Body: []byte("more")})
	s := scope("/")
	s.Method = "POST"
	if err := c.run(t.Context(), a.asgiHandler(), s); err != nil || c.answer().body != "one" {
		t.Errorf("got %q, %v", c.answer().body, err)
	}
}

// a body over the limit goes to disk, and is removed at the end,
// whoever has read it and however the request ends.
func TestBodyOnDisk(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
		disk bool
		does func() (web.Response, error)
		read bool
		gone bool // the client goes before the body's end
	}{
		{name: "at the limit", size: 1000, read: true},
		{name: "over the limit", size: 1001, disk: true, read: true},
		{name: "not read", size: 5000, disk: true},
		{name: "an error", size: 5000, disk: true, does: func() (web.Response, error) { return nil, errBoom }},
		{name: "an error that escapes", size: 5000, disk: true, does: func() (web.Response, error) { return nil, &exceptions.SystemExit{} }},
		{name: "gone before its end", size: 5000, disk: true, gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			a := newApp(t)
			a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1000, dir
			a.settings.DataUploadMaxMemorySize = nil
			want := bytes.Repeat([]byte("0123456789"), c.size/10+1)[:c.size]
			a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
				a.note("%d on disk", len(glob(t, dir)))
				if c.read {
					if body, err := request.Body(); err != nil || !bytes.Equal(body, want) {
						t.Errorf("read %d bytes, %v", len(body), err)
					}
				}
				if c.does != nil {
					return c.does()
				}
				return web.NewHttpResponse("ok"), nil
			}})
			var parts []asgi.Event
			for rest := want; ; {
				n := min(300, len(rest))
				parts = append(parts, asgi.Request{Body: rest[:n], MoreBody: n < len(rest)})
				if rest = rest[n:]; len(rest) == 0 {
					break
				}
			}
			if c.gone {
				parts[len(parts)-1] = asgi.Disconnect{}
			}
			s := scope("/")
			s.Method = "POST"
			_ = a.newClient(parts...).run(t.Context(), a.asgiHandler(), s)
			events := a.take()
			if onDisk := strings.Contains(events, "1 on disk"); !c.gone && onDisk != c.disk {
				t.Errorf("A-18: it went %s", events)
			}
			if left := glob(t, dir); len(left) > 0 {
				t.Errorf("A-38: %v stays", left)
			}
		})
	}

	// A body that cannot be kept is an error of the server's.
	a := newApp(t)
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, filepath.Join(t.TempDir(), "missing")
	if err := a.newClient(asgi.Request{Body: []byte("xx")}).run(t.Context(), a.asgiHandler(), scope("/")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a folder: %v", err)
	}
}

// a client that goes before the end of its body gets nothing, not even a
// signal.
func TestDisconnectBeforeBody(t *testing.T) {
	a := newApp(t)
	a.signals()
	a.add("", a.ok())
	handler := a.asgiHandler()
	for name, body := range map[string][]asgi.Event{
		"at once": {asgi.Disconnect{}}, "after a part": {asgi.Request{Body: []byte("x"), MoreBody: true}, asgi.Disconnect{}},
	} {
		if err := a.newClient(body...).run(t.Context(), handler, scope("/")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a.check("")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.newClient(asgi.Request{MoreBody: true}).run(ctx, handler, scope("/")); err != nil {
		t.Errorf("by the context: %v", err)
	}
	a.check("")
	// What else goes wrong with receiving is the server's to know.
	err := handler.Call(t.Context(), scope("/"), func(context.Context) (asgi.Event, error) { return nil, errBoom }, a.newClient().send)
	if err != errBoom {
		t.Errorf("got %v", err)
	}
}

// requests that cannot be made.
func TestRequestRefused(t *testing.T) {
	a := newApp(t)
	a.signals()
	a.use(mw{name: "A", mode: "async"})
	handler := a.asgiHandler()
	a.take()
	finished := make(chan any, 1)
	connection := dispatch.RequestFinished.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
		finished <- event.Sender
		return nil, nil
	})
	defer connection.Disconnect()
	c := a.newClient()
	s := scope("/")
	s.QueryString = []byte("a=\xff")
	if err := c.run(t.Context(), handler, s); err != nil || c.answer().status != 400 || c.answer().body != "" {
		t.Errorf("A-20: %+v, %v", c.answer(), err)
	}
	a.check("request_started | LOG[django.request WARN] Bad Request (UnicodeDecodeError) +exc | send start 400 | send body 0 | request_finished")
	if sender := wait(t, "request_finished", finished); sender != nil {
		t.Errorf("A-22: sender %v", sender)
	}

	handler.RequestClass = func(context.Context, *asgi.Scope, io.Reader, *conf.Settings) (*web.Request, error) {
		return nil, &exceptions.RequestDataTooBig{}
	}
	dir := t.TempDir()
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, dir
	defer func() {
		if left := glob(t, dir); len(left) > 0 {
			t.Errorf("A-38: %v stays", left)
		}
	}()
	c = a.newClient(asgi.Request{Body: []byte("large")})
	if err := c.run(t.Context(), handler, scope("/")); err != nil || c.answer().status != 413 || c.answer().body != "413 Payload too large" {
		t.Errorf("A-21: %+v, %v", c.answer(), err)
	}
	a.check("request_started | send start 413 | send body 21 | request_finished")
	wait(t, "request_finished", finished)

	handler.RequestClass = func(context.Context, *asgi.Scope, io.Reader, *conf.Settings) (*web.Request, error) {
		return nil, errBoom
	}
	if err := a.newClient().run(t.Context(), handler, scope("/")); err != errBoom {
		t.Errorf("anything else: %v", err)
	}
	a.check("request_started | ESCAPED Exception: boom")
}

// files are read in large blocks.
func TestFileOverASGI(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.bin")
	if err := os.WriteFile(path, make([]byte, 1<<16+1), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newApp(t)
	open := func() (*web.FileResponse, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return web.NewFileResponse(file)
	}
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { return open() }})
	a.add("own", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		file, err := open()
		return ownFile{file}, err
	}})
	for _, url := range []string{"/", "/own"} {
		a.asgiGet(url)
		a.check("send start 200 | send body 65536 more | send body 1 more | send body 0")
	}
}

// the events of a response.
func TestEvents(t *testing.T) {
	a := newApp(t)
	body := func(size int) *web.View {
		return &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
			return web.NewHttpResponse(bytes.Repeat([]byte("x"), size)), nil
		}}
	}
	a.add("0", body(0)).add("65536", body(65536)).add("65537", body(65537)).add("200000", body(200000))
	a.add("parts", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		response := web.NewHttpResponse("a")
		_, err := response.Write([]byte("bc"))
		return response, err
	}})
	a.add("stream", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		return web.NewStreamingHttpResponse(wsgi.List([]byte("ab"), nil, bytes.Repeat([]byte("x"), 70000))), nil
	}})
	a.add("headers", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		response := web.NewHttpResponse("", web.Status(201), web.Header("X-Odd", "\xe9"))
		return response, errors.Join(response.SetCookie("b", "1"), response.SetCookie("a", "2"))
	}})
	for path, want := range map[string]string{
		"/0": "send start 200 | send body 0", "/65536": "send start 200 | send body 65536", "/65537": "send start 200 | send body 65536 more | send body 1",
		"/200000": "send start 200 | send body 65536 more | send body 65536 more | send body 65536 more | send body 3392",
		"/parts":  "send start 200 | send body 3",
		"/stream": "send start 200 | send body 2 more | send body 0 more | send body 65536 more | send body 4464 more | send body 0",
	} {
		a.asgiGet(path)
		a.check(want)
	}
	r := a.asgiGet("/headers")
	var got []string
	for _, h := range r.headers {
		got = append(got, h.Name+":"+h.Value)
	}
	if text := strings.Join(got, "|"); !strings.HasPrefix(text, "X-Odd:") || !strings.HasSuffix(text, "|Content-Type:text/html; charset=utf-8|Set-Cookie:b=1; Path=/|Set-Cookie:a=2; Path=/") {
		t.Errorf("A-25: got %s", text)
	}
}

// async content is asked for as async code, each part when the one before
// is sent.
func TestAsyncStream(t *testing.T) {
	a := newApp(t)
	counter := &counter{}
	a.options.Observer = counter
	a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) {
		part := 0
		return web.NewAsyncStreamingHttpResponse(func(context.Context) ([]byte, error) {
			if part++; part > 2 {
				return nil, io.EOF
			}
			a.note("part %d", part)
			return []byte("x"), nil
		}), nil
	}))
	a.asgiGet("/")
	a.check("VIEW@async | send start 200 | part 1 | send body 1 more | part 2 | send body 1 more | send body 0")
	if len(counter.counts) != 2 { // the status and the number of layers: no crossing
		t.Errorf("got %v", counter.counts)
	}
}

// gone is a client that goes when it is told to.
func (a *app) gone() (c *client, ctx context.Context, leave func()) {
	ctx, leave = context.WithCancel(a.t.Context())
	a.t.Cleanup(leave)
	return a.newClient(), ctx, leave
}

// when the client goes, which nobody waits for beside the view,
// async code hears of it at once, nothing is sent,
// no error is reported, and the request is finished.
func TestDisconnectDuringAsyncView(t *testing.T) {
	a := newApp(t)
	a.signals()
	a.use(mw{name: "A", mode: "async", exception: noException, async: true})
	c, ctx, leave := a.gone()
	a.add("", a.asyncView(func(ctx context.Context, _ *web.Request) (web.Response, error) {
		leave()
		<-ctx.Done()
		a.note("view stops")
		return nil, ctx.Err()
	}))
	handler := a.asgiHandler()
	a.take()
	if err := c.run(ctx, handler, scope("/")); err != nil {
		t.Error(err)
	}
	a.check("request_started | A>@async | VIEW@async | view stops | <A raised context canceled | request_finished")
}

// What the request holds is let go then, too.
func TestDisconnectRemovesUploads(t *testing.T) {
	dir := t.TempDir()
	a := newApp(t)
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, dir
	c, ctx, leave := a.gone()
	a.add("", a.asyncView(func(ctx context.Context, request *web.Request) (web.Response, error) {
		if _, err := request.FILES(); err != nil || len(glob(t, dir)) < 2 {
			t.Errorf("the body and the upload: %v on disk, %v", glob(t, dir), err)
		}
		leave()
		return nil, ctx.Err()
	}))
	s := scope("/")
	s.Method = "POST"
	s.Headers = []asgi.Header{{Name: "content-type", Value: "multipart/form-data; boundary=" + boundary}, {Name: "content-length", Value: fmt.Sprint(len(form))}}
	c.body = []asgi.Event{asgi.Request{Body: []byte(form)}}
	if err := c.run(ctx, a.asgiHandler(), s); err != nil {
		t.Error(err)
	}
	if left := glob(t, dir); len(left) > 0 {
		t.Errorf("%v stays", left)
	}
}

// a view that goes on all the same has its response sent and closed.
func TestDisconnectSwallowed(t *testing.T) {
	a := newApp(t)
	a.signals()
	c, ctx, leave := a.gone()
	a.add("", a.asyncView(func(ctx context.Context, _ *web.Request) (web.Response, error) {
		leave()
		<-ctx.Done()
		response := web.NewHttpResponse("all the same")
		response.AddCloser(func() error { a.note("closer"); return nil })
		return response, nil
	}))
	c.onSend = func(asgi.Event) error { return asgi.ErrDisconnected }
	handler := a.asgiHandler()
	if err := c.run(ctx, handler, scope("/")); err != nil {
		t.Error(err)
	}
	a.check("request_started | VIEW@async | send start 200 | closer | request_finished")
}

// a sync view runs to its end, its body stays readable until then, and the
// call waits for it; async layers around it hear at once. -race looks on.
func TestDisconnectDuringSyncView(t *testing.T) {
	dir := t.TempDir()
	a := newApp(t)
	a.signals()
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, dir
	a.databases(conf.Database{Alias: "default", AtomicRequests: true})
	c, ctx, leave := a.gone()
	c.body = []asgi.Event{asgi.Request{Body: []byte("the body")}}
	began, heard := make(chan struct{}), make(chan struct{})
	var ended atomic.Bool
	a.use(mw{name: "A", mode: "async", around: func(request *web.Request, get handlers.GetResponse) (web.Response, error) {
		_, err := get(request)
		if ended.Load() {
			t.Error("the layer had to wait for sync code")
		}
		a.note("<A raised %v", err)
		close(heard)
		return nil, err
	}})
	a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		close(began)
		select {
		case <-heard:
		case <-t.Context().Done():
		}
		body, err := request.Body()
		a.note("view ends with %q, %v", body, err)
		ended.Store(true)
		return web.NewHttpResponse("nobody gets it"), nil
	}})
	handler := a.asgiHandler()
	a.take()
	go func() { <-began; leave() }()
	s := scope("/")
	s.Method = "POST"
	if err := c.run(ctx, handler, s); err != nil {
		t.Error(err)
	}
	if !ended.Load() {
		t.Error("the call did not wait for the view")
	}
	// The transaction has ended with its context, at a time of its own.
	want := `request_started | A>@async | begin default | <A raised context canceled | view ends with "the body", <nil> | request_finished`
	if got := strings.ReplaceAll(a.take(), " | rollback default", ""); got != want {
		t.Errorf("it went %s", got)
	}
	if left := glob(t, dir); len(left) > 0 {
		t.Errorf("%v stays", left)
	}
}

// when the client goes during a stream, the stream hears of it, and what
// the response holds is closed.
func TestDisconnectDuringStream(t *testing.T) {
	for name, by := range map[string]string{"async, by its context": "context", "async, by send": "send", "sync, by its context": "sync context", "sync, by send": "sync send"} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			a.signals()
			c, ctx, leave := a.gone()
			a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
				part := 0
				next := func(ctx context.Context) ([]byte, error) {
					if part++; part == 2 && strings.HasSuffix(by, "context") {
						leave()
						if by == "context" {
							<-ctx.Done()
							a.note("stream stops")
							return nil, ctx.Err()
						}
					}
					return []byte("x"), nil
				}
				var response *web.StreamingHttpResponse
				if strings.HasPrefix(by, "sync") {
					response = web.NewStreamingHttpResponse(content{next: func() ([]byte, error) { return next(nil) }, close: func() error { a.note("content.close"); return nil }})
				} else {
					response = web.NewAsyncStreamingHttpResponse(next)
				}
				response.AddCloser(func() error { a.note("closer"); return nil })
				return response, nil
			}})
			sent := 0
			c.onSend = func(event asgi.Event) error {
				if sent++; strings.HasSuffix(by, "send") && sent == 3 {
					leave()
					return asgi.ErrDisconnected
				}
				return ctx.Err()
			}
			handler := a.asgiHandler()
			if err := c.run(ctx, handler, scope("/")); err != nil {
				t.Error(err)
			}
			got := a.take()
			if !strings.HasSuffix(got, "closer | request_finished") || strings.Contains(got, "LOG") || strings.HasPrefix(by, "sync") && !strings.Contains(got, "content.close | closer") {
				t.Errorf("it went %s", got)
			}
			if by == "context" && !strings.Contains(got, "stream stops") {
				t.Errorf("the stream did not hear of it: %s", got)
			}
		})
	}
}

// What sending fails with otherwise is the server's to know.
func TestSendFails(t *testing.T) {
	for n := 1; n <= 2; n++ {
		a := newApp(t)
		closed := 0
		a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
			response := web.NewHttpResponse("ok")
			response.AddCloser(func() error { closed++; return nil })
			return response, nil
		}})
		c := a.newClient()
		sent := 0
		c.onSend = func(asgi.Event) error {
			if sent++; sent == n {
				return errBoom
			}
			return nil
		}
		if err := c.run(t.Context(), a.asgiHandler(), scope("/")); err != errBoom || closed != 1 {
			t.Errorf("event %d: got %v, %d closed", n, err, closed)
		}
	}
}

// A request without sync code starts no goroutine for it: all of it happens
// where the server called.
func TestNoGoroutine(t *testing.T) {
	a := newApp(t)
	a.use(mw{name: "A", mode: "async"})
	id := func() string {
		stack := make([]byte, 64)
		return fmt.Sprint(strings.Fields(string(stack[:runtime.Stack(stack, false)]))[1])
	}
	var ids []string
	a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) {
		ids = append(ids, id())
		response := web.NewHttpResponse("ok")
		response.AddCloser(func() error { ids = append(ids, id()); return nil })
		return response, nil
	}))
	handler := a.asgiHandler()
	c := a.newClient()
	if err := handler.Call(t.Context(), scope("/"), c.receive, c.send); err != nil {
		t.Fatal(err)
	}
	if here := id(); len(ids) != 2 || ids[0] != here || ids[1] != here {
		t.Errorf("it ran in the goroutines %v, called by %s", ids, here)
	}
}

// The handler without a server.
func TestGetResponseAsync(t *testing.T) {
	a := newApp(t)
	a.add("", a.ok()).use(mw{name: "A"})
	handler := a.asgiHandler()
	a.take()
	request, err := web.NewASGIRequest(t.Context(), scope("/"), nil, a.settings)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := handler.GetResponse(t.Context(), request); err != nil || response.Base().StatusCode() != 200 {
		t.Errorf("got %v, %v", response, err)
	}
	a.check("A> | VIEW | <A(200)")
}
