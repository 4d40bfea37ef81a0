package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// site is a stack of one middleware around a view.
type site struct {
	factory  handlers.MiddlewareFactory
	settings func(*conf.Settings)
	view     func() (web.Response, error)
	meta     map[string]string
	urlconf  any
}

// get puts a request through the stack: as sync code, and as async code, which
// has to answer the same.
func (s site) get(t *testing.T) (web.Response, error) {
	t.Helper()
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	settings.Modules = &conf.Modules{}
	settings.RootURLConf = "site.urls"
	view := &web.View{Name: "view"}
	settings.Modules.Register("site.urls", &urls.URLConf{Patterns: []urls.Pattern{
		urls.Path("a/", view), urls.Path("b", view), urls.Path("optout/", &web.View{Name: "optout", NoAppendSlash: true}), urls.Path("/evil.com/", view),
	}})
	if s.settings != nil {
		s.settings(settings)
	}
	inner := func() (web.Response, error) {
		if s.view == nil {
			return web.NewHttpResponse("hello"), nil
		}
		return s.view()
	}
	make := func() *web.Request {
		values := map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "HTTP_HOST": "e.com", "SERVER_PORT": "80", wsgi.KeyURLScheme: "http"}
		for key, value := range s.meta {
			values[key] = value
		}
		request, err := web.NewWSGIRequest(wsgi.NewEnviron(values), settings)
		if err != nil {
			t.Fatal(err)
		}
		request.URLConf = s.urlconf
		return request
	}
	class := s.factory(settings)
	sync, err := class.New(func(*web.Request) (web.Response, error) { return inner() })
	if err != nil {
		return nil, err
	}
	async, err := class.NewAsync(func(context.Context, *web.Request) (web.Response, error) { return inner() })
	if err != nil {
		t.Fatal(err)
	}
	response, err := sync.Call(make())
	other, otherErr := async.CallAsync(t.Context(), make())
	if fmt.Sprint(err) != fmt.Sprint(otherErr) {
		t.Errorf("sync %v, async %v", err, otherErr)
	}
	if err == nil {
		// The length of what is compressed varies by chance.
		vary := func(r web.Response) string {
			text := describe(r)
			if r.Base().Get("Content-Encoding") == "gzip" {
				text = strings.Replace(text, "Content-Length: "+r.Base().Get("Content-Length"), "Content-Length: N", 1)
			}
			return text
		}
		if a, b := vary(response), vary(other); a != b {
			t.Errorf("sync %s, async %s", a, b)
		}
	}
	return response, err
}

// describe gives status and headers.
func describe(response web.Response) string {
	text := response.Base().StatusLine()
	for _, header := range response.Base().HeaderList() {
		text += "; " + header.Name + ": " + strings.TrimSpace(header.Value)
	}
	return text
}

const html = "; Content-Type: text/html; charset=utf-8"

func check(t *testing.T, s site, want string) web.Response {
	t.Helper()
	response, err := s.get(t)
	if err != nil {
		t.Errorf("%v, want %s", err, want)
		return nil
	}
	if got := describe(response); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	return response
}

// with gives a view whose response has these headers, in pairs.
func with(content string, headers ...string) func() (web.Response, error) {
	return func() (web.Response, error) {
		response := web.NewHttpResponse(content)
		for i := 0; i < len(headers); i += 2 {
			if err := response.Set(headers[i], headers[i+1]); err != nil {
				return nil, err
			}
		}
		return response, nil
	}
}

