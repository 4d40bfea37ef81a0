package wsgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

// ContractError says that one of the two sides did what PEP 3333 forbids.
type ContractError struct {
	Side    string // who: "application" or "server"
	Section string // where PEP 3333 says so: the title of its section
	Message string // what happened
}

func (e *ContractError) Error() string {
	return fmt.Sprintf("wsgi: the %s breaks PEP 3333 (%s): %s", e.Side, e.Section, e.Message)
}

// The sections of PEP 3333 that the validator knows.
const (
	sectionSides     = "Specification Details"
	sectionEnviron   = "environ Variables"
	sectionStreams   = "Input and Error Streams"
	sectionStart     = "The start_response() Callable"
	sectionBuffering = "Buffering and Streaming"
	sectionErrors    = "Error Handling"
	sectionOther     = "Other HTTP Features"
)

// Validate puts an inspector between server and application that tells either
// side what it does wrong, as wsgiref.validate does in Python. An application
// that runs with it unnoticed will run with other servers as well.
//
// A violation is a [*ContractError]. It is returned as an error, from the
// application, from start_response, from Next or from Close, so that the server
// treats it, and logs it, as any other error. What start_response was refused
// for reaches the server even if the application keeps it to itself, unless a
// later call makes up for it. Report is called only for what cannot be told
// like that: that the body was never closed, and that start_response was called
// when the request was over. It may be nil, and must be safe for concurrent
// use.
//
// Of the server it checks
//
//   - environ Variables: REQUEST_METHOD (a token), SERVER_NAME and SERVER_PORT
//     are there; SCRIPT_NAME and PATH_INFO are empty or begin with a slash, not
//     both are empty, and SCRIPT_NAME is not "/"; CONTENT_LENGTH is a number;
//     HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH are not there; what has no dot
//     in its name is text; all wsgi.* variables are there and have their types;
//   - Input and Error Streams: wsgi.input can be read, wsgi.errors be written to;
//   - Specification Details: there is a start_response; Next is not called after
//     the end of the body, after its failure or after Close; Close is called,
//     and once;
//   - Error Handling: start_response does not accept new headers when the first
//     ones have been sent.
//
// Of the application it checks
//
//   - The start_response() Callable: the status is of the form "404 Not Found"
//     and final; names of headers are letters, digits, "-" and "_", begin with
//     a letter and end in a letter or digit, and none is Status; values have no
//     control characters; Content-Type is there, but not with 204 and 304; a
//     second call has excInfo; nothing is called when the request is over;
//   - Other HTTP Features: no header is hop-by-hop;
//   - Specification Details: it returns a body or an error; start_response is
//     called before the first chunk that is not empty; Next gives a chunk or an
//     error;
//   - Buffering and Streaming: a body's Len is the number of its chunks;
//   - Error Handling: an error from start_response is handed on.
//
// A body with a Len ([Lener]) keeps it.
func Validate(app Application, report func(error)) Application {
	if report == nil {
		report = func(error) {}
	}
	return func(environ *Environ, start StartResponse) (Body, error) {
		v := &validator{report: report, start: start, length: -1}
		if err := checkServer(environ, start); err != nil {
			return nil, err
		}
		body, err := app(environ, v.startResponse)
		switch {
		case body == nil && err == nil:
			return nil, v.withRefused(application(sectionSides, "it returned neither a body nor an error"))
		case body == nil:
			return nil, v.withRefused(err)
		case err != nil:
			// `return body, start(…)` is handy, and not every server would know
			// that this body is to be closed too.
			if closing := body.Close(); closing != nil {
				err = errors.Join(err, closing)
			}
			return nil, v.withRefused(err)
		}

		b := &validBody{body, v}
		// The validator must not point to the body, or it would never be let go.
		runtime.AddCleanup(b, (*validator).forgotten, v)
		if lener, ok := body.(Lener); ok {
			v.length = lener.Len()
			return lenBody{b, lener}, nil
		}
		return b, nil
	}
}

// validator is what has been seen of one request.
type validator struct {
	report func(error)
	start  StartResponse // the server's

	started bool
	refused error // what start_response returned last
	given   bool  // the server has got a chunk that is not empty
	sent    bool  // and come back for more, so status and headers have left

	chunks, length int         // how many were given, and announced by Len (-1: not)
	ended          error       // how the body ended; nil while it lasts
	closed         atomic.Bool // read by the cleanup, on a goroutine of its own
}

// errPanicked is how a body ended that panicked.
var errPanicked = errors.New("a panic")

// application is what the application does wrong.
func application(section, format string, arguments ...any) error {
	return &ContractError{"application", section, fmt.Sprintf(format, arguments...)}
}

// server is what the server does wrong.
func server(section, format string, arguments ...any) error {
	return &ContractError{"server", section, fmt.Sprintf(format, arguments...)}
}

