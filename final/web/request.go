package web

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/wsgi"
)

// Request is what a view answers. It is made of the environ of a gateway and
// reads there what it is asked for. Whoever wants more of it embeds *Request in
// a type of one's own; Self is then the way back to it. A request belongs to one
// client's request: it is not safe for concurrent use. Django: http/request.py
// HttpRequest, core/handlers/wsgi.py WSGIRequest.
type Request struct {
	// META is the environ itself, not a copy. Its values are bytes.
	META *wsgi.Environ

	Method        string         // upper case
	Path          string         // with the script name
	PathInfo      string         // without
	ResolverMatch *ResolverMatch // nil until the path is resolved
	URLConf       any            // set by middleware for this request only: a dotted name or an urlconf
	Self          any            // the value that embeds this request, if there is one

	settings *conf.Settings
	slots    []any
	parsed   *parsed       // nil for a request that none of it was needed for
	match    ResolverMatch // room for ResolverMatch
	argument [1]keyword    // and for the argument that most routes have
}

// parsed is what only some requests have or are asked for. It is a part of its
// own, as each byte of a request is cleared and collected for every one of them.
type parsed struct {
	// nil: that of META. Sync code that nobody waits for any more may change it
	// while others ask for it.
	ctx   atomic.Pointer[context.Context]
	scope *asgi.Scope // nil for a WSGI request

	urlconf any // as SetCurrentURLConf says

	encoding      string
	contentType   string
	contentParams Params

	get        *QueryDict
	post       *QueryDict
	files      *MultiValueDict[*UploadedFile]
	cookies    map[string]string
	accepted   *accepted
	schemeHost string // of BuildAbsoluteURI

	stream   *stream
	asgiBody io.Reader
	body     []byte

	hasEncoding, contentTypeParsed, hasBody, readStarted bool
}

func (r *Request) lazy() *parsed {
	if r.parsed == nil {
		r.parsed = &parsed{}
	}
	return r.parsed
}

