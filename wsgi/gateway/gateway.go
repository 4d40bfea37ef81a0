package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"basehandler/wsgi"
	"basehandler/wsgi/field"
)

// Handler serves a WSGI application. Its fields must not change once it serves.
type Handler struct {
	App wsgi.Application

	// ScriptName is the path the application is mounted at, such as "/shop",
	// without a slash at its end; "" is the root. A request for another path is
	// answered 404. The application sees it as SCRIPT_NAME and what follows as
	// PATH_INFO, so http.StripPrefix is not needed and must not be used.
	ScriptName string

	// ErrorLog takes a line for each failed request, and what the application
	// writes to wsgi.errors. Nil is the standard logger.
	ErrorLog *log.Logger
}

// New makes a handler that serves app at the root.
func New(app wsgi.Application) *Handler {
	return &Handler{App: app}
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if !strings.HasPrefix(path, "/") { // "http://host", "*"
		path = "/" + strings.TrimPrefix(path, "*")
	}
	info, ok := strings.CutPrefix(path, h.script())
	if !ok || info != "" && info[0] != '/' {
		http.NotFound(w, r)
		return
	}
	// One allocation for all that belongs to the request.
	x := &exchange{w: w, length: unknown, request: request{handler: h, r: r, pathInfo: info}}
	x.environ = *wsgi.View(&x.request)
	if err := x.run(); err != nil {
		x.fail(err)
	}
	if r.Close && r.ContentLength != 0 {
		x.drain()
	}
}

// script is the ScriptName without a slash at its end, even if somebody put one
// there.
func (h *Handler) script() string { return strings.TrimRight(h.ScriptName, "/") }

// exchange is one request on its way to a response. It is kept small: clearing
// and collecting its memory is a good part of what a short request costs.
type exchange struct {
	w       http.ResponseWriter
	request request
	environ wsgi.Environ

	// What start said last.
	status  int32 // 0 before the first start
	typed   bool  // there was a Content-Type
	sent    bool  // status and headers have been handed to net/http
	length  int64 // the Content-Length, or unknown
	refused error // why the last start was not accepted

	// What was in w before the first start, put there by a wrapper of the
	// gateway. Nil for nothing.
	outer http.Header

	// Room for the values in w's header, which would be an allocation each.
	values      [4]string
	lengthValue [1]string
}

const unknown = -1

// errGone says that there is nobody to write to.
var errGone = errors.New("the client has gone")

// run calls the application and sends what it answers. A panic comes back as an
// error; the body is closed in any case.
func (x *exchange) run() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	body, err := x.request.handler.App(&x.environ, x.start)
	if body != nil {
		defer x.close(body)
	}
	if err != nil {
		return err
	}
	if body == nil {
		return errors.New("the application returned neither a body nor an error")
	}
	return x.send(body)
}

// close must not fail: the response it could spoil is already written.
func (x *exchange) close(body wsgi.Body) {
	defer func() {
		if v := recover(); v != nil {
			err := panicked(v)
			if err == http.ErrAbortHandler {
				panic(err)
			}
			x.logf("closing the body: %v", err)
		}
	}()
	if err := body.Close(); err != nil && !x.gone(err) {
		x.logf("closing the body: %v", err)
	}
}

// panicked must be called by the deferred function itself, while the stack of
// the panic is still there.
func panicked(v any) error {
	if v == http.ErrAbortHandler {
		return http.ErrAbortHandler
	}
	return fmt.Errorf("panic: %v\n\n%s", v, debug.Stack())
}

// start is the StartResponse of the application. What is refused stays so until
// a start is accepted: an application that goes on as if nothing had happened
// must not get its first answer sent.
func (x *exchange) start(status string, headers []wsgi.Header, excInfo error) error {
	x.refused = x.accept(status, headers, excInfo)
	return x.refused
}

// accept puts headers right into w's header map, which net/http reads no earlier
// than WriteHeader. Each is checked when its turn comes; if one is refused, none
// of them stays.
func (x *exchange) accept(status string, headers []wsgi.Header, excInfo error) error {
	if x.sent && excInfo != nil {
		return excInfo
	}
	if x.sent || x.status != 0 && excInfo == nil {
		return errors.New("start_response was called twice without excInfo")
	}
	if err := checkStatus(status); err != nil {
		return err
	}
	header := x.w.Header()
	if x.status != 0 {
		x.resetHeader()
	} else if len(header) > 0 {
		x.outer = header.Clone()
	}
	x.length, x.typed = unknown, false
	values := x.values[:]
	if len(headers) > len(values) {
		values = make([]string, len(headers))
	}
	for i := range headers {
		h := &headers[i]
		name, err := check(h)
		if err == nil {
			switch name {
			case "Content-Length":
				err = x.declare(h.Value)
			case "Content-Type":
				x.typed = true
			}
		}
		if err != nil {
			x.resetHeader()
			return err
		}
		values[i] = h.Value
		before := len(header)
		header[name] = values[i : i+1 : i+1]
		if len(header) == before { // it was there; asking first would cost every header
			header[name] = x.valuesOf(name, headers[:i+1])
		}
	}
	x.status = int32(status[0]-'0')*100 + int32(status[1]-'0')*10 + int32(status[2]-'0') // checkStatus has seen to it
	return nil
}

// declare takes the value of Content-Length.
func (x *exchange) declare(value string) (err error) {
	if x.length != unknown {
		return errors.New("there is more than one Content-Length")
	}
	if x.length, err = strconv.ParseInt(value, 10, 64); err != nil || !isDigits(value) {
		return fmt.Errorf("the Content-Length %q is not a number of bytes", value)
	}
	return nil
}

