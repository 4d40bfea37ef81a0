package middleware_test

import (
	"context"
	"errors"
	htmltemplate "html/template"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// around is a middleware with all methods, that notes what it is asked.
type around struct {
	note                     func(string)
	request, view, exception string // what it answers, if anything
	err                      error  // what process_request fails with
}

func answer(text string) web.Response {
	if text == "" {
		return nil
	}
	return web.NewHttpResponse(text)
}

func (m around) ProcessRequest(*web.Request) (web.Response, error) {
	m.note("process_request")
	return answer(m.request), m.err
}

func (m around) ProcessView(_ *web.Request, view *web.View, _ *web.Args) (web.Response, error) {
	m.note("process_view(" + view.Name + ")")
	return answer(m.view), nil
}

func (m around) ProcessException(_ *web.Request, err error) (web.Response, error) {
	m.note("process_exception(" + err.Error() + ")")
	return answer(m.exception), nil
}

func (m around) ProcessTemplateResponse(_ *web.Request, response web.Response) (web.Response, error) {
	m.note("process_template_response")
	return response, nil
}

func (m around) ProcessResponse(_ *web.Request, response web.Response) (web.Response, error) {
	content := "unrendered"
	if page, ok := response.(interface{ Content() ([]byte, error) }); ok {
		if text, err := page.Content(); err == nil {
			content = string(text)
		}
	} else {
		content = string(response.(*web.HttpResponse).Content())
	}
	m.note("process_response(" + content + ")")
	return response, response.Base().Set("X-Seen", content)
}

// T-12: one view with a middleware around it. The response half sees a template
// response when it is rendered, after the template hooks of all middleware.
func TestDecoratorFromMiddleware(t *testing.T) {
	page := htmltemplate.Must(htmltemplate.New("page").Parse("page"))
	for _, c := range []struct {
		name    string
		around  around
		view    func(*web.Request) (web.Response, error)
		want    string
		content string // and X-Seen
		seen    string
	}{
		{"plain", around{}, func(*web.Request) (web.Response, error) { return web.NewHttpResponse("plain"), nil },
			"process_request process_view(v) VIEW process_response(plain)", "plain", "plain"},
		{"a template response", around{}, func(r *web.Request) (web.Response, error) { return template.New(r, page, nil), nil },
			"process_request process_view(v) VIEW process_template_response OUTER.process_template_response process_response(page)", "page", "page"},
		{"an answer to the request", around{request: "early"}, nil, "process_request", "early", ""},
		{"an answer to the view", around{view: "early"}, nil, "process_request process_view(v)", "early", ""},
		{"an error of its own", around{err: errors.New("own")}, nil, "process_request", "", ""},
		{"an error", around{}, func(*web.Request) (web.Response, error) { return nil, errors.New("boom") },
			"process_request process_view(v) VIEW process_exception(boom)", "", ""},
		{"an answer to an error", around{exception: "sorry"}, func(*web.Request) (web.Response, error) { return nil, errors.New("boom") },
			"process_request process_view(v) VIEW process_exception(boom)", "sorry", ""},
	} {
		for _, async := range []bool{false, true} {
			var events []string
			c.around.note = func(text string) { events = append(events, text) }
			view := &web.View{Name: "v", Attributes: map[string]any{"kept": true}}
			call := func(r *web.Request) (web.Response, error) {
				events = append(events, "VIEW")
				return c.view(r)
			}
			if async {
				view.CallAsync = func(_ context.Context, r *web.Request, _ *web.Args) (web.Response, error) { return call(r) }
			} else {
				view.Call = func(r *web.Request, _ *web.Args) (web.Response, error) { return call(r) }
			}
			decorated := middleware.DecoratorFromMiddleware(c.around)(view)
			if decorated.Name != "v" || decorated.Attributes["kept"] != true || decorated == view || (decorated.Call == nil) != async || (decorated.CallAsync == nil) == async {
				t.Errorf("%s: %+v", c.name, decorated)
			}
			settings := conf.Defaults()
			settings.RootURLConf, settings.Modules = "urls", &conf.Modules{}
			settings.DebugPropagateExceptions = true
			settings.Modules.Register("urls", &urls.URLConf{Patterns: []urls.Pattern{urls.Path("", decorated)}})
			settings.Middleware = []string{"outer"}
			settings.Modules.Register("outer", middleware.MiddlewareMixin(func() (any, error) { return outer{c.around.note}, nil }))
			handler, err := handlers.NewWSGIHandler(settings, handlers.Options{})
			if err != nil {
				t.Fatal(err)
			}
			request, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/"}), settings)
			if err != nil {
				t.Fatal(err)
			}
			content, seen := "", ""
			if response, err := handler.GetResponse(request); err == nil {
				for chunk, err := range wsgi.Chunks(response) {
					if err != nil {
						t.Fatal(err)
					}
					content += string(chunk)
				}
				seen = response.Base().Get("X-Seen")
			}
			if got := strings.Join(events, " "); got != c.want || content != c.content || seen != c.seen {
				t.Errorf("%s, async %v: %q, seen %q: %s\nwant %s", c.name, async, content, seen, got, c.want)
			}
		}
	}
}

// outer is a middleware around all views.
type outer struct{ note func(string) }

func (o outer) ProcessTemplateResponse(_ *web.Request, response web.Response) (web.Response, error) {
	o.note("OUTER.process_template_response")
	return response, nil
}
