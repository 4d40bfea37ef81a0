package debug_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"basehandler/final/conf"
	pages "basehandler/final/debug"
	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	cookie = "theme=" + theme // far from the source that a page shows
	theme  = "dark"

	html  = "text/html,application/xhtml+xml"
	plain = "application/json"
)

func settings() *conf.Settings {
	s := conf.Defaults()
	s.Debug = true
	s.AllowedHosts = []string{"*"}
	return s
}

// request makes a request; values are laid over those of a plain GET.
func request(t *testing.T, s *conf.Settings, values map[string]any) *web.Request {
	t.Helper()
	environ := wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/launches/7/", "QUERY_STRING": "",
		"SERVER_NAME": "testserver", "SERVER_PORT": "80", wsgi.KeyURLScheme: "http", wsgi.KeyInput: strings.NewReader(""),
	})
	for key, value := range values {
		environ.Set(key, value)
	}
	r, err := web.NewWSGIRequest(environ, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func content(t *testing.T, response web.Response) string {
	t.Helper()
	var b strings.Builder
	for chunk, err := range wsgi.Chunks(response) {
		if err != nil {
			t.Fatal(err)
		}
		b.Write(chunk)
	}
	return b.String()
}

// has holds a page to what has to be there, and what must not be.
func has(t *testing.T, page string, wanted, unwanted []string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not have %q", text)
		}
	}
	for _, text := range unwanted {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

// thrower panics a few calls deep.
func thrower(depth int, value any) {
	if depth > 0 {
		thrower(depth-1, value)
		return
	}
	panic(value)
}

func caught(depth int, value any) (err *exceptions.Panic) {
	defer func() { err = exceptions.Caught(recover()) }()
	thrower(depth, value)
	return nil
}

// E-32, E-33: the page for a panic says what, where and for which request.
func TestTechnical500(t *testing.T) {
	for accept, contentType := range map[string]string{html: "text/html; charset=utf-8", plain: "text/plain; charset=utf-8"} {
		s := settings()
		r := request(t, s, map[string]any{
			"HTTP_ACCEPT": accept, "QUERY_STRING": "n=1&n=2", "HTTP_COOKIE": cookie, "HTTP_X_TRACE": "t-17",
		})
		r.ResolverMatch = web.NewResolverMatch(&web.Endpoint{View: &web.View{Name: "site.views.launch"}}, "launches/7/", nil, 0)
		err := caught(2, fmt.Errorf("opening: %w", io.ErrUnexpectedEOF))
		response := pages.Technical500(r, err, 500, err.Stack)
		if got := response.Base().Get("Content-Type"); got != contentType || response.Base().StatusCode() != 500 {
			t.Errorf("E-33: Accept %s: got %s with status %d", accept, got, response.Base().StatusCode())
		}
		has(t, content(t, response), []string{
			"Panic at /launches/7/", "opening: unexpected EOF", "GET http://testserver/launches/7/", "site.views.launch", "a panic", "go1.",
			"debug_test.thrower", "debug_test.go:", "theme", "t-17", "ROOT_URLCONF", "Exception: unexpected EOF",
		}, []string{
			"runtime/debug.Stack", // what caught the panic is not where it was
			"dark",                // a cookie may be a session
			"leaves no stack",
		})
	}
}

var errBoom = errors.New("boom")

// E-34: a request may have a page, or a filter, of its own.
func TestReporter(t *testing.T) {
	r := request(t, settings(), map[string]any{"HTTP_ACCEPT": html, "QUERY_STRING": "color=blue&token=t0k3n", "HTTP_X_TRACE": "t-17", "HTTP_COOKIE": cookie})
	pages.SetFilter(r, func(name string, value any) string {
		switch name {
		case "color", "HTTP_X_TRACE", "ROOT_URLCONF":
			return "filtered " + name
		}
		return pages.Cleansed(name, value)
	})
	has(t, content(t, pages.Technical500(r, errBoom, 500, nil)), []string{"filtered color", "filtered HTTP_X_TRACE", "filtered ROOT_URLCONF"},
		[]string{"t-17", "t0k3n", "dark"})
	pages.SetReporter(r, func(r *web.Request, err error, status int, stack []byte) web.Response {
		return web.NewHttpResponse(fmt.Sprintf("own page: %v at %s, %s", err, r.Path, stack), web.Status(status))
	})
	response := pages.Technical500(r, errBoom, 503, []byte("stack"))
	if got := content(t, response); got != "own page: boom at /launches/7/, stack" || response.Base().StatusCode() != 503 {
		t.Errorf("%d %s", response.Base().StatusCode(), got)
	}
}

// The lines around each call are shown, the one that was run is marked, and
// only the site's own calls are open.
func TestSource(t *testing.T) {
	err := caught(0, "aua")
	page := content(t, pages.Technical500(request(t, settings(), map[string]any{"HTTP_ACCEPT": html}), err, 500, err.Stack))
	has(t, page, []string{`<span class="current"><i>`, "</i>\tpanic(value)</span>", "// thrower panics a few calls deep."}, nil)

	frames := pages.Frames(err.Stack)
	if len(frames) == 0 || !strings.HasSuffix(frames[0].Function, "debug_test.thrower") || frames[0].Inner {
		t.Fatalf("the first call is %+v", frames)
	}
	current := 0
	for _, line := range frames[0].Source {
		if line.Current {
			current++
			if line.Number != frames[0].Line || line.Text != "\tpanic(value)" {
				t.Errorf("the current line is %+v", line)
			}
		}
	}
	if current != 1 || len(frames[0].Source) != 13 {
		t.Errorf("%d of %d lines are the current one", current, len(frames[0].Source))
	}
}

// A returned error has no stack, and the page says so.
func TestReturnedError(t *testing.T) {
	err := fmt.Errorf("reading: %w", &exceptions.DisallowedHost{Message: "Invalid host"})
	page := content(t, pages.Technical500(request(t, settings(), map[string]any{"HTTP_ACCEPT": html}), err, 400, nil))
	has(t, page, []string{"DisallowedHost at /launches/7/", "reading: Invalid host", "a returned error", "leaves no stack", "DisallowedHost: Invalid host"},
		[]string{"SuspiciousOperation: Invalid host"}) // its parent, not its cause
	page = content(t, pages.Technical500(request(t, settings(), map[string]any{"HTTP_ACCEPT": html}), errors.New(""), 500, nil))
	has(t, page, []string{"Exception at /launches/7/", "It says nothing.", "Nothing is known of that."}, nil)
}

// What comes from outside is shown as text, wherever it stands.
func TestHostile(t *testing.T) {
	const evil = `</title></pre><script>alert("x")</script><img src=x onerror=alert(1)>` + "\x00\n" + `'"{{.}}`
	s := settings()
	s.RootURLConf = evil
	for name, err := range map[string]error{"panic": caught(0, evil), "error": errors.New(evil), "404": &exceptions.Http404{Message: evil}} {
		r := request(t, s, map[string]any{
			"HTTP_ACCEPT": html, "PATH_INFO": "/" + evil, "QUERY_STRING": "a=%3Cscript%3Ealert(2)%3C/script%3E&%3Cscript%3Eb=1",
			"HTTP_COOKIE": "<script>c=1", "HTTP_USER_AGENT": evil, "HTTP_HOST": "<script>", "REQUEST_METHOD": "<SCRIPT>",
		})
		view := &web.View{Name: evil}
		r.ResolverMatch = web.NewResolverMatch(&web.Endpoint{View: view}, evil, tried{{{Route: evil, Name: evil}}}, 0)
		var response web.Response
		if name == "404" {
			response = pages.Technical404(r, err, evil)
		} else {
			var stack []byte
			if p, ok := err.(*exceptions.Panic); ok {
				stack = p.Stack
			}
			response = pages.Technical500(r, err, 500, stack)
		}
		page := content(t, response)
		has(t, page, []string{"&lt;script&gt;"}, []string{"<script", "<SCRIPT", "<img"})
		if strings.Count(page, "</title>") != 1 {
			t.Errorf("%s: the title was ended from outside", name)
		}
	}
	// As plain text nothing has to be escaped, and nothing may be taken for HTML.
	r := request(t, s, map[string]any{"HTTP_ACCEPT": plain, "QUERY_STRING": "a=" + evil})
	response := pages.Technical500(r, errors.New(evil), 500, nil)
	if got := response.Base().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type is %s", got)
	}
	has(t, content(t, response), []string{"<script>alert("}, nil)
}

