package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// environ makes the variables of a GET of "/", with others laid over them.
func environ(variables map[string]any) *wsgi.Environ {
	values := map[string]any{
		"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "SERVER_NAME": "testserver", "SERVER_PORT": "80", wsgi.KeyURLScheme: "http",
	}
	maps.Copy(values, variables)
	return wsgi.NewEnviron(values)
}

func request(t testing.TB, variables map[string]any, change ...func(*conf.Settings)) *web.Request {
	t.Helper()
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	for _, f := range change {
		f(settings)
	}
	r, err := web.NewWSGIRequest(environ(variables), settings)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// post makes a POST with a body.
func post(t testing.TB, contentType, body string, change ...func(*conf.Settings)) *web.Request {
	t.Helper()
	return request(t, map[string]any{
		"REQUEST_METHOD": "POST", "CONTENT_TYPE": contentType, "CONTENT_LENGTH": fmt.Sprint(len(body)), wsgi.KeyInput: strings.NewReader(body),
	}, change...)
}

// W-14, W-15, W-16, W-17, W-18
func TestPath(t *testing.T) {
	for _, test := range []struct{ script, info, path, wantInfo string }{
		{"", "/a/", "/a/", "/a/"},
		{"", "", "/", "/"},
		{"/app", "", "/app/", "/"},
		{"/app/", "/a", "/app/a", "/a"},
		{"/app//", "//x//y", "/app//x//y", "//x//y"},
		{"", "x/y", "/xy", "x/y"},
		{"/app", "x", "/app/x", "x"},
		{"", "/\xed", "/%ED", "/%ED"},
		{"", "/é\xe9\xe2\x82/%20", "/é%E9%E2%82/%20", "/é%E9%E2%82/%20"},
	} {
		r := request(t, map[string]any{"SCRIPT_NAME": test.script, "PATH_INFO": test.info})
		if r.Path != test.path || r.PathInfo != test.wantInfo {
			t.Errorf("%q %q: path %q, path_info %q, want %q, %q", test.script, test.info, r.Path, r.PathInfo, test.path, test.wantInfo)
		}
		if r.META.Get("PATH_INFO") != test.wantInfo { // W-19
			t.Errorf("META has %q", r.META.Get("PATH_INFO"))
		}
	}
	e := environ(nil)
	e.Delete("PATH_INFO")
	e.Delete("SCRIPT_NAME")
	r, err := web.NewWSGIRequest(e, conf.Defaults())
	if err != nil || r.Path != "/" || r.META != e || e.Value("PATH_INFO") != "/" || e.Value("SCRIPT_NAME") != "" {
		t.Errorf("without a path: %v, %v", r, err)
	}
}

// W-20, W-21, W-22
func TestScriptName(t *testing.T) {
	for _, test := range []struct {
		variables map[string]any
		force     *string
		want      string
	}{
		{map[string]any{"SCRIPT_NAME": "/app"}, nil, "/app"},
		{map[string]any{"SCRIPT_NAME": "/app"}, new("/forced"), "/forced"},
		{map[string]any{"SCRIPT_NAME": "/app"}, new(""), ""},
		{map[string]any{"SCRIPT_NAME": "/x", "SCRIPT_URL": "/foo/bar/", "PATH_INFO": "/bar/"}, nil, "/foo"},
		{map[string]any{"REDIRECT_URL": "//foo///bar", "PATH_INFO": "/bar"}, nil, "/foo"},
		{map[string]any{"SCRIPT_URL": "/foo/bar", "PATH_INFO": "/zzz"}, nil, "/foo/bar"},
		{map[string]any{"SCRIPT_URL": "", "SCRIPT_NAME": "/é", "PATH_INFO": ""}, nil, "/é"},
	} {
		r := request(t, test.variables, func(s *conf.Settings) { s.ForceScriptName = test.force })
		if got := r.META.Get("SCRIPT_NAME"); got != test.want || !strings.HasPrefix(r.Path, test.want) {
			t.Errorf("%v: script name %q, path %q, want %q", test.variables, got, r.Path, test.want)
		}
	}
	// W-05
	_, err := web.NewWSGIRequest(environ(map[string]any{"SCRIPT_NAME": "/\xe9"}), conf.Defaults())
	raises[*web.UnicodeDecodeError](t, err)
	_, err = web.GetScriptName(environ(map[string]any{"SCRIPT_NAME": "/\xe9"}), conf.Defaults())
	raises[*web.UnicodeDecodeError](t, err)
}

// W-04
func TestNoMethod(t *testing.T) {
	e := environ(nil)
	e.Delete("REQUEST_METHOD")
	_, err := web.NewWSGIRequest(e, conf.Defaults())
	raises[*web.KeyError](t, err)
}

// W-23, W-33, Q-01
func TestMethodAndString(t *testing.T) {
	for method, want := range map[string]string{"get": "GET", "PaTcH": "PATCH", "x-y!": "X-Y!", "\xdf\xe9": "SSÉ"} {
		if got := request(t, map[string]any{"REQUEST_METHOD": method}).Method; got != want {
			t.Errorf("%q: %q, want %q", method, got, want)
		}
	}
	if got := request(t, map[string]any{"PATH_INFO": "/x", "QUERY_STRING": "q=1"}).String(); got != "<WSGIRequest: GET '/x?q=1'>" {
		t.Error(got)
	}
}

//
func TestFullPath(t *testing.T) {
	r := request(t, map[string]any{"SCRIPT_NAME": "/app", "PATH_INFO": "/;a=?#%/é", "QUERY_STRING": "a=b c&\xe9"})
	for got, want := range map[string]string{
		r.GetFullPath(false):     "/app/%3Ba%3D%3F%23%25/%C3%A9?a=b%20c&%C3%A9",
		r.GetFullPath(true):      "/app/%3Ba%3D%3F%23%25/%C3%A9/?a=b%20c&%C3%A9",
		r.GetFullPathInfo(false): "/%3Ba%3D%3F%23%25/%C3%A9?a=b%20c&%C3%A9",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := request(t, map[string]any{"PATH_INFO": "/a/"}).GetFullPath(true); got != "/a/" {
		t.Error(got)
	}
}

// W-24, W-25
func TestContentType(t *testing.T) {
	for _, test := range []struct{ header, contentType, params, encoding string }{
		{"", "", "", ""},
		{"TEXT/Plain; Charset=UTF-8; A=\"x;\\\"y\"", "text/plain", `[{charset UTF-8} {a x;"y}]`, "UTF-8"},
		{"text/plain; charset=bogus", "text/plain", "[{charset bogus}]", ""},
		{"text/plain;;; a=b; a=c;", "text/plain", "[{a c}]", ""},
		{"a/b; n*=utf-8''%C3%A9; m*=x", "a/b", "[{n é} {m x}]", ""},
	} {
		r := request(t, map[string]any{"CONTENT_TYPE": test.header})
		params := fmt.Sprint(r.ContentParams())
		if params == "[]" {
			params = ""
		}
		if r.ContentType() != test.contentType || params != test.params || r.Encoding() != test.encoding {
			t.Errorf("%q: %q %s %q", test.header, r.ContentType(), params, r.Encoding())
		}
	}
	_, err := web.NewWSGIRequest(environ(map[string]any{"CONTENT_TYPE": "x; a'*=b'c"}), conf.Defaults())
	raises[*exceptions.ValueError](t, err)
}

// W-28, Q-03
func TestGET(t *testing.T) {
	r := request(t, map[string]any{"QUERY_STRING": "a=%E9"})
	get := func() string {
		q, err := r.GET()
		if err != nil {
			t.Fatal(err)
		}
		return listsOf(q)
	}
	if got := get(); got != `a=["�"]` {
		t.Error(got)
	}
	r.META.Set("QUERY_STRING", "b")
	if got := get(); got != `a=["�"]` {
		t.Errorf("it was parsed again: %s", got)
	}
	r.META.Set("QUERY_STRING", "a=%E9")
	if err := r.SetEncoding("latin-1"); err != nil {
		t.Fatal(err)
	}
	if got := get(); got != `a=["é"]` {
		t.Errorf("in latin-1: %s", got)
	}
	r = request(t, map[string]any{"QUERY_STRING": "a"})
	raises[*web.LookupError](t, r.SetEncoding("x-nonsense"))
}

// W-30
func TestCookies(t *testing.T) {
	r := request(t, map[string]any{"HTTP_COOKIE": "a=é; b=\xe9; a=2"})
	if value, ok := r.Cookie("a"); value != "2" || !ok {
		t.Errorf("a is %q", value)
	}
	if _, ok := r.Cookie("c"); ok {
		t.Error("there is a cookie that is none")
	}
	if got := r.COOKIES(); !maps.Equal(got, map[string]string{"a": "2", "b": "�"}) {
		t.Errorf("%q", got)
	}
	if value, ok := r.Cookie("b"); value != "�" || !ok {
		t.Errorf("b is %q", value)
	}
}

//
func TestRequestHeaders(t *testing.T) {
	r := request(t, map[string]any{"HTTP_X_A1B_C": "v", "HTTP_": "x", "CONTENT_TYPE": "a/b", "CONTENT_MD5": "x", "HTTP_USER_AGENT": "me", wsgi.KeyInput: nil})
	if got := maps.Collect(r.Headers().All()); !maps.Equal(got, map[string]string{"X-A1B-C": "v", "Content-Type": "a/b", "User-Agent": "me"}) {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"User-Agent", "user-agent", "USER_AGENT", "user_agent"} {
		if got := r.Header(name); got != "me" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, name := range []string{"", "HTTP_USER_AGENT", "Content-Md5"} {
		if value, ok := r.Headers().Lookup(name); ok {
			t.Errorf("%s: %q", name, value)
		}
	}
}

// W-32
func TestHostPortScheme(t *testing.T) {
	forwarded := func(s *conf.Settings) { s.UseXForwardedHost, s.UseXForwardedPort = true, true }
	for _, test := range []struct {
		variables map[string]any
		change    func(*conf.Settings)
		want      string
	}{
		{nil, nil, "http testserver 80"},
		{map[string]any{"SERVER_PORT": "8080"}, nil, "http testserver:8080 8080"},
		{map[string]any{"SERVER_PORT": "443", wsgi.KeyURLScheme: "https"}, nil, "https testserver 443"},
		{map[string]any{"SERVER_PORT": "443"}, nil, "http testserver:443 443"},
		{map[string]any{"HTTP_HOST": "E.com.:81", "HTTP_X_FORWARDED_HOST": "x"}, nil, "http E.com.:81 80"},
		{map[string]any{"HTTP_HOST": "e.com", "HTTP_X_FORWARDED_HOST": "x", "HTTP_X_FORWARDED_PORT": "9"}, forwarded, "http x 9"},
		{map[string]any{"HTTP_HOST": "e.com"}, forwarded, "http e.com 80"},
		{map[string]any{"HTTP_X_PROTO": " https , http"}, func(s *conf.Settings) { s.SecureProxySSLHeader = &[2]string{"HTTP_X_PROTO", "https"} }, "https testserver:80 80"},
		{map[string]any{"HTTP_X_PROTO": "http", wsgi.KeyURLScheme: "https"}, func(s *conf.Settings) { s.SecureProxySSLHeader = &[2]string{"HTTP_X_PROTO", "https"} }, "http testserver 80"},
		{map[string]any{wsgi.KeyURLScheme: "https"}, func(s *conf.Settings) { s.SecureProxySSLHeader = &[2]string{"HTTP_X_PROTO", "https"} }, "https testserver:80 80"},
	} {
		if test.change == nil {
			test.change = func(*conf.Settings) {}
		}
		r := request(t, test.variables, test.change)
		host, err1 := r.GetHost()
		port, err2 := r.GetPort()
		if got := strings.Join([]string{r.Scheme(), host, port}, " "); got != test.want || err1 != nil || err2 != nil {
			t.Errorf("%v: %s, %v, %v, want %s", test.variables, got, err1, err2, test.want)
		}
		if r.IsSecure() != (r.Scheme() == "https") {
			t.Error("IsSecure")
		}
	}
	e := environ(nil)
	e.Delete("SERVER_PORT")
	r, err := web.NewWSGIRequest(e, conf.Defaults()) // nobody asked for the host
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.GetHost()
	raises[*web.KeyError](t, err)
}

//
func TestAllowedHosts(t *testing.T) {
	for _, test := range []struct {
		host    string
		allowed []string
		debug   bool
		want    bool
	}{
		{"e.com", []string{"*"}, false, true},
		{"E.COM.:80", []string{"e.com"}, false, true},
		{"e.com", []string{"E.com"}, false, true},
		{"a.b.e.com", []string{".E.com"}, false, true},
		{"e.com", []string{".e.com"}, false, true},
		{"evile.com", []string{".e.com"}, false, false},
		{"a.e.com", []string{"e.com"}, false, false},
		{"[::1]:8000", []string{"[::1]"}, false, true},
		{"localhost", nil, true, true},
		{"a.localhost:80", nil, true, true},
		{"127.0.0.1", nil, true, true},
		{"[::1]", nil, true, true},
		{"localhost", nil, false, false},
		{"e.com", nil, true, false},
		{"e.com", []string{""}, false, false},
		{"a_b", []string{"*"}, false, false},
		{"", []string{"*"}, false, false},
		{"e.com:x", []string{"*"}, false, false},
		{"e.com:", []string{"*"}, false, false},
		{"e@e.com", []string{"*"}, false, false},
		{"[x]", []string{"*"}, false, false},
		{"::1", []string{"*"}, false, false},
		{"ex\xe4mple.com", []string{"*"}, false, false},
		{"e.com\n", []string{"*"}, false, false},
		{".", []string{"*"}, false, false},
	} {
		r := request(t, map[string]any{"HTTP_HOST": test.host}, func(s *conf.Settings) { s.AllowedHosts, s.Debug = test.allowed, test.debug })
		host, err := r.GetHost()
		if test.want {
			if host != test.host || err != nil {
				t.Errorf("%q of %q: %q, %v", test.host, test.allowed, host, err)
			}
			continue
		}
		raises[*exceptions.DisallowedHost](t, err)
		raises[*exceptions.SuspiciousOperation](t, err)
	}
	refusal := func(host string) string {
		_, err := request(t, map[string]any{"HTTP_HOST": host}, func(s *conf.Settings) { s.AllowedHosts = nil }).GetHost()
		return err.Error()
	}
	if got := refusal("E.com:80"); got != "Invalid HTTP_HOST header: 'E.com:80'. You may need to add 'e.com' to ALLOWED_HOSTS." {
		t.Error(got)
	}
	if got := refusal("it's\n\xe4"); got != `Invalid HTTP_HOST header: "it's\nä". The domain name provided is not valid according to RFC 1034/1035.` {
		t.Error(got)
	}
	if got := refusal("a_b"); got != "Invalid HTTP_HOST header: 'a_b'. The domain name provided is not valid according to RFC 1034/1035." {
		t.Error(got)
	}
}

//
func TestBuildAbsoluteURI(t *testing.T) {
	for _, test := range []struct{ path, location, want string }{
		{"/a/b", "/x", "http://h.com/x"},
		{"/a/b", "c", "http://h.com/a/c"},
		{"/a/b/", "../c", "http://h.com/a/c"},
		{"/a/b", "/a/./b/../c", "http://h.com/a/c"},
		{"/a/b", "?q=é", "http://h.com/a/b?q=%C3%A9"},
		{"/a/b", "", "http://h.com/a/b"},
		{"/a/b", "//o.com/x", "http://o.com/x"},
		{"/a/b", "///foo/bar/", "http://h.com/foo/bar/"},
		{"/a/b", "https://o.com/a b%zz", "https://o.com/a%20b%zz"},
		{"/a/b", "mailto:x", "mailto:x"},
		{"/a/b;p/c", ";q", "http://h.com/a/b;p/;q"},
		{"/a/b", "http:x", "http://h.com/a/x"},
	} {
		r := request(t, map[string]any{"HTTP_HOST": "h.com", "PATH_INFO": test.path})
		if got, err := r.BuildAbsoluteURI(test.location); got != test.want || err != nil {
			t.Errorf("%q on %q: %s, %v, want %s", test.location, test.path, got, err, test.want)
		}
	}
	r := request(t, map[string]any{"HTTP_HOST": "h.com", "PATH_INFO": "//a/b", "QUERY_STRING": "q"})
	if got, err := r.BuildAbsoluteURI(); got != "http://h.com//a/b?q" || err != nil {
		t.Error(got, err)
	}
	r.META.Set("HTTP_HOST", "other.com")
	if got, err := r.BuildAbsoluteURI("/x"); got != "http://h.com/x" || err != nil {
		t.Errorf("the host was looked up again: %s, %v", got, err)
	}
	for _, location := range []string{"//[x/", "//x]/", "http://[v1]/", "//a／b/"} {
		_, err := r.BuildAbsoluteURI(location)
		raises[*exceptions.ValueError](t, err)
	}
	_, err := request(t, map[string]any{"HTTP_HOST": "a_b"}).BuildAbsoluteURI()
	raises[*exceptions.DisallowedHost](t, err)
}

//
func TestAccept(t *testing.T) {
	for _, test := range []struct {
		header    any
		types     string
		accepts   map[string]bool
		options   []string
		preferred string
	}{
		{nil, "[*/*]", map[string]bool{"text/html": true, "a/b;c=d": true, "text": false}, []string{"a/b", "c/d"}, "a/b"},
		{"", "[]", map[string]bool{"text/html": false}, []string{"a/b"}, ""},
		{"text/html;q=0, */*", "[*/*]", map[string]bool{"text/html": true}, []string{"x"}, ""},
		{"*/*;q=0.1, text/*;q=0.5, text/html, text/html;level=1", "[text/html; level=1 text/html text/*; q=0.5 */*; q=0.1]",
			map[string]bool{"text/html": true, "TEXT/plain": true, "a/b": true}, []string{"a/b", "text/plain", "text/html;level=1"}, "text/html;level=1"},
		{"text/html;q=2, a/b;q=x, c/d;q=.5, e/f;q=0.0004", "[text/html; q=2 a/b; q=x c/d; q=.5]", map[string]bool{"e/f": false}, nil, ""},
		{"text/html;level=1", "[text/html; level=1]", map[string]bool{"text/html": false, "text/html;level=1": true, "text/html;level=2": false, "text/*;level=1": true}, []string{"text/html"}, ""},
	} {
		variables := map[string]any{}
		if test.header != nil {
			variables["HTTP_ACCEPT"] = test.header
		}
		r := request(t, variables)
		if types, err := r.AcceptedTypes(); fmt.Sprint(types) != test.types || err != nil {
			t.Errorf("%v: %v, %v, want %s", test.header, types, err, test.types)
		}
		for mediaType, want := range test.accepts {
			if got, err := r.Accepts(mediaType); got != want || err != nil {
				t.Errorf("%v: accepts %s: %v, %v", test.header, mediaType, got, err)
			}
		}
		if got, err := r.GetPreferredType(test.options); got != test.preferred || err != nil {
			t.Errorf("%v: prefers %q, %v, want %q", test.header, got, err, test.preferred)
		}
	}
}

func body(t testing.TB, r *web.Request) string {
	t.Helper()
	b, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Q-23, W-26, W-27
func TestBody(t *testing.T) {
	for _, test := range []struct {
		length any
		input  string
		want   string
	}{
		{"5", "hello, more", "hello"},
		{"99", "hello", "hello"},
		{"", "hello", ""},
		{nil, "hello", ""},
		{"-1", "hello", ""},
		{" +5 ", "hello", "hello"},
	} {
		variables := map[string]any{wsgi.KeyInput: strings.NewReader(test.input)}
		if test.length != nil {
			variables["CONTENT_LENGTH"] = test.length
		}
		r := request(t, variables)
		if got := body(t, r); got != test.want {
			t.Errorf("%v: %q, want %q", test.length, got, test.want)
		}
		if again, err := io.ReadAll(r); string(again) != test.want || err != nil {
			t.Errorf("%v: read again: %q, %v", test.length, again, err)
		}
		if got := body(t, r); got != test.want {
			t.Errorf("%v: it changed to %q", test.length, got)
		}
	}
	r := request(t, map[string]any{"CONTENT_LENGTH": "abc", wsgi.KeyInput: strings.NewReader("x")})
	_, err := r.Body()
	raises[*exceptions.ValueError](t, err)
	if data, err := io.ReadAll(r); len(data) > 0 || err != nil {
		t.Errorf("the stream of a length that is no number: %q, %v", data, err)
	}
}

//
func TestBodyAfterRead(t *testing.T) {
	r := post(t, "application/x-www-form-urlencoded", "a=1")
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	_, err := r.Body()
	if message := raises[*web.RawPostDataException](t, err); message != "You cannot access body after reading from request's data stream" {
		t.Error(message)
	}
	if q, err := r.POST(); err != nil || q.Len() != 0 {
		t.Errorf("POST after a read: %v, %v", q, err)
	}
	if files, err := r.FILES(); err != nil || files.Len() != 0 {
		t.Errorf("FILES after a read: %v, %v", files, err)
	}
	if rest, err := io.ReadAll(r); string(rest) != "a=1" || err != nil {
		t.Errorf("the rest: %q, %v", rest, err)
	}
}

func TestReadLine(t *testing.T) {
	for _, first := range []bool{true, false} {
		r := post(t, "text/plain", "one\ntwo\nthree")
		if first {
			body(t, r)
		}
		var lines []string
		for {
			line, err := r.ReadLine()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
			if len(lines) == 1 { // reading goes on where the line ended
				var two [2]byte
				if _, err := io.ReadFull(r, two[:]); string(two[:]) != "tw" || err != nil {
					t.Errorf("after a line: %q, %v", two, err)
				}
			}
		}
		if !slices.Equal(lines, []string{"one\n", "o\n", "three"}) {
			t.Errorf("%q", lines)
		}
	}
}

//
func TestPOST(t *testing.T) {
	r := post(t, "application/x-www-form-urlencoded", "a=1&a=é&b=%C3%A9")
	q, err := r.POST()
	if err != nil || listsOf(q) != `a=["1" "é"] b=["é"]` || q.Mutable() {
		t.Errorf("%s, %v", listsOf(q), err)
	}
	if body(t, r) != "a=1&a=é&b=%C3%A9" {
		t.Error("the body is gone")
	}
	for _, test := range []struct{ method, contentType string }{
		{"PUT", "application/x-www-form-urlencoded"}, {"PATCH", "multipart/form-data"}, {"POST", "application/json"},
		{"POST", "multipart/related; boundary=B"}, {"POST", ""},
	} {
		r := request(t, map[string]any{"REQUEST_METHOD": test.method, "CONTENT_TYPE": test.contentType, "CONTENT_LENGTH": "3", wsgi.KeyInput: strings.NewReader("a=1")})
		q, err := r.POST()
		if err != nil || q.Len() != 0 || body(t, r) != "a=1" {
			t.Errorf("%s %s: %v, %v", test.method, test.contentType, q, err)
		}
	}
	for _, charset := range []string{"iso-8859-1", "utf8"} {
		_, err = post(t, "application/x-www-form-urlencoded; charset="+charset, "a").POST()
		if message := raises[*exceptions.BadRequest](t, err); message != "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded." {
			t.Error(message)
		}
	}
	if _, err := post(t, "application/x-www-form-urlencoded; charset=UTF-8", "a").POST(); err != nil {
		t.Error(err)
	}
	mine := &web.QueryDict{}
	r.SetPOST(mine) // W-31
	if q, _ := r.POST(); q != mine {
		t.Error("POST cannot be assigned")
	}
}

//
func TestBodyLimit(t *testing.T) {
	limit := func(n int64) func(*conf.Settings) { return func(s *conf.Settings) { s.DataUploadMaxMemorySize = &n } }
	if got := body(t, post(t, "text/plain", "12345", limit(5))); got != "12345" {
		t.Error(got)
	}
	r := post(t, "application/x-www-form-urlencoded", "12345", limit(4))
	for range 2 {
		_, err := r.Body()
		if message := raises[*exceptions.RequestDataTooBig](t, err); message != "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE." {
			t.Error(message)
		}
		_, err = r.POST()
		raises[*exceptions.RequestDataTooBig](t, err)
	}
	if got := body(t, post(t, "text/plain", "12345", limit(math.MaxInt64))); got != "12345" {
		t.Error(got)
	}
	unlimited := func(s *conf.Settings) { s.DataUploadMaxMemorySize = nil }
	if got := body(t, post(t, "text/plain", strings.Repeat("x", 3<<20), unlimited)); len(got) != 3<<20 {
		t.Error(len(got))
	}
	// Without CONTENT_LENGTH the body is measured, or read one byte too far.
	for _, source := range []io.Reader{strings.NewReader("12345"), iotest.OneByteReader(strings.NewReader("12345"))} {
		r, err := web.NewASGIRequest(t.Context(), &asgi.Scope{Method: "POST", Path: "/"}, source, conf.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		*r.Settings().DataUploadMaxMemorySize = 4
		_, err = r.Body()
		raises[*exceptions.RequestDataTooBig](t, err)
	}
}

//
func TestUnreadable(t *testing.T) {
	broken := errors.New("the line is dead")
	r := request(t, map[string]any{"CONTENT_LENGTH": "9", wsgi.KeyInput: iotest.ErrReader(broken)})
	_, err := r.Body()
	raises[*web.UnreadablePostError](t, err)
	raises[*web.OSError](t, err)
	if !errors.Is(err, broken) {
		t.Errorf("%v does not say why", err)
	}
	r = request(t, map[string]any{"CONTENT_LENGTH": "9", wsgi.KeyInput: iotest.ErrReader(broken)})
	_, err = r.ReadLine()
	raises[*web.UnreadablePostError](t, err)
}

//
func TestASGIRequest(t *testing.T) {
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	ctx := context.WithValue(t.Context(), contextKey{}, "value")
	scope := &asgi.Scope{
		Method: "post", Path: "/sub/meta/é", RootPath: "/sub", QueryString: []byte("a=%E9&é"), Scheme: "https",
		Client: &asgi.Address{Host: "10.0.0.1", Port: 4711}, Server: &asgi.Address{Host: "srv", Port: 8443},
		Headers: []asgi.Header{
			{Name: "host", Value: "e.com"}, {Name: "content-type", Value: "application/x-www-form-urlencoded"}, {Name: "content-length", Value: "3"},
			{Name: "x-a", Value: "1"}, {Name: "X-A", Value: "\xe9"}, {Name: "x_b", Value: "spoofed"}, {Name: "Content-Type", Value: "c"},
			{Name: "cookie", Value: "a=\xe9"}, {Name: "cookie", Value: "b=2"},
		},
		Extensions: map[string]any{"x.y": 1},
	}
	r, err := web.NewASGIRequest(ctx, scope, strings.NewReader("c=3"), settings)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"REQUEST_METHOD": "POST", "QUERY_STRING": "a=%E9&é", "SCRIPT_NAME": "/sub", "PATH_INFO": "/meta/é", "REMOTE_ADDR": "10.0.0.1", "REMOTE_HOST": "10.0.0.1",
		"REMOTE_PORT": "4711", "SERVER_NAME": "srv", "SERVER_PORT": "8443", "HTTP_HOST": "e.com", "CONTENT_TYPE": "application/x-www-form-urlencoded",
		"CONTENT_LENGTH": "3", "HTTP_X_A": "1,\xe9", "HTTP_CONTENT_TYPE": "c", "HTTP_COOKIE": "a=\xe9,b=2", "wsgi.multithread": true, "wsgi.multiprocess": true,
		wsgi.KeyURLScheme: "https", wsgi.KeyContext: ctx, "x.y": 1,
	} {
		if got := r.META.Value(key); got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	for key := range r.META.All() {
		if r.META.Value(key) == nil {
			t.Errorf("All gives %s, which does not exist", key)
		}
	}
	if _, ok := r.META.Lookup("HTTP_X_B"); ok {
		t.Error("a name with an underscore gets in")
	}
	if r.Path != "/sub/meta/é" || r.PathInfo != "/meta/é" || r.Method != "POST" || r.Scheme() != "https" || r.Context() != ctx || r.Scope() != scope {
		t.Errorf("%s %s %s", r.Method, r.Path, r.PathInfo)
	}
	if got := r.String(); got != "<ASGIRequest: POST '/sub/meta/%C3%A9?a=%E9&%C3%A9'>" {
		t.Error(got)
	}
	get, err1 := r.GET()
	form, err2 := r.POST()
	if err1 != nil || err2 != nil || listsOf(get) != `a=["�"] é=[""]` || listsOf(form) != `c=["3"]` {
		t.Errorf("%v %v %v %v", get, form, err1, err2)
	}
	if got := r.COOKIES()["a"]; got != "é,b=2" {
		t.Errorf("a is %q", got)
	}

	scope = &asgi.Scope{Method: "GET", Path: "/sub/meta/", RootPath: "/su"}
	r, err = web.NewASGIRequest(ctx, scope, nil, settings)
	if err != nil || r.PathInfo != "b/meta/" || r.META.Get("SERVER_NAME") != "unknown" || r.META.Get("SERVER_PORT") != "0" || r.META.Value("REMOTE_ADDR") != nil || r.Scheme() != "http" {
		t.Errorf("%q, %v", r.PathInfo, err)
	}
	if got := body(t, r); got != "" {
		t.Error(got)
	}
	settings.ForceScriptName = new("/forced")
	if r, err := web.NewASGIRequest(ctx, scope, nil, settings); err != nil || r.PathInfo != "/sub/meta/" || r.META.Get("SCRIPT_NAME") != "/forced" {
		t.Errorf("%q, %v", r.PathInfo, err)
	}
	settings.ForceScriptName = new("")
	if got := web.GetScriptPrefix(scope, settings); got != "/su" {
		t.Error(got)
	}
	scope.QueryString = []byte("\xe9")
	_, err = web.NewASGIRequest(ctx, scope, nil, settings)
	raises[*web.UnicodeDecodeError](t, err)
}

// The body of an ASGI request is closed with the request, once. A-38
func TestASGIBodyIsClosed(t *testing.T) {
	b := &closing{Reader: strings.NewReader("x")}
	r, err := web.NewASGIRequest(t.Context(), &asgi.Scope{Method: "GET", Path: "/"}, b, conf.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil || b.closed != 1 {
			t.Errorf("closed %d times, %v", b.closed, err)
		}
	}
}

type contextKey struct{}

type closing struct {
	io.Reader
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

var (
	number = web.NewKey[int]("number")
	reader = web.NewKey[io.Reader]("reader")
)

func TestKeys(t *testing.T) {
	r := request(t, nil)
	if _, ok := number.Get(r); ok {
		t.Error("it was not set")
	}
	number.Set(r, 0)
	if value, ok := number.Get(r); value != 0 || !ok {
		t.Error("it was set to 0")
	}
	if _, ok := reader.Get(r); ok {
		t.Error("another key was set")
	}
	reader.Set(r, nil)
	if value, ok := reader.Get(r); value != nil || !ok {
		t.Error("it was set to nil")
	}
	late := web.NewKey[string]("late")
	late.Set(r, "x")
	if value, ok := late.Get(r); value != "x" || !ok || late.String() != "late" {
		t.Error("a key that was made late")
	}
	if _, ok := (web.Key[int]{}).Get(r); ok {
		t.Error("the zero key")
	}
	if _, ok := number.Get(request(t, nil)); ok {
		t.Error("it is on another request")
	}
}

// The list of accepted types is the caller's, and the header is read once.
func TestAcceptedTypesAreCopied(t *testing.T) {
	r := request(t, map[string]any{"HTTP_ACCEPT": "text/html;q=0.5, text/*, a/b"})
	types, err := r.AcceptedTypes()
	if err != nil {
		t.Fatal(err)
	}
	clear(types)
	if best, err := r.GetPreferredType([]string{"text/html", "a/b", "text/plain"}); best != "a/b" || err != nil {
		t.Errorf("got %q, %v", best, err)
	}
	if got := testing.AllocsPerRun(100, func() {
		if ok, err := r.Accepts("text/plain"); !ok || err != nil {
			t.Error(ok, err)
		}
	}); got > 1 {
		t.Errorf("%v allocations", got)
	}
}

// A context that was set replaces that of the environ.
func TestContext(t *testing.T) {
	first := context.WithValue(t.Context(), contextKey{}, 1)
	r := request(t, map[string]any{wsgi.KeyContext: first})
	if r.Context() != first {
		t.Error("not the context of the environ")
	}
	second := context.WithValue(first, contextKey{}, 2)
	r.SetContext(second)
	if r.Context() != second {
		t.Error("not the one that was set")
	}
}

// Branches of async code may read META beside each other.
func TestASGIMetaIsReadConcurrently(t *testing.T) {
	scope := &asgi.Scope{Method: "GET", Path: "/", Headers: []asgi.Header{{Name: "host", Value: "h"}, {Name: "x-a", Value: "1"}, {Name: "x-a", Value: "2"}}}
	r, err := web.NewASGIRequest(t.Context(), scope, nil, conf.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var branches sync.WaitGroup
	for range 4 {
		branches.Go(func() {
			for key, value := range r.META.All() {
				if key == "HTTP_X_A" && value != "1,2" {
					t.Errorf("%s is %v", key, value)
				}
			}
			if got := r.META.Get("HTTP_X_A"); got != "1,2" {
				t.Errorf("HTTP_X_A is %q", got)
			}
		})
	}
	branches.Wait()
}