// NewWSGIRequest makes a request of an environ. It is an error if the environ
// has no REQUEST_METHOD (*KeyError) or a script name that is not UTF-8
// (*UnicodeDecodeError). Django: core/handlers/wsgi.py WSGIRequest.__init__.
func NewWSGIRequest(environ *wsgi.Environ, settings *conf.Settings) (*Request, error) {
	scriptName, same, err := scriptName(environ, settings)
	if err != nil {
		return nil, err
	}
	rawPath, hasPath := environ.Lookup("PATH_INFO")
	pathInfo := repercent(rawPath)
	if pathInfo == "" { // the URL of the script itself, without a slash
		pathInfo = "/"
	}
	if !hasPath || pathInfo != rawPath {
		environ.Set("PATH_INFO", pathInfo)
	}
	if !same {
		environ.Set("SCRIPT_NAME", scriptName)
	}
	method, ok := environ.Lookup("REQUEST_METHOD")
	if !ok {
		return nil, &KeyError{"'REQUEST_METHOD'"}
	}
	r := &Request{META: environ, Method: upper(method), Path: pathInfo, PathInfo: pathInfo, settings: settings}
	if scriptName != "" || pathInfo[0] != '/' {
		// Only the first slash goes: /a and //a are two paths.
		r.Path = strings.TrimRight(scriptName, "/") + "/" + strings.Replace(pathInfo, "/", "", 1)
	}
	if contentType, ok := environ.Lookup("CONTENT_TYPE"); ok && strings.IndexByte(contentType, '\'') >= 0 {
		// The one kind of parameter that can fail (RFC 2231).
		if _, _, err := ParseHeaderParameters(fromLatin1(contentType)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// GetScriptName gives the path that the application is mounted at. Apache's
// mod_rewrite hides it and leaves the URL that it was before. Django:
// core/handlers/wsgi.py get_script_name.
func GetScriptName(environ *wsgi.Environ, settings *conf.Settings) (string, error) {
	scriptName, _, err := scriptName(environ, settings)
	return scriptName, err
}

// scriptName tells also whether that is what stands in the environ.
func scriptName(environ *wsgi.Environ, settings *conf.Settings) (name string, same bool, err error) {
	if settings.ForceScriptName != nil {
		return *settings.ForceScriptName, false, nil
	}
	name, same = environ.Lookup("SCRIPT_NAME")
	url := environ.Get("SCRIPT_URL")
	if url == "" {
		url = environ.Get("REDIRECT_URL")
	}
	if url != "" {
		for strings.Contains(url, "//") {
			url = strings.ReplaceAll(url, "//", "/")
		}
		name, same = strings.TrimSuffix(url, environ.Get("PATH_INFO")), false
	}
	if !utf8.ValidString(name) {
		return "", false, &UnicodeDecodeError{fmt.Sprintf("the script name %q is not UTF-8", name)}
	}
	return name, same, nil
}

// SetCurrentURLConf keeps what [Request.CurrentURLConf] gives, for package urls.
// It has no [Key]: the answer to an error asks for it beside sync code that nobody
// waits for any more, which may just be setting keys.
func (r *Request) SetCurrentURLConf(urlconf any) { r.lazy().urlconf = urlconf }

// CurrentURLConf gives what urls.SetURLConf has kept, nil for nothing. Ask
// urls.GetURLConf.
func (r *Request) CurrentURLConf() any {
	if r.parsed == nil {
		return nil
	}
	return r.parsed.urlconf
}

// Context is the context of the request: cancelled when the client has gone.
func (r *Request) Context() context.Context {
	if r.parsed != nil {
		if ctx := r.parsed.ctx.Load(); ctx != nil {
			return *ctx
		}
	}
	return contextOf(r.META)
}

// SetContext replaces the context for what comes after.
func (r *Request) SetContext(ctx context.Context) { r.lazy().ctx.Store(&ctx) }

func contextOf(environ *wsgi.Environ) context.Context {
	if environ == nil {
		return context.Background()
	}
	return environ.Context()
}

// Settings are the settings of the site.
func (r *Request) Settings() *conf.Settings { return r.settings }

// Scope is the scope that an ASGI request was made of, nil for a WSGI request.
func (r *Request) Scope() *asgi.Scope {
	if r.parsed == nil {
		return nil
	}
	return r.parsed.scope
}

// meta gives a variable as the text that Python sees: a character for each
// byte. The variables of an ASGI request that are no headers are text already.
func (r *Request) meta(key string) (string, bool) {
	value, ok := r.META.Lookup(key)
	return fromLatin1(value), ok
}

// String is Python's repr: <WSGIRequest: GET '/x?q=1'>.
func (r *Request) String() string {
	class := "WSGIRequest"
	if r.Scope() != nil {
		class = "ASGIRequest"
	}
	if r.Method == "" {
		return "<" + class + ">"
	}
	return fmt.Sprintf("<%s: %s '%s'>", class, r.Method, r.GetFullPath(false))
}

// GetFullPath is the path with the query, as it stands in a URL. Django:
// HttpRequest.get_full_path.
func (r *Request) GetFullPath(forceAppendSlash bool) string {
	return r.fullPath(r.Path, forceAppendSlash)
}

// GetFullPathInfo does so with the path that is without the script name.
func (r *Request) GetFullPathInfo(forceAppendSlash bool) string {
	return r.fullPath(r.PathInfo, forceAppendSlash)
}

func (r *Request) fullPath(path string, slash bool) string {
	full := EscapeURIPath(path)
	if slash && !strings.HasSuffix(path, "/") {
		full += "/"
	}
	query := r.META.Get("QUERY_STRING")
	if query == "" {
		return full
	}
	if r.Scope() == nil {
		query = fromLatin1(query)
	}
	return full + "?" + IRIToURI(query)
}

// GET is the query of the URL. Django: WSGIRequest.GET.
func (r *Request) GET() (*QueryDict, error) {
	p := r.lazy()
	if p.get == nil {
		get, err := r.parseGET()
		if err != nil {
			return nil, err
		}
		p.get = get
	}
	return p.get, nil
}

func (r *Request) parseGET() (*QueryDict, error) {
	query := r.META.Get("QUERY_STRING")
	if r.Scope() != nil { // text, and no encoding of the request
		return parseQuery(query, true, "", r.settings)
	}
	encoding, err := r.rawEncoding()
	if err != nil {
		return nil, err
	}
	return parseQuery(query, false, encoding, r.settings)
}

// Encoding is the charset of the form, "" where nobody named one. The charset
// of the Content-Type is taken if it is known. Django: HttpRequest.encoding.
func (r *Request) Encoding() string {
	encoding, _ := r.rawEncoding()
	return encoding
}

func (r *Request) rawEncoding() (string, error) {
	p := r.parsed
	if p == nil {
		if contentType, ok := r.META.Lookup("CONTENT_TYPE"); !ok || contentType == "" {
			return "", nil
		}
		p = r.lazy()
	}
	if p.hasEncoding {
		return p.encoding, nil
	}
	if err := r.parseContentType(); err != nil {
		return "", err
	}
	return p.encoding, nil
}

// SetEncoding names the charset of the form. What was parsed is parsed again
// when it is asked for. Django: HttpRequest.encoding, the setter, which looks
// whether there is a GET and parses it for that.
func (r *Request) SetEncoding(encoding string) error {
	p := r.lazy()
	had := p.get != nil
	p.get, p.post = nil, nil
	p.encoding, p.hasEncoding = encoding, true
	if had {
		return nil
	}
	_, err := r.parseGET()
	return err
}

// ContentType is the type without its parameters, in lower case. Django:
// HttpRequest.content_type.
func (r *Request) ContentType() string {
	r.parseContentType() //nolint:errcheck // the constructor has refused what fails
	return r.parsed.contentType
}

// ContentParams are the parameters of the Content-Type. Django:
// HttpRequest.content_params.
func (r *Request) ContentParams() Params {
	r.parseContentType() //nolint:errcheck // as above
	return r.parsed.contentParams
}

func (r *Request) parseContentType() error {
	p := r.lazy()
	if p.contentTypeParsed {
		return nil
	}
	p.contentTypeParsed = true
	header, _ := r.meta("CONTENT_TYPE")
	if header == "" {
		return nil
	}
	contentType, params, err := ParseHeaderParameters(header)
	if err != nil {
		return err
	}
	p.contentType, p.contentParams = contentType, params
	if charset, ok := params.Get("charset"); ok && !p.hasEncoding {
		if _, known := lookupCharset(charset); known {
			p.encoding, p.hasEncoding = charset, true
		}
	}
	return nil
}

// COOKIES are the cookies that the client sent. Django: WSGIRequest.COOKIES.
func (r *Request) COOKIES() map[string]string {
	p := r.lazy()
	if p.cookies == nil {
		p.cookies = ParseCookie(r.cookieHeader())
	}
	return p.cookies
}

// Cookie is COOKIES for one name, which it looks for without parsing the rest.
func (r *Request) Cookie(name string) (string, bool) {
	if r.parsed != nil && r.parsed.cookies != nil {
		value, ok := r.parsed.cookies[name]
		return value, ok
	}
	last, found := "", false
	header := r.cookieHeader()
	if header == "" || !strings.Contains(header, name) {
		return "", false
	}
	for key, value := range cookiesOf(header) {
		if key == name {
			last, found = value, true
		}
	}
	return last, found
}

func (r *Request) cookieHeader() string {
	header := r.META.Get("HTTP_COOKIE")
	if r.Scope() != nil {
		return fromLatin1(header)
	}
	return decodeUTF8(header)
}

// SetEmptyForm replaces POST and FILES by empty ones, so that a page about an
// error in them does not run into it again. Django:
// HttpRequest._mark_post_parse_error.
func (r *Request) SetEmptyForm() {
	p := r.lazy()
	p.post, p.files = &QueryDict{}, &MultiValueDict[*UploadedFile]{}
}

// Close removes the files that were uploaded, if they were parsed. A second
// call does nothing. Django: HttpRequest.close, ASGIRequest.close.
func (r *Request) Close() error {
	if r.parsed == nil || r.parsed.files == nil {
		return r.closeBody()
	}
	for _, files := range r.parsed.files.Lists() {
		for _, file := range files {
			file.Close() //nolint:errcheck // there is nothing left to do about it
		}
	}
	return r.closeBody()
}

func (r *Request) closeBody() error {
	if r.parsed == nil || r.parsed.asgiBody == nil {
		return nil
	}
	body := r.parsed.asgiBody
	r.parsed.asgiBody = nil
	if closer, ok := body.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