// tried is a resolver that tells what it is told.
type tried [][]web.TriedPattern

func (p tried) Tried(string) [][]web.TriedPattern { return p }
func (p tried) CapturedKwargs(string) []web.Keyword {
	return nil
}

// No secret is on the page, wherever it is kept.
func TestSecrets(t *testing.T) {
	s := settings()
	s.Databases = []conf.Database{{Alias: "default", Driver: "pgx", DSN: "postgres://ada:geheim@db/launches"}}
	for _, accept := range []string{html, plain} {
		r := request(t, s, map[string]any{
			"HTTP_ACCEPT": accept, "REQUEST_METHOD": "POST", "QUERY_STRING": "user=ada&api_key=geheim",
			"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": "29",
			wsgi.KeyInput: strings.NewReader("Password=geheim&name=lovelace"), "HTTP_AUTHORIZATION": "Basic geheim",
			"HTTP_COOKIE": "sessionid=geheim", "SERVER_TOKEN": "geheim", "HTTP_X_SIGNATURE": "geheim",
		})
		has(t, content(t, pages.Technical500(r, errors.New("x"), 500, nil)),
			[]string{"lovelace", "ada", "pgx", "********************", "HTTP_AUTHORIZATION", "sessionid", "api_key", "Password"}, []string{"geheim"})
	}
}

