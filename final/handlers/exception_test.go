package handlers_test

import (
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/observe"
	"basehandler/final/template"
	"basehandler/final/web"
)

// TestKinds: which error becomes which page, with which record (E-03 to E-16).
func TestKinds(t *testing.T) {
	const got500 = "got_request_exception"
	for _, c := range []struct {
		name          string
		err           error
		status        int
		debugStatus   int
		title         string // of the built-in page
		log, debugLog string
		signal        bool
	}{
		{"E-04 Http404", &exceptions.Http404{Message: "m"}, 404, 404, "Not Found", "LOG[django.request WARN] Not Found: /x", "", false},
		{"E-06 PermissionDenied", &exceptions.PermissionDenied{Message: "m"}, 403, 403, "403 Forbidden", "LOG[django.request WARN] Forbidden (Permission denied): /x +exc", "", false},
		{"E-07 MultiPartParserError", &exceptions.MultiPartParserError{Message: "m"}, 400, 400, "Bad Request (400)", "LOG[django.request WARN] Bad request (Unable to parse request body): /x +exc", "", false},
		{"E-08 BadRequest", &exceptions.BadRequest{Message: "m"}, 400, 400, "Bad Request (400)", "LOG[django.request WARN] m: /x +exc", "", false},
		{"E-09 E-10 E-11 SuspiciousOperation", &exceptions.SuspiciousOperation{Message: "m"}, 400, 400, "Bad Request (400)", "LOG[django.security.SuspiciousOperation ERROR] m +exc", "", false},
		{"E-10 DisallowedHost", fmt.Errorf("w: %w", &exceptions.DisallowedHost{Message: "m"}), 400, 400, "Bad Request (400)", "LOG[django.security.DisallowedHost ERROR] w: m +exc", "", false},
		{"E-14 anything else", errBoom, 500, 500, "Server Error (500)", "LOG[django.request ERROR] Internal Server Error: /x +exc", "", true},
		{"E-03 of two kinds the first of the list counts", errors.Join(&exceptions.BadRequest{}, &exceptions.PermissionDenied{}, &exceptions.Http404{}), 404, 404, "Not Found", "LOG[django.request WARN] Not Found: /x", "", false},
		{"E-03 the second", errors.Join(&exceptions.SuspiciousOperation{}, &exceptions.MultiPartParserError{}, &exceptions.PermissionDenied{}), 403, 403, "403 Forbidden", "LOG[django.request WARN] Forbidden (Permission denied): /x +exc", "", false},
		{"a context of one's own that ended", context.DeadlineExceeded, 500, 500, "Server Error (500)", "LOG[django.request ERROR] Internal Server Error: /x +exc", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				for _, debug := range []bool{false, true} {
					a := newApp(t)
					a.signals()
					a.settings.Debug = debug
					a.add("x", a.raises(c.err))
					r := get(a, "/x")
					status, log := c.status, c.log
					if debug {
						status = c.debugStatus
					}
					if r.status != status {
						t.Errorf("DEBUG %v: status %d, want %d", debug, r.status, status)
					}
					events := once(a.take())
					if !strings.Contains(events, log) || strings.Count(events, "LOG") != 1 {
						t.Errorf("DEBUG %v: it went %s", debug, events)
					}
					if got := strings.Contains(events, got500); got != c.signal {
						t.Errorf("E-16: DEBUG %v: got_request_exception was sent: %v", debug, got)
					}
					// E-04, E-06 to E-09: which kinds have a technical page.
					technical := strings.Contains(r.body, "because DEBUG is on")
					want := debug && c.status != 403 && c.name != "E-07 MultiPartParserError"
					if r.header("Content-Type") == "text/plain; charset=utf-8" {
						technical = strings.Contains(r.body, "Settings:")
					}
					if technical != want {
						t.Errorf("DEBUG %v: a technical page: %v\n%.200s", debug, technical, r.body)
					}
					// E-26, E-27
					if !want && (!strings.Contains(r.body, "<title>"+c.title+"</title>") || r.header("Content-Type") != "text/html; charset=utf-8") {
						t.Errorf("E-26: DEBUG %v: %s\n%s", debug, r.header("Content-Type"), r.body)
					}
					if !debug && strings.Contains(r.body, ">m<") {
						t.Error("visitors are told what went wrong")
					}
				}
			})
		})
	}
}

