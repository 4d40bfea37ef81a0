package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"basehandler/asgi"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/web"
)

// one holds sync code to one place at a time.
type one struct {
	t    *testing.T
	busy atomic.Bool
	ran  atomic.Int32
}

func (o *one) run() {
	if !o.busy.CompareAndSwap(false, true) {
		o.t.Error("two pieces of sync code run at once")
	}
	runtime.Gosched()
	o.ran.Add(1)
	o.busy.Store(false)
}

// many crosses to sync code from many places at once.
func many(ctx context.Context, o *one) error {
	var group sync.WaitGroup
	var failures [8]error
	for i := range failures {
		group.Go(func() {
			for range 5 {
				_, err := handlers.SyncToAsync(ctx, func(context.Context) (any, error) {
					o.run()
					return nil, nil
				})
				failures[i] = errors.Join(failures[i], err)
				// And from sync code back to async code and to sync code again.
				_, err = handlers.SyncToAsync(ctx, func(ctx context.Context) (any, error) {
					return handlers.AsyncToSync(ctx, func(ctx context.Context) (any, error) {
						return handlers.SyncToAsync(ctx, func(context.Context) (any, error) { o.run(); return nil, nil })
					})
				})
				failures[i] = errors.Join(failures[i], err)
			}
		})
	}
	group.Wait()
	return errors.Join(failures[:]...)
}

// The sync code of one request never overlaps itself, whatever crosses how
// often; that of two requests may. -race looks on, at an int without a lock.
func TestSyncCodeDoesNotOverlap(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		o := &one{t: t}
		unguarded := 0
		a.add("", a.asyncView(func(ctx context.Context, _ *web.Request) (web.Response, error) {
			if err := many(ctx, o); err != nil {
				return nil, err
			}
			_, err := handlers.SyncToAsync(ctx, func(context.Context) (any, error) { unguarded++; return nil, nil })
			return web.NewHttpResponse("ok"), err
		}))
		a.use(mw{name: "A", response: func(_ *web.Request, r web.Response) (web.Response, error) { o.run(); unguarded++; return r, nil }},
			mw{name: "B", mode: "async"}, mw{name: "C", template: same, view: func(*web.Request, *web.View, *web.Args) (web.Response, error) { unguarded++; return nil, nil }})
		if r := get(a, "/"); r.body != "ok" || o.ran.Load() != 8*5*2+1 || unguarded != 3 {
			t.Errorf("got %q, %v; %d pieces ran", r.body, r.err, o.ran.Load())
		}
	})
}

// sync → async → sync → …: the one who waits outside works for the one inside.
func TestDepth(t *testing.T) {
	var down func(ctx context.Context, depth int) (string, error)
	down = func(ctx context.Context, depth int) (string, error) {
		if depth == 0 {
			return "bottom", nil
		}
		return handlers.AsyncToSync(ctx, func(ctx context.Context) (string, error) {
			return handlers.SyncToAsync(ctx, func(ctx context.Context) (string, error) { return down(ctx, depth-1) })
		})
	}
	for _, depth := range []int{1, 5, 50} {
		done := make(chan string, 1)
		go func() {
			text, err := down(t.Context(), depth)
			done <- fmt.Sprint(text, err)
		}()
		if got := wait(t, "the bottom", done); got != "bottom<nil>" {
			t.Errorf("depth %d: %s", depth, got)
		}
	}
	// The same in the layers of a handler.
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		for i := range 10 {
			a.use(mw{name: string(rune('A' + i)), mode: []string{"sync", "async"}[i%2]})
		}
		a.add("", a.ok())
		if r := get(a, "/"); r.body != "ok" {
			t.Errorf("got %q, %v", r.body, r.err)
		}
	})
}