func TestCleansed(t *testing.T) {
	type nested struct {
		Name     string
		Password string
		Inner    []map[string]any
	}
	const hidden = "********************"
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"NAME", "text", `"text"`},
		{"NAME", 7, "7"},
		{"NAME", true, "true"},
		{"NAME", nil, "null"},
		{"NAME", (*int)(nil), "null"},
		{"NAME", new(7), "7"},
		{"NAME", []string{"a", "b"}, `["a","b"]`},
		{"SECRET_KEY", "x", hidden},
		{"EMAIL_HOST_PASSWORD", "x", hidden},
		{"aws_Access_token", 7, hidden},
		{"API", "x", hidden},
		{"HTTP_COOKIE", "x", hidden},
		{"DSN", "x", hidden},
		{"CACHES", map[string]any{"default": map[string]any{"LOCATION": "here", "OPTIONS": []any{map[string]any{"auth": "x"}}}},
			`{"default":{"LOCATION":"here","OPTIONS":[{"auth":"` + hidden + `"}]}}`},
		{"THING", nested{"n", "x", []map[string]any{{"secret": "x", "open": 1}}}, `{"Inner":[{"open":1,"secret":"` + hidden + `"}],"Name":"n","Password":"` + hidden + `"}`},
		{"THINGS", [1]nested{{Password: "x"}}, `[{"Inner":null,"Name":"","Password":"` + hidden + `"}]`},
		{"BY_NUMBER", map[int]nested{1: {Password: "x"}}, `{"1":{"Inner":null,"Name":"","Password":"` + hidden + `"}}`},
		// What cannot be looked into is not shown.
		{"FUNC", map[string]any{"password": "x", "f": func() {}}, hidden},
		{"NAN", map[string]any{"password": "x", "f": math.NaN()}, hidden},
	} {
		if got := pages.Cleansed(c.name, c.value); got != c.want {
			t.Errorf("Cleansed(%s, %v) = %s, want %s", c.name, c.value, got, c.want)
		}
	}
}

func TestSafeSettings(t *testing.T) {
	s := settings()
	s.ForceScriptName = new("/app")
	rows := pages.SafeSettings(s)
	values := map[string]string{}
	for i, row := range rows {
		values[row.Name] = row.Value
		if i > 0 && rows[i-1].Name >= row.Name {
			t.Errorf("%s comes after %s", row.Name, rows[i-1].Name)
		}
	}
	for name, want := range map[string]string{"DEBUG": "true", "FORCE_SCRIPT_NAME": `"/app"`, "DATA_UPLOAD_MAX_NUMBER_FIELDS": "1000", "DATABASES": "null"} {
		if values[name] != want {
			t.Errorf("%s is %s, want %s", name, values[name], want)
		}
	}
	if _, there := values["-"]; there {
		t.Error("what is no setting is shown")
	}
}

// A program need not run where it was built: the page comes without source.
func TestNoSource(t *testing.T) {
	stack := []byte("goroutine 7 [running]:\nmain.boom(0x1, {0x2, 0x3})\n\t/nowhere/site/views.go:12 +0x1d\n" +
		"main.main()\n\t/nowhere/site/main.go:3 +0x25\ncreated by main.start in goroutine 1\n\t/nowhere/site/main.go:9 +0x30\n")
	frames := pages.Frames(stack)
	var got []string
	for _, frame := range frames {
		got = append(got, fmt.Sprintf("%s %s:%d %d", frame.Function, frame.File, frame.Line, len(frame.Source)))
	}
	want := "main.boom /nowhere/site/views.go:12 0, main.main /nowhere/site/main.go:3 0, main.start /nowhere/site/main.go:9 0"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s", strings.Join(got, ", "))
	}
	page := content(t, pages.Technical500(request(t, settings(), map[string]any{"HTTP_ACCEPT": html}), caught(0, "x"), 500, stack))
	has(t, page, []string{"main.boom", "/nowhere/site/views.go:12"}, []string{`class="current"`})
}