// E-12: after a form that was too large its page may look at the form.
func TestEmptyForm(t *testing.T) {
	for _, err := range []error{&exceptions.RequestDataTooBig{}, &exceptions.TooManyFieldsSent{}, &exceptions.TooManyFilesSent{}, &exceptions.DisallowedHost{}} {
		a := newApp(t)
		a.settings.DataUploadMaxMemorySize = new(int64(2))
		a.conf.Handler400 = func(request *web.Request, got error) (web.Response, error) {
			if got != err {
				t.Errorf("handler400 got %v", got)
			}
			post, failure := request.POST()
			if failure != nil {
				return plain("no form", web.Status(400))(request)
			}
			return plain(fmt.Sprint("form of ", post.Len()), web.Status(400))(request)
		}
		a.add("x", a.raises(err))
		handler := a.wsgiHandler()
		r := a.call(handler, environ(t.Context(), "/x", map[string]any{
			"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": "7", "wsgi.input": strings.NewReader("a=1&b=2"),
		}))
		want := "form of 0"
		if exceptions.Is[*exceptions.DisallowedHost](err) {
			want = "no form" // it has nothing to do with the form
		}
		if r.body != want {
			t.Errorf("after %T: %q, want %q", err, r.body, want)
		}
	}
}

// Error views of one's own: what they get, and what becomes of those that fail.
func TestErrorViews(t *testing.T) {
	fails := func(a *app, name string) func(*web.Request, error) (web.Response, error) {
		return func(*web.Request, error) (web.Response, error) { a.note("%s", name); return nil, errors.New(name) }
	}
	fine500 := func(a *app) func(*web.Request) (web.Response, error) {
		return func(r *web.Request) (web.Response, error) {
			a.note("handler500")
			return plain("custom500", web.Status(500))(r)
		}
	}
	for _, c := range []struct {
		name string
		set  func(a *app)
		want string
		body string
	}{
		{"E-24 E-17 E-15 handler500 answers, and the level goes by its status", func(a *app) {
			a.conf.Handler500 = func(r *web.Request) (web.Response, error) { return plain("fine")(r) }
			a.add("", a.raises(errBoom))
		}, "VIEW | got_request_exception Exception | LOG[django.request INFO] OK: / +exc | request_finished", "fine"},
		{"E-19 E-20 a failing handler404", func(a *app) {
			a.conf.Handler404, a.conf.Handler500 = fails(a, "handler404"), fine500(a)
			a.add("", a.raises(&exceptions.Http404{}))
		}, "VIEW | handler404 | got_request_exception Exception | handler500 | LOG[django.request ERROR] Internal Server Error: / | request_finished", "custom500"},
		{"E-20 a failing handler403", func(a *app) {
			a.conf.Handler403, a.conf.Handler500 = fails(a, "handler403"), fine500(a)
			a.add("", a.raises(&exceptions.PermissionDenied{}))
		}, "VIEW | handler403 | got_request_exception Exception | handler500 | LOG[django.request ERROR] Forbidden (Permission denied): / +exc | request_finished", "custom500"},
		{"E-19 a panicking handler400", func(a *app) {
			a.conf.Handler400 = func(*web.Request, error) (web.Response, error) { panic("h400") }
			a.conf.Handler500 = fine500(a)
			a.add("", a.raises(&exceptions.BadRequest{Message: "m"}))
		}, "VIEW | got_request_exception Panic | handler500 | LOG[django.request ERROR] m: / +exc | request_finished", "custom500"},
		{"E-22 a panicking handler500", func(a *app) {
			a.conf.Handler500 = func(*web.Request) (web.Response, error) { panic("h500") }
			a.add("", a.raises(errBoom)).use(mw{name: "A"})
		}, "A> | VIEW | got_request_exception Exception | <A raised panic: h500 | got_request_exception Panic | ESCAPED Panic: panic: h500", ""},
		{"E-24 the error views of the request's URLconf", func(a *app) {
			alt := newApp(t).conf
			alt.Handler404 = func(r *web.Request, _ error) (web.Response, error) { return plain("alt404", web.Status(404))(r) }
			a.settings.Modules.Register("site.alt", alt)
			a.conf.Handler404 = fails(a, "root's")
			a.use(mw{name: "A", request: func(r *web.Request) (web.Response, error) { r.URLConf = "site.alt"; return nil, nil }})
		}, "A> | <A(404) | LOG[django.request WARN] Not Found: / | request_finished", "alt404"},
		{"E-23 a failing template of an error view", func(a *app) {
			a.conf.Handler403 = func(*web.Request, error) (web.Response, error) { return a.unrendered("h403", errBoom), nil }
			a.add("", a.raises(&exceptions.PermissionDenied{})).use(mw{name: "A"})
		}, "A> | VIEW | LOG[django.request INFO] Forbidden (Permission denied): / +exc | render h403 | <A raised boom | got_request_exception Exception | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | request_finished", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				a := newApp(t)
				a.signals()
				c.set(a)
				r := get(a, "/")
				if got := strings.TrimPrefix(once(a.take()), "request_started | "); got != c.want {
					t.Errorf("it went\n %s\nwant\n %s", got, c.want)
				}
				if c.body != "" && r.body != c.body {
					t.Errorf("the body is %q", r.body)
				}
			})
		})
	}
}

