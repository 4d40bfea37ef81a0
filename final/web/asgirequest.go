package web

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/wsgi"
)

// NewASGIRequest makes a request of a scope and the whole body. Its META is a
// view of the scope under the names of WSGI. A query that is not UTF-8 is a
// *UnicodeDecodeError. Django: core/handlers/asgi.py ASGIRequest.__init__.
func NewASGIRequest(ctx context.Context, scope *asgi.Scope, body io.Reader, settings *conf.Settings) (*Request, error) {
	if !utf8.Valid(scope.QueryString) {
		return nil, &UnicodeDecodeError{fmt.Sprintf("the query %q is not UTF-8", scope.QueryString)}
	}
	all := &struct { // one allocation for what belongs to the request
		Request
		asgiEnviron
		parsed
		ctx context.Context
	}{ctx: ctx}
	r, x := &all.Request, &all.asgiEnviron
	x.scope, x.request = scope, r
	x.environ = *wsgi.View(x)
	r.META, r.Method, r.Path, r.PathInfo = &x.environ, upper(scope.Method), scope.Path, pathInfo(scope, settings)
	r.settings, r.parsed = settings, &all.parsed
	r.parsed.scope, r.parsed.asgiBody = scope, body
	r.parsed.ctx.Store(&all.ctx)
	if contentType, ok := x.Text("CONTENT_TYPE"); ok && strings.IndexByte(contentType, '\'') >= 0 {
		if _, _, err := ParseHeaderParameters(fromLatin1(contentType)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// GetScriptPrefix is the path that the application is mounted at. Django:
// core/handlers/asgi.py get_script_prefix.
func GetScriptPrefix(scope *asgi.Scope, settings *conf.Settings) string {
	if settings.ForceScriptName != nil && *settings.ForceScriptName != "" {
		return *settings.ForceScriptName
	}
	return scope.RootPath
}

// pathInfo is the path below that.
func pathInfo(scope *asgi.Scope, settings *conf.Settings) string {
	return strings.TrimPrefix(scope.Path, GetScriptPrefix(scope, settings))
}

// asgiEnviron shows a scope as an environ.
type asgiEnviron struct {
	scope   *asgi.Scope
	environ wsgi.Environ
	request *Request
	// headers are those by variable, once somebody has asked for all. Branches of
	// async code may read META beside each other.
	headers atomic.Pointer[map[string]string]
}

// Text gives a CGI variable. Several headers of one name are joined with a
// comma; a server has joined cookies already. A name with an underscore is left
// out: it could be meant to look like the one with a hyphen.
func (x *asgiEnviron) Text(key string) (string, bool) {
	s := x.scope
	switch key {
	case "REQUEST_METHOD":
		return upper(s.Method), true
	case "QUERY_STRING":
		return string(s.QueryString), true
	case "SCRIPT_NAME":
		return GetScriptPrefix(s, x.request.settings), true
	case "PATH_INFO":
		return pathInfo(s, x.request.settings), true
	case "REMOTE_ADDR", "REMOTE_HOST":
		if s.Client != nil {
			return s.Client.Host, true
		}
		return "", false
	case "REMOTE_PORT":
		if s.Client != nil {
			return strconv.Itoa(s.Client.Port), true
		}
		return "", false
	case "SERVER_NAME":
		if s.Server != nil {
			return s.Server.Host, true
		}
		return "unknown", true
	case "SERVER_PORT":
		if s.Server != nil {
			return strconv.Itoa(s.Server.Port), true
		}
		return "0", true
	}
	if headers := x.headers.Load(); headers != nil {
		value, found := (*headers)[key]
		return value, found
	}
	value, found := "", false
	var more []string // rare: all values of a name that comes again
	for _, h := range s.Headers {
		if !isCGIName(key, h.Name) {
			continue
		}
		switch {
		case !found:
			value, found = h.Value, true
		case more == nil:
			more = []string{value, h.Value}
		default:
			more = append(more, h.Value)
		}
	}
	if more != nil {
		value = strings.Join(more, ",")
	}
	return value, found
}

// isCGIName tells whether a header is found under key.
func isCGIName(key, name string) bool {
	switch name {
	case "content-type":
		return key == "CONTENT_TYPE"
	case "content-length":
		return key == "CONTENT_LENGTH"
	}
	rest, ok := strings.CutPrefix(key, "HTTP_")
	if !ok || len(rest) != len(name) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			return false
		case c == '-':
			c = '_'
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		if c != rest[i] {
			return false
		}
	}
	return true
}

// Value gives what has a dot in its name.
func (x *asgiEnviron) Value(key string) (any, bool) {
	switch key {
	case wsgi.KeyURLScheme:
		if x.scope.Scheme == "" {
			return "http", true
		}
		return x.scope.Scheme, true
	case wsgi.KeyMultithread, wsgi.KeyMultiprocess:
		return true, true
	case wsgi.KeyContext:
		return *x.request.parsed.ctx.Load(), true
	}
	if strings.HasPrefix(key, "HTTP_") {
		if text, ok := x.Text(key); ok {
			return text, true
		}
	}
	if value, ok := x.scope.Extensions[key]; ok {
		return value, true
	}
	return nil, false
}

// Keys gives the names of all variables.
func (x *asgiEnviron) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, key := range [...]string{"REQUEST_METHOD", "QUERY_STRING", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", wsgi.KeyURLScheme, wsgi.KeyMultithread, wsgi.KeyMultiprocess, wsgi.KeyContext} {
			if !yield(key) {
				return
			}
		}
		if x.scope.Client != nil && !(yield("REMOTE_ADDR") && yield("REMOTE_HOST") && yield("REMOTE_PORT")) {
			return
		}
		for key := range x.scope.Extensions {
			if !yield(key) {
				return
			}
		}
		headers := x.headers.Load()
		if headers == nil {
			all := variables(x.scope.Headers)
			headers = &all
			x.headers.Store(headers)
		}
		for key := range *headers {
			if !yield(key) {
				return
			}
		}
	}
}

// variables gives all headers as variables. To look for them one after the other
// would take the square of their number.
func variables(headers []asgi.Header) map[string]string {
	values := make(map[string][]string, len(headers))
	for _, h := range headers {
		key := ""
		switch h.Name {
		case "content-type":
			key = "CONTENT_TYPE"
		case "content-length":
			key = "CONTENT_LENGTH"
		default:
			if strings.Contains(h.Name, "_") {
				continue
			}
			key = "HTTP_" + strings.ToUpper(strings.ReplaceAll(h.Name, "-", "_"))
		}
		values[key] = append(values[key], h.Value)
	}
	joined := make(map[string]string, len(values))
	for key, list := range values {
		joined[key] = strings.Join(list, ",")
	}
	return joined
}
