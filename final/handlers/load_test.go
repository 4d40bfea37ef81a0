package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/observe"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// H-01, H-02, X-01: built once, from the last to the first, entered the other
// way round.
func TestLoadOrder(t *testing.T) {
	a := newApp(t)
	a.add("", a.ok()).use(mw{name: "A"}, mw{name: "B"}, mw{name: "C"})
	handler := a.wsgiHandler()
	a.check("init C | init B | init A")
	a.settings.Middleware = nil // H-01: changes nothing any more
	for range 2 {
		a.call(handler, environ(t.Context(), "/"))
		a.check("A> | B> | C> | VIEW | <C(200) | <B(200) | <A(200) | start_response(200 OK)")
	}
}

// H-03, H-04: n layers and the view are guarded n+1 times; with a handler500
// that fails, each guard can be heard (X-10, E-22).
func TestConversionLayers(t *testing.T) {
	for n := range 4 {
		a := newApp(t)
		a.signals()
		a.add("", a.raises(errBoom))
		calls := 0
		a.conf.Handler500 = func(*web.Request) (web.Response, error) { calls++; return nil, errors.New("h500") }
		for i := range n {
			a.use(mw{name: string(rune('A' + i))})
		}
		r := a.get("/")
		if calls != n+1 || r.err == nil || r.err.Error() != "h500" {
			t.Errorf("E-22: with %d layers handler500 was asked %d times: %v", n, calls, r.err)
		}
		if got := a.take(); strings.Count(got, "got_request_exception") != n+1 || strings.Contains(got, "LOG") || strings.Contains(got, "request_finished") {
			t.Errorf("X-10: it went %s", got)
		}
	}
}

// H-05, H-07, H-14: what stops the start; of a chain that was not finished there
// is no handler (H-20).
func TestLoadErrors(t *testing.T) {
	for _, c := range []struct {
		name, kind, want string
		object           any // what site.X stands for; nil for nothing
	}{
		{"H-05 unknown", "ImproperlyConfigured", `There is nothing called "site.X". Did you mean "site.A"?`, nil},
		{"H-05 no class", "ImproperlyConfigured", `"site.X" is a string, but a MiddlewareClass or a MiddlewareFactory is needed.`, "text"},
		{"H-07 no capability", "RuntimeError", "Middleware site.X must have at least one of sync_capable/async_capable set to True.", handlers.MiddlewareClass{}},
		{"H-14 None", "ImproperlyConfigured", "Middleware factory site.X returned None.", handlers.MiddlewareClass{
			New:      func(handlers.GetResponse) (handlers.Middleware, error) { return nil, nil },
			NewAsync: func(handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) { return nil, nil }}},
		{"H-14 a typed nil", "ImproperlyConfigured", "Middleware factory site.X returned None.", handlers.MiddlewareClass{
			New:      func(handlers.GetResponse) (handlers.Middleware, error) { return (*layerOf)(nil), nil },
			NewAsync: func(handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) { return (*layerOf)(nil), nil }}},
		{"an error of the factory", "Exception", "boom", handlers.MiddlewareClass{
			New:      func(handlers.GetResponse) (handlers.Middleware, error) { return nil, errBoom },
			NewAsync: func(handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) { return nil, errBoom }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newApp(t)
			a.use(mw{name: "A"})
			a.settings.Middleware = append(a.settings.Middleware, "site.X")
			if c.object != nil {
				a.settings.Modules.Register("site.X", c.object)
			}
			wsgi, err := handlers.NewWSGIHandler(a.settings, a.options)
			if wsgi != nil || err == nil || err.Error() != c.want || exceptions.Kind(err) != c.kind {
				t.Errorf("NewWSGIHandler: %v, %s: %v", wsgi, exceptions.Kind(err), err)
			}
			asgi, err := handlers.NewASGIHandler(a.settings, a.options)
			if asgi != nil || err == nil || err.Error() != c.want {
				t.Errorf("NewASGIHandler: %v, %v", asgi, err)
			}
			a.check("") // what is outside of it is not made any more
		})
	}
}