// Code in its own mode is simply called.
func TestNoBridge(t *testing.T) {
	text, err := handlers.SyncToAsync(t.Context(), func(context.Context) (string, error) { return "here", nil })
	if text != "here" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if n := testing.AllocsPerRun(100, func() {
		_, _ = handlers.SyncToAsync(context.Background(), func(context.Context) (int, error) { return 1, nil })
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	before := runtime.NumGoroutine()
	_, _ = handlers.AsyncToSync(t.Context(), func(ctx context.Context) (any, error) {
		during := runtime.NumGoroutine()
		return handlers.AsyncToSync(ctx, func(context.Context) (any, error) {
			if now := runtime.NumGoroutine(); now != during {
				t.Errorf("async code that calls async code: %d goroutines, then %d (%d before)", during, now, before)
			}
			return nil, nil
		})
	})
}

// Sync code gets the context of who called it, but for the executor, which is
// busy with it: what crosses back with that makes an executor of its own.
func TestContextOfSyncCode(t *testing.T) {
	type key struct{}
	done := make(chan string, 1)
	go func() {
		text, err := handlers.AsyncToSync(t.Context(), func(ctx context.Context) (string, error) {
			return handlers.SyncToAsync(context.WithValue(ctx, key{}, "kept"), func(ctx context.Context) (string, error) {
				return handlers.AsyncToSync(ctx, func(ctx context.Context) (string, error) {
					return handlers.SyncToAsync(ctx, func(ctx context.Context) (string, error) {
						return ctx.Value(key{}).(string), nil
					})
				})
			})
		})
		done <- fmt.Sprint(text, err)
	}()
	if got := wait(t, "the end", done); got != "kept<nil>" {
		t.Errorf("got %s", got)
	}
}

// Values, errors and panics come out at the other side; a panic with the stack
// of where it was, over any number of bridges.
func TestOutcomes(t *testing.T) {
	cross := func(depth int, call func() (string, error)) (string, error) {
		for range depth {
			inner := call
			call = func() (string, error) {
				return handlers.AsyncToSync(t.Context(), func(ctx context.Context) (string, error) {
					return handlers.SyncToAsync(ctx, func(context.Context) (string, error) { return inner() })
				})
			}
		}
		return call()
	}
	for _, depth := range []int{1, 3} {
		if text, err := cross(depth, func() (string, error) { return "half", errBoom }); text != "half" || err != errBoom {
			t.Errorf("got %q, %v", text, err)
		}
		func() {
			defer func() {
				caught, ok := recover().(*exceptions.Panic)
				if !ok || caught.Value != "aua" || !strings.Contains(string(caught.Stack), "handlers_test.origin") {
					t.Errorf("depth %d: got %v", depth, caught)
				}
			}()
			_, _ = cross(depth, func() (string, error) { origin(); return "", nil })
		}()
		func() {
			defer func() {
				if value := recover(); value != http.ErrAbortHandler {
					t.Errorf("depth %d: got %v", depth, value)
				}
			}()
			_, _ = cross(depth, func() (string, error) { panic(http.ErrAbortHandler) })
		}()
	}
}

func origin() { panic("aua") }

// The technical page of a panic behind bridges shows where it was.
func TestPanicKeepsItsStack(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		a.settings.Debug = true
		a.use(mw{name: "A", mode: "async"}, mw{name: "B"}, mw{name: "C", mode: "async"})
		a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { origin(); return nil, nil }})
		if r := get(a, "/"); r.status != 500 || !strings.Contains(r.body, "handlers_test.origin") {
			t.Errorf("status %d, and the page does not show it", r.status)
		}
	})
}

// The end of a goroutine, as t.FailNow brings it about, is the end of whoever
// waits, and not a wait without end.
func TestGoexit(t *testing.T) {
	for name, call := range map[string]func(context.Context){
		"async code": func(ctx context.Context) {
			_, _ = handlers.AsyncToSync(ctx, func(context.Context) (any, error) { runtime.Goexit(); return nil, nil })
		},
		"sync code of async code": func(ctx context.Context) {
			_, _ = handlers.AsyncToSync(ctx, func(ctx context.Context) (any, error) {
				return handlers.SyncToAsync(ctx, func(context.Context) (any, error) { runtime.Goexit(); return nil, nil })
			})
		},
		"a sync view under ASGI": func(ctx context.Context) {
			a := newApp(t)
			a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { runtime.Goexit(); return nil, nil }})
			c := a.newClient()
			_ = a.asgiHandler().Call(ctx, scope("/"), c.receive, c.send)
		},
	} {
		ended := make(chan bool, 1)
		go func() {
			returned := false
			defer func() { ended <- returned }()
			call(t.Context())
			returned = true
		}()
		if wait(t, name+": the end", ended) {
			t.Errorf("%s: it went on", name)
		}
	}
}

