package web

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/wsgi"
)

// Response is what a view answers with: the body that the server sends, with
// the status and headers that all kinds of response share.
type Response interface {
	wsgi.Body
	Base() *HttpResponseBase
}

// Renderer is a response that becomes whole only when it is rendered. Django
// asks whether a response has a method render. Django: template/response.py
// SimpleTemplateResponse.
type Renderer interface {
	Response
	IsRendered() bool
	Render() (Response, error)
}

// Coroutine is what an async view returns to code that does not await it. It is
// no response, and check_response refuses it; Go needs a value that says so,
// since an async function here is called like any other.
type Coroutine struct{ HttpResponseBase }

// NewCoroutine gives the coroutine that nobody awaited.
func NewCoroutine() *Coroutine { return &Coroutine{} }

// Next has nothing to give.
func (c *Coroutine) Next() ([]byte, error) {
	return nil, &exceptions.TypeError{Message: "'coroutine' object is not iterable"}
}

// HttpResponseBase is what every kind of response embeds. The zero value has no
// headers; use [HttpResponseBase.Init] in responses of one's own. A response
// belongs to one request and must not be copied. Django: http/response.py
// HttpResponseBase.
type HttpResponseBase struct {
	status    int32 // by how much it is more than 200, which it is if nobody says anything
	kind      kind
	logged    bool
	closed    bool
	streaming bool
	framable  bool  // xframe_options_exempt
	next      int32 // for a content of several pieces: the one that Next gives
	headers   header
	cookies   *SimpleCookie // nil: none
	closer    io.Closer     // the first; most responses have but that of the request

	sender  any // what request_finished is sent with
	request *Request

	extra *extra // what few responses have
}

// extra is a part of its own, as each byte of a response is cleared and collected
// for every one of them.
type extra struct {
	closers               []io.Closer // after the first
	more                  [][]byte    // what was written after the content
	reason, charset       string
	hasReason, hasCharset bool
	class                 string
	text                  string // of the content, once asked for
	hasText               bool
}

// Base gives the part that all responses have. It is promoted to every type
// that embeds HttpResponseBase.
func (b *HttpResponseBase) Base() *HttpResponseBase { return b }

// Init sets what a response starts with. Django: HttpResponseBase.__init__.
func (b *HttpResponseBase) Init(options ...Option) error { return b.init(kindBase, "", options) }

// init does so for a class; contentType is the one that holds where no option
// says another, "" for text/html.
func (b *HttpResponseBase) init(class kind, contentType string, options []Option) error {
	b.kind = class
	b.status = kinds[class].status - http.StatusOK
	if len(options) == 0 && contentType == "" { // the usual case
		b.headers.room[0] = wsgi.Header{Name: "Content-Type", Value: "text/html; charset=utf-8"}
		b.headers.list = b.headers.room[:1]
		return nil
	}
	explicit := contentType != ""
	var status *Option
	for i := range options {
		switch o := &options[i]; o.what {
		case optionHeader:
			if err := b.Set(o.name, o.value); err != nil {
				return err
			}
		case optionReason:
			b.SetReasonPhrase(o.value)
		case optionCharset:
			b.SetCharset(o.value)
		case optionContentType:
			contentType, explicit = o.value, true
		case optionStatus, optionStatusText:
			status = o
		}
	}
	if !b.Has("Content-Type") {
		if !explicit {
			contentType = "text/html; charset=" + b.Charset()
		}
		wire, err := headerValue(contentType)
		if err != nil {
			return err
		}
		b.headers.add("Content-Type", wire)
	} else if contentType != "" {
		return &exceptions.ValueError{Message: "'headers' must not contain 'Content-Type' when the 'content_type' parameter is provided."}
	}
	if status != nil {
		return b.initStatus(status)
	}
	return nil
}

func (b *HttpResponseBase) initStatus(o *Option) error {
	code := o.number
	if o.what == optionStatusText {
		var ok bool
		if code, ok = parseInt(asciiDigits(o.value)); !ok {
			return &exceptions.TypeError{Message: "HTTP status code must be an integer."}
		}
	}
	if code < 100 || code > 599 {
		return &exceptions.ValueError{Message: "HTTP status code must be an integer from 100 to 599."}
	}
	b.status = int32(code) - http.StatusOK
	return nil
}

// asciiDigits writes the decimal digits of all scripts as those of ASCII, since
// Python's int() takes them too. Each script has its ten in a row, from zero on.
func asciiDigits(text string) string {
	if isASCII(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.Nd, r) {
			return r
		}
		before := rune(0)
		for unicode.Is(unicode.Nd, r-before-1) {
			before++
		}
		return '0' + before%10
	}, text)
}