// M-07, M-09, M-10, M-11
func TestSecurityHeaders(t *testing.T) {
	const usual = "; X-Content-Type-Options: nosniff; Referrer-Policy: same-origin; Cross-Origin-Opener-Policy: same-origin"
	s := site{factory: middleware.SecurityMiddleware}
	check(t, s, "200 OK"+html+usual)
	s.view = with("", "X-Content-Type-Options", "x", "Referrer-Policy", "y", "Cross-Origin-Opener-Policy", "")
	check(t, s, "200 OK"+html+"; X-Content-Type-Options: x; Referrer-Policy: y; Cross-Origin-Opener-Policy: ")
	s.view = nil
	s.settings = func(s *conf.Settings) {
		s.SecureHSTSSeconds, s.SecureHSTSIncludeSubdomains, s.SecureHSTSPreload = 3600, true, true
	}
	check(t, s, "200 OK"+html+usual) // not over http
	s.meta = map[string]string{wsgi.KeyURLScheme: "https"}
	check(t, s, "200 OK"+html+"; Strict-Transport-Security: max-age=3600; includeSubDomains; preload"+usual)
	s.view = with("", "Strict-Transport-Security", "max-age=1")
	check(t, s, "200 OK"+html+"; Strict-Transport-Security: max-age=1"+usual)
	s.view = nil
	s.settings = func(s *conf.Settings) {
		s.SecureContentTypeNosniff, s.SecureCrossOriginOpenerPolicy, s.SecureReferrerPolicy = false, "", []string{"a", "b"}
	}
	check(t, s, "200 OK"+html+"; Referrer-Policy: a,b")
	s.settings = func(s *conf.Settings) {
		s.SecureContentTypeNosniff, s.SecureCrossOriginOpenerPolicy, s.SecureReferrerPolicy = false, "", nil
	}
	check(t, s, "200 OK"+html)
}

// M-08, M-12
func TestSSLRedirect(t *testing.T) {
	const usual = "; X-Content-Type-Options: nosniff; Referrer-Policy: same-origin; Cross-Origin-Opener-Policy: same-origin"
	on := func(change func(*conf.Settings)) func(*conf.Settings) {
		return func(s *conf.Settings) {
			s.SecureSSLRedirect = true
			if change != nil {
				change(s)
			}
		}
	}
	s := site{factory: middleware.SecurityMiddleware, settings: on(nil), meta: map[string]string{"PATH_INFO": "//x/é", "QUERY_STRING": "q"}}
	check(t, s, "301 Moved Permanently"+html+"; Location: https://e.com//x/%C3%A9?q"+usual)
	s.settings = on(func(s *conf.Settings) { s.SecureSSLHost = "secure.e.com" })
	check(t, s, "301 Moved Permanently"+html+"; Location: https://secure.e.com//x/%C3%A9?q"+usual)
	s.settings = on(func(s *conf.Settings) { s.SecureRedirectExempt = []string{"^y", "^x/"} })
	check(t, s, "200 OK"+html+usual)
	s.settings = on(nil)
	s.meta[wsgi.KeyURLScheme] = "https"
	check(t, s, "200 OK"+html+usual)
	s = site{factory: middleware.SecurityMiddleware, settings: on(nil), meta: map[string]string{"HTTP_HOST": "a_b"}}
	var disallowed *exceptions.DisallowedHost
	if _, err := s.get(t); !errors.As(err, &disallowed) {
		t.Error(err)
	}
	s.settings = func(s *conf.Settings) { s.SecureRedirectExempt = []string{"("} }
	var misconfigured *exceptions.ImproperlyConfigured
	if _, err := s.get(t); !errors.As(err, &misconfigured) {
		t.Error(err)
	}
}

// M-19, M-20
func TestCommonRefuses(t *testing.T) {
	s := site{factory: middleware.CommonMiddleware, settings: func(s *conf.Settings) { s.DisallowedUserAgents = []string{"bot", "^$"} }}
	check(t, s, "200 OK"+html+"; Content-Length: 5")
	for _, agent := range []string{"a bot", ""} {
		s.meta = map[string]string{"HTTP_USER_AGENT": agent}
		var denied *exceptions.PermissionDenied
		if _, err := s.get(t); !errors.As(err, &denied) || denied.Message != "Forbidden user agent" {
			t.Error(err)
		}
	}
	s.meta = map[string]string{"HTTP_HOST": "a_b"}
	var disallowed *exceptions.DisallowedHost
	if _, err := s.get(t); !errors.As(err, &disallowed) {
		t.Error(err)
	}
}