// When its context ends, async code stops waiting at once; sync code that has
// begun runs to its end, and what has not does not begin.
func TestCancelledCrossing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began, let, gaveUp := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var ended atomic.Bool
	done := make(chan error, 1)
	go func() {
		_, err := handlers.AsyncToSync(t.Context(), func(inside context.Context) (any, error) {
			short, cancelShort := context.WithCancel(inside)
			go func() { <-ctx.Done(); cancelShort() }()
			defer cancelShort()
			_, err := handlers.SyncToAsync(short, func(context.Context) (any, error) {
				close(began)
				<-let
				ended.Store(true)
				return nil, nil
			})
			gaveUp <- err
			_, err = handlers.SyncToAsync(short, func(context.Context) (any, error) { t.Error("it began"); return nil, nil })
			return nil, err
		})
		done <- err
	}()
	wait(t, "the beginning of sync code", began)
	cancel()
	if err := wait(t, "the end of waiting", gaveUp); err != context.Canceled || ended.Load() {
		t.Errorf("got %v, and sync code has ended: %v", err, ended.Load())
	}
	close(let)
	if err := wait(t, "the end", done); err != context.Canceled || !ended.Load() {
		t.Errorf("got %v, and sync code has ended: %v", err, ended.Load())
	}
}

// Sync code does not begin for who has given up, though there is somebody free
// to do it.
func TestCancelledBefore(t *testing.T) {
	_, err := handlers.AsyncToSync(t.Context(), func(inside context.Context) (any, error) {
		ctx, cancel := context.WithCancel(inside)
		cancel()
		for range 100 {
			if _, err := handlers.SyncToAsync(ctx, func(context.Context) (any, error) { t.Error("it began"); return nil, nil }); err != context.Canceled {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		t.Errorf("got %v", err)
	}
}

// Async code that was left behind finds nobody to work for it when the request
// is over.
func TestAfterTheEnd(t *testing.T) {
	late := make(chan error, 3)
	let := make(chan struct{})
	left := func(ctx context.Context) {
		go func() {
			<-let
			_, err := handlers.SyncToAsync(ctx, func(context.Context) (any, error) { t.Error("it ran"); return nil, nil })
			late <- err
		}()
	}
	_, _ = handlers.AsyncToSync(t.Context(), func(ctx context.Context) (any, error) { left(ctx); return nil, nil })
	for _, view := range []string{"async", "sync"} { // with and without an executor that has begun
		a := newApp(t)
		a.use(mw{name: "A", mode: "async"})
		a.settings.Modules.Register("site.A", handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
				left(ctx)
				return get(ctx, request)
			}), nil
		}})
		a.add("sync", a.ok()).add("async", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return web.NewHttpResponse("ok"), nil }))
		if r := a.asgiGet("/" + view); r.body != "ok" {
			t.Fatal(r)
		}
	}
	close(let)
	for range 3 {
		if err := wait(t, "the late one", late); !exceptions.Is[*exceptions.RuntimeError](err) {
			t.Errorf("got %v", err)
		}
	}
}

// What counts as async code goes by the context: the request's is that of sync
// code, in every mode, so that sync code that asks it may cross.
func TestContextOfRequest(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		crosses := func(request *web.Request) error {
			_, err := handlers.AsyncToSync(request.Context(), func(ctx context.Context) (any, error) {
				return handlers.SyncToAsync(ctx, func(context.Context) (any, error) { a.note("crossed"); return nil, nil })
			})
			return err
		}
		a.use(mw{name: "A", view: func(r *web.Request, _ *web.View, _ *web.Args) (web.Response, error) { return nil, crosses(r) }})
		a.add("", &web.View{Name: "x", Call: func(r *web.Request, _ *web.Args) (web.Response, error) {
			return web.NewHttpResponse("ok"), crosses(r)
		}})
		if r := get(a, "/"); r.body != "ok" || strings.Count(a.take(), "crossed") != 2 {
			t.Errorf("got %q, %v", r.body, r.err)
		}
	})
}

// Two requests do not wait for each other.
func TestRequestsAreIndependent(t *testing.T) {
	a := newApp(t)
	var meet sync.WaitGroup
	meet.Add(2)
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		meet.Done()
		met := make(chan struct{})
		go func() { meet.Wait(); close(met) }()
		select {
		case <-met:
			return web.NewHttpResponse("met"), nil
		case <-time.After(soon):
			return nil, errors.New("alone")
		}
	}})
	handler := a.asgiHandler()
	bodies := make(chan string, 2)
	for range 2 {
		go func() {
			c := a.newClient(asgi.Request{})
			_ = handler.Call(t.Context(), scope("/"), c.receive, c.send)
			bodies <- c.answer().body
		}()
	}
	for range 2 {
		if got := wait(t, "an answer", bodies); got != "met" {
			t.Errorf("got %q", got)
		}
	}
}
