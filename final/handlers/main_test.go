package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// soon bounds every wait of these tests.
const soon = 10 * time.Second

// wait fails the test if nothing comes.
func wait[T any](t *testing.T, what string, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(soon):
		t.Fatalf("%s does not come", what)
	}
	return value
}

// app is a site in the making: what it is made of notes what it does.
type app struct {
	t        *testing.T
	settings *conf.Settings
	options  handlers.Options
	conf     *urls.URLConf

	mu     sync.Mutex
	events []string
}

// newApp makes a site with the patterns given.
func newApp(t *testing.T, patterns ...urls.Pattern) *app {
	a := &app{t: t, settings: conf.Defaults(), conf: &urls.URLConf{Patterns: patterns}}
	a.settings.AllowedHosts = []string{"*"}
	a.settings.RootURLConf = "site.urls"
	a.settings.Modules = &conf.Modules{}
	a.settings.Modules.Register("site.urls", a.conf)
	a.settings.Logger = slog.New(logTo{a})
	return a
}

func (a *app) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, fmt.Sprintf(format, args...))
}

// take gives what was noted, and forgets it.
func (a *app) take() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	text := strings.Join(a.events, " | ")
	a.events = nil
	return text
}

// check compares what was noted.
func (a *app) check(want string) {
	a.t.Helper()
	if got := a.take(); got != want {
		a.t.Errorf("it went\n %s\nwant\n %s", got, want)
	}
}

// signals notes the signals until the test ends.
func (a *app) signals() {
	for name, signal := range map[string]*dispatch.Signal{
		"request_started": &dispatch.RequestStarted, "request_finished": &dispatch.RequestFinished, "got_request_exception": &dispatch.GotRequestException,
	} {
		connection := signal.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
			if event.Err != nil {
				a.note("%s %s", name, exceptions.Kind(event.Err))
			} else {
				a.note("%s", name)
			}
			return nil, nil
		})
		a.t.Cleanup(func() { connection.Disconnect() })
	}
}

// logTo is a slog.Handler that notes records.
type logTo struct{ *app }

func (l logTo) Enabled(context.Context, slog.Level) bool { return true }
func (l logTo) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l logTo) WithGroup(string) slog.Handler            { return l }
func (l logTo) Handle(_ context.Context, record slog.Record) error {
	logger, more := "", ""
	record.Attrs(func(attr slog.Attr) bool {
		switch attr.Key {
		case "logger":
			logger = attr.Value.String()
		case "exc_info":
			more = " +exc"
		}
		return true
	})
	l.note("LOG[%s %s] %s%s", logger, record.Level, record.Message, more)
	return nil
}

// mw describes a middleware. What is nil is not there.
type mw struct {
	name, mode string // mode: "" or "sync", "async", "both"
	init       func() error
	none       bool // the factory returns nothing

	request   func(request *web.Request) (web.Response, error) // a response or an error in place of the inner layer
	response  func(request *web.Request, response web.Response) (web.Response, error)
	around    func(request *web.Request, get handlers.GetResponse) (web.Response, error)
	view      func(request *web.Request, view *web.View, args *web.Args) (web.Response, error)
	exception func(request *web.Request, err error) (web.Response, error)
	template  func(request *web.Request, response web.Response) (web.Response, error)
	async     bool // the hooks are async code
}

// use puts middlewares into the settings, the outermost first.
func (a *app) use(list ...mw) *app {
	for _, m := range list {
		name := "site." + m.name
		a.settings.Middleware = append(a.settings.Middleware, name)
		a.settings.Modules.Register(name, a.class(m))
	}
	return a
}

func (a *app) class(m mw) handlers.MiddlewareClass {
	var class handlers.MiddlewareClass
	create := func(mode string, get handlers.GetResponse, getAsync handlers.GetResponseAsync) (*layerOf, error) {
		a.note("init %s%s", m.name, mode)
		if m.init != nil {
			if err := m.init(); err != nil {
				return nil, err
			}
		}
		if m.none {
			return nil, nil
		}
		return &layerOf{a, m, get, getAsync}, nil
	}
	if m.mode != "async" {
		class.New = func(get handlers.GetResponse) (handlers.Middleware, error) { return create("", get, nil) }
	}
	if m.mode == "async" || m.mode == "both" {
		class.NewAsync = func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			return create("@async", nil, get)
		}
	}
	return class
}

type layerOf struct {
	*app
	mw
	get      handlers.GetResponse
	getAsync handlers.GetResponseAsync
}

func (l *layerOf) Call(request *web.Request) (web.Response, error) {
	return l.call(request, "", l.get)
}

func (l *layerOf) CallAsync(ctx context.Context, request *web.Request) (web.Response, error) {
	return l.call(request, "@async", func(request *web.Request) (web.Response, error) { return l.getAsync(ctx, request) })
}