// M-21, M-23
func TestPrependWWW(t *testing.T) {
	www := func(s *conf.Settings) { s.PrependWWW = true }
	s := site{factory: middleware.CommonMiddleware, settings: www, meta: map[string]string{"PATH_INFO": "/a", "QUERY_STRING": "q"}}
	check(t, s, "301 Moved Permanently"+html+"; Location: http://www.e.com/a/?q; Content-Length: 0")
	s.meta["PATH_INFO"] = "/b"
	check(t, s, "301 Moved Permanently"+html+"; Location: http://www.e.com/b?q; Content-Length: 0")
	s.meta["HTTP_HOST"] = "www.e.com"
	check(t, s, "200 OK"+html+"; Content-Length: 5")
	s.meta["HTTP_HOST"] = "e.com"
	s.factory = func(settings *conf.Settings) handlers.MiddlewareClass {
		return middleware.CommonMiddlewareWith(settings, web.NewHttpResponseRedirect)
	}
	check(t, s, "302 Found"+html+"; Location: http://www.e.com/b?q; Content-Length: 0")
}

// M-22, U-33, U-34, U-35, U-36, C-07
func TestAppendSlash(t *testing.T) {
	missing := func() (web.Response, error) { return web.NewHttpResponseNotFound("no"), nil }
	s := site{factory: middleware.CommonMiddleware, view: missing, meta: map[string]string{"PATH_INFO": "/a", "QUERY_STRING": "q"}}
	check(t, s, "301 Moved Permanently"+html+"; Location: /a/?q")
	for _, path := range []string{"/a/", "/b", "/optout", "/nowhere", "/b/"} {
		s.meta["PATH_INFO"] = path
		check(t, s, "404 Not Found"+html+"; Content-Length: 2")
	}
	s.meta["PATH_INFO"] = "//evil.com"
	check(t, s, "301 Moved Permanently"+html+"; Location: /%2Fevil.com/?q")
	s.meta["PATH_INFO"] = "/a"
	s.settings = func(s *conf.Settings) { s.AppendSlash = false }
	check(t, s, "404 Not Found"+html+"; Content-Length: 2")
	s.settings = func(s *conf.Settings) { s.Debug = true }
	check(t, s, "301 Moved Permanently"+html+"; Location: /a/?q")
	s.meta["REQUEST_METHOD"] = "POST"
	var runtime *exceptions.RuntimeError
	if _, err := s.get(t); !errors.As(err, &runtime) || !strings.Contains(err.Error(), "You called this URL via POST") || !strings.Contains(err.Error(), "e.com/a/?q (note the trailing slash)") {
		t.Error(err)
	}
	delete(s.meta, "REQUEST_METHOD")
	s.view = nil
	check(t, s, "200 OK"+html+"; Content-Length: 5")
	s.view = missing
	other := &urls.URLConf{Patterns: []urls.Pattern{urls.Path("a", &web.View{Name: "a"})}}
	s.urlconf = other
	check(t, s, "404 Not Found"+html+"; Content-Length: 2")
	s.urlconf = "site.urls"
	check(t, s, "301 Moved Permanently"+html+"; Location: /a/?q")
	var misconfigured *exceptions.ImproperlyConfigured
	for _, wrong := range []any{"nothing", 5} {
		s.urlconf = wrong
		if _, err := s.get(t); !errors.As(err, &misconfigured) {
			t.Error(err)
		}
	}
}

// M-24, C-06
func TestContentLength(t *testing.T) {
	s := site{factory: middleware.CommonMiddleware, view: with("é")}
	check(t, s, "200 OK"+html+"; Content-Length: 2")
	s.view = with("é", "content-length", "9")
	check(t, s, "200 OK"+html+"; content-length: 9")
	s.view = func() (web.Response, error) { return web.NewStreamingHttpResponse(wsgi.List()), nil }
	check(t, s, "200 OK"+html)
}

// M-37, M-38
func TestETag(t *testing.T) {
	sum := md5.Sum([]byte("hello"))
	etag := `"` + hex.EncodeToString(sum[:]) + `"`
	s := site{factory: middleware.ConditionalGetMiddleware, meta: map[string]string{}}
	check(t, s, "200 OK"+html+"; ETag: "+etag)
	s.view = with("hello", "ETag", "x")
	check(t, s, "200 OK"+html+"; ETag: x")
	for _, view := range []func() (web.Response, error){
		with(""), with("hello", "Cache-Control", "max-age=1, No-Store"),
		func() (web.Response, error) { return web.NewStreamingHttpResponse(wsgi.List([]byte("hello"))), nil },
	} {
		s.view = view
		response, err := s.get(t)
		if err != nil || response.Base().Has("ETag") {
			t.Error(response, err)
		}
	}
	s.view = nil
	s.meta["REQUEST_METHOD"] = "HEAD"
	check(t, s, "200 OK"+html)
}