// valuesOf gives all values of a name that occurs more than once. Cookies add to
// those of a wrapper; otherwise the application's word goes before the wrapper's.
func (x *exchange) valuesOf(name string, headers []wsgi.Header) []string {
	var values []string
	if name == "Set-Cookie" {
		values = append(values, x.outer[name]...)
	}
	for _, h := range headers {
		if same, _ := field.Canonical(h.Name); same == name {
			values = append(values, h.Value)
		}
	}
	return values
}

// resetHeader makes w's header what it was before the first start.
func (x *exchange) resetHeader() {
	header := x.w.Header()
	clear(header)
	maps.Copy(header, x.outer)
}

// send hands the chunks of body to net/http one by one.
func (x *exchange) send(body wsgi.Body) error {
	lener, ok := body.(wsgi.Lener)
	single := ok && lener.Len() == 1
	controller := http.NewResponseController(x.w)
	written := int64(0) // bytes of the body
	for {
		chunk, err := body.Next()
		if x.refused != nil {
			return x.refused
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			// Nothing is written, so only the context tells of a client that
			// has gone, and an application that waits by giving empty chunks
			// would never end.
			if x.request.r.Context().Err() != nil {
				return errGone
			}
			continue
		}
		if !x.sent {
			if x.status == 0 {
				return errors.New("the body gave a chunk before start_response was called")
			}
			if single {
				x.setLength(len(chunk))
			} else if x.request.r.ContentLength != 0 {
				// Otherwise net/http throws the rest of the request away when
				// it sends the first chunk. Not every writer can; then so be it.
				_ = controller.EnableFullDuplex()
			}
			x.sendHeader()
			if !x.hasBody() {
				return flush(controller)
			}
		}
		if x.length != unknown && int64(len(chunk)) > x.length-written {
			x.logf("the body is longer than its Content-Length of %d; the rest is not sent", x.length)
			if _, err := x.w.Write(chunk[:x.length-written]); err != nil {
				return errGone
			}
			return flush(controller)
		}
		if _, err := x.w.Write(chunk); err != nil {
			return errGone
		}
		written += int64(len(chunk))
		if !single {
			if err := flush(controller); err != nil {
				return err
			}
		}
	}

	if x.status == 0 {
		return errors.New("the body ended before start_response was called")
	}
	if x.hasBody() {
		if x.length != unknown && written < x.length {
			return fmt.Errorf("the body has %d bytes, less than its Content-Length of %d", written, x.length)
		}
		if !x.sent {
			x.setLength(0)
		}
	}
	if !x.sent {
		x.sendHeader()
	}
	// Here, and not by net/http later, so that the client need not wait for
	// Close, and so that a failing Close cannot spoil its response.
	return flush(controller)
}

// drainTime is how long the gateway reads what nobody has asked for.
const drainTime = 500 * time.Millisecond

// drain reads the rest of a request whose connection net/http is about to close.
// A connection that is closed with something unread is reset, which may cost the
// client its response: HTTP/1.0, which proxies speak, closes each of them. On
// those that stay open net/http reads on by itself.
func (x *exchange) drain() {
	r := x.request.r
	if len(r.Header["Expect"]) > 0 { // the client was not asked to send it
		return
	}
	controller := http.NewResponseController(x.w)
	if controller.SetReadDeadline(time.Now().Add(drainTime)) == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// hasBody says whether the response may have one (RFC 9110, section 6.4.1).
func (x *exchange) hasBody() bool {
	return x.request.r.Method != http.MethodHead && x.status != http.StatusNoContent && x.status != http.StatusNotModified
}

// setLength sets the Content-Length unless the application did.
func (x *exchange) setLength(length int) {
	if x.length == unknown && x.status != http.StatusNoContent && x.status != http.StatusNotModified {
		x.length = int64(length)
		x.lengthValue[0] = strconv.Itoa(length)
		x.w.Header()["Content-Length"] = x.lengthValue[:]
	}
}

// sendHeader ends the time in which the application may change its mind.
func (x *exchange) sendHeader() {
	if !x.typed {
		header := x.w.Header()
		if _, ok := header["Content-Type"]; !ok { // nor from a wrapper
			header["Content-Type"] = nil // net/http shall not guess
		}
	}
	x.sent = true
	x.w.WriteHeader(int(x.status))
}

func flush(controller *http.ResponseController) error {
	if err := controller.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	return nil
}

// fail ends an exchange that went wrong: with a 500 as long as that is
// possible, otherwise by cutting the connection.
func (x *exchange) fail(err error) {
	if x.gone(err) || errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	x.logf("%v", err)
	if x.sent {
		panic(http.ErrAbortHandler)
	}
	if x.status != 0 {
		x.resetHeader()
	}
	http.Error(x.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

// gone says whether err is nothing but the leaving of the client: nobody needs
// to be told, and nobody is there to get a 500.
func (x *exchange) gone(err error) bool {
	return err == errGone || errors.Is(err, context.Canceled) && x.request.r.Context().Err() != nil
}

// logf writes a line that says which request it is about. The path stays
// escaped: decoded, it could hold a line break.
func (x *exchange) logf(format string, arguments ...any) {
	r := x.request.r
	message := fmt.Sprintf(format, arguments...)
	logger(x.request.handler.ErrorLog).Printf("wsgi: %s %s: %s", r.Method, r.URL.EscapedPath(), message)
}

func logger(l *log.Logger) *log.Logger {
	if l == nil {
		return log.Default()
	}
	return l
}