// H-05: a name may stand for a class, or for what makes one of the settings.
func TestFactories(t *testing.T) {
	for name, wrap := range map[string]func(handlers.MiddlewareClass, *conf.Settings) any{
		"class":             func(class handlers.MiddlewareClass, _ *conf.Settings) any { return class },
		"MiddlewareFactory": func(class handlers.MiddlewareClass, s *conf.Settings) any { return factory(t, class, s) },
		"function": func(class handlers.MiddlewareClass, s *conf.Settings) any {
			return (func(*conf.Settings) handlers.MiddlewareClass)(factory(t, class, s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			a.add("", a.ok()).use(mw{name: "A"})
			a.settings.Modules.Register("site.A", wrap(a.class(mw{name: "A"}), a.settings))
			a.get("/")
			a.check("A> | VIEW | <A(200) | start_response(200 OK)")
		})
	}
}

func factory(t *testing.T, class handlers.MiddlewareClass, settings *conf.Settings) handlers.MiddlewareFactory {
	return func(given *conf.Settings) handlers.MiddlewareClass {
		if given != settings {
			t.Error("it got other settings")
		}
		return class
	}
}

// H-11, H-12, H-13: one that is not used is as if it were not listed, and is
// logged only with DEBUG.
func TestMiddlewareNotUsed(t *testing.T) {
	notUsed := func(reason string) func() error {
		return func() error { return &exceptions.MiddlewareNotUsed{Reason: reason} }
	}
	for debug, want := range map[bool]string{
		true:  "init NU2 | LOG[django.request DEBUG] MiddlewareNotUsed: 'site.NU2' | init NU | LOG[django.request DEBUG] MiddlewareNotUsed('site.NU'): why | init A",
		false: "init NU2 | init NU | init A",
	} {
		a := newApp(t)
		a.settings.Debug = debug
		a.add("", a.ok()).use(mw{name: "A"}, mw{name: "NU", init: notUsed("why"), view: noView}, mw{name: "NU2", init: notUsed("")})
		handler := a.wsgiHandler()
		a.check(want)
		a.call(handler, environ(t.Context(), "/"))
		a.check("A> | VIEW | <A(200) | start_response(200 OK)")
	}
	// H-11, H-12: the handler below is handed on as it was before it was
	// adapted; the line about the adapting comes first.
	a := newApp(t)
	a.settings.Debug = true
	counter := &counter{}
	a.options.Observer = counter
	a.add("", a.ok()).use(mw{name: "A"}, mw{name: "NU", mode: "async", init: func() error { return fmt.Errorf("no: %w", &exceptions.MiddlewareNotUsed{}) }})
	handler := a.wsgiHandler()
	a.check("LOG[django.request DEBUG] Synchronous handler adapted for middleware site.NU. | init NU@async | LOG[django.request DEBUG] MiddlewareNotUsed: 'site.NU' | init A")
	a.call(handler, environ(t.Context(), "/"))
	a.check("A> | VIEW | <A(200) | start_response(200 OK)")
	if got := counter.total(observe.Bridges); got != 0 {
		t.Errorf("H-11: %d crossings", got)
	}
}

// counter is an observer that counts.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
	spans  []string
}

func (c *counter) Span(_ context.Context, name, detail string) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	span := strings.TrimSpace(name + " " + detail)
	c.spans = append(c.spans, span)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.spans = append(c.spans, "/"+span)
	}
}

func (c *counter) Count(_ context.Context, name, detail string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[name+" "+detail] += n
}

func (c *counter) total(name string) (total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range c.counts {
		if strings.HasPrefix(key, name+" ") {
			total += n
		}
	}
	return total
}

