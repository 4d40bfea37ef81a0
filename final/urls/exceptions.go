package urls

import (
	"strconv"
	"sync/atomic"

	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// Resolver404 says that a path leads nowhere. It is an *exceptions.Http404.
// Django: urls/exceptions.py Resolver404.
type Resolver404 struct {
	Path   string // what was left to match: without the first slash, if it had one
	path   string
	source *Resolver

	// parent is made when it is first asked for. Resolving alone does not, but
	// whoever answers with a page does so several times.
	parent atomic.Pointer[exceptions.Http404]
}

func (e *Resolver404) Error() string {
	var room [80]byte // on the stack
	message := append(room[:0], "No URL pattern matches "...)
	return string(append(strconv.AppendQuote(message, e.Path), '.'))
}

// Unwrap gives the parent.
func (e *Resolver404) Unwrap() error {
	if e.parent.Load() == nil {
		e.parent.CompareAndSwap(nil, &exceptions.Http404{Message: e.Error()})
	}
	return e.parent.Load()
}

// Tried gives the chains of patterns that were tried, from the outside in, in
// order. It is nil for a path without a slash at its beginning, which is
// compared with nothing. The chains are found out for each call.
func (e *Resolver404) Tried() [][]web.TriedPattern { return e.source.Tried(e.path) }

// NoReverseMatch says that there is no URL for a name and these arguments.
// Django: urls/exceptions.py NoReverseMatch.
type NoReverseMatch struct{ Message string }

func (e *NoReverseMatch) Error() string { return e.Message }