// M-39, M-40, M-41, M-42
func TestConditions(t *testing.T) {
	const (
		date    = "Sun, 06 Nov 1994 08:49:37 GMT"
		later   = "Sun, 06 Nov 1994 08:49:38 GMT"
		earlier = "Sun, 06 Nov 1994 08:49:36 GMT"
	)
	for _, test := range []struct {
		name string
		meta map[string]string
		want int
	}{
		{"nothing", nil, 200},
		{"none match", map[string]string{"HTTP_IF_NONE_MATCH": `"x", "abc"`}, 304},
		{"weakly", map[string]string{"HTTP_IF_NONE_MATCH": `W/"abc"`}, 304},
		{"another", map[string]string{"HTTP_IF_NONE_MATCH": `"x"`}, 200},
		{"no etag", map[string]string{"HTTP_IF_NONE_MATCH": `abc`}, 200},
		{"any", map[string]string{"HTTP_IF_NONE_MATCH": ` * `}, 304},
		{"match", map[string]string{"HTTP_IF_MATCH": `"abc"`}, 200},
		{"match is strong", map[string]string{"HTTP_IF_MATCH": `W/"abc"`}, 412},
		{"match another", map[string]string{"HTTP_IF_MATCH": `"x"`}, 412},
		{"match any", map[string]string{"HTTP_IF_MATCH": `*`}, 200},
		{"modified", map[string]string{"HTTP_IF_MODIFIED_SINCE": earlier}, 200},
		{"not modified", map[string]string{"HTTP_IF_MODIFIED_SINCE": date}, 304},
		{"not modified, by the other forms of a date", map[string]string{"HTTP_IF_MODIFIED_SINCE": "Sunday, 06-Nov-94 08:49:37 GMT"}, 304},
		{"asctime", map[string]string{"HTTP_IF_MODIFIED_SINCE": "Sun Nov  6 08:49:37 1994"}, 304},
		{"no date", map[string]string{"HTTP_IF_MODIFIED_SINCE": "Sun, 31 Feb 1994 08:49:37 GMT"}, 200},
		{"unmodified", map[string]string{"HTTP_IF_UNMODIFIED_SINCE": date}, 200},
		{"modified since", map[string]string{"HTTP_IF_UNMODIFIED_SINCE": earlier}, 412},
		{"none match goes before modified since", map[string]string{"HTTP_IF_NONE_MATCH": `"x"`, "HTTP_IF_MODIFIED_SINCE": later}, 200},
		{"match goes before unmodified since", map[string]string{"HTTP_IF_MATCH": `"abc"`, "HTTP_IF_UNMODIFIED_SINCE": earlier}, 200},
		{"match and then none match", map[string]string{"HTTP_IF_MATCH": `"abc"`, "HTTP_IF_NONE_MATCH": `"abc"`}, 304},
	} {
		s := site{factory: middleware.ConditionalGetMiddleware, meta: test.meta, view: with("hello", "ETag", `"abc"`, "Last-Modified", date)}
		response, err := s.get(t)
		if err != nil || response.Base().StatusCode() != test.want {
			t.Errorf("%s: %v, %v, want %d", test.name, response, err, test.want)
		}
	}
	s := site{factory: middleware.ConditionalGetMiddleware, meta: map[string]string{"HTTP_IF_NONE_MATCH": `"abc"`}, view: func() (web.Response, error) {
		response, err := with("hello", "X-Other", "1", "Vary", "é", "etag", `"abc"`, "Expires", "never")()
		return response, errors.Join(err, response.Base().SetCookie("a", "1"))
	}}
	check(t, s, "304 Not Modified; ETag: \"abc\"; Expires: never; Vary: \xe9; Set-Cookie: a=1; Path=/")
	s.view = func() (web.Response, error) {
		return web.NewHttpResponse("hello", web.Status(404), web.Header("ETag", `"abc"`)), nil
	}
	check(t, s, `404 Not Found; ETag: "abc"`+html)
	s = site{factory: middleware.ConditionalGetMiddleware, view: with("", "Last-Modified", "Sun, 31 Feb 1994 08:49:37 GMT"), meta: map[string]string{"HTTP_IF_MATCH": `"x"`}}
	check(t, s, "200 OK"+html+"; Last-Modified: Sun, 31 Feb 1994 08:49:37 GMT")
}