func (l *layerOf) call(request *web.Request, mode string, get handlers.GetResponse) (web.Response, error) {
	l.note("%s>%s", l.name, mode)
	if l.mw.request != nil {
		if response, err := l.mw.request(request); response != nil || err != nil {
			return response, err
		}
	}
	if l.around != nil {
		return l.around(request, get)
	}
	response, err := get(request)
	if err != nil {
		l.note("<%s raised %v", l.name, err)
		return nil, err
	}
	if response == nil {
		l.note("<%s(None)", l.name)
	} else {
		l.note("<%s(%d)", l.name, response.Base().StatusCode())
	}
	if l.mw.response != nil {
		return l.mw.response(request, response)
	}
	return response, nil
}

// Hooks gives the hooks that the middleware has, and no others.
func (l *layerOf) Hooks() any {
	var hooks any
	for _, h := range []struct {
		has         bool
		sync, async any
	}{
		{l.view != nil, viewOnly{l}, asyncViewOnly{l}},
		{l.mw.exception != nil, exceptionOnly{l}, asyncExceptionOnly{l}},
		{l.mw.template != nil, templateOnly{l}, asyncTemplateOnly{l}},
	} {
		if !h.has {
			continue
		}
		one := h.sync
		if l.async {
			one = h.async
		}
		if hooks != nil {
			if l.async {
				return allAsync{asyncViewOnly{l}, asyncExceptionOnly{l}, asyncTemplateOnly{l}}
			}
			return all{viewOnly{l}, exceptionOnly{l}, templateOnly{l}}
		}
		hooks = one
	}
	if hooks == nil {
		return l
	}
	return hooks
}

type (
	viewOnly           struct{ l *layerOf }
	exceptionOnly      struct{ l *layerOf }
	templateOnly       struct{ l *layerOf }
	asyncViewOnly      struct{ l *layerOf }
	asyncExceptionOnly struct{ l *layerOf }
	asyncTemplateOnly  struct{ l *layerOf }
	all                struct {
		viewOnly
		exceptionOnly
		templateOnly
	}
	allAsync struct {
		asyncViewOnly
		asyncExceptionOnly
		asyncTemplateOnly
	}
)

func (h viewOnly) ProcessView(request *web.Request, view *web.View, args *web.Args) (web.Response, error) {
	if h.l.view == nil {
		return nil, nil
	}
	h.l.note("%s.process_view", h.l.name)
	return h.l.view(request, view, args)
}

func (h exceptionOnly) ProcessException(request *web.Request, err error) (web.Response, error) {
	if h.l.mw.exception == nil {
		return nil, nil
	}
	h.l.note("%s.process_exception(%s)", h.l.name, exceptions.Kind(err))
	return h.l.mw.exception(request, err)
}

func (h templateOnly) ProcessTemplateResponse(request *web.Request, response web.Response) (web.Response, error) {
	if h.l.mw.template == nil {
		return response, nil
	}
	h.l.note("%s.process_template_response", h.l.name)
	return h.l.mw.template(request, response)
}

func (h asyncViewOnly) ProcessViewAsync(_ context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error) {
	return viewOnly(h).ProcessView(request, view, args)
}

func (h asyncExceptionOnly) ProcessExceptionAsync(_ context.Context, request *web.Request, err error) (web.Response, error) {
	return exceptionOnly(h).ProcessException(request, err)
}

func (h asyncTemplateOnly) ProcessTemplateResponseAsync(_ context.Context, request *web.Request, response web.Response) (web.Response, error) {
	return templateOnly(h).ProcessTemplateResponse(request, response)
}

// Hooks that do nothing.
var (
	noView      = func(*web.Request, *web.View, *web.Args) (web.Response, error) { return nil, nil }
	noException = func(*web.Request, error) (web.Response, error) { return nil, nil }
	same        = func(_ *web.Request, response web.Response) (web.Response, error) { return response, nil }
)

// hooked is a middleware with all hooks, which do nothing.
func hooked(name string) mw {
	return mw{name: name, view: noView, exception: noException, template: same}
}

// views that most tests need.
func (a *app) ok() *web.View {
	return &web.View{Name: "site.views.ok", Call: func(*web.Request, *web.Args) (web.Response, error) {
		a.note("VIEW")
		return web.NewHttpResponse("ok"), nil
	}}
}

func (a *app) raises(err error) *web.View {
	return &web.View{Name: "site.views.raises", Call: func(*web.Request, *web.Args) (web.Response, error) {
		a.note("VIEW")
		return nil, err
	}}
}

func (a *app) asyncView(call func(ctx context.Context, request *web.Request) (web.Response, error)) *web.View {
	return &web.View{Name: "site.views.async", CallAsync: func(ctx context.Context, request *web.Request, _ *web.Args) (web.Response, error) {
		a.note("VIEW@async")
		return call(ctx, request)
	}}
}

func (a *app) add(route string, view *web.View) *app {
	a.conf.Patterns = append(a.conf.Patterns, urls.Path(route, view))
	return a
}

// answer is what a server got.
type answer struct {
	status  int
	headers []wsgi.Header
	body    string
	err     error // what escaped, from the call, the body or its closing
}

func (r answer) header(name string) string {
	var values []string
	for _, h := range r.headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return strings.Join(values, ", ")
}

