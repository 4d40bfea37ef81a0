// Package observe is how one looks at a handler from outside: what it does, how
// long that takes, and how often it crosses between sync and async code.
//
// Django has none of it. The names of the metrics and spans are those that an
// analysis of BaseHandler recommends.
package observe

import "context"

// The names of the counters and spans.
const (
	RequestDuration   = "handler.request.duration"          // span: all of a request up to its response
	MiddlewareCount   = "middleware.count"                  // counter, once: how many layers were loaded
	Bridges           = "handler.sync_async.bridges"        // counter: crossings between sync and async code
	ResponsesByStatus = "responses.by_status_code"          // counter, the detail is the status
	RenderDuration    = "template_response.render.duration" // span: rendering a template response
	AtomicActive      = "atomic_requests.active"            // counter, +1 and -1; the detail is the alias
	ResolveRequest    = "resolve_request"                   // span
	ViewMiddleware    = "view_middleware"                   // span
	View              = "view"                              // span; the detail is the view's name
	TemplateResponse  = "template_response_middleware"      // span
	Middleware        = "middleware"                        // span; the detail is the layer's dotted path
)

// Observer is told what a handler does. Its methods are called while a request
// is handled, by many goroutines at once, and should be quick.
type Observer interface {
	// Span begins something that takes time; calling end ends it. The spans of a
	// request that begin later end earlier.
	Span(ctx context.Context, name, detail string) (end func())
	// Count adds to a counter.
	Count(ctx context.Context, name, detail string, n int)
}