// E-17, E-18, X-12: with DEBUG_PROPAGATE_EXCEPTIONS the error passes through
// every layer, as an error.
func TestPropagate(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		for _, debug := range []bool{false, true} {
			a := newApp(t)
			a.signals()
			a.settings.DebugPropagateExceptions, a.settings.Debug = true, debug
			a.add("", a.raises(errBoom)).use(mw{name: "A", mode: "both"}, mw{name: "B", mode: "both"})
			if r := get(a, "/"); r.err != errBoom {
				t.Errorf("got %v", r.err)
			}
			if got, want := once(a.take()), "request_started | A> | B> | VIEW | got_request_exception Exception | <B raised boom | got_request_exception Exception | "+
				"<A raised boom | got_request_exception Exception | ESCAPED Exception: boom"; got != want {
				t.Errorf("it went %s", got)
			}
			// A middleware that catches works at last.
			a = newApp(t)
			a.settings.DebugPropagateExceptions = true
			a.add("", a.raises(errBoom)).use(mw{name: "A"}, mw{name: "B", around: func(r *web.Request, get handlers.GetResponse) (web.Response, error) {
				if _, err := get(r); err == errBoom {
					return plain("caught")(r)
				}
				return nil, errors.New("nothing to catch")
			}})
			if r := get(a, "/"); r.body != "caught" {
				t.Errorf("got %q, %v", r.body, r.err)
			}
			// E-17: what has a page of its own gets it all the same.
			a = newApp(t)
			a.settings.DebugPropagateExceptions = true
			a.add("", a.raises(&exceptions.PermissionDenied{}))
			if r := get(a, "/"); r.status != 403 {
				t.Errorf("status %d", r.status)
			}
		}
	})
}

