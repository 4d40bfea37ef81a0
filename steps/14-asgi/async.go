package handler

import (
	"context"
	"errors"
	"net/http"
)

// executor is the place where the sync code of a request runs, one piece at a
// time. It travels in the context of async code, and there only: who has it in
// the context is async code. Whoever waits for async code works it while
// waiting. So sync code that calls async code that calls sync code cannot
// deadlock: the one who waits outside does the work that comes from inside.
// Django: asgiref's CurrentThreadExecutor.
type executor struct {
	work chan func()
	gone chan struct{} // closed when nobody works any more
}

type executorKey struct{}

// asyncToSync runs async code from sync code, and waits. The async code gets a
// goroutine of its own, since this one is needed for the sync code it calls.
// Async code that calls async code waits by calling it: there is no bridge.
func asyncToSync[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	if ctx.Value(executorKey{}) != nil {
		return call(ctx)
	}
	e := &executor{work: make(chan func()), gone: make(chan struct{})}
	defer close(e.gone)
	done := make(chan func() (T, error), 1)
	ctx = context.WithValue(ctx, executorKey{}, e)
	go func() { done <- run(func() (T, error) { return call(ctx) }) }()
	for {
		select {
		case piece := <-e.work:
			piece()
		case goOn := <-done:
			return goOn()
		}
	}
}

// syncToAsync runs sync code from async code: it hands it to the executor, and
// waits. When the client goes it stops waiting, but what has begun runs to its
// end: nobody can stop sync code half-way. So whoever stops waiting has to leave
// the request alone from then on. Sync code that calls sync code has no executor
// in its context, and no bridge to cross: it uses request.Context(), never the
// context of the async code around it.
func syncToAsync[T any](ctx context.Context, call func() (T, error)) (T, error) {
	e, isAsync := ctx.Value(executorKey{}).(*executor)
	if !isAsync {
		return call()
	}
	var none T
	done := make(chan func() (T, error), 1)
	select {
	case e.work <- func() { done <- run(call) }:
	case <-ctx.Done():
		return none, ctx.Err()
	case <-e.gone:
		return none, errors.New("sync code was called after its request was over")
	}
	select {
	case goOn := <-done:
		return goOn()
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// withExecutor gives async code that nobody waits for in sync code, as under
// ASGI, a goroutine for the sync code it calls. The function it returns ends
// that goroutine, after the piece that it is at.
func withExecutor(ctx context.Context) (context.Context, func()) {
	e := &executor{work: make(chan func()), gone: make(chan struct{})}
	quit := make(chan struct{})
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
	return context.WithValue(ctx, executorKey{}, e), func() { close(quit); <-e.gone }
}

// run calls, and gives a function that goes on as the call did: with its value,
// its error or its panic. A panic belongs to whoever waits; it would end the
// program if it were left in a goroutine where nobody expects it.
func run[T any](call func() (T, error)) (goOn func() (T, error)) {
	defer func() {
		if value := recover(); value != nil {
			if value != http.ErrAbortHandler {
				value = newPanic(value)
			}
			goOn = func() (T, error) { panic(value) }
		}
	}()
	value, err := call()
	return func() (T, error) { return value, err }
}