// TestModes is the table of sync and async mixing of the catalogue: which lines
// are logged (H-08 to H-10, H-19, H-24, H-25), in which mode each layer runs, by
// what its class is capable of (H-06) and what is below it, and how often a
// request crosses: not where both sides have the same mode (H-21, H-22, E-01),
// also for a view (H-48). SO is sync, AO async, SA both.
func TestModes(t *testing.T) {
	for _, c := range []struct {
		handler, stack string
		adapted        string // the words of the log, in order
		ran            string // which code of each layer, from the outside
		async, sync    int    // crossings with a view of async, of sync code
	}{
		{"wsgi", "", "", "", 1, 0},
		{"asgi", "", "", "", 0, 1},
		{"wsgi", "SO", "", "SO", 1, 0},
		{"asgi", "AO", "", "AO@async", 0, 1},
		{"wsgi", "SA", "", "SA", 1, 0},
		{"asgi", "SA", "", "SA@async", 0, 1},
		{"wsgi", "SO SA SO SA", "", "SO SA SO SA", 1, 0},
		{"asgi", "AO SA AO SA", "", "AO@async SA@async AO@async SA@async", 0, 1},
		{"asgi", "SO", "Asynchronous SO", "SO", 2, 3},
		{"wsgi", "AO", "Synchronous AO", "AO@async", 3, 2},
		{"asgi", "SA SO", "Asynchronous SO", "SA SO", 2, 3},
		{"asgi", "SO SA", "Asynchronous SO", "SO SA@async", 2, 3},
		{"asgi", "AO SO", "Asynchronous SO, Synchronous AO", "AO@async SO", 2, 3},
		{"wsgi", "SO AO", "Synchronous AO, Asynchronous SO", "SO AO@async", 3, 2},
		{"wsgi", "SA AO", "Synchronous AO", "SA@async AO@async", 3, 2},
		{"wsgi", "AO SA", "Synchronous AO", "AO@async SA", 3, 2},
		{"asgi", "SO AO SO AO SO", "Asynchronous SO, Synchronous AO, Asynchronous SO, Synchronous AO, Asynchronous SO", "SO AO@async SO AO@async SO", 6, 7},
		{"wsgi", "SO AO SO AO SO", "Synchronous AO, Asynchronous SO, Synchronous AO, Asynchronous SO", "SO AO@async SO AO@async SO", 5, 4},
	} {
		t.Run(c.handler+" ["+c.stack+"]", func(t *testing.T) {
			for _, debug := range []bool{true, false} {
				for view, crossings := range map[string]int{"async": c.async, "sync": c.sync} {
					a := newApp(t)
					a.settings.Debug = debug
					counter := &counter{}
					a.options.Observer = counter
					a.add("sync", a.ok()).add("async", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return web.NewHttpResponse("ok"), nil }))
					names := strings.Fields(c.stack)
					for i, name := range names {
						a.use(mw{name: fmt.Sprintf("%s%d", name, i), mode: map[string]string{"SO": "sync", "AO": "async", "SA": "both"}[name]})
					}
					var r answer
					var loaded string
					if c.handler == "wsgi" {
						handler := a.wsgiHandler()
						loaded = a.take()
						r = a.call(handler, environ(t.Context(), "/"+view))
					} else {
						handler := a.asgiHandler()
						loaded = a.take()
						client := a.newClient()
						r.err = client.run(t.Context(), handler, scope("/"+view))
						r.body = client.answer().body
					}
					if r.body != "ok" || r.err != nil {
						t.Errorf("the answer is %q, %v", r.body, r.err)
					}
					var lines, ran []string
					for event := range strings.SplitSeq(loaded, " | ") {
						if word, rest, ok := strings.Cut(strings.TrimPrefix(event, "LOG[django.request DEBUG] "), " handler adapted for middleware site."); ok {
							lines = append(lines, word+" "+strings.TrimRight(rest, "0123456789."))
						}
					}
					for event := range strings.SplitSeq(a.take(), " | ") {
						if name, mode, ok := strings.Cut(event, ">"); ok {
							ran = append(ran, strings.TrimRight(name, "0123456789")+mode)
						}
					}
					adapted := c.adapted
					if !debug {
						adapted = "" // H-10
					}
					if got := strings.Join(lines, ", "); got != adapted {
						t.Errorf("DEBUG %v: adapted %q, want %q", debug, got, adapted)
					}
					if got := strings.Join(ran, " "); got != c.ran {
						t.Errorf("ran %q, want %q", got, c.ran)
					}
					if got := counter.total(observe.Bridges); got != crossings {
						t.Errorf("a view of %s code: %d crossings, want %d", view, got, crossings)
					}
				}
			}
		})
	}
}