// parseInt is Python's int() of a text, as far as digits are ASCII.
func parseInt(text string) (int, bool) {
	text = strip(text)
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.Atoi(digits)
	if err != nil { // too large for any purpose here, but a number
		number = int(^uint(0) >> 1)
	}
	if strings.HasPrefix(text, "-") {
		number = -number
	}
	return number, true
}

// StatusCode is the status.
func (b *HttpResponseBase) StatusCode() int { return int(b.status) + http.StatusOK }

// SetStatusCode changes it. As in Django any number is taken here.
func (b *HttpResponseBase) SetStatusCode(status int) { b.status = int32(status) - http.StatusOK }

// ReasonPhrase is what was set, else the usual phrase of the status, else
// "Unknown Status Code". Django: HttpResponseBase.reason_phrase.
func (b *HttpResponseBase) ReasonPhrase() string {
	if b.extra != nil && b.extra.hasReason {
		return b.extra.reason
	}
	return reasonOf(b.StatusCode())
}

// SetReasonPhrase sets the phrase, "" included.
func (b *HttpResponseBase) SetReasonPhrase(reason string) {
	e := b.extend()
	e.reason, e.hasReason = reason, true
}

func (b *HttpResponseBase) extend() *extra {
	if b.extra == nil {
		b.extra = &extra{}
	}
	return b.extra
}

// reasonOf is Python's table of phrases, which is net/http's but for these.
func reasonOf(status int) string {
	switch status {
	case http.StatusSwitchingProtocols, http.StatusNonAuthoritativeInfo:
	case http.StatusTeapot:
		return "I'm a Teapot"
	case http.StatusRequestURITooLong:
		return "Request-URI Too Long"
	case http.StatusRequestedRangeNotSatisfiable:
		return "Requested Range Not Satisfiable"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Unknown Status Code"
}

// lines are the status lines of all statuses that have a phrase.
var lines = func() (lines [600]string) {
	for status := range lines {
		if http.StatusText(status) != "" {
			lines[status] = strconv.Itoa(status) + " " + reasonOf(status)
		}
	}
	return lines
}()

// StatusLine is the status as start_response wants it: "404 Not Found".
func (b *HttpResponseBase) StatusLine() string {
	status := b.StatusCode()
	if (b.extra == nil || !b.extra.hasReason) && status >= 0 && status < len(lines) && lines[status] != "" {
		return lines[status]
	}
	return strconv.Itoa(status) + " " + b.ReasonPhrase()
}

// Charset is what text content is encoded with: what was set, else the charset
// of the Content-Type, else utf-8. Departs: there Django says
// settings.DEFAULT_CHARSET, but here a response knows no settings. Django:
// HttpResponseBase.charset.
func (b *HttpResponseBase) Charset() string {
	if b.extra != nil && b.extra.hasCharset {
		return b.extra.charset
	}
	contentType, _ := b.Lookup("Content-Type")
	if strings.HasSuffix(contentType, "; charset=utf-8") { // the usual case
		return "utf-8"
	}
	if charset, ok := charsetOf(contentType); ok {
		return charset
	}
	return "utf-8"
}

// charsetOf finds what stands after charset= in a Content-Type.
func charsetOf(contentType string) (string, bool) {
	for rest := contentType; ; {
		_, after, found := strings.Cut(rest, ";")
		if !found {
			return "", false
		}
		rest = after
		after = strings.TrimLeftFunc(after, IsSpace)
		if len(after) <= len("charset=") || !equalFold(after[:len("charset=")], "charset=") {
			continue
		}
		name := after[len("charset="):]
		if end := strings.IndexFunc(name, func(r rune) bool { return r == ';' || IsSpace(r) }); end >= 0 {
			name = name[:end]
		}
		if name != "" {
			return strings.ReplaceAll(fromLatin1(name), `"`, ""), true
		}
	}
}

// SetCharset changes the charset for the content that comes after.
func (b *HttpResponseBase) SetCharset(charset string) {
	e := b.extend()
	e.charset, e.hasCharset = charset, true
}

// MakeBytes encodes text with the charset of the response. Django:
// HttpResponseBase.make_bytes.
func (b *HttpResponseBase) MakeBytes(text string) ([]byte, error) {
	name := b.Charset()
	if name == "utf-8" {
		return []byte(text), nil
	}
	charset, err := namedCharset(name)
	if err != nil {
		return nil, err
	}
	encoded, err := charset.encode(text)
	return []byte(encoded), err
}

// Set is response[name] = value. The case of a name does not count, and the
// place of a header that was there already is kept. A newline is a
// *BadHeaderError, a name that is not ASCII a *UnicodeEncodeError; a value is
// sent as latin-1, or MIME-encoded where that has no byte for a character.
// Django: ResponseHeaders.__setitem__.
func (b *HttpResponseBase) Set(name, value string) error {
	if err := headerName(name); err != nil {
		return err
	}
	wire, err := headerValue(value)
	if err != nil {
		return err
	}
	b.headers.put(name, wire)
	return nil
}

// SetBytes is Set with a value that is sent as it is.
func (b *HttpResponseBase) SetBytes(name string, value []byte) error {
	if err := headerName(name); err != nil {
		return err
	}
	if slices.ContainsFunc(value, func(c byte) bool { return c == '\n' || c == '\r' }) {
		return badHeader(string(value))
	}
	b.headers.put(name, string(value))
	return nil
}

// SetDefault sets a header unless it is there. Django:
// HttpResponseBase.setdefault.
func (b *HttpResponseBase) SetDefault(name, value string) error {
	if b.Has(name) {
		return nil
	}
	if err := headerName(name); err != nil {
		return err
	}
	wire, err := headerValue(value)
	if err != nil {
		return err
	}
	b.headers.add(name, wire)
	return nil
}

// Get is the value of a header as it goes over the wire, "" where there is no
// such header.
func (b *HttpResponseBase) Get(name string) string {
	value, _ := b.Lookup(name)
	return value
}

// Lookup is Get that tells whether the header is there.
func (b *HttpResponseBase) Lookup(name string) (string, bool) {
	if i := b.headers.find(name); i >= 0 {
		return b.headers.list[i].Value, true
	}
	return "", false
}

// Has tells whether a header is there, even if it is empty. Django:
// HttpResponseBase.has_header.
func (b *HttpResponseBase) Has(name string) bool { return b.headers.find(name) >= 0 }

// Delete is del response[name]; one that is not there is no error.
func (b *HttpResponseBase) Delete(name string) { b.headers.delete(name) }

// Items are the headers in the order in which they were first set, without
// cookies. Django: HttpResponseBase.items.
func (b *HttpResponseBase) Items() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, h := range b.headers.list {
			if !yield(h.Name, h.Value) {
				return
			}
		}
	}
}