// checkServer gives all that is wrong with a call, joined.
func checkServer(environ *Environ, start StartResponse) error {
	var all []error
	wrong := func(section, format string, arguments ...any) {
		all = append(all, server(section, format, arguments...))
	}
	if start == nil {
		wrong(sectionSides, "start_response is nil")
	}
	if environ == nil {
		wrong(sectionSides, "the environ is nil")
		return errors.Join(all...)
	}

	for key, value := range environ.All() {
		if _, ok := value.(string); !ok && !strings.Contains(key, ".") {
			wrong(sectionEnviron, "%s is not text but %T", key, value)
		}
	}
	if method, ok := environ.Lookup("REQUEST_METHOD"); !ok {
		wrong(sectionEnviron, "REQUEST_METHOD is missing")
	} else if method == "" || strings.ContainsFunc(method, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		wrong(sectionEnviron, "REQUEST_METHOD %q is not a method", method)
	}
	for _, key := range []string{"SERVER_NAME", "SERVER_PORT"} {
		if environ.Get(key) == "" {
			wrong(sectionEnviron, "%s is missing or empty", key)
		}
	}
	for _, key := range []string{"SCRIPT_NAME", "PATH_INFO"} {
		if path := environ.Get(key); path != "" && path[0] != '/' {
			wrong(sectionEnviron, "%s %q does not begin with a slash", key, path)
		}
	}
	if environ.Get("SCRIPT_NAME") == "/" {
		wrong(sectionEnviron, `SCRIPT_NAME is "/"; the root is "", and the slash belongs to PATH_INFO`)
	}
	if environ.Get("SCRIPT_NAME") == "" && environ.Get("PATH_INFO") == "" {
		wrong(sectionEnviron, "SCRIPT_NAME and PATH_INFO are both empty")
	}
	if length := environ.Get("CONTENT_LENGTH"); length != "" {
		if _, err := strconv.ParseUint(length, 10, 63); err != nil {
			wrong(sectionEnviron, "CONTENT_LENGTH %q is not a number of bytes", length)
		}
	}
	for _, key := range []string{"CONTENT_TYPE", "CONTENT_LENGTH"} {
		if environ.Value("HTTP_"+key) != nil {
			wrong(sectionEnviron, "HTTP_%s is there; its name is %s", key, key)
		}
	}

	if version, ok := environ.Value(KeyVersion).([2]int); !ok {
		wrong(sectionEnviron, "%s is not [2]int but %T", KeyVersion, environ.Value(KeyVersion))
	} else if version != [2]int{1, 0} {
		wrong(sectionEnviron, "%s is %v, not [1 0]", KeyVersion, version)
	}
	if scheme := environ.Value(KeyURLScheme); scheme != "http" && scheme != "https" {
		wrong(sectionEnviron, "%s is %#v, neither http nor https", KeyURLScheme, scheme)
	}
	for _, key := range []string{KeyMultithread, KeyMultiprocess, KeyRunOnce} {
		if _, ok := environ.Value(key).(bool); !ok {
			wrong(sectionEnviron, "%s is not bool but %T", key, environ.Value(key))
		}
	}
	if _, ok := environ.Value(KeyInput).(io.Reader); !ok {
		wrong(sectionStreams, "%s is not io.Reader but %T", KeyInput, environ.Value(KeyInput))
	}
	if _, ok := environ.Value(KeyErrors).(io.Writer); !ok {
		wrong(sectionStreams, "%s is not io.Writer but %T", KeyErrors, environ.Value(KeyErrors))
	}
	if value := environ.Value(KeyContext); value != nil {
		if _, ok := value.(context.Context); !ok {
			wrong(sectionEnviron, "%s is not context.Context but %T", KeyContext, value)
		}
	}
	return errors.Join(all...)
}

// startResponse is what the application gets for start_response.
func (v *validator) startResponse(status string, headers []Header, excInfo error) error {
	err := v.checkStart(status, headers, excInfo)
	if err == nil {
		err = v.start(status, headers, excInfo)
		if err == nil && v.sent {
			err = server(sectionErrors, "start_response accepted %q although another status had been sent", status)
		}
	}
	v.refused = err
	if err == nil {
		v.started = true
	}
	return err
}