// What else crosses: hooks, rendering (H-54), the mixin's methods; each once, and
// only where the modes differ.
func TestCrossings(t *testing.T) {
	page := func(*web.Request) web.Response {
		return template.New(nil, tmpl(func(w io.Writer) error { _, err := io.WriteString(w, "page"); return err }), nil)
	}
	for _, c := range []struct {
		name       string
		middleware []mw
		mixin      bool
		view       string // async, sync, page, raises; with @async
		wsgi, asgi int
	}{
		{"sync view hook", []mw{{name: "A", mode: "both", view: noView}}, false, "ok@async", 1, 1},
		{"async view hook", []mw{{name: "A", mode: "both", view: noView, async: true}}, false, "ok@async", 2, 0},
		{"sync exception hook", []mw{{name: "A", mode: "both", exception: noException}}, false, "raises@async", 1, 1},
		{"async exception hook", []mw{{name: "A", mode: "both", exception: noException, async: true}}, false, "raises@async", 2, 0},
		{"rendering", nil, false, "page@async", 1, 1},
		{"sync template hook and rendering", []mw{{name: "A", mode: "both", template: same}}, false, "page@async", 1, 2},
		{"async template hook and rendering", []mw{{name: "A", mode: "both", template: same, async: true}}, false, "page", 1, 2},
		{"mixin", nil, true, "ok", 0, 3},
		{"mixin with async view", nil, true, "ok@async", 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for handler, want := range map[string]int{"wsgi": c.wsgi, "asgi": c.asgi} {
				a := newApp(t)
				counter := &counter{}
				a.options.Observer = counter
				a.use(c.middleware...)
				if c.mixin {
					a.settings.Middleware = append(a.settings.Middleware, "site.M")
					a.settings.Modules.Register("site.M", middleware.MiddlewareMixin(func() (any, error) { return mixin{a}, nil }))
				}
				name, async := strings.CutSuffix(c.view, "@async")
				call := func(_ context.Context, request *web.Request) (web.Response, error) {
					switch name {
					case "page":
						return page(request), nil
					case "raises":
						return nil, &exceptions.Http404{}
					}
					return web.NewHttpResponse("ok"), nil
				}
				if async {
					a.add("", a.asyncView(call))
				} else {
					a.add("", &web.View{Name: "v", Call: func(request *web.Request, _ *web.Args) (web.Response, error) { return call(request.Context(), request) }})
				}
				var r answer
				if handler == "wsgi" {
					r = a.get("/")
				} else {
					r = a.asgiGet("/")
				}
				if r.err != nil || r.status == 500 {
					t.Errorf("%s: status %d, %v", handler, r.status, r.err)
				}
				if got := counter.total(observe.Bridges); got != want {
					t.Errorf("%s: %d crossings, want %d: %v", handler, got, want, counter.counts)
				}
			}
		})
	}
}

// mixin is an object in the old style.
type mixin struct{ *app }

func (m mixin) ProcessRequest(*web.Request) (web.Response, error) {
	m.note("process_request")
	return nil, nil
}

func (m mixin) ProcessResponse(_ *web.Request, response web.Response) (web.Response, error) {
	m.note("process_response")
	return response, nil
}

// tmpl is a template that is a function.
type tmpl func(w io.Writer) error

func (f tmpl) Execute(w io.Writer, _ any) error { return f(w) }

