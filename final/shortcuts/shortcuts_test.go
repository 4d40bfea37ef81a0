package shortcuts_test

import (
	htmltemplate "html/template"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/shortcuts"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

func request(t *testing.T, scriptName string) *web.Request {
	t.Helper()
	settings := conf.Defaults()
	settings.Templates = htmltemplate.Must(htmltemplate.New("a.html").Parse("<p>{{.x}}"))
	htmltemplate.Must(settings.Templates.New("bad.html").Parse("begins {{index .x 7}}"))
	settings.Modules = &conf.Modules{}
	settings.RootURLConf = "urls"
	view := &web.View{Name: "v"}
	settings.Modules.Register("urls", &urls.URLConf{Patterns: []urls.Pattern{
		urls.Path("", view, urls.Name("all")),
		urls.Path("launches/<int:year>/", view, urls.Name("year")),
	}})
	r, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "SCRIPT_NAME": scriptName, "PATH_INFO": "/"}), settings)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRender(t *testing.T) {
	r := request(t, "")
	response, err := shortcuts.Render(r, "a.html", map[string]any{"x": "<&>"}, web.Status(202))
	if err != nil {
		t.Fatal(err)
	}
	page, ok := response.(*web.HttpResponse)
	if !ok || string(page.Content()) != "<p>&lt;&amp;&gt;" || page.StatusCode() != 202 {
		t.Errorf("%T %+v", response, response)
	}
	if got := response.Base().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for name, want := range map[string]string{"nowhere.html": "nowhere.html", "bad.html": "index"} {
		if response, err := shortcuts.Render(r, name, nil); response != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", name, response, err)
		}
	}
}

func TestRedirect(t *testing.T) {
	for _, c := range []struct {
		script, to string
		args       []any
		want       string // Location, or a part of the error
	}{
		{"", "all", nil, "/"},
		{"", "year", []any{1961}, "/launches/1961/"},
		{"/sub", "year", []any{1961}, "/sub/launches/1961/"},
		{"", "year", nil, "Reverse for 'year' with no arguments not found"},
		{"", "nowhere", nil, "Reverse for 'nowhere' not found"},
		{"", "/some/url/", nil, "/some/url/"},
		{"", "https://example.com/", nil, "https://example.com/"},
		{"", "../up", nil, "../up"},
		{"", "page.html", nil, "page.html"},
		{"", "javascript:alert(1).", nil, "Unsafe redirect to URL with protocol 'javascript'"},
	} {
		r := request(t, c.script)
		r.URLConf = &urls.URLConf{} // in which no view was looked up, so it is not current
		response, err := shortcuts.Redirect(r, c.to, c.args...)
		switch {
		case err != nil:
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %v: %v, want %s", c.to, c.args, err, c.want)
			}
		case response.Base().StatusCode() != 302:
			t.Errorf("%s: status %d", c.to, response.Base().StatusCode())
		default:
			if got := response.Base().Get("Location"); got != c.want {
				t.Errorf("%s %v leads to %q, want %q", c.to, c.args, got, c.want)
			}
		}
	}
}
