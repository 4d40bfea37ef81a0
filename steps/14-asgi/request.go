package handler

import (
	"context"
	"database/sql"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"basehandler/wsgi"
)

// maxMemory is how much of an upload stays in memory, in bytes; the rest goes
// to temporary files. Django: FILE_UPLOAD_MAX_MEMORY_SIZE.
const maxMemory = 2621440

// Request is what a view gets to know about what was asked. Method and paths
// are there from the start. What takes work is made when it is first asked
// for, and then kept; Python calls that a cached property, here it is a method
// and a field that is filled once. A request belongs to one goroutine.
type Request struct {
	META     *wsgi.Environ // environ itself, not a copy
	Method   string        // upper case
	Path     string        // where the application is mounted and PathInfo
	PathInfo string        // what the site has to find its way by; at least "/"

	// URLConf may be set by a middleware: the dotted name of the URLconf that
	// is to be used in place of ROOT_URLCONF.
	URLConf string

	// ResolverMatch is set when the URL was resolved, inside the onion. On
	// the way in it is nil.
	ResolverMatch *ResolverMatch

	// Self is what a request class made around this Request. A Python method
	// of a subclass is found through the object; a Go method of an embedded
	// struct does not know what embeds it, so the way back is a field.
	Self any

	ctx     context.Context
	get     QueryDict
	post    QueryDict
	form    *multipart.Form
	postErr error
	cookies map[string]string
	headers HttpHeaders

	connections  map[string]*sql.DB
	transactions map[string]*sql.Tx // those that are open around the view
}

// RequestClass makes the request out of environ.
type RequestClass func(environ *wsgi.Environ) *Request

// NewWSGIRequest is the request class that comes with the handler.
func NewWSGIRequest(environ *wsgi.Environ) *Request {
	pathInfo := environ.Get("PATH_INFO")
	if pathInfo == "" {
		pathInfo = "/"
	}
	prefix := strings.TrimRight(environ.Get("SCRIPT_NAME"), "/")
	return &Request{
		META:     environ,
		Method:   strings.ToUpper(environ.Get("REQUEST_METHOD")),
		Path:     prefix + "/" + strings.TrimPrefix(pathInfo, "/"),
		PathInfo: pathInfo,
		ctx:      environ.Context(),
	}
}

// Context ends when the client has gone. What waits for something should wait
// for that too. Python has nothing like it in WSGI.
func (r *Request) Context() context.Context { return r.ctx }

// GET is what stands behind the question mark of the URL, whatever the method.
func (r *Request) GET() QueryDict {
	if r.get == nil {
		r.get = parseQuery(r.META.Get("QUERY_STRING"))
	}
	return r.get
}

// POST is the form in the body. Reading it may fail: the client may send
// nonsense, or go away half-way.
func (r *Request) POST() (QueryDict, error) {
	r.loadPostAndFiles()
	return r.post, r.postErr
}

// SetPOST replaces the form. FILES cannot be replaced.
func (r *Request) SetPOST(post QueryDict) {
	r.loadPostAndFiles()
	r.post, r.postErr = post, nil
}

// FILES are the uploads in the body, by the name of their field.
func (r *Request) FILES() (map[string][]*multipart.FileHeader, error) {
	r.loadPostAndFiles()
	if r.form == nil {
		return nil, r.postErr
	}
	return r.form.File, r.postErr
}

// loadPostAndFiles reads the body on the first use of POST or FILES. Both come
// out of the same stream, which can be read only once, so they are loaded
// together.
func (r *Request) loadPostAndFiles() {
	if r.post != nil {
		return
	}
	r.post = QueryDict{}
	if r.Method != "POST" {
		return
	}
	// PEP 3333: never read more than CONTENT_LENGTH says; on a connection
	// that stays open the next bytes may not come for a long time.
	length, _ := strconv.ParseInt(r.META.Get("CONTENT_LENGTH"), 10, 64)
	body := io.LimitReader(r.META.Input(), length)
	contentType, params, _ := mime.ParseMediaType(r.META.Get("CONTENT_TYPE"))
	switch contentType {
	case "application/x-www-form-urlencoded":
		content, err := io.ReadAll(body)
		r.post, r.postErr = parseQuery(string(content)), err
	case "multipart/form-data":
		r.form, r.postErr = multipart.NewReader(body, params["boundary"]).ReadForm(maxMemory)
		if r.form != nil {
			r.post = r.form.Value
		}
	}
}

// Close removes the temporary files of large uploads.
func (r *Request) Close() error {
	if r.form == nil {
		return nil
	}
	return r.form.RemoveAll()
}

// COOKIES are the cookies that the browser sent, by name.
func (r *Request) COOKIES() map[string]string {
	if r.cookies == nil {
		r.cookies = map[string]string{}
		header := http.Header{"Cookie": {r.META.Get("HTTP_COOKIE")}}
		for _, cookie := range (&http.Request{Header: header}).Cookies() {
			r.cookies[cookie.Name] = cookie.Value
		}
	}
	return r.cookies
}

// Headers are the headers in META under the names they have in HTTP.
func (r *Request) Headers() HttpHeaders {
	if r.headers == nil {
		r.headers = HttpHeaders{}
		for key, value := range r.META.All() {
			name, isHeader := strings.CutPrefix(key, "HTTP_")
			text, isText := value.(string)
			if (isHeader || key == "CONTENT_TYPE" || key == "CONTENT_LENGTH") && isText {
				r.headers[headerName(name)] = text
			}
		}
	}
	return r.headers
}

// HttpHeaders is a mapping of header names in which case does not count.
type HttpHeaders map[string]string

// Get gives the header called name, "" where there is none.
func (h HttpHeaders) Get(name string) string { return h[headerName(name)] }

// headerName spells USER_AGENT and user-agent as User-Agent.
func headerName(name string) string {
	return textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
}

// QueryDict is a dictionary in which a key may have several values, as forms
// send them.
type QueryDict map[string][]string

// Get gives the last value of a key, "" where there is none.
func (q QueryDict) Get(key string) string {
	if values := q[key]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// parseQuery leaves out what it cannot decode.
func parseQuery(query string) QueryDict {
	values, _ := url.ParseQuery(query)
	return QueryDict(values)
}
