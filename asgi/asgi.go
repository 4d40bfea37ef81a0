// Package asgi is the HTTP part of the Asynchronous Server Gateway Interface,
// the successor of WSGI, written down in Go types (asgi.readthedocs.io, version
// 3.0 of the specification, 2.3 of its HTTP part).
//
// An [Application] is called once for each connection with a [Scope] and two
// functions: receive gives what the client sends, send takes what it shall get.
// Where WSGI has one call and one returned body, ASGI has events, so that
// reading, computing and writing can overlap and end at any time.
//
// Go has no coroutines to await. A blocking call with a context.Context is the
// same thing: whoever calls it waits, and a cancelled context ends the wait.
package asgi

import "context"

// Application serves one connection and returns when it is done with it. The
// context is cancelled when the client disconnects.
type Application func(ctx context.Context, scope *Scope, receive Receive, send Send) error

// Receive waits for the next event from the client: [Request] for each part of
// the body, then [Disconnect]. It ends early with the context's error.
type Receive func(ctx context.Context) (Event, error)

// Send hands one event to the server: one [ResponseStart], then [ResponseBody]
// until one without MoreBody. It returns [ErrDisconnected] once the client has
// gone.
type Send func(ctx context.Context, event Event) error

// Scope is what is known of the connection from its start. An application
// treats it as read-only.
type Scope struct {
	Type        string // "http"; "websocket" and "lifespan" exist, and are not served here
	HTTPVersion string // "1.0", "1.1" or "2"
	Method      string // upper case
	Scheme      string // "http" or "https"
	Path        string // decoded, U+FFFD for what is no UTF-8; with RootPath, where there is one, in front
	RawPath     []byte // as it came, without the query; nil if unknown
	QueryString []byte // as it came, without the question mark
	RootPath    string // where the application is mounted: SCRIPT_NAME in WSGI
	Headers     []Header
	Client      *Address // nil if unknown
	Server      *Address // nil if unknown

	// Extensions holds what servers and wrappers add, under names of theirs; nil
	// for nothing.
	Extensions map[string]any
}

// Header is one header field; names are in lower case on the way in.
type Header struct {
	Name, Value string
}

// Address is a host (name or IP address) and a port.
type Address struct {
	Host string
	Port int
}

// Event is one message between server and application.
type Event interface{ event() }

// Request ("http.request") is a part of the request's body.
type Request struct {
	Body     []byte
	MoreBody bool
}

// Disconnect ("http.disconnect") says that the client has gone, or that the
// response is complete.
type Disconnect struct{}

// ResponseStart ("http.response.start") says status and headers.
type ResponseStart struct {
	Status  int
	Headers []Header
}

// ResponseBody ("http.response.body") is a part of the response's body.
type ResponseBody struct {
	Body     []byte
	MoreBody bool
}

func (Request) event()       {}
func (Disconnect) event()    {}
func (ResponseStart) event() {}
func (ResponseBody) event()  {}