func (v *validator) checkStart(status string, headers []Header, excInfo error) error {
	if v.closed.Load() {
		err := application(sectionStart, "start_response was called when the request was over")
		v.report(err) // there is no call left from which it could get to the server
		return err
	}
	if v.started && excInfo == nil {
		return application(sectionStart, "start_response was called a second time without excInfo")
	}

	code, err := strconv.ParseUint(status[:min(3, len(status))], 10, 16)
	if err != nil || len(status) < 4 || status[3] != ' ' || strings.ContainsFunc(status, isControl) {
		return application(sectionStart, `the status %q is not of the form "404 Not Found"`, status)
	}
	if code < 200 {
		return application(sectionStart, "the status %q is not one of a final response, from 200 on", status)
	}

	contentType := false
	for _, h := range headers {
		switch name := strings.ToLower(h.Name); {
		case !isHeaderName(h.Name):
			return application(sectionStart, "the header name %q is not made of letters, digits, - and _", h.Name)
		case strings.HasSuffix(name, "-"), strings.HasSuffix(name, "_"):
			return application(sectionStart, "the header name %q ends in - or _", h.Name)
		case name == "status":
			return application(sectionStart, "the header Status is not allowed; it belongs to CGI")
		case isHopByHop(name):
			return application(sectionOther, "the header %s is hop-by-hop, which only the server may send", h.Name)
		case strings.ContainsFunc(h.Value, isControl):
			return application(sectionStart, "the value %q of header %s has a control character", h.Value, h.Name)
		case name == "content-type":
			contentType = true
		}
	}
	noBody := code == 204 || code == 304
	if contentType && noBody {
		return application(sectionStart, "there is a Content-Type, but a response with status %d has no content", code)
	}
	if !contentType && !noBody {
		return application(sectionStart, "there is no Content-Type")
	}
	return nil
}

// withRefused adds to an error of the application the violation for which
// start_response was refused, unless it is in there.
func (v *validator) withRefused(err error) error {
	var told *ContractError
	if errors.As(v.refused, &told) && !errors.Is(err, told) {
		return errors.Join(err, told)
	}
	return err
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func isHeaderName(name string) bool {
	isLetter := func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	for i := range len(name) {
		c := name[i]
		if !isLetter(c) && (i == 0 || !('0' <= c && c <= '9') && c != '-' && c != '_') {
			return false
		}
	}
	return name != ""
}

// isHopByHop takes a name in lower case.
func isHopByHop(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
		"te", "trailer", "trailers", "transfer-encoding", "upgrade":
		return true
	}
	return false
}

// forgotten runs when nobody holds the body any more.
func (v *validator) forgotten() {
	if !v.closed.Load() {
		v.report(server(sectionSides, "the body was never closed"))
	}
}

type validBody struct {
	body Body
	v    *validator
}

// lenBody is the validBody of a Lener.
type lenBody struct {
	*validBody
	Lener
}

func (b *validBody) Next() ([]byte, error) {
	v := b.v
	switch {
	case v.closed.Load():
		return nil, server(sectionSides, "Next was called after Close")
	case v.ended == io.EOF:
		return nil, server(sectionSides, "Next was called after the end of the body")
	case v.ended != nil:
		return nil, server(sectionSides, "Next was called after it had failed with %v", v.ended)
	}
	v.sent = v.given
	v.ended = errPanicked // unless it returns
	chunk, err := b.body.Next()
	v.ended = v.checkChunk(chunk, err)
	if v.ended != nil {
		return nil, v.ended
	}
	return chunk, nil
}

// checkChunk says with which error Next has to end, if it does.
func (v *validator) checkChunk(chunk []byte, err error) error {
	if err != nil && len(chunk) > 0 {
		lost := application(sectionSides, "Next gave a chunk together with %v, so that it is lost", err)
		if err == io.EOF {
			return v.withRefused(lost)
		}
		err = errors.Join(err, lost)
	}
	if err != nil && err != io.EOF {
		return v.withRefused(err)
	}
	if err == nil {
		v.chunks++
	}
	if v.length >= 0 && (v.chunks > v.length || err == io.EOF && v.chunks < v.length) {
		return v.withRefused(application(sectionBuffering, "the body said it had %s, and gave %s", chunks(v.length), moreOrLess(v.chunks, v.length)))
	}
	if err == nil && len(chunk) == 0 {
		return nil
	}
	if v.refused != nil {
		var told *ContractError
		if errors.As(v.refused, &told) {
			return v.refused
		}
		return application(sectionErrors, "it went on although start_response had returned an error: %v", v.refused)
	}
	if !v.started && err == io.EOF {
		return application(sectionSides, "the body ended before start_response was called")
	}
	if !v.started {
		return application(sectionSides, "the body gave a chunk before start_response was called")
	}
	if err == nil {
		v.given = true
	}
	return err
}

func chunks(n int) string {
	if n == 1 {
		return "1 chunk"
	}
	return strconv.Itoa(n) + " chunks"
}

// moreOrLess need not wait until a body that gives too many has given them all.
func moreOrLess(given, announced int) string {
	if given > announced {
		return "more"
	}
	return strconv.Itoa(given)
}

func (b *validBody) Close() error {
	if b.v.closed.Swap(true) {
		return server(sectionSides, "Close was called a second time")
	}
	return b.body.Close()
}