// H-15, H-16, H-17, X-02: the hooks are found on what the factory made; view
// hooks go from the outside in, the others from the inside out.
func TestHookOrder(t *testing.T) {
	for _, async := range []bool{false, true} {
		both(t, func(t *testing.T, get func(*app, string) answer) {
			a := newApp(t)
			for _, name := range []string{"A", "B", "C"} {
				m := hooked(name)
				m.mode, m.async = "both", async
				a.use(m)
			}
			a.add("page", &web.View{Name: "page", Call: func(*web.Request, *web.Args) (web.Response, error) {
				a.note("VIEW")
				return template.New(nil, tmpl(func(io.Writer) error { a.note("render"); return nil }), nil), nil
			}}).add("boom", a.raises(errBoom))
			get(a, "/page")
			want := "A.process_view | B.process_view | C.process_view | VIEW | C.process_template_response | B.process_template_response | A.process_template_response | render | <C(200) | <B(200) | <A(200)"
			if got := a.take(); !strings.Contains(got, want) {
				t.Errorf("X-02: it went %s", got)
			}
			get(a, "/boom")
			if got := a.take(); !strings.Contains(got, "VIEW | C.process_exception(Exception) | B.process_exception(Exception) | A.process_exception(Exception) | ") {
				t.Errorf("it went %s", got)
			}
		})
	}
}

// The observer hears of each part of a request, from the outside in.
func TestSpans(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		counter := &counter{}
		a.options.Observer = counter
		m := hooked("A")
		m.mode = "both"
		a.use(m).add("", &web.View{Name: "site.page", Call: func(*web.Request, *web.Args) (web.Response, error) {
			return template.New(nil, tmpl(func(io.Writer) error { return nil }), nil, web.Status(203)), nil
		}})
		get(a, "/")
		want := []string{
			observe.RequestDuration, "middleware site.A", observe.ResolveRequest, "/" + observe.ResolveRequest, observe.ViewMiddleware, "/" + observe.ViewMiddleware,
			"view site.page", "/view site.page", observe.TemplateResponse, "/" + observe.TemplateResponse, observe.RenderDuration, "/" + observe.RenderDuration,
			"/middleware site.A", "/" + observe.RequestDuration,
		}
		if !slices.Equal(counter.spans, want) {
			t.Errorf("got %q", counter.spans)
		}
		if counter.counts[observe.ResponsesByStatus+" 203"] != 1 || counter.total(observe.MiddlewareCount) != 1 {
			t.Errorf("got %v", counter.counts)
		}
	})
}

// The span of a view ends also when the view panics.
func TestSpanOfPanic(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		counter := &counter{}
		a.options.Observer = counter
		a.add("", &web.View{Name: "site.page", Call: func(*web.Request, *web.Args) (web.Response, error) { panic("boom") }})
		get(a, "/")
		if !slices.Contains(counter.spans, "/view site.page") {
			t.Errorf("got %q", counter.spans)
		}
	})
}

// A handler answers many requests at a time; -race looks on.
func TestConcurrentRequests(t *testing.T) {
	a := newApp(t)
	a.use(mw{name: "A", mode: "async"}, mw{name: "B"}, mw{name: "C", mode: "both"})
	a.conf.Patterns = []urls.Pattern{urls.Path("<int:n>/", &web.View{Name: "n", Call: func(_ *web.Request, args *web.Args) (web.Response, error) {
		return web.NewHttpResponse(fmt.Sprint(args.Int("n"))), nil
	}})}
	wsgi, asgi := a.wsgiHandler(), a.asgiHandler()
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			path := fmt.Sprintf("/%d/", i)
			if r := a.call(wsgi, environ(t.Context(), path)); r.body != fmt.Sprint(i) {
				t.Errorf("%s: got %q", path, r.body)
			}
			client := a.newClient()
			if err := asgi.Call(t.Context(), scope(path), client.receive, client.send); err != nil || client.answer().body != fmt.Sprint(i) {
				t.Errorf("%s: got %q, %v", path, client.answer().body, err)
			}
		})
	}
	group.Wait()
}
