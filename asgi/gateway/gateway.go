package gateway

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"basehandler/asgi"
	"basehandler/wsgi/field"
)

// Handler serves an ASGI application. Its fields must not change once it serves.
type Handler struct {
	App asgi.Application

	// RootPath is the path the application is mounted at, such as "/shop",
	// without a slash at its end; "" is the root. A request for another path is
	// answered 404. Scope.Path keeps it, so http.StripPrefix must not be used.
	RootPath string

	// ErrorLog takes a line for each failed request. Nil is the standard logger.
	ErrorLog *log.Logger
}

// New makes a handler that serves app at the root.
func New(app asgi.Application) *Handler {
	return &Handler{App: app}
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if !strings.HasPrefix(path, "/") { // "http://host", "*"
		path = "/" + strings.TrimPrefix(path, "*")
	}
	root := strings.TrimRight(h.RootPath, "/")
	if rest, ok := strings.CutPrefix(path, root); !ok || rest != "" && rest[0] != '/' {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	x := &exchange{
		handler:    h,
		w:          w,
		r:          r,
		ctx:        ctx,
		disconnect: cancel,
		controller: *http.NewResponseController(w),
		length:     unknown,
	}
	x.upload.open(r)
	if r.ContentLength != 0 {
		// Otherwise net/http throws the rest of the request away when it sends
		// the first part of the response. Not every writer can; then so be it.
		_ = x.controller.EnableFullDuplex()
	}

	err := x.run(newScope(r, path, root))
	gone := ctx.Err() != nil // asked before the end of the request cancels it
	x.end()
	x.upload.stop(&x.controller, r)
	x.conclude(err, gone)
}

// exchange is one request on its way to a response.
type exchange struct {
	handler    *Handler
	w          http.ResponseWriter
	r          *http.Request
	controller http.ResponseController
	ctx        context.Context
	disconnect context.CancelFunc
	upload     upload
	done       latch // closed when the response is complete

	mu       sync.Mutex // an application may send from several goroutines
	start    asgi.ResponseStart
	length   int64 // the Content-Length, or unknown
	sent     bool  // status and headers have been handed to net/http
	written  int64 // bytes of the body
	complete bool  // the last event has been sent
	short    error // it was, but the body is shorter than its Content-Length

	// Room for the values in w's header, which would be an allocation each.
	values [6]string
}

const unknown = -1

// run calls the application. A panic comes back as an error.
func (x *exchange) run(scope *asgi.Scope) (err error) {
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			err = http.ErrAbortHandler
		} else if v != nil {
			err = fmt.Errorf("panic: %v\n\n%s", v, debug.Stack())
		}
	}()
	return x.handler.App(x.ctx, scope, x.receive, x.send)
}

// end takes the writer away from goroutines that outlive the application: for
// them it is as if the client had gone.
func (x *exchange) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.disconnect()
}

// conclude ends an exchange whose application has returned with err.
func (x *exchange) conclude(err error, gone bool) {
	switch {
	case errors.Is(err, http.ErrAbortHandler):
		panic(http.ErrAbortHandler)
	case gone && (err == nil || errors.Is(err, asgi.ErrDisconnected) || errors.Is(err, context.Canceled)):
		if !x.complete {
			panic(http.ErrAbortHandler)
		}
		return
	case err != nil:
	case x.start.Status == 0:
		err = errors.New("the application returned without a response")
	case !x.complete:
		err = errors.New("the application returned before its response was complete")
	case x.short != nil:
		err = x.short
	default:
		return
	}

	// The path stays escaped: decoded, it could hold a line break.
	logger := x.handler.ErrorLog
	if logger == nil {
		logger = log.Default()
	}
	logger.Printf("asgi: %s %s: %v", x.r.Method, x.r.URL.EscapedPath(), err)
	switch {
	case !x.sent:
		x.mayClose()
		status := http.StatusInternalServerError
		if limit := (*http.MaxBytesError)(nil); errors.As(err, &limit) {
			status = http.StatusRequestEntityTooLarge // the limit is a wrapper's
		}
		http.Error(x.w, http.StatusText(status), status)
	case !x.complete || x.short != nil:
		panic(http.ErrAbortHandler)
	}
}