func unzip(t *testing.T, response web.Response) string {
	t.Helper()
	var body bytes.Buffer
	for chunk, err := range wsgi.Chunks(response) {
		if err != nil {
			t.Fatal(err)
		}
		body.Write(chunk)
	}
	reader, err := gzip.NewReader(&body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// M-43, M-44, M-45, M-46, M-47
func TestGZip(t *testing.T) {
	long := strings.Repeat("hello ", 100)
	s := site{factory: middleware.GZipMiddleware, view: with(long, "ETag", `"abc"`), meta: map[string]string{"HTTP_ACCEPT_ENCODING": "deflate, gzip;q=0"}}
	response, err := s.get(t)
	if err != nil {
		t.Fatal(err)
	}
	base := response.Base()
	if base.Get("Vary") != "Accept-Encoding" || base.Get("Content-Encoding") != "gzip" || base.Get("ETag") != `W/"abc"` {
		t.Error(describe(response))
	}
	if whole := response.(*web.HttpResponse); fmt.Sprint(len(whole.Content())) != base.Get("Content-Length") || len(whole.Content()) >= len(long) {
		t.Errorf("%d bytes, %s", len(whole.Content()), describe(response))
	}
	if got := unzip(t, response); got != long {
		t.Errorf("%q", got)
	}
	lengths := map[string]bool{} // M-48
	for range 50 {
		response, err := s.get(t)
		if err != nil {
			t.Fatal(err)
		}
		lengths[response.Base().Get("Content-Length")] = true
	}
	if len(lengths) < 5 {
		t.Errorf("the length is always one of %v", lengths)
	}

	s.view = with(long[:199])
	check(t, s, "200 OK"+html)
	s.view = with(long, "Content-Encoding", "br")
	check(t, s, "200 OK"+html+"; Content-Encoding: br")
	for _, accept := range []string{"", "notgzip", "gzip_", "GZIP", "\xe9gzip"} {
		s.meta["HTTP_ACCEPT_ENCODING"] = accept
		s.view = with(long)
		check(t, s, "200 OK"+html+"; Vary: Accept-Encoding")
	}
	for vary, want := range map[string]string{"Cookie ,X": "Cookie, X, Accept-Encoding", "*": "*", "accept-encoding": "accept-encoding", "X, *": "*", "": ", Accept-Encoding"} {
		s.view = with(long, "Vary", vary)
		check(t, s, "200 OK"+html+"; Vary: "+want)
	}
	s.meta["HTTP_ACCEPT_ENCODING"] = "x-gzip"
	random := make([]byte, 250)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(source.Uint32())
	}
	s.view = func() (web.Response, error) { return web.NewHttpResponse(random), nil }
	check(t, s, "200 OK"+html+"; Vary: Accept-Encoding") // it would become longer
}

// M-46
func TestGZipStreams(t *testing.T) {
	s := site{factory: middleware.GZipMiddleware, meta: map[string]string{"HTTP_ACCEPT_ENCODING": "gzip"}}
	views := map[string]func() (web.Response, error){
		"sync": func() (web.Response, error) {
			response := web.NewStreamingHttpResponse(wsgi.List([]byte("one "), nil, []byte("two")))
			return response, response.Set("Content-Length", "7")
		},
		"async": func() (web.Response, error) {
			list := []string{"one ", "", "two"}
			response := web.NewAsyncStreamingHttpResponse(func(context.Context) ([]byte, error) {
				if len(list) == 0 {
					return nil, io.EOF
				}
				first := list[0]
				list = list[1:]
				return []byte(first), nil
			})
			return response, response.Set("Content-Length", "7")
		},
		"file": func() (web.Response, error) { return web.NewFileResponse(strings.NewReader("one two")) },
	}
	for name, view := range views {
		s.view = view
		response, err := s.get(t)
		if err != nil {
			t.Fatal(err)
		}
		if base := response.Base(); base.Has("Content-Length") || base.Get("Content-Encoding") != "gzip" || base.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %s", name, describe(response))
		}
		if got := unzip(t, response); got != "one two" {
			t.Errorf("%s: %q", name, got)
		}
		if file, ok := response.(*web.FileResponse); ok && file.FileToStream() != nil {
			t.Error("a server could send the file uncompressed")
		}
	}
	broken := errors.New("broken")
	s.view = func() (web.Response, error) {
		return web.NewStreamingHttpResponse(wsgi.Pushed(func(yield func([]byte, error) bool) { yield(nil, broken) })), nil
	}
	response, err := s.get(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := response.Next(); err != broken {
		t.Error(err)
	}
	if err := response.Close(); err != nil {
		t.Error(err)
	}
}

// A response that another one takes the place of is closed: nobody else would
// give back what it holds.
func TestReplacedIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		factory handlers.MiddlewareFactory
		meta    map[string]string
		status  int // of the view
		want    int
	}{
		"304":          {middleware.ConditionalGetMiddleware, map[string]string{"HTTP_IF_NONE_MATCH": `"x"`}, 200, 304},
		"412":          {middleware.ConditionalGetMiddleware, map[string]string{"HTTP_IF_MATCH": `"y"`}, 200, 412},
		"a slash":      {middleware.CommonMiddleware, map[string]string{"PATH_INFO": "/a"}, 404, 301},
		"not replaced": {middleware.ConditionalGetMiddleware, map[string]string{"HTTP_IF_NONE_MATCH": `"y"`}, 200, 200},
	} {
		closed, made := 0, 0
		response, err := site{factory: c.factory, meta: c.meta, view: func() (web.Response, error) {
			made++
			response := web.NewStreamingHttpResponse(wsgi.List([]byte("a")), web.Status(c.status), web.Header("ETag", `"x"`))
			response.AddCloser(func() error { closed++; return nil })
			return response, nil
		}}.get(t)
		if err != nil || response.Base().StatusCode() != c.want {
			t.Fatalf("%s: %v, %v", name, response, err)
		}
		want := made
		if c.status == c.want {
			want = 0
		}
		if closed != want {
			t.Errorf("%s: %d of %d responses were closed, want %d", name, closed, made, want)
		}
	}
}