// E-26, E-28, E-29: templates of one's own for the default error views.
func TestErrorTemplates(t *testing.T) {
	a := newApp(t)
	a.settings.Templates = htmltemplate.Must(htmltemplate.New("404.html").Parse("404 {{.request_path}} {{.exception}}"))
	htmltemplate.Must(a.settings.Templates.New("403.html").Parse("403 {{.exception}}"))
	htmltemplate.Must(a.settings.Templates.New("400.html").Parse("400 {{range $k, $v := .}}{{$k}}{{$v}}{{end}}"))
	htmltemplate.Must(a.settings.Templates.New("500.html").Parse("500 {{range $k, $v := .}}{{$k}}{{$v}}{{end}}"))
	a.add("$&+,:;=@", a.raises(&exceptions.Http404{})).add("found é", a.raises(&exceptions.Http404{Message: "no <b>launch</b>"})).add("bare", a.raises(&exceptions.Http404{})).
		add("denied", a.raises(&exceptions.PermissionDenied{Message: "not you"})).
		add("bad", a.raises(&exceptions.BadRequest{Message: "secret"})).add("boom", a.raises(errors.New("secret")))
	for path, want := range map[string]string{
		"/found é": "404 /found%20%C3%A9 no &lt;b&gt;launch&lt;/b&gt;", "/bare": "404 /bare Http404",
		"/$&+,:;=@": "404 /%24%26%2B%2C%3A%3B%3D%40 Http404", "/missing": "404 /missing Resolver404",
		"/denied": "403 not you", "/bad": "400 ", "/boom": "500 ",
	} {
		r := a.get(path)
		if r.body != want || !strings.HasPrefix(r.body, fmt.Sprint(r.status)) {
			t.Errorf("%s: status %d, %q, want %q", path, r.status, r.body, want)
		}
	}
}

// E-02: an error of async code is answered where the code is. The way of DEBUG's
// page is not counted.
func TestErrorsCrossNothing(t *testing.T) {
	for _, err := range []error{errBoom, &exceptions.Http404{}, &exceptions.PermissionDenied{}, &exceptions.BadRequest{}, &exceptions.DisallowedHost{}} {
		for _, debug := range []bool{false, true} {
			a := newApp(t)
			a.settings.Debug = debug
			counter := &counter{}
			a.options.Observer = counter
			a.use(mw{name: "A", mode: "async"}).add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return nil, err }))
			if r := a.asgiGet("/"); r.status < 400 || counter.total(observe.Bridges) != 0 {
				t.Errorf("%s, DEBUG %v: status %d, %d crossings", exceptions.Kind(err), debug, r.status, counter.total(observe.Bridges))
			}
		}
	}
}

// E-30: an error view of another template, and one whose template is missing,
// which is an error of the error view; E-25: without any there is the default.
func TestErrorViewsOfTemplates(t *testing.T) {
	for name, templates := range map[string]*htmltemplate.Template{
		"there":   htmltemplate.Must(htmltemplate.New("own.html").Parse("own {{.exception}}")),
		"missing": htmltemplate.New("none"),
		"none":    nil,
	} {
		a := newApp(t)
		a.signals()
		a.settings.Templates = templates
		a.add("missing", a.raises(&exceptions.Http404{Message: "m"})).add("denied", a.raises(&exceptions.PermissionDenied{Message: "d"})).
			add("bad", a.raises(&exceptions.BadRequest{Message: "b"})).add("boom", a.raises(errBoom))
		for _, path := range []string{"/missing", "/denied", "/bad", "/boom"} {
			a.conf.Handler404, a.conf.Handler403, a.conf.Handler400, a.conf.Handler500 = nil, nil, nil, nil
			usual := a.get(path)
			a.take()
			a.conf.Handler404, a.conf.Handler403 = handlers.PageNotFound("own.html"), handlers.PermissionDenied("own.html")
			a.conf.Handler400 = handlers.BadRequest("own.html")
			if path == "/boom" {
				a.conf.Handler500 = handlers.ServerError("own.html")
			}
			r := a.get(path)
			events := a.take()
			switch {
			case name == "there":
				want := map[string]string{"/missing": "own m", "/denied": "own d", "/bad": "own ", "/boom": "own "}[path]
				if r.body != want || r.status != usual.status {
					t.Errorf("%s: %d %q", path, r.status, r.body)
				}
			case path == "/boom":
				if !exceptions.Is[*template.TemplateDoesNotExist](r.err) || r.err.Error() != "own.html" {
					t.Errorf("%s, %s: %v", name, path, r.err)
				}
			default: // the error view failed, and so it is a 500
				if r.status != 500 || !strings.Contains(r.body, "Server Error (500)") || !strings.Contains(events, "got_request_exception") {
					t.Errorf("%s, %s: %d %s\n%s", name, path, r.status, r.body, events)
				}
			}
			if usual.status == 500 != (path == "/boom") || !strings.Contains(usual.body, "<title>") {
				t.Errorf("%s, %s: the default is %d %s", name, path, usual.status, usual.body)
			}
		}
	}
}

