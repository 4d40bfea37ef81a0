package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

// environOf gives the environ that the gateway makes of r.
func environOf(t testing.TB, h gateway.Handler, r *http.Request) *wsgi.Environ {
	t.Helper()
	var environ *wsgi.Environ
	h.App = validated(t, func(e *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		environ = e
		return wsgi.List(), start("204 No Content", nil, nil)
	})
	h.ServeHTTP(httptest.NewRecorder(), r)
	if environ == nil {
		t.Fatal("the application was not called")
	}
	return environ
}

// plain is the environ as an ordinary server would spell it out, the other way
// round: from the header to its CGI name.
func plain(r *http.Request) map[string]string {
	variables := map[string]string{}
	for name, values := range r.Header {
		if strings.Contains(name, "_") {
			continue
		}
		glue := ","
		if name == "Cookie" {
			glue = "; "
		}
		switch name {
		case "Content-Type", "Content-Length", "Proxy", "Host":
		default:
			variables["HTTP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = strings.Join(values, glue)
		}
	}
	if r.Host != "" {
		variables["HTTP_HOST"] = r.Host
	}
	return variables
}

// same compares what environ has under HTTP_* with plain, through Get, Lookup,
// Value and All.
func same(t testing.TB, environ *wsgi.Environ, r *http.Request) {
	t.Helper()
	want := plain(r)
	for key, value := range want {
		if got, ok := environ.Lookup(key); !ok || got != value {
			t.Errorf("%s is %q, %v, want %q", key, got, ok, value)
		}
		if got := environ.Value(key); got != value {
			t.Errorf("Value of %s is %v, want %q", key, got, value)
		}
	}
	for key, value := range environ.All() {
		if value == nil || environ.Value(key) == nil {
			t.Errorf("All gives %s, which does not exist", key)
		}
		if _, ok := want[key]; !ok && strings.HasPrefix(key, "HTTP_") {
			t.Errorf("All gives %s, which nobody sent", key)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("All does not give %s", key)
	}
}

func TestEnviron(t *testing.T) {
	var b bytes.Buffer
	r := httptest.NewRequest("POST", "/shop/caf%C3%A9%2f%ff?a=%20b", strings.NewReader("hello"))
	r.Host = "example.org:81"
	r.RemoteAddr = "[2001:db8::1]:4711"
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 8081})))
	for name, values := range map[string][]string{
		"Content-Type":    {"text/plain", "text/html"},
		"Content-Length":  {"5"},
		"Accept-Language": {"en", "de"},
		"Cookie":          {"a=1", "b=2"},
		"X-Empty":         {""},
		"X-None":          {},
		"X.dot":           {"."},
		"X-" + strings.Repeat("Long-", 20) + "Name": {"long"},
		"X_forwarded_for": {"spoofed"},
		"Proxy":           {"http://evil"},
		"Host":            {"evil"},
		"lower":           {"not as net/http keeps it"},
	} {
		r.Header[name] = values
	}
	environ := environOf(t, gateway.Handler{ScriptName: "/shop", ErrorLog: log.New(&b, "", 0)}, r)

	var got []string
	for key, value := range environ.All() {
		switch value.(type) {
		case string, bool, [2]int:
			got = append(got, fmt.Sprintf("%s: %#v", key, value))
		}
	}
	want := []string{
		`CONTENT_LENGTH: "5"`,
		`CONTENT_TYPE: "text/plain"`,
		`GATEWAY_INTERFACE: "CGI/1.1"`,
		`HTTP_ACCEPT_LANGUAGE: "en,de"`,
		`HTTP_COOKIE: "a=1; b=2"`,
		`HTTP_HOST: "example.org:81"`,
		`HTTP_X.DOT: "."`,
		`HTTP_X_EMPTY: ""`,
		`HTTP_X_` + strings.Repeat("LONG_", 20) + `NAME: "long"`,
		`PATH_INFO: "/caf` + `\u00e9/\xff"`,
		`QUERY_STRING: "a=%20b"`,
		`REMOTE_ADDR: "2001:db8::1"`,
		`REMOTE_PORT: "4711"`,
		`REQUEST_METHOD: "POST"`,
		`SCRIPT_NAME: "/shop"`,
		`SERVER_NAME: "10.0.0.1"`,
		`SERVER_PORT: "8081"`,
		`SERVER_PROTOCOL: "HTTP/1.1"`,
		`SERVER_SOFTWARE: "basehandler-gateway/1.0"`,
		`wsgi.multiprocess: false`,
		`wsgi.multithread: true`,
		`wsgi.run_once: false`,
		`wsgi.url_scheme: "http"`,
		`wsgi.version: [2]int{1, 0}`,
	}
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], "é", `\u00e9`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if input, err := io.ReadAll(environ.Input()); string(input) != "hello" || err != nil {
		t.Errorf("the input is %q, %v", input, err)
	}
	fmt.Fprintln(environ.Errors(), "a line")
	if b.String() != "a line\n" {
		t.Errorf("logged %q", b.String())
	}
	if environ.Context() != r.Context() {
		t.Error("not the context of the request")
	}
	for _, key := range []string{
		"HTTP_PROXY", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_X_FORWARDED_FOR", "HTTP_X_NONE", "HTTP_LOWER",
		"HTTP_", "HTTP_ACCEPT-LANGUAGE", "HTTP_Accept_Language", "http_accept_language", "HTTP__ACCEPT", "ACCEPT_LANGUAGE",
		"HTTP_X.NONE", "wsgi.file_wrapper", "",
	} {
		if text, ok := environ.Lookup(key); ok || environ.Value(key) != nil {
			t.Errorf("%s is %q", key, text)
		}
	}
	for range environ.All() {
		break
	}
}

