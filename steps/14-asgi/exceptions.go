package handler

import (
	"fmt"
	"runtime/debug"
)

// Python finds an exception's parents in its class, so that whoever catches
// Http404 catches Resolver404 too. Here Unwrap gives the parent, and errors.As
// finds it.

// Http404 says that there is no such page.
type Http404 struct{ Message string }

func (e *Http404) Error() string { return e.Message }

// Resolver404 says that no route matches. Its parent is Http404.
type Resolver404 struct {
	Path  string   // what was to be matched
	Tried []string // the routes, in the order in which they were tried
}

func (e *Resolver404) Error() string {
	return fmt.Sprintf("no route matches %q; tried: %q", e.Path, e.Tried)
}

func (e *Resolver404) Unwrap() error { return &Http404{Message: e.Error()} }

// PermissionDenied says that this user must not do this.
type PermissionDenied struct{ Message string }

func (e *PermissionDenied) Error() string { return e.Message }

// BadRequest says that the request makes no sense.
type BadRequest struct{ Message string }

func (e *BadRequest) Error() string { return e.Message }

// SuspiciousOperation says that somebody tries something.
type SuspiciousOperation struct{ Message string }

func (e *SuspiciousOperation) Error() string { return e.Message }

// DisallowedHost says that the request was meant for another site. Its parent
// is SuspiciousOperation.
type DisallowedHost struct{ Host string }

func (e *DisallowedHost) Error() string { return fmt.Sprintf("invalid host %q", e.Host) }

func (e *DisallowedHost) Unwrap() error { return &SuspiciousOperation{Message: e.Error()} }

// SystemExit is the wish to end the program. No handler turns it into a page.
type SystemExit struct{ Code int }

func (e *SystemExit) Error() string { return fmt.Sprintf("exit status %d", e.Code) }

// Panic is what became of a panic.
type Panic struct {
	Value any
	Stack []byte
}

// newPanic keeps the stack of where it happened.
func newPanic(value any) *Panic {
	if carried, ok := value.(*Panic); ok { // over a bridge
		return carried
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}

func (e *Panic) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// MiddlewareNotUsed is returned by a middleware's factory that has nothing to
// do. The layer is left out.
type MiddlewareNotUsed struct{ Reason string }

func (e *MiddlewareNotUsed) Error() string { return e.Reason }