// E-33: technical pages are plain text for who does not want HTML. E-31: a site
// without routes is welcomed.
func TestTechnicalPages(t *testing.T) {
	a := newApp(t)
	a.settings.Debug = true
	handler := a.wsgiHandler()
	if r := a.call(handler, environ(t.Context(), "/")); r.status != 200 || !strings.Contains(r.body, "It works") {
		t.Errorf("E-31: %d %s", r.status, r.body)
	}
	a = newApp(t)
	a.settings.Debug = true
	a.add("boom", &web.View{Name: "site.views.boom", Call: func(*web.Request, *web.Args) (web.Response, error) { return deep(), nil }})
	handler = a.wsgiHandler()
	for accept, want := range map[string]string{"text/html": "text/html; charset=utf-8", "*/*": "text/html; charset=utf-8", "application/json": "text/plain; charset=utf-8"} {
		r := a.call(handler, environ(t.Context(), "/boom", map[string]any{"HTTP_ACCEPT": accept}))
		if got := r.header("Content-Type"); got != want {
			t.Errorf("E-33: Accept %s: %s", accept, got)
		}
		// The page begins where it happened, whatever caught it.
		if !strings.Contains(r.body, "handlers_test.deep") || strings.Contains(r.body, "<code>runtime/debug.Stack</code>") {
			t.Errorf("the page does not show where it happened")
		}
	}
	if r := a.call(handler, environ(t.Context(), "/nowhere")); r.status != 404 || !strings.Contains(r.body, "<code>boom</code>") || !strings.Contains(r.body, "site.urls") {
		t.Errorf("E-32: %d %s", r.status, r.body)
	}
}

func deep() web.Response { panic("aua") }

// The server's own way to give up on a request passes through everything: layers
// of both modes, hooks, bridges, transactions, error views.
func TestAbortHandler(t *testing.T) {
	abort := func(*web.Request, *web.Args) (web.Response, error) { panic(http.ErrAbortHandler) }
	for _, stack := range [][]mw{nil, {{name: "A"}}, {{name: "A", mode: "async"}}, {{name: "A", mode: "async"}, {name: "B"}, {name: "C", mode: "async"}}, {{name: "A"}, {name: "B", mode: "async"}, {name: "C"}}} {
		for _, where := range []string{"view", "async view", "error view", "hook"} {
			a := newApp(t)
			a.signals()
			a.use(stack...)
			switch where {
			case "view":
				a.add("", &web.View{Name: "x", Call: abort})
			case "async view":
				a.add("", a.asyncView(func(_ context.Context, r *web.Request) (web.Response, error) { return abort(r, nil) }))
			case "error view":
				a.conf.Handler404 = func(r *web.Request, _ error) (web.Response, error) { return abort(r, nil) }
			case "hook":
				a.use(mw{name: "H", view: func(r *web.Request, _ *web.View, _ *web.Args) (web.Response, error) { return abort(r, nil) }}).add("", a.ok())
			}
			wsgi, asgi := a.wsgiHandler(), a.asgiHandler()
			for name, call := range map[string]func(){
				"wsgi": func() { a.call(wsgi, environ(t.Context(), "/")) },
				"asgi": func() { c := a.newClient(); _ = asgi.Call(t.Context(), scope("/"), c.receive, c.send) },
			} {
				func() {
					defer func() {
						if value := recover(); value != http.ErrAbortHandler {
							t.Errorf("%s, %s, %d layers: got %v", name, where, len(stack), value)
						}
					}()
					call()
				}()
			}
			if got := a.take(); strings.Contains(got, "LOG") || strings.Contains(got, "got_request_exception") || strings.Contains(got, "<A") {
				t.Errorf("%s: it went %s", where, got)
			}
		}
	}
}

