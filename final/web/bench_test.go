package web_test

import (
	"iter"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// source is what a gateway knows of a plain GET.
type source struct{}

func (source) Text(key string) (string, bool) {
	switch key {
	case "REQUEST_METHOD":
		return "GET", true
	case "SCRIPT_NAME", "QUERY_STRING":
		return "", true
	case "PATH_INFO":
		return "/launches/2026/", true
	case "HTTP_COOKIE":
		return "theme=dark; session=abcdef", true
	}
	return "", false
}
func (source) Value(string) (any, bool) { return nil, false }
func (source) Keys() iter.Seq[string]   { return func(func(string) bool) {} }

var plainGET source

var settings = func() *conf.Settings {
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	return settings
}()

func BenchmarkRequest(b *testing.B) {
	environ := wsgi.View(plainGET)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := web.NewWSGIRequest(environ, settings); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCookie(b *testing.B) {
	request, err := web.NewWSGIRequest(wsgi.View(plainGET), settings)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if value, _ := request.Cookie("session"); value != "abcdef" {
			b.Fatal(value)
		}
	}
}

func BenchmarkResponse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		response := web.NewHttpResponse("Hello, world!\n")
		if response.Base().StatusLine() != "200 OK" || len(response.Base().HeaderList()) != 1 {
			b.Fatal("wrong")
		}
	}
}

// Five headers and a cookie, as with the usual middleware.
func BenchmarkResponseFull(b *testing.B) {
	content := make([]byte, 1024)
	b.ReportAllocs()
	for b.Loop() {
		response := web.NewHttpResponse(content, web.ContentType("application/json"))
		base := response.Base()
		for _, name := range [...]string{"X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "X-Frame-Options"} {
			if err := base.SetDefault(name, "same-origin"); err != nil {
				b.Fatal(err)
			}
		}
		if err := base.SetCookie("session", "abcdef", web.Cookie{HTTPOnly: true}); err != nil {
			b.Fatal(err)
		}
		if len(base.HeaderList()) != 6 {
			b.Fatal("wrong")
		}
	}
}

var user = web.NewKey[*string]("user")

func BenchmarkKey(b *testing.B) {
	request, err := web.NewWSGIRequest(wsgi.View(plainGET), settings)
	if err != nil {
		b.Fatal(err)
	}
	name := new("somebody")
	b.ReportAllocs()
	for b.Loop() {
		user.Set(request, name)
		if value, ok := user.Get(request); value != name || !ok {
			b.Fatal("wrong")
		}
	}
}