// HeaderList is what start_response gets: the headers, then one Set-Cookie for
// each cookie, whose value begins with a space as Django's does. Changing the
// response afterwards may or may not change the list.
func (b *HttpResponseBase) HeaderList() []wsgi.Header {
	if b.cookies == nil {
		return b.headers.list
	}
	list := b.headers.list
	b.headers.list = slices.Clip(list) // a header that is added later must not come to stand where a cookie does
	for _, morsel := range b.cookies.morsels {
		list = append(list, wsgi.Header{Name: "Set-Cookie", Value: morsel.output()})
	}
	return list
}

// Cookies are the cookies to be set. Django: HttpResponseBase.cookies.
func (b *HttpResponseBase) Cookies() *SimpleCookie {
	if b.cookies == nil {
		b.cookies = &SimpleCookie{}
	}
	return b.cookies
}

// AddCloser adds something that is to be done at the end of the request, after
// what was added before it. Django keeps this list to itself
// (_resource_closers); a view that opens something needs it.
func (b *HttpResponseBase) AddCloser(closer func() error) {
	b.AddResource(closerFunc(closer))
}

// AddResource adds something that is to be closed, as AddCloser does.
func (b *HttpResponseBase) AddResource(resource io.Closer) {
	if b.closer == nil {
		b.closer = resource
		return
	}
	e := b.extend()
	e.closers = append(e.closers, resource)
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

// Close is called by the server when the request is over. It runs the closers
// in order, each whether or not those before it failed, marks the response as
// closed and sends request_finished; a second call only sends the signal again.
// Errors of closers are dropped, as Django does it: the response has been sent,
// and nobody is left to tell. A panic goes on to the server, when all of this is
// done. Django: HttpResponseBase.close.
func (b *HttpResponseBase) Close() (err error) {
	defer func() {
		event := dispatch.Event{Sender: b.sender}
		if b.request != nil {
			event.Environ, event.Request = b.request.META, b.request
		}
		err = dispatch.RequestFinished.Notify(contextOf(event.Environ), event)
	}()
	b.Abandon()
	return nil
}

// Abandon does what Close does but for the signal: it is for a response that is
// not sent, since that failed, or since a middleware gives another in its place.
// Departs: Django leaves what such a response holds to Python's garbage
// collector.
func (b *HttpResponseBase) Abandon() {
	defer func() { b.closed = true }()
	if b.extra != nil && len(b.extra.closers) > 0 {
		others := b.extra.closers
		b.extra.closers = nil
		defer closeAll(others)
	}
	if first := b.closer; first != nil {
		b.closer = nil
		first.Close() //nolint:errcheck // as Close says
	}
}

// closeAll closes in order, the others also if one panics.
func closeAll(closers []io.Closer) {
	if len(closers) == 0 {
		return
	}
	defer closeAll(closers[1:])
	closers[0].Close() //nolint:errcheck // as Close says
}

// MarkHandled says what Close sends request_finished with. Handlers call it;
// without it the sender is nil. Django: HttpResponseBase._handler_class.
func (b *HttpResponseBase) MarkHandled(sender any, request *Request) {
	b.sender, b.request = sender, request
}

// Closed tells whether Close was called.
func (b *HttpResponseBase) Closed() bool { return b.closed }

// Streaming tells whether the content is made while it is sent.
func (b *HttpResponseBase) Streaming() bool { return b.streaming }

// Logged tells whether log_response has written this response to the log.
// Django: utils/log.py log_response, _has_been_logged.
func (b *HttpResponseBase) Logged() bool { return b.logged }

// SetLogged remembers that it has.
func (b *HttpResponseBase) SetLogged() { b.logged = true }

// XFrameOptionsExempt tells whether XFrameOptionsMiddleware leaves the response
// alone. Django: views/decorators/clickjacking.py xframe_options_exempt.
func (b *HttpResponseBase) XFrameOptionsExempt() bool { return b.framable }

// SetXFrameOptionsExempt lets other sites show the response in a frame.
func (b *HttpResponseBase) SetXFrameOptionsExempt() { b.framable = true }

// Class is the name of the response's class, as messages say it.
func (b *HttpResponseBase) Class() string {
	if b.extra != nil && b.extra.class != "" {
		return b.extra.class
	}
	return kinds[b.kind].name
}

// SetClass names the class of a response of one's own.
func (b *HttpResponseBase) SetClass(name string) { b.extend().class = name }

// Write fails: only responses with content can be written to. Django:
// HttpResponseBase.write.
func (b *HttpResponseBase) Write([]byte) (int, error) {
	return 0, &OSError{fmt.Sprintf("This %s instance is not writable", b.Class())}
}

// Flush does nothing; it is there for code that wants a file.
func (b *HttpResponseBase) Flush() {}

// Tell fails: only responses with content have a position. Django:
// HttpResponseBase.tell.
func (b *HttpResponseBase) Tell() (int, error) {
	return 0, &OSError{fmt.Sprintf("This %s instance cannot tell its position", b.Class())}
}

// Readable, Seekable and Writable say what a response is as a file. Django:
// HttpResponseBase.readable, seekable, writable.
func (b *HttpResponseBase) Readable() bool { return false }
func (b *HttpResponseBase) Seekable() bool { return false }
func (b *HttpResponseBase) Writable() bool { return false }

// SerializeHeaders is the headers as they go over the wire, without cookies.
// Django: HttpResponseBase.serialize_headers.
func (b *HttpResponseBase) SerializeHeaders() []byte {
	var out []byte
	for i, h := range b.headers.list {
		if i > 0 {
			out = append(out, "\r\n"...)
		}
		out = append(append(append(out, h.Name...), ": "...), h.Value...)
	}
	return out
}

// String is Python's repr: <HttpResponse status_code=200, "text/html">. Django:
// HttpResponse.__repr__.
func (b *HttpResponseBase) String() string {
	methods, contentType, url := "", "", ""
	if value, ok := b.Lookup("Content-Type"); ok {
		contentType = fmt.Sprintf(`, "%s"`, value)
	}
	switch b.kind {
	case kindNotAllowed:
		methods = fmt.Sprintf(" [%s]", b.Get("Allow"))
	case kindRedirect, kindPermanentRedirect:
		url = fmt.Sprintf(`, url="%s"`, b.Get("Location"))
	}
	return fmt.Sprintf("<%s%s status_code=%d%s%s>", b.Class(), methods, b.StatusCode(), contentType, url)
}
