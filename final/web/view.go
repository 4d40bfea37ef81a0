package web

import "context"

// View is the part of an application that knows what a page is about. Python
// finds the name of a function and the attributes that decorators left on it by
// itself; here they stand beside it.
type View struct {
	Name string // dotted, as messages show it: "site.views.index"

	// One of the two is set: Call for sync code, CallAsync for async code.
	Call      func(request *Request, args *Args) (Response, error)
	CallAsync func(ctx context.Context, request *Request, args *Args) (Response, error)

	NonAtomic     []string       // aliases of the databases that non_atomic_requests names
	IsObject      bool           // a callable object, no function: messages add .__call__ to the name
	NoAppendSlash bool           // should_append_slash = False
	Attributes    map[string]any // whatever else a decorator sets, such as csrf_exempt
}
