package handlers

import (
	"context"
	"net/http"
	"runtime"
	"sync"

	"basehandler/final/exceptions"
)

// Invariant: the sync code of one request runs in one place at a time, the
// executor of that request, so that what must not be shared (a transaction, a
// library that is not safe for concurrent use) is not. Async code may run
// beside it and beside other async code.
//
// The executor travels in the context of async code and nowhere else. Code
// whose context has one is async code; code whose context has none is sync
// code. It is never kept on the request: two branches of async code may cross
// to sync code at once, each over the executor of its own context.
//
// Worked example, a sync view that a sync middleware and an async middleware
// are around, under WSGI:
//
//	goroutine of the server        goroutine of AsyncToSync
//	AsyncToSync ──── makes e ────▶ async middleware
//	works e while waiting          SyncToAsync: hands the view to e, waits
//	  runs the view
//	  └────────── result ────────▶ goes on, returns
//	returns
//
// The one who waits outside does the work that comes from inside, so this
// cannot deadlock however deep it goes.

// executor runs sync code for async code. It is the context of that code itself,
// since a context around it would be one more allocation.
type executor struct {
	context.Context // the one outside

	work chan func()
	gone chan struct{} // closed when nobody works any more

	// An executor that no sync code waits at, as under ASGI, works in a
	// goroutine of its own, which begins with the first piece of work.
	own  bool
	once sync.Once     // decides whether it begins or is over before
	quit chan struct{} // closed to end it; nil if it has not begun
}

type executorKey struct{}

// Value gives the executor itself, or what the context outside has.
func (e *executor) Value(key any) any {
	if key == (executorKey{}) {
		return e
	}
	return e.Context.Value(key)
}

// syncContext is the context of async code without the executor, for the sync
// code that async code calls.
type syncContext struct{ context.Context }

// Value gives what the context of the async code has.
func (c syncContext) Value(key any) any {
	if key == (executorKey{}) {
		return nil
	}
	return c.Context.Value(key)
}

func executorOf(ctx context.Context) *executor {
	e, _ := ctx.Value(executorKey{}).(*executor)
	return e
}

// AsyncToSync runs async code from sync code and waits for it, working its sync
// code meanwhile. Called by async code it is an ordinary call.
//
// Django: asgiref.sync async_to_sync.
func AsyncToSync[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	if executorOf(ctx) != nil {
		return call(ctx)
	}
	countCrossing(ctx, "to async")
	e := &executor{Context: ctx, work: make(chan func()), gone: make(chan struct{})}
	defer close(e.gone)
	done := make(chan func() (T, error), 1)
	go handOver(done, func() (T, error) { return call(e) })
	for {
		select {
		case piece := <-e.work:
			piece()
		case goOn := <-done:
			return goOn()
		}
	}
}

// SyncToAsync runs sync code from async code, on the executor of the request,
// and waits for it. When ctx ends it stops waiting at once; sync code that has
// begun runs to its end all the same, since nobody can stop it half-way. Called
// by sync code it is an ordinary call.
//
// What call gets is ctx as the context of sync code, to cross back with: the
// executor is busy with call, and would never come to what ctx itself hands it.
//
// Django: asgiref.sync sync_to_async, thread_sensitive=True.
func SyncToAsync[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	e := executorOf(ctx)
	if e == nil {
		return call(ctx)
	}
	if err := ctx.Err(); err != nil {
		var none T
		return none, err // the executor may be free, and must not begin
	}
	countCrossing(ctx, "to sync")
	return runOn(ctx, e, call)
}

// runOn hands sync code to the executor.
func runOn[T any](ctx context.Context, e *executor, call func(ctx context.Context) (T, error)) (T, error) {
	var none T
	e.begin()
	done := make(chan func() (T, error), 1)
	select {
	case e.work <- func() { handOver(done, func() (T, error) { return call(syncContext{ctx}) }) }:
	case <-ctx.Done():
		return none, ctx.Err()
	case <-e.gone:
		return none, &exceptions.RuntimeError{Message: "sync code was called when its request was over"}
	}
	select {
	case goOn := <-done:
		return goOn()
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// handOver calls, and hands over a function that goes on as the call did: with
// its value, its error or its panic. All of that belongs to whoever waits; so
// does the end of the goroutine (runtime.Goexit), which t.FailNow brings about.
func handOver[T any](done chan<- func() (T, error), call func() (T, error)) {
	goOn := func() (none T, err error) { runtime.Goexit(); return none, nil }
	defer func() {
		if value := recover(); value != nil {
			if value != http.ErrAbortHandler { // which the server knows by its value
				value = exceptions.Caught(value)
			}
			goOn = func() (T, error) { panic(value) }
		}
		done <- goOn
	}()
	value, err := call()
	goOn = func() (T, error) { return value, err }
}

// withExecutor gives async code that no sync code waits for, as under ASGI, a
// place for the sync code of its request: the executor, which is the context of
// that code. A request that has no sync code has no goroutine for it either.
//
// Django: asgiref.sync ThreadSensitiveContext.
func withExecutor(ctx context.Context) *executor { return &executor{Context: ctx, own: true} }

// over is the gone of an executor that never began.
var over = func() chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}()

func (e *executor) begin() {
	if !e.own {
		return
	}
	e.once.Do(func() {
		e.work, e.gone, e.quit = make(chan func()), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(e.gone)
			for {
				select {
				case piece := <-e.work:
					piece()
				case <-e.quit:
					return
				}
			}
		}()
	})
}

// finish ends the executor when it is done with the piece that it is at, and
// waits for that. It is to be called once.
func (e *executor) finish() {
	e.once.Do(func() { e.gone = over }) // nothing can begin any more
	if e.quit != nil {
		close(e.quit)
	}
	<-e.gone
}
