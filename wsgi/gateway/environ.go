package gateway

import (
	"iter"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"

	"basehandler/wsgi"
)

// request is a wsgi.Source: the environ is read out of the *http.Request when
// it is asked for, and nothing is built before.
//
// A header is found by turning the CGI name back into the header's:
//
//	HTTP_ACCEPT_LANGUAGE -> Accept-Language
//
// That is why a header whose own name has an underscore does not exist here: as
// CGI variable it would look like the one with a hyphen, which a proxy in front
// may have removed or set. Neither does Proxy, since many programs take
// HTTP_PROXY for a setting of theirs (httpoxy).
type request struct {
	handler  *Handler
	r        *http.Request
	pathInfo string
}

// The variables other than HTTP_*.
var names = []string{
	"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING",
	"CONTENT_TYPE", "CONTENT_LENGTH",
	"SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "GATEWAY_INTERFACE",
	"REMOTE_ADDR", "REMOTE_PORT",
	wsgi.KeyVersion, wsgi.KeyURLScheme, wsgi.KeyInput, wsgi.KeyErrors,
	wsgi.KeyMultithread, wsgi.KeyMultiprocess, wsgi.KeyRunOnce, wsgi.KeyContext,
}

// version is PEP 3333's 1.0, an interface already so that asking costs nothing.
var version any = [2]int{1, 0}

// software is SERVER_SOFTWARE.
const software = "basehandler-gateway/1.0"

func (q *request) Text(key string) (string, bool) {
	if header, ok := strings.CutPrefix(key, "HTTP_"); ok {
		return q.header(header)
	}
	r := q.r
	switch key {
	case "REQUEST_METHOD":
		if r.Method == "" { // net/http's word for GET
			return http.MethodGet, true
		}
		return r.Method, true
	case "SCRIPT_NAME":
		return q.handler.script(), true
	case "PATH_INFO":
		return q.pathInfo, true
	case "QUERY_STRING":
		return r.URL.RawQuery, true
	case "CONTENT_TYPE":
		if values := r.Header["Content-Type"]; len(values) > 0 {
			return values[0], true
		}
	case "CONTENT_LENGTH":
		if r.ContentLength > 0 || r.ContentLength == 0 && len(r.Header["Content-Length"]) > 0 {
			return strconv.FormatInt(r.ContentLength, 10), true
		}
	case "SERVER_NAME":
		name, _ := q.server()
		return name, true
	case "SERVER_PORT":
		_, port := q.server()
		return port, true
	case "SERVER_PROTOCOL":
		return r.Proto, true
	case "SERVER_SOFTWARE":
		return software, true
	case "GATEWAY_INTERFACE":
		return "CGI/1.1", true
	case "REMOTE_ADDR":
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			return host, true
		}
	case "REMOTE_PORT":
		if _, port, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			return port, true
		}
	}
	return "", false
}

// header gives the header whose CGI name ends in cgi.
func (q *request) header(cgi string) (string, bool) {
	switch cgi {
	case "HOST":
		return q.r.Host, q.r.Host != ""
	case "COOKIE":
		values := q.r.Header["Cookie"]
		if len(values) == 1 {
			return values[0], true
		}
		return strings.Join(values, "; "), len(values) > 0
	case "CONTENT_TYPE", "CONTENT_LENGTH", "PROXY":
		return "", false
	}
	// ACCEPT_LANGUAGE -> Accept-Language, the form in which net/http keeps it.
	var stack [64]byte
	name := stack[:0]
	if len(cgi) > len(stack) {
		name = make([]byte, 0, len(cgi))
	}
	first := true
	for i := range len(cgi) {
		c := cgi[i]
		switch {
		case c == '_':
			c = '-'
		case c == '-', 'a' <= c && c <= 'z': // no CGI name has these
			return "", false
		case !first && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		name = append(name, c)
		first = c == '-'
	}
	values := q.r.Header[string(name)] // the compiler makes no string for this
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return values[0], true
	}
	return strings.Join(values, ","), true
}

// server gives the address that the connection came in at, not the one that the
// client says it wanted: that is HTTP_HOST, and PEP 3333 prefers it.
func (q *request) server() (name, port string) {
	if addr, ok := q.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if name, port, err := net.SplitHostPort(addr.String()); err == nil {
			return name, port
		}
	}
	if q.r.TLS != nil { // a Unix socket, or no server at all
		return "localhost", "443"
	}
	return "localhost", "80"
}

func (q *request) Value(key string) (any, bool) {
	switch key {
	case wsgi.KeyVersion:
		return version, true
	case wsgi.KeyURLScheme:
		if q.r.TLS != nil {
			return "https", true
		}
		return "http", true
	case wsgi.KeyInput:
		if q.r.Body == nil {
			return http.NoBody, true
		}
		return q.r.Body, true
	case wsgi.KeyErrors:
		return errorLog{q.handler.ErrorLog}, true
	case wsgi.KeyMultithread:
		return true, true
	case wsgi.KeyMultiprocess, wsgi.KeyRunOnce:
		return false, true
	case wsgi.KeyContext:
		return q.r.Context(), true
	}
	if strings.HasPrefix(key, "HTTP_") { // a header's name may have a dot
		if text, ok := q.Text(key); ok {
			return text, true
		}
	}
	return nil, false
}

func (q *request) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, key := range names {
			_, isText := q.Text(key)
			_, isValue := q.Value(key)
			if (isText || isValue) && !yield(key) {
				return
			}
		}
		if q.r.Host != "" && !yield("HTTP_HOST") {
			return
		}
		for name := range q.r.Header {
			key := "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			// Asked rather than computed, so that both agree on what exists.
			if _, ok := q.Text(key); ok && key != "HTTP_HOST" && !yield(key) {
				return
			}
		}
	}
}

// errorLog is wsgi.errors: each write is an entry in the log.
type errorLog struct{ log *log.Logger }

func (e errorLog) Write(p []byte) (int, error) {
	logger(e.log).Print(string(p))
	return len(p), nil
}
