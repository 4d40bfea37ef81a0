package gateway

import (
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"basehandler/asgi"
)

// newScope says what is known of the request.
//
// A header whose name has an underscore is left out: a framework that makes CGI
// variables of headers, as Django does, could not tell it from the one with a
// hyphen, which a proxy in front may have removed or set. So is Proxy, since
// many programs take HTTP_PROXY for a setting of theirs (httpoxy).
func newScope(r *http.Request, path, root string) *asgi.Scope {
	scope := &asgi.Scope{
		Type:        "http",
		HTTPVersion: "1.1",
		Method:      r.Method,
		Scheme:      "http",
		Path:        path,
		RawPath:     []byte(rawPath(r)),
		QueryString: []byte(r.URL.RawQuery),
		RootPath:    root,
		Client:      address(r.RemoteAddr),
		Extensions:  map[string]any{},
	}
	switch {
	case r.ProtoMajor > 1:
		scope.HTTPVersion = strconv.Itoa(r.ProtoMajor)
	case r.ProtoMajor == 1 && r.ProtoMinor == 0:
		scope.HTTPVersion = "1.0"
	}
	if r.Method == "" { // net/http's word for GET
		scope.Method = http.MethodGet
	}
	if r.TLS != nil {
		scope.Scheme = "https"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		scope.Server = address(local.String())
	}

	scope.Headers = make([]asgi.Header, 0, len(r.Header)+1)
	if r.Host != "" { // net/http takes it out of the headers
		scope.Headers = append(scope.Headers, asgi.Header{Name: "host", Value: r.Host})
	}
	// A map has no order; sorted, the scope is the same each time.
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if strings.Contains(name, "_") || name == "Proxy" || name == "Host" {
			continue
		}
		lower := strings.ToLower(name)
		for _, value := range r.Header[name] {
			scope.Headers = append(scope.Headers, asgi.Header{Name: lower, Value: value})
		}
	}
	return scope
}

// rawPath is the path as the client wrote it.
func rawPath(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	return r.URL.EscapedPath()
}

// address is nil for what is no host and port, such as a Unix socket's.
func address(hostport string) *asgi.Address {
	host, text, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &asgi.Address{Host: host, Port: port}
}