func environ(ctx context.Context, path string, values ...map[string]any) *wsgi.Environ {
	e := wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "testserver",
		"SERVER_PORT": "80", wsgi.KeyURLScheme: "http", wsgi.KeyContext: ctx,
	})
	for _, more := range values {
		for key, value := range more {
			e.Set(key, value)
		}
	}
	return e
}

func (a *app) wsgiHandler() *handlers.WSGIHandler {
	a.t.Helper()
	handler, err := handlers.NewWSGIHandler(a.settings, a.options)
	if err != nil {
		a.t.Fatal(err)
	}
	return handler
}

func (a *app) asgiHandler() *handlers.ASGIHandler {
	a.t.Helper()
	handler, err := handlers.NewASGIHandler(a.settings, a.options)
	if err != nil {
		a.t.Fatal(err)
	}
	return handler
}

// call does what a WSGI server does, and notes it.
func (a *app) call(handler *handlers.WSGIHandler, environ *wsgi.Environ) (r answer) {
	body, err := handler.Call(environ, func(status string, headers []wsgi.Header, _ error) error {
		a.note("start_response(%s)", status)
		if _, err := fmt.Sscan(status, &r.status); err != nil {
			a.t.Error(err)
		}
		r.headers = slices.Clone(headers)
		return nil
	})
	if err != nil {
		a.note("ESCAPED %s: %v", exceptions.Kind(err), err)
		r.err = err
		return r
	}
	defer func() {
		if err := body.Close(); err != nil && r.err == nil {
			r.err = err
		}
	}()
	for chunk, err := range wsgi.Chunks(body) {
		if err != nil {
			a.note("ITER-ESCAPED %s", exceptions.Kind(err))
			r.err = err
			return r
		}
		r.body += string(chunk)
	}
	return r
}

// get loads a handler and has it answer one GET; what happened while loading is
// forgotten.
func (a *app) get(path string) answer {
	a.t.Helper()
	handler := a.wsgiHandler()
	a.take()
	return a.call(handler, environ(a.t.Context(), path))
}

// client is the other side of an ASGI connection.
type client struct {
	*app
	body   []asgi.Event // what it sends
	events []asgi.Event // what it got
	onSend func(asgi.Event) error
}

func (c *client) receive(ctx context.Context) (asgi.Event, error) {
	if len(c.body) > 0 {
		event := c.body[0]
		c.body = c.body[1:]
		return event, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (c *client) send(_ context.Context, event asgi.Event) error {
	switch event := event.(type) {
	case asgi.ResponseStart:
		c.note("send start %d", event.Status)
	case asgi.ResponseBody:
		text := fmt.Sprintf("send body %d", len(event.Body))
		if event.MoreBody {
			text += " more"
		}
		c.note("%s", text)
		event.Body = slices.Clone(event.Body)
		c.events = append(c.events, event)
		if c.onSend != nil {
			return c.onSend(event)
		}
		return nil
	}
	c.events = append(c.events, event)
	if c.onSend != nil {
		return c.onSend(event)
	}
	return nil
}

func (c *client) answer() (r answer) {
	for _, event := range c.events {
		switch event := event.(type) {
		case asgi.ResponseStart:
			r.status = event.Status
			for _, h := range event.Headers {
				r.headers = append(r.headers, wsgi.Header(h))
			}
		case asgi.ResponseBody:
			r.body += string(event.Body)
		}
	}
	return r
}

func scope(path string) *asgi.Scope {
	return &asgi.Scope{Type: "http", HTTPVersion: "1.1", Method: "GET", Scheme: "http", Path: path, Server: &asgi.Address{Host: "testserver", Port: 80}}
}

// newClient gives a client whose request has the body given.
func (a *app) newClient(body ...asgi.Event) *client {
	if body == nil {
		body = []asgi.Event{asgi.Request{}}
	}
	return &client{app: a, body: body}
}

// asgiGet does what an ASGI server does, for one GET.
func (a *app) asgiGet(path string) answer {
	a.t.Helper()
	handler := a.asgiHandler()
	a.take()
	c := a.newClient()
	err := c.run(a.t.Context(), handler, scope(path))
	r := c.answer()
	r.err = err
	return r
}

// run calls the handler, which has to return in time.
func (c *client) run(ctx context.Context, handler *handlers.ASGIHandler, scope *asgi.Scope) error {
	c.t.Helper()
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if value := recover(); value != nil {
				err = fmt.Errorf("panic: %v", value)
			}
			done <- err
		}()
		err = handler.Call(ctx, scope, c.receive, c.send)
	}()
	err := wait(c.t, "the end of the call", done)
	if err != nil {
		c.note("ESCAPED %s: %v", exceptions.Kind(err), err)
	}
	return err
}

// both runs a test through both handlers.
func both(t *testing.T, run func(t *testing.T, get func(a *app, path string) answer)) {
	t.Run("wsgi", func(t *testing.T) { run(t, (*app).get) })
	t.Run("asgi", func(t *testing.T) { run(t, (*app).asgiGet) })
}

// newTextLogger writes records as text, without their time.
func newTextLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attr
	}}))
}
