package handlers_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"basehandler/asgi"
	"basehandler/final/observe"
	"basehandler/final/web"
)

// What final does differently from Django on purpose, and what that gains.

// One helper asks the template hooks in both paths. In Django each path has a
// loop of its own, and what is right in one may be wrong in the other; here the
// two cannot differ.
func TestOneTemplateLoop(t *testing.T) {
	for name, hook := range map[string]func(a *app) func(*web.Request, web.Response) (web.Response, error){
		"the same": func(*app) func(*web.Request, web.Response) (web.Response, error) { return same },
		"another": func(a *app) func(*web.Request, web.Response) (web.Response, error) {
			return func(*web.Request, web.Response) (web.Response, error) { return a.unrendered("another", nil), nil }
		},
		"plain": func(*app) func(*web.Request, web.Response) (web.Response, error) {
			return func(r *web.Request, _ web.Response) (web.Response, error) { return plain("plain")(r) }
		},
		"nothing": func(*app) func(*web.Request, web.Response) (web.Response, error) {
			return func(*web.Request, web.Response) (web.Response, error) { return nil, nil }
		},
		"a coroutine": func(*app) func(*web.Request, web.Response) (web.Response, error) {
			return func(*web.Request, web.Response) (web.Response, error) { return web.NewCoroutine(), nil }
		},
		"an error": func(*app) func(*web.Request, web.Response) (web.Response, error) {
			return func(*web.Request, web.Response) (web.Response, error) { return nil, errBoom }
		},
		"an error of rendering": func(a *app) func(*web.Request, web.Response) (web.Response, error) {
			return func(*web.Request, web.Response) (web.Response, error) { return a.unrendered("bad", errBoom), nil }
		},
	} {
		var traces []string
		for _, get := range []func(*app, string) answer{(*app).get, (*app).asgiGet} {
			a := newApp(t)
			a.signals()
			a.use(hooked("A"), mw{name: "B", template: hook(a), exception: noException}, hooked("C")).add("", a.page(nil))
			r := get(a, "/")
			traces = append(traces, once(a.take())+" | "+r.body)
		}
		if traces[0] != traces[1] || !strings.Contains(traces[0], "C.process_template_response | B.process_template_response") {
			t.Errorf("%s: it went\n %s\nand as async code\n %s", name, traces[0], traces[1])
		}
	}
}

// Exception hooks of async code run as async code. Django makes sync code of
// each (H-18), and pays two crossings for it. Gained: none is paid, and the hook has
// the context that ends when the client goes.
func TestAsyncExceptionHooks(t *testing.T) {
	a := newApp(t)
	counter := &counter{}
	a.options.Observer = counter
	a.use(mw{name: "A", mode: "async", async: true, exception: func(r *web.Request, err error) (web.Response, error) {
		return plain("answered " + err.Error())(r)
	}})
	a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return nil, errBoom }))
	if r := a.asgiGet("/"); r.body != "answered boom" {
		t.Errorf("got %q, %v", r.body, r.err)
	}
	if got := counter.total(observe.Bridges); got != 0 {
		t.Errorf("%d crossings", got)
	}
}

// A view may have something closed with its response, by public means. Django
// keeps that list to itself. Gained: what a view has opened for a body that
// comes late is closed when that is sent, or when the client has gone.
func TestAddCloser(t *testing.T) {
	for _, goes := range []bool{false, true} {
		a := newApp(t)
		c, ctx, leave := a.gone()
		open := true
		a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) {
			part := 0
			response := web.NewAsyncStreamingHttpResponse(func(ctx context.Context) ([]byte, error) {
				if !open {
					t.Error("it was closed too early")
				}
				if part++; part == 3 {
					if !goes {
						return nil, io.EOF
					}
					leave()
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return []byte("x"), nil
			})
			response.AddCloser(func() error { open = false; return nil })
			return response, nil
		}))
		if err := c.run(ctx, a.asgiHandler(), scope("/")); err != nil || open {
			t.Errorf("the client goes: %v; still open: %v, %v", goes, open, err)
		}
	}
}

// The log may be written behind the request's back. Django writes it on the way.
// Gained: a log that stands still holds up no request.
func TestDeferredLogging(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		var log bytes.Buffer
		stuck := &stuck{Handler: newTextLogger(&log).Handler(), let: make(chan struct{})}
		deferred := observe.NewDeferred(stuck, 2)
		a := newApp(t)
		a.settings.Logger = slog.New(deferred)
		a.add("", a.raises(errBoom))
		for range 5 {
			done := make(chan answer, 1)
			go func() { done <- get(a, "/") }()
			if r := wait(t, "the answer", done); r.status != 500 {
				t.Errorf("status %d", r.status)
			}
		}
		close(stuck.let)
		deferred.Close()
		written := strings.Count(log.String(), `msg="Internal Server Error: /" logger=django.request status_code=500`)
		if dropped := deferred.Dropped(); written+int(dropped) != 5 || written < 2 || dropped < 2 {
			t.Errorf("%d written, %d dropped:\n%s", written, dropped, log.String())
		}
	})
}

// stuck is a log that writes nothing until it is let.
type stuck struct {
	slog.Handler
	let chan struct{}
}

func (s *stuck) Handle(ctx context.Context, record slog.Record) error {
	<-s.let
	return s.Handler.Handle(ctx, record)
}

// Sync content over ASGI is asked for part by part. Django takes all of it to
// its end before the first part is sent. Gained: the first part leaves at once,
// and a stream without end is possible.
func TestSyncStreamOverASGI(t *testing.T) {
	a := newApp(t)
	c, ctx, leave := a.gone()
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		return web.NewStreamingHttpResponse(content{next: func() ([]byte, error) { return []byte("again"), nil }, close: func() error { a.note("closed"); return nil }}), nil
	}})
	sent := 0
	c.onSend = func(event asgi.Event) error {
		if sent++; sent == 100 {
			leave()
			return asgi.ErrDisconnected
		}
		return nil
	}
	if err := c.run(ctx, a.asgiHandler(), scope("/")); err != nil || sent != 100 {
		t.Errorf("%d events, %v", sent, err)
	}
	if got := a.take(); !strings.HasSuffix(got, "closed") {
		t.Errorf("it was not closed")
	}
}
