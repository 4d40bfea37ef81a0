package middleware_test

import (
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// old is a middleware in the style that Django had before 1.10.
type old struct {
	name  string
	note  func(string)
	short web.Response // what process_request answers
	err   error        // or fails with
}

func (o *old) ProcessRequest(*web.Request) (web.Response, error) {
	o.note(o.name + ".process_request")
	return o.short, o.err
}

func (o *old) ProcessResponse(_ *web.Request, response web.Response) (web.Response, error) {
	o.note(fmt.Sprintf("%s.process_response(%d)", o.name, response.Base().StatusCode()))
	return response, nil
}

func (o *old) ProcessView(*web.Request, *web.View, *web.Args) (web.Response, error) {
	o.note(o.name + ".process_view")
	return nil, nil
}

// M-01, M-02, X-03: who answers in process_request still sees its own answer,
// and the hooks are those of the object; the same in both modes.
func TestMixin(t *testing.T) {
	for _, c := range []struct {
		name string
		m2   old
		want string
	}{
		{"all pass", old{}, "M1.process_request M2.process_request M1.process_view M2.process_view view M2.process_response(200) M1.process_response(200)"},
		{"X-03 an answer", old{short: web.NewHttpResponse("m2", web.Status(201))}, "M1.process_request M2.process_request M2.process_response(201) M1.process_response(201)"},
		{"a typed nil is no answer", old{short: (*web.HttpResponse)(nil)}, "M1.process_request M2.process_request M1.process_view M2.process_view view M2.process_response(200) M1.process_response(200)"},
		{"an error", old{err: &exceptions.PermissionDenied{}}, "M1.process_request M2.process_request M1.process_response(403)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, async := range []bool{false, true} {
				var events []string
				note := func(text string) { events = append(events, text) }
				settings := conf.Defaults()
				settings.Modules = &conf.Modules{}
				settings.RootURLConf = "urls"
				settings.Middleware = []string{"M1", "M2"}
				settings.Modules.Register("urls", &urls.URLConf{Patterns: []urls.Pattern{urls.Path("", &web.View{Name: "v", Call: func(*web.Request, *web.Args) (web.Response, error) {
					note("view")
					return web.NewHttpResponse("ok"), nil
				}})}})
				for name, m := range map[string]old{"M1": {}, "M2": c.m2} {
					m.name, m.note = name, note
					settings.Modules.Register(name, middleware.MiddlewareMixin(func() (any, error) { return &m, nil }))
				}
				request, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/"}), settings)
				if err != nil {
					t.Fatal(err)
				}
				if async {
					handler, err := handlers.NewASGIHandler(settings, handlers.Options{})
					if err != nil {
						t.Fatal(err)
					}
					_, err = handler.GetResponse(t.Context(), request)
					if err != nil {
						t.Error(err)
					}
				} else {
					handler, err := handlers.NewWSGIHandler(settings, handlers.Options{})
					if err != nil {
						t.Fatal(err)
					}
					if _, err = handler.GetResponse(request); err != nil {
						t.Error(err)
					}
				}
				if got := strings.Join(events, " "); got != c.want {
					t.Errorf("async %v: it went\n %s\nwant\n %s", async, got, c.want)
				}
			}
		})
	}
}

// What create fails with, and nothing at all, are the factory's.
func TestMixinFactory(t *testing.T) {
	failure := errors.New("no")
	for name, c := range map[string]struct {
		object any
		err    error
	}{"an error": {nil, failure}, "nil": {}, "a typed nil": {(*old)(nil), nil}, "a function that is nil": {handlers.MiddlewareFunc(nil), nil}} {
		class := middleware.MiddlewareMixin(func() (any, error) { return c.object, c.err })
		layer, err := class.New(func(*web.Request) (web.Response, error) { return nil, nil })
		if layer != nil || err != c.err {
			t.Errorf("%s: %v, %v", name, layer, err)
		}
		async, err := class.NewAsync(func(context.Context, *web.Request) (web.Response, error) { return nil, nil })
		if async != nil || err != c.err {
			t.Errorf("%s, async: %v, %v", name, async, err)
		}
	}
}

// A page that was rendered from a template is a page like any other: it gets a
// length, an ETag, and is compressed.
func TestTemplateResponses(t *testing.T) {
	long := htmltemplate.Must(htmltemplate.New("").Parse(strings.Repeat("{{.}}long ", 100)))
	for name, factory := range map[string]handlers.MiddlewareFactory{
		"Content-Length": middleware.CommonMiddleware, "ETag": middleware.ConditionalGetMiddleware, "Content-Encoding": middleware.GZipMiddleware,
	} {
		get := func(rendered bool) (web.Response, error) {
			return site{factory: factory, meta: map[string]string{"HTTP_ACCEPT_ENCODING": "gzip"}, view: func() (web.Response, error) {
				response := template.New(nil, long, nil)
				if rendered {
					return response.Render()
				}
				return response, nil
			}}.get(t)
		}
		response, err := get(true)
		if err != nil || !response.Base().Has(name) {
			t.Errorf("%s: %v, %v", name, response, err)
		}
		var notRendered *template.ContentNotRenderedError
		if _, err := get(false); !errors.As(err, &notRendered) {
			t.Errorf("%s, not rendered: %v", name, err)
		}
	}
}

// emptyRedirect answers with what a constructor that failed gave.
type emptyRedirect struct{}

func (emptyRedirect) ProcessRequest(*web.Request) (web.Response, error) {
	return web.HttpResponseRedirect{}, nil
}

// A response that is empty is none, and what is inside is called.
func TestMixinEmptyResponse(t *testing.T) {
	class := middleware.MiddlewareMixin(func() (any, error) { return emptyRedirect{}, nil })
	inner := web.NewHttpResponse("inner")
	layer, err := class.New(func(*web.Request) (web.Response, error) { return inner, nil })
	if err != nil {
		t.Fatal(err)
	}
	if response, err := layer.Call(nil); response != web.Response(inner) || err != nil {
		t.Errorf("got %v, %v", response, err)
	}
	async, err := class.NewAsync(func(context.Context, *web.Request) (web.Response, error) { return inner, nil })
	if err != nil {
		t.Fatal(err)
	}
	if response, err := async.CallAsync(t.Context(), nil); response != web.Response(inner) || err != nil {
		t.Errorf("async: got %v, %v", response, err)
	}
}