// What the request holds is let go when nobody answers it.
func TestRequestIsClosed(t *testing.T) {
	for name, does := range map[string]func(*web.Request) (web.Response, error){
		"an error that escapes": func(*web.Request) (web.Response, error) { return nil, &exceptions.SystemExit{} },
		"an abort":              func(*web.Request) (web.Response, error) { panic(http.ErrAbortHandler) },
		"a response":            plain("ok"),
	} {
		for _, kind := range []string{"wsgi", "asgi"} {
			dir := t.TempDir()
			a := newApp(t)
			a.settings.FileUploadMaxMemorySize = 1
			a.settings.FileUploadTempDir = dir
			a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
				files, err := request.FILES()
				if err != nil || files.Len() != 1 {
					t.Errorf("%d files, %v", files.Len(), err)
				}
				if len(glob(t, dir)) == 0 {
					t.Error("nothing is on disk")
				}
				return does(request)
			}})
			func() {
				defer func() { _ = recover() }()
				if kind == "wsgi" {
					a.call(a.wsgiHandler(), environ(t.Context(), "/", upload()))
				} else {
					a.uploadASGI()
				}
			}()
			if left := glob(t, dir); len(left) > 0 {
				t.Errorf("%s, %s: %v stay on disk", kind, name, left)
			}
		}
	}
	// Also when the server does not take the headers.
	dir := t.TempDir()
	a := newApp(t)
	a.settings.FileUploadMaxMemorySize, a.settings.FileUploadTempDir = 1, dir
	closed := 0
	a.add("", &web.View{Name: "x", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		if _, err := request.FILES(); err != nil {
			t.Error(err)
		}
		response := web.NewHttpResponse("x")
		response.AddCloser(func() error { closed++; return nil })
		return response, nil
	}})
	if body, err := a.wsgiHandler().Call(environ(t.Context(), "/", upload()), refuse); body != nil || err != errBoom || closed != 1 || len(glob(t, dir)) > 0 {
		t.Errorf("got %v, %v; %d closed; %v stay", body, err, closed, glob(t, dir))
	}
}

// A layer that gives what is inside it less time gets the error, and may answer.
func TestShorterTime(t *testing.T) {
	a := newApp(t)
	a.signals()
	class := handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
		return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
			inside, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			response, err := get(inside, request)
			if errors.Is(err, context.DeadlineExceeded) {
				return plain("too slow", web.Status(504))(request)
			}
			return response, err
		}), nil
	}}
	a.settings.Modules.Register("site.Timeout", class)
	a.settings.Middleware = []string{"site.Timeout"}
	a.use(mw{name: "B", mode: "async"})
	a.add("", a.asyncView(func(ctx context.Context, _ *web.Request) (web.Response, error) { <-ctx.Done(); return nil, ctx.Err() }))
	if r := a.asgiGet("/"); r.status != 504 || r.body != "too slow" {
		t.Errorf("status %d, %v", r.status, r.err)
	}
	if got := a.take(); strings.Contains(got, "got_request_exception") {
		t.Errorf("it went %s", got)
	}
}

