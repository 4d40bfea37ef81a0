package gateway

import (
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
	// One allocation for what belongs to the scope.
	all := &struct {
		scope          asgi.Scope
		client, server asgi.Address
		headers        [8]asgi.Header // many requests have no more
	}{}
	scope := &all.scope
	*scope = asgi.Scope{
		Type:        "http",
		HTTPVersion: "1.1",
		Method:      strings.ToUpper(r.Method),
		Scheme:      "http",
		Path:        strings.ToValidUTF8(path, "\ufffd"),
		RawPath:     []byte(rawPath(r)),
		QueryString: []byte(r.URL.RawQuery),
		RootPath:    root,
		Client:      address(&all.client, r.RemoteAddr),
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
		scope.Server = address(&all.server, local.String())
	}

	scope.Headers = all.headers[:0]
	if r.Host != "" { // net/http takes it out of the headers
		scope.Headers = append(scope.Headers, asgi.Header{Name: "host", Value: r.Host})
	}
	// A map has no order; sorted, the scope is the same each time.
	var room [16]string // on the stack
	names := room[:0]
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.Contains(name, "_") || name == "Proxy" || name == "Host" {
			continue
		}
		lower := lowerName(name)
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

// usualNames are those that many requests have, in lower case, which needs no
// new string then.
var usualNames = func() map[string]string {
	names := map[string]string{}
	for _, name := range []string{
		"accept", "accept-encoding", "accept-language", "authorization", "cache-control", "connection", "content-length",
		"content-type", "cookie", "if-modified-since", "if-none-match", "origin", "referer", "sec-ch-ua", "sec-ch-ua-mobile",
		"sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user",
		"upgrade-insecure-requests", "user-agent", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
	} {
		names[http.CanonicalHeaderKey(name)] = name
	}
	return names
}()

func lowerName(name string) string {
	if lower, ok := usualNames[name]; ok {
		return lower
	}
	return strings.ToLower(name)
}

// address fills room, and is nil for what is no host and port, such as a Unix
// socket's.
func address(room *asgi.Address, hostport string) *asgi.Address {
	host, text, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	*room = asgi.Address{Host: host, Port: port}
	return room
}