func TestXFrameOptions(t *testing.T) {
	s := site{factory: middleware.XFrameOptionsMiddleware}
	check(t, s, "200 OK"+html+"; X-Frame-Options: DENY")
	s.settings = func(s *conf.Settings) { s.XFrameOptions = "sameorigin" }
	check(t, s, "200 OK"+html+"; X-Frame-Options: SAMEORIGIN")
	s.view = with("", "x-frame-options", "")
	check(t, s, "200 OK"+html+"; x-frame-options: ")
	s.view = func() (web.Response, error) {
		response := web.NewHttpResponse("")
		response.SetXFrameOptionsExempt()
		return response, nil
	}
	check(t, s, "200 OK"+html)
}

// The middleware is found under Django's names.
func TestRegistered(t *testing.T) {
	for _, name := range []string{"security.SecurityMiddleware", "common.CommonMiddleware", "http.ConditionalGetMiddleware", "gzip.GZipMiddleware", "clickjacking.XFrameOptionsMiddleware"} {
		if _, err := conf.Import[handlers.MiddlewareFactory](nil, "django.middleware."+name); err != nil {
			t.Error(err)
		}
	}
}

// An error of what is inside passes by the response half.
func TestErrorsPass(t *testing.T) {
	broken := errors.New("broken")
	for _, factory := range []handlers.MiddlewareFactory{middleware.SecurityMiddleware, middleware.CommonMiddleware, middleware.GZipMiddleware, middleware.ConditionalGetMiddleware, middleware.XFrameOptionsMiddleware} {
		if _, err := (site{factory: factory, view: func() (web.Response, error) { return nil, broken }}).get(t); err != broken {
			t.Error(err)
		}
	}
}
