package handlers

import (
	"context"
	"runtime/debug"
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

// executor runs sync code for async code.
type executor struct {
	work chan func()
	gone chan struct{} // closed when nobody works any more

	// An executor that no sync code waits at, as under ASGI, works in a
	// goroutine of its own, from the first piece of work on.
	start func()
}

type executorKey struct{}

func executorOf(ctx context.Context) *executor {
	e, _ := ctx.Value(executorKey{}).(*executor)
	return e
}

// inAsync tells whether ctx is that of async code.
func inAsync(ctx context.Context) bool { return executorOf(ctx) != nil }

// AsyncToSync runs async code from sync code and waits for it, working its sync
// code meanwhile. Called by async code it is an ordinary call.
//
// Django: asgiref.sync async_to_sync.
func AsyncToSync[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	if inAsync(ctx) {
		return call(ctx)
	}
	e := &executor{work: make(chan func()), gone: make(chan struct{})}
	defer close(e.gone)
	done := make(chan func() (T, error), 1)
	ctx = context.WithValue(ctx, executorKey{}, e)
	go func() { done <- outcome(func() (T, error) { return call(ctx) }) }()
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
// Django: asgiref.sync sync_to_async, thread_sensitive=True.
func SyncToAsync[T any](ctx context.Context, call func() (T, error)) (T, error) {
	e := executorOf(ctx)
	if e == nil {
		return call()
	}
	if e.start != nil {
		e.start()
	}
	var none T
	done := make(chan func() (T, error), 1)
	select {
	case e.work <- func() { done <- outcome(call) }:
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

// outcome calls, and gives a function that goes on as the call did: with its
// value, its error or its panic. A panic belongs to whoever waits.
func outcome[T any](call func() (T, error)) (goOn func() (T, error)) {
	defer func() {
		if value := recover(); value != nil {
			caught := caughtPanic(value)
			goOn = func() (T, error) { panic(caught) }
		}
	}()
	value, err := call()
	return func() (T, error) { return value, err }
}

// withExecutor gives async code that no sync code waits for, as under ASGI, a
// place for the sync code of its request. A goroutine works there from the
// first piece on; finish ends it when it is done with the last, and waits.
//
// Django: asgiref.sync ThreadSensitiveContext.
func withExecutor(ctx context.Context) (inside context.Context, finish func()) {
	e := &executor{work: make(chan func()), gone: make(chan struct{})}
	quit := make(chan struct{})
	var once sync.Once
	started := false
	e.start = func() {
		once.Do(func() {
			started = true
			go func() {
				defer close(e.gone)
				for {
					select {
					case piece := <-e.work:
						piece()
					case <-quit:
						return
					}
				}
			}()
		})
	}
	return context.WithValue(ctx, executorKey{}, e), func() {
		once.Do(func() { close(e.gone) }) // nothing can begin any more
		if started {
			close(quit)
			<-e.gone
		}
	}
}

// Panic is a panic that was caught, on its way to a response. As an error it is
// what the handler reports; as a value of panic it crosses from one goroutine
// to another with the stack of where it happened.
type Panic struct {
	Value any
	Stack []byte // as debug.Stack gives it
}

func (e *Panic) Error() string {
	if err, ok := e.Value.(error); ok {
		return "panic: " + err.Error()
	}
	return "panic: " + sprint(e.Value)
}

// Unwrap gives the error that was panicked with, if it was one.
func (e *Panic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func caughtPanic(value any) *Panic {
	if carried, ok := value.(*Panic); ok {
		return carried
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}