// What is not known is left out or has a default, so that Validate passes.
func TestEnvironOfLittle(t *testing.T) {
	r := &http.Request{URL: httptest.NewRequest("GET", "/", nil).URL, Proto: "HTTP/1.1", TLS: &tls.ConnectionState{}}
	environ := environOf(t, gateway.Handler{}, r)
	for key, want := range map[string]string{
		"REQUEST_METHOD": "GET", "SERVER_NAME": "localhost", "SERVER_PORT": "443", wsgi.KeyURLScheme: "https",
		"QUERY_STRING": "", "SCRIPT_NAME": "", "PATH_INFO": "/",
	} {
		if got, ok := environ.Lookup(key); !ok || got != want {
			t.Errorf("%s is %q, %v, want %q", key, got, ok, want)
		}
	}
	for _, key := range []string{"HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR", "REMOTE_PORT"} {
		if got, ok := environ.Lookup(key); ok {
			t.Errorf("%s is %q", key, got)
		}
	}
	if environ.Input() != http.NoBody {
		t.Error("the input is not empty")
	}
	r.TLS = nil
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.UnixAddr{Name: "/run/socket"})))
	if port := environOf(t, gateway.Handler{}, r).Get("SERVER_PORT"); port != "80" {
		t.Errorf("SERVER_PORT is %s", port)
	}
}

// The view of a request that came over the wire equals the plain map.
func TestEnvironOverTheWire(t *testing.T) {
	for _, test := range []struct{ request, length string }{
		{"GET /a HTTP/1.1\nHost: test\nConnection: close\nX-A: 1\nx-a: 2\nX_A: 3\nCOOKIE: a=1\nCookie: b=2\nProxy: x\nETAG: \nwww-x1-y!z.a: b\n\n", "-"},
		{"POST /a HTTP/1.1\nHost: test\nConnection: close\nContent-Type: x/y\nContent-Length: 0\n\n", "0"},
		{"POST /a HTTP/1.1\nHost: test\nConnection: close\nContent-Length: 3\n\nabc", "3"},
		{"POST /a HTTP/1.1\nHost: test\nConnection: close\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n", "-"},
		{"GET /a HTTP/1.0\n\n", "-"},
	} {
		s := open(t, nil, false)
		inner := make(chan *http.Request, 1)
		s.gateway.App = validated(t, func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			same(t, environ, <-inner)
			length, ok := environ.Lookup("CONTENT_LENGTH")
			if !ok {
				length = "-"
			}
			return wsgi.Bytes(length), start("200 OK", text(), nil)
		})
		handler := s.server.Config.Handler
		s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner <- r
			handler.ServeHTTP(w, r)
		})
		if _, body, _ := strings.Cut(s.raw(test.request), "\n\n"); body != test.length {
			t.Errorf("%q: CONTENT_LENGTH is %s, want %s", test.request, body, test.length)
		}
		s.logged("")
	}
}

var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// Every header of a request without an underscore in its name is found under
// its CGI name, and what All lists is what Get finds.
func FuzzHeaders(f *testing.F) {
	f.Add("X-Name", "value", "x-name", "other")
	f.Add("Cookie", "a=1", "COOKIE", "b=2")
	f.Add("X_Name", "a", "X-Name", "b")
	f.Add("Proxy", "a", "Host", "b")
	f.Add("Content-Type", "a/b", "Content-Length", "0")
	f.Add("X.Dot!", "a", "-Odd--Name-", "b")
	f.Add(strings.Repeat("Long-", 20), "a", strings.Repeat("l", 64), "b")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		wire := fmt.Sprintf("GET / HTTP/1.1\r\nHost: test\r\n%s: %s\r\n%s: %s\r\n\r\n", name1, value1, name2, value2)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
		if err != nil {
			return // no request at all
		}
		for name := range r.Header {
			if !token.MatchString(name) {
				return // a server answers 400 to it
			}
		}
		same(t, environOf(t, gateway.Handler{}, r), r)
	})
}