// A line beyond the end of its file, as after an edit, is no reason to fail.
func TestChangedSource(t *testing.T) {
	frames := pages.Frames([]byte("goroutine 1 [running]:\nmain.boom()\n\tdoc.go:99999 +0x1\n"))
	if len(frames) != 1 || len(frames[0].Source) != 0 {
		t.Errorf("got %+v", frames)
	}
}

// The stack of a recursion is long; Go leaves out its middle, and the page stays
// within bounds.
func TestLongStack(t *testing.T) {
	err := caught(5000, "deep")
	frames := pages.Frames(err.Stack)
	if len(frames) < 50 || len(frames) > 110 {
		t.Errorf("%d calls", len(frames))
	}
	page := content(t, pages.Technical500(request(t, settings(), map[string]any{"HTTP_ACCEPT": html}), err, 500, err.Stack))
	if len(page) > 1<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
	has(t, page, []string{"debug_test.caught"}, nil)
}

// Of a panic while another one was on its way, the first is where it began.
func TestNestedPanic(t *testing.T) {
	var err *exceptions.Panic
	func() {
		defer func() { err = exceptions.Caught(recover()) }()
		defer func() { panic("second") }()
		thrower(0, "first")
	}()
	if frames := pages.Frames(err.Stack); len(frames) == 0 || !strings.HasSuffix(frames[0].Function, "debug_test.thrower") {
		t.Errorf("it begins at %+v", frames)
	}
}

// A form that cannot be read, and a host that is not allowed, must not keep the
// page from coming out.
func TestBrokenRequest(t *testing.T) {
	s := settings()
	s.AllowedHosts = []string{"example.com"}
	s.DataUploadMaxNumberFields = new(1)
	r := request(t, s, map[string]any{
		"HTTP_ACCEPT": html, "HTTP_HOST": "evil.example", "REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded",
		"CONTENT_LENGTH": "7", wsgi.KeyInput: strings.NewReader("a=1&b=2"), "QUERY_STRING": "a=1&b=2",
	})
	has(t, content(t, pages.Technical500(r, errors.New("x"), 500, nil)), []string{"TooManyFieldsSent", "POST /launches/7/"}, nil)
}

// E-31: a site without routes gets a welcome. E-32: otherwise what was tried.
func TestTechnical404(t *testing.T) {
	view := &web.View{Name: "site.views.launch"}
	for _, c := range []struct {
		name             string
		conf             *urls.URLConf
		path             string
		err              error // nil: that of resolving
		status           int
		wanted, unwanted []string
	}{
		{"E-31 no routes", &urls.URLConf{}, "/", nil, 200, []string{"It works"}, []string{"not found"}},
		{"E-32 no match", &urls.URLConf{Patterns: []urls.Pattern{
			urls.Path("launches/<int:n>/", view, urls.Name("launch")),
			urls.Include("in/", urls.Patterns{urls.Path("a/", view), urls.Path("b/", view, urls.Name("b"))}),
		}}, "/launches/x/", nil, 404,
			[]string{"GET /launches/x/", "site.urls", "launches/&lt;int:n&gt;/", `[name=&#34;launch&#34;]`, "in/", "None of them matched."},
			[]string{"The last one matched", "Raised by", `class="matched"`}},
		{"E-32 raised", &urls.URLConf{Patterns: []urls.Pattern{urls.Path("other/", view), urls.Path("launches/<int:n>/", view, urls.Name("launch"))}},
			"/launches/7/", &exceptions.Http404{Message: "no <such> launch"}, 404,
			[]string{"no &lt;such&gt; launch", "Raised by", "site.views.launch", "The last one matched.", `<li class="matched"><code>launches/`}, []string{"None of them"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			resolver, err := urls.NewResolver(c.conf)
			if err != nil {
				t.Fatal(err)
			}
			r := request(t, settings(), map[string]any{"PATH_INFO": c.path})
			match, err := resolver.Resolve(c.path)
			if c.err != nil {
				if r.ResolverMatch, err = match, c.err; match == nil {
					t.Fatal("no match")
				}
			}
			response := pages.Technical404(r, err, "site.urls")
			if got := response.Base().StatusCode(); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			page := content(t, response)
			has(t, strings.NewReplacer(`"launch"]`, `&#34;launch&#34;]`).Replace(page), c.wanted, c.unwanted)
		})
	}
}