// What an error page panics with leaves its layer as what it fails with does:
// once, and as an error.
func TestPanickingErrorPages(t *testing.T) {
	broken := htmltemplate.Must(htmltemplate.New("broken").Parse("{{call .}}"))
	for name, execute := range map[string]template.Template{
		"fails":  broken,
		"panics": executeFunc(func() { panic(errBoom) }),
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				a := newApp(t)
				a.signals()
				a.conf.Handler500 = func(request *web.Request) (web.Response, error) {
					a.note("handler500")
					return template.New(request, execute, nil, web.Status(500)), nil
				}
				a.add("", a.raises(errBoom))
				r := get(a, "/")
				if events := a.take(); r.err == nil || strings.Count(events, "handler500") != 1 || strings.Count(events, "got_request_exception") != 1 {
					t.Errorf("%v came out, and it went %s", r.err, events)
				}
			})
		})
	}
}

// executeFunc is a template that does something.
type executeFunc func()

func (f executeFunc) Execute(io.Writer, any) error { f(); return nil }

// left is what sync code leaves on a request.
var left = web.NewKey[bool]("left")

// Sync code that a layer has stopped waiting for may go on to work with the
// request; what answers in its place does not ask for the same things.
func TestAbandonedSyncCode(t *testing.T) { both(t, abandonedSyncCode) }

func abandonedSyncCode(t *testing.T, get func(*app, string) answer) {
	a := newApp(t)
	a.signals()
	began, answered := make(chan struct{}), make(chan struct{})
	class := handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
		return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
			inside, cancel := context.WithCancel(ctx)
			go func() { <-began; cancel() }()
			return get(inside, request)
		}), nil
	}}
	outside := handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
		return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
			defer close(answered)
			return get(ctx, request)
		}), nil
	}}
	a.settings.Modules.Register("site.Outside", outside)
	a.settings.Modules.Register("site.Cancel", class)
	a.settings.Middleware = []string{"site.Outside", "site.Cancel"}
	a.add("", &web.View{Name: "site.views.slow", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
		close(began)
		for {
			request.SetContext(request.Context()) // as a transaction does
			request.META.Set("site.left", true)
			left.Set(request, true)
			select {
			case <-answered:
				return plain("late")(request)
			case <-time.After(time.Millisecond):
			}
		}
	}})
	if r := get(a, "/"); r.status != 500 || r.err != nil {
		t.Errorf("status %d, %v", r.status, r.err)
	}
}

// With DEBUG the page for an error shows all of the request. It waits for sync
// code that a layer has given up on, and for that which does not end shows none
// of it.
func TestPageOfAbandonedSyncCode(t *testing.T) {
	defer func(patience time.Duration) { *handlers.PagePatience = patience }(*handlers.PagePatience)
	for name, ends := range map[string]bool{"it ends": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			*handlers.PagePatience = soon
			if !ends {
				*handlers.PagePatience = 10 * time.Millisecond
			}
			a := newApp(t)
			a.settings.Debug = true
			began, answered := make(chan struct{}), make(chan struct{})
			a.settings.Modules.Register("site.Cancel", handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
				return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
					inside, cancel := context.WithCancel(ctx)
					go func() { <-began; cancel() }()
					return get(inside, request)
				}), nil
			}})
			a.settings.Modules.Register("site.Outside", handlers.MiddlewareClass{NewAsync: func(get handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
				return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
					defer close(answered)
					return get(ctx, request)
				}), nil
			}})
			a.settings.Middleware = []string{"site.Outside", "site.Cancel"}
			a.add("", &web.View{Name: "site.views.slow", Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
				close(began)
				for i := 0; !ends || i < 50; i++ {
					request.META.Set(fmt.Sprint("site.written-", i), "")
					select {
					case <-answered:
						return plain("late")(request)
					case <-time.After(time.Millisecond):
					}
				}
				return plain("late")(request)
			}})
			r := a.asgiGet("/")
			if whole := strings.Contains(r.body, "site.written-49"); r.status != 500 || whole != ends || !strings.Contains(r.body, "context canceled") {
				t.Errorf("status %d, %v, the page shows what was written last: %v", r.status, r.err, whole)
			}
		})
	}
}
