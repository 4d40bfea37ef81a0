package urls_test

import (
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// U-31: the script prefix and the URLconf are those of the request.
func TestRequest(t *testing.T) {
	root := &urls.URLConf{Patterns: []urls.Pattern{urls.Path("a/", view("a"), urls.Name("page"))}}
	other := &urls.URLConf{Patterns: []urls.Pattern{urls.Path("b/", view("b"), urls.Name("page"))}}
	settings := conf.Defaults()
	settings.Modules = &conf.Modules{}
	settings.Modules.Register("site.urls", root)
	settings.RootURLConf = "site.urls"
	environ := wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/app", "PATH_INFO": "/a/"})
	request, err := web.NewWSGIRequest(environ, settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		urlconf any
		options *urls.ReverseOptions
		want    string
	}{
		{nil, nil, "/app/a/"},
		{nil, &urls.ReverseOptions{ScriptPrefix: "/"}, "/a/"},
		{other, nil, "/app/b/"},
		{"site.urls", nil, "/app/a/"},
	} {
		if _, err := urls.SetURLConf(request, test.urlconf); err != nil {
			t.Fatal(err)
		}
		if got, err := urls.Reverse(request, "page", test.options); got != test.want || err != nil {
			t.Errorf("%v: got %s, %v, want %s", test.urlconf, got, err, test.want)
		}
	}
	if match, err := urls.Resolve(request, request.PathInfo); err != nil || match.ViewName() != "page" {
		t.Error(match, err)
	}
	// What a middleware leaves there is not current before the handler says so.
	request.URLConf = other
	if got, err := urls.Reverse(request, "page", nil); got != "/app/a/" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if match, err := urls.IsValidPath(request, "/b/", request.URLConf); match == nil || err != nil {
		t.Error("U-20: no match", err)
	}
	if match, err := urls.IsValidPath(request, "/b/", nil); match != nil || err != nil {
		t.Error("U-20:", match, err)
	}
	if _, err := urls.IsValidPath(request, "/b/", 7); err == nil || err.Error() != "A URLconf is a dotted name or an *urls.URLConf, not a int." {
		t.Error(err)
	}
	for _, wrong := range []any{7, "site.nothing"} {
		if _, err := urls.SetURLConf(request, wrong); err == nil {
			t.Errorf("%v can be read", wrong)
		}
		if _, err := urls.Reverse(request, "page", nil); !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
			t.Errorf("%v: %v", wrong, err)
		}
		if _, err := urls.Resolve(request, "/a/"); !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