// receive is the Receive of the application. It never waits longer than the
// application, the client or ctx last.
func (x *exchange) receive(ctx context.Context) (asgi.Event, error) {
	if x.done.isClosed() || x.ctx.Err() != nil { // even if there is more of the body
		return asgi.Disconnect{}, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if x.upload.empty() {
		return noBody, nil
	}
	select {
	case part := <-x.upload.parts(x.disconnect):
		if part.err != nil {
			return nil, part.err
		}
		return part.event, nil
	case <-x.done.done():
	case <-x.ctx.Done():
	case <-ctx.Done():
		if x.ctx.Err() == nil { // ctx is usually made of it, and ends with it
			return nil, ctx.Err()
		}
	}
	return asgi.Disconnect{}, nil
}

// send is the Send of the application.
func (x *exchange) send(ctx context.Context, event asgi.Event) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ctx.Err() != nil {
		return asgi.ErrDisconnected
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch event := event.(type) {
	case asgi.ResponseStart:
		return x.sendStart(event)
	case asgi.ResponseBody:
		return x.sendBody(event)
	}
	return fmt.Errorf("asgi: an application cannot send %T", event)
}

func (x *exchange) sendStart(start asgi.ResponseStart) error {
	if x.start.Status != 0 {
		return errors.New("asgi: http.response.start was sent twice")
	}
	length, err := check(start)
	if err != nil {
		return err
	}
	// Nothing leaves yet: the application may still fail.
	x.start, x.length = start, length
	return nil
}

func (x *exchange) sendBody(body asgi.ResponseBody) error {
	if x.start.Status == 0 {
		return errors.New("asgi: http.response.body was sent before http.response.start")
	}
	if x.complete {
		return errors.New("asgi: http.response.body was sent after the response was complete")
	}
	if !x.sent {
		x.sendHeader(body)
	}
	var long error
	if x.hasBody() {
		content := body.Body
		if x.length != unknown && int64(len(content)) > x.length-x.written {
			content = content[:x.length-x.written]
			long = fmt.Errorf("asgi: the body is longer than its Content-Length of %d; the rest is not sent", x.length)
		}
		if len(content) > 0 {
			if _, err := x.w.Write(content); err != nil {
				x.disconnect()
				return asgi.ErrDisconnected
			}
			x.written += int64(len(content))
		}
	}
	if err := x.controller.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		x.disconnect()
		return asgi.ErrDisconnected
	}
	if !body.MoreBody {
		x.complete = true
		x.done.close()
		if x.hasBody() && x.length != unknown && x.written < x.length {
			x.short = fmt.Errorf("the body has %d bytes, less than its Content-Length of %d", x.written, x.length)
			return fmt.Errorf("asgi: %w", x.short)
		}
	}
	return long
}

// hasBody says whether the response may have one (RFC 9110, section 6.4.1).
func (x *exchange) hasBody() bool {
	return x.r.Method != http.MethodHead && hasContent(x.start.Status)
}

func hasContent(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// sendHeader hands status and headers to net/http, together with what can be
// told of the length from the first event of the body.
func (x *exchange) sendHeader(first asgi.ResponseBody) {
	header := x.w.Header()
	if len(header) > 0 {
		for _, h := range x.start.Headers {
			if !strings.EqualFold(h.Name, "Set-Cookie") {
				header.Del(h.Name) // the application's word goes before a wrapper's
			}
		}
	}
	values := x.values[1:]
	if len(x.start.Headers) > len(values) {
		values = make([]string, len(x.start.Headers))
	}
	for i, h := range x.start.Headers {
		name, _ := field.Canonical(h.Name) // check has seen that it is one
		if name == "Transfer-Encoding" {
			continue
		}
		if earlier := header[name]; len(earlier) > 0 {
			header[name] = append(earlier, h.Value)
			continue
		}
		values[i] = h.Value
		header[name] = values[i : i+1 : i+1]
	}
	// An empty body to HEAD says nothing of what GET would give.
	if !first.MoreBody && x.length == unknown && hasContent(x.start.Status) && (x.hasBody() || len(first.Body) > 0) {
		x.length = int64(len(first.Body))
		x.values[0] = strconv.Itoa(len(first.Body))
		header["Content-Length"] = x.values[:1:1]
	}
	if _, ok := header["Content-Type"]; !ok {
		header["Content-Type"] = nil // net/http shall not guess
	}
	x.mayClose()
	x.sent = true
	x.w.WriteHeader(x.start.Status)
}

// mayClose makes the response the last of its connection if the request may not
// be read to its end; see upload.stop.
func (x *exchange) mayClose() {
	if x.r.ProtoMajor == 1 && !x.upload.whole.Load() {
		x.w.Header().Set("Connection", "close")
	}
}
