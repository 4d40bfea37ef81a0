package handler

import "fmt"

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
