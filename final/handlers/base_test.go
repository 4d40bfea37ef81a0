package handlers_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"weak"

	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/internal/tracedb"
	"basehandler/wsgi"

	_ "github.com/ncruces/go-sqlite3/driver"
)

// page is a view that answers with a template response, which notes itself.
func (a *app) page(err error) *web.View {
	return &web.View{Name: "site.views.page", Call: func(*web.Request, *web.Args) (web.Response, error) {
		a.note("VIEW")
		return a.unrendered("page", err), nil
	}}
}

func (a *app) unrendered(name string, err error) *template.Response {
	return template.New(nil, tmpl(func(w io.Writer) error {
		a.note("render %s", name)
		if err != nil {
			return err
		}
		_, err := io.WriteString(w, name)
		return err
	}), nil)
}

func plain(text string, options ...web.Option) func(*web.Request) (web.Response, error) {
	return func(*web.Request) (web.Response, error) { return web.NewHttpResponse(text, options...), nil }
}

// once drops what only one of the two handlers does, so that one trace holds for
// both.
func once(events string) string {
	var kept []string
	for event := range strings.SplitSeq(events, " | ") {
		if !strings.HasPrefix(event, "start_response") && !strings.HasPrefix(event, "send ") {
			kept = append(kept, strings.ReplaceAll(event, "@async", ""))
		}
	}
	return strings.Join(kept, " | ")
}

// TestOrder holds whole traces, of both handlers, which are the same (H-34).
func TestOrder(t *testing.T) {
	viewHook := func(answer func(*web.Request) (web.Response, error)) func(*web.Request, *web.View, *web.Args) (web.Response, error) {
		return func(request *web.Request, _ *web.View, _ *web.Args) (web.Response, error) { return answer(request) }
	}
	fails := func(err error) func(*web.Request) (web.Response, error) {
		return func(*web.Request) (web.Response, error) { return nil, err }
	}
	for _, c := range []struct {
		name string
		set  func(a *app)
		want string
		body string // "": not looked at
	}{
		{"X-03 a short circuit silences all hooks", func(a *app) {
			B := hooked("B")
			B.request = plain("B")
			a.add("", a.ok()).use(hooked("A"), B, hooked("C"))
		}, "request_started | A> | B> | <A(200) | request_finished", "B"},
		{"X-04 H-40 H-42 a response of a view hook", func(a *app) {
			B := hooked("B")
			B.view = viewHook(plain("pv"))
			a.add("", a.ok()).use(hooked("A"), B, hooked("C"))
		}, "request_started | A> | B> | C> | A.process_view | B.process_view | <C(200) | <B(200) | <A(200) | request_finished", "pv"},
		{"X-04 H-42 a template response of a view hook", func(a *app) {
			B := hooked("B")
			B.view = viewHook(func(*web.Request) (web.Response, error) { return a.unrendered("pv", nil), nil })
			a.add("", a.ok()).use(hooked("A"), B, hooked("C"))
		}, "request_started | A> | B> | C> | A.process_view | B.process_view | C.process_template_response | B.process_template_response | " +
			"A.process_template_response | render pv | <C(200) | <B(200) | <A(200) | request_finished", "pv"},
		{"H-41 X-05 a typed nil of a view hook is nothing", func(a *app) {
			B := hooked("B")
			B.view = viewHook(func(*web.Request) (web.Response, error) { return (*web.HttpResponse)(nil), nil })
			a.add("", a.ok()).use(B)
		}, "request_started | B> | B.process_view | VIEW | <B(200) | request_finished", "ok"},
		{"X-06 X-07 H-03 H-44 an error of the view", func(a *app) {
			a.add("", a.raises(&exceptions.ValueError{Message: "x"})).use(hooked("A"), hooked("B"))
		}, "request_started | A> | B> | A.process_view | B.process_view | VIEW | B.process_exception(ValueError) | A.process_exception(ValueError) | " +
			"got_request_exception ValueError | LOG[django.request ERROR] Internal Server Error: / +exc | <B(500) | <A(500) | request_finished", ""},
		{"X-07 H-46 H-77 the first answer of an exception hook", func(a *app) {
			B := hooked("B")
			B.exception = func(*web.Request, error) (web.Response, error) { return web.NewHttpResponse("pe"), nil }
			a.add("", a.raises(errBoom)).use(hooked("A"), B, hooked("C"))
		}, "request_started | A> | B> | C> | A.process_view | B.process_view | C.process_view | VIEW | C.process_exception(Exception) | " +
			"B.process_exception(Exception) | <C(200) | <B(200) | <A(200) | request_finished", "pe"},
		{"X-08 H-46 a template response of an exception hook", func(a *app) {
			B := mw{name: "B", template: same, exception: func(*web.Request, error) (web.Response, error) { return a.unrendered("pe", nil), nil }}
			a.add("", a.raises(errBoom)).use(mw{name: "A"}, B)
		}, "request_started | A> | B> | VIEW | B.process_exception(Exception) | B.process_template_response | render pe | <B(200) | <A(200) | request_finished", "pe"},
		{"X-07 H-43 an error of a view hook", func(a *app) {
			B := hooked("B")
			B.view = viewHook(fails(errBoom))
			a.add("", a.ok()).use(hooked("A"), B, hooked("C"))
		}, "request_started | A> | B> | C> | A.process_view | B.process_view | got_request_exception Exception | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | <C(500) | <B(500) | <A(500) | request_finished", ""},
		{"X-07 H-52 an error of a template hook", func(a *app) {
			B := hooked("B")
			B.template = func(*web.Request, web.Response) (web.Response, error) { return nil, errBoom }
			a.add("", a.page(nil)).use(hooked("A"), B)
		}, "request_started | A> | B> | A.process_view | B.process_view | VIEW | B.process_template_response | got_request_exception Exception | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | <B(500) | <A(500) | request_finished", ""},
		{"X-07 an error of a request half", func(a *app) {
			a.add("", a.ok()).use(hooked("A"), mw{name: "B", request: fails(errBoom)})
		}, "request_started | A> | B> | got_request_exception Exception | LOG[django.request ERROR] Internal Server Error: / +exc | <A(500) | request_finished", ""},
		{"E-35 an error of a response half", func(a *app) {
			a.add("", a.ok()).use(mw{name: "A"}, mw{name: "B", response: func(*web.Request, web.Response) (web.Response, error) {
				return nil, &exceptions.Http404{}
			}})
		}, "request_started | A> | B> | VIEW | <B(200) | <A(404) | LOG[django.request WARN] Not Found: / | request_finished", ""},
		{"X-07 X-11 H-29 H-45 H-67 E-05 E-16 a URL that matches nothing", func(a *app) {
			a.add("other", a.ok()).use(hooked("A"))
		}, "request_started | A> | <A(404) | LOG[django.request WARN] Not Found: / | request_finished", ""},
		{"H-45 a Http404 of the view is offered", func(a *app) {
			a.add("", a.raises(&exceptions.Http404{})).use(mw{name: "A", exception: noException})
		}, "request_started | A> | VIEW | A.process_exception(Http404) | <A(404) | LOG[django.request WARN] Not Found: / | request_finished", ""},
		{"X-11 a 404 that became a 200 is not logged", func(a *app) {
			a.add("", a.raises(&exceptions.Http404{})).use(mw{name: "B", response: func(r *web.Request, _ web.Response) (web.Response, error) { return plain("fixed")(r) }})
		}, "request_started | B> | VIEW | <B(404) | request_finished", "fixed"},
		{"X-11 E-06 a 403 is logged at once", func(a *app) {
			a.add("", a.raises(&exceptions.PermissionDenied{})).use(mw{name: "B", response: func(r *web.Request, _ web.Response) (web.Response, error) { return plain("fixed")(r) }})
		}, "request_started | B> | VIEW | LOG[django.request WARN] Forbidden (Permission denied): / +exc | <B(403) | request_finished", "fixed"},
		{"H-31 another response is logged anew", func(a *app) {
			a.add("", a.raises(errBoom)).use(mw{name: "B", response: func(r *web.Request, _ web.Response) (web.Response, error) { return plain("later", web.Status(503))(r) }})
		}, "request_started | B> | VIEW | got_request_exception Exception | LOG[django.request ERROR] Internal Server Error: / +exc | <B(500) | " +
			"LOG[django.request ERROR] Service Unavailable: / | request_finished", "later"},
		{"H-49 H-50 T-08 all template hooks, each with what the one before gave", func(a *app) {
			A, B := hooked("A"), hooked("B")
			second := a.unrendered("second", nil)
			if err := second.AddPostRenderCallback(func(r web.Response) (web.Response, error) { a.note("callback"); return nil, nil }); err != nil {
				t.Error(err)
			}
			B.template = func(*web.Request, web.Response) (web.Response, error) { return second, nil }
			A.template = func(_ *web.Request, r web.Response) (web.Response, error) {
				if r != web.Response(second) {
					t.Error("A got another response")
				}
				return r, nil
			}
			a.add("", a.page(nil)).use(A, B)
		}, "request_started | A> | B> | A.process_view | B.process_view | VIEW | B.process_template_response | A.process_template_response | render second | callback | " +
			"<B(200) | <A(200) | request_finished", "second"},
		{"H-51 a template hook that gives a plain response", func(a *app) {
			B := mw{name: "B", exception: noException, template: func(r *web.Request, _ web.Response) (web.Response, error) { return plain("plain")(r) }}
			a.add("", a.page(nil)).use(B)
		}, "request_started | B> | VIEW | B.process_template_response | B.process_exception(AttributeError) | got_request_exception AttributeError | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | <B(500) | request_finished", ""},
		{"H-53 an error of rendering, and a final answer for it", func(a *app) {
			B := mw{name: "B", template: same, exception: func(r *web.Request, _ error) (web.Response, error) { return plain("pe")(r) }}
			a.add("", a.page(errBoom)).use(B)
		}, "request_started | B> | VIEW | B.process_template_response | render page | B.process_exception(Exception) | <B(200) | request_finished", "pe"},
		{"H-78 an error of rendering without an answer", func(a *app) {
			a.add("", a.page(errBoom)).use(mw{name: "B", exception: noException})
		}, "request_started | B> | VIEW | render page | B.process_exception(Exception) | got_request_exception Exception | " +
			"LOG[django.request ERROR] Internal Server Error: / +exc | <B(500) | request_finished", ""},
		{"H-79 an error of an exception hook takes its place", func(a *app) {
			B := mw{name: "B", exception: func(*web.Request, error) (web.Response, error) { return nil, &exceptions.PermissionDenied{} }}
			a.add("", a.raises(errBoom)).use(mw{name: "A", exception: noException}, B)
		}, "request_started | A> | B> | VIEW | B.process_exception(Exception) | LOG[django.request WARN] Forbidden (Permission denied): / +exc | <B(403) | <A(403) | request_finished", ""},
		{"H-57 H-45 a view that returns nothing: no hook is asked", func(a *app) {
			a.add("", &web.View{Name: "site.views.x", Call: func(*web.Request, *web.Args) (web.Response, error) { return nil, nil }}).use(hooked("A"))
		}, "request_started | A> | A.process_view | got_request_exception ValueError | LOG[django.request ERROR] Internal Server Error: / +exc | <A(500) | request_finished", ""},
		{"E-23 X-09 an error view's template response is rendered, without hooks", func(a *app) {
			a.conf.Handler404 = func(*web.Request, error) (web.Response, error) {
				a.note("handler404")
				r := a.unrendered("h404", nil)
				r.SetStatusCode(404)
				return r, nil
			}
			a.add("", a.raises(&exceptions.Http404{})).use(mw{name: "A", template: same})
		}, "request_started | A> | VIEW | handler404 | render h404 | <A(404) | LOG[django.request WARN] Not Found: / | request_finished", "h404"},
		{"H-82 ROOT_URLCONF that does not exist", func(a *app) {
			a.settings.RootURLConf = "nowhere"
			a.use(mw{name: "A"})
		}, "request_started | A> | got_request_exception ImproperlyConfigured | <A raised There is nothing called \"nowhere\". Is the package imported that registers it? | got_request_exception ImproperlyConfigured | " +
			"ESCAPED ImproperlyConfigured: There is nothing called \"nowhere\". Is the package imported that registers it?", ""},
		{"H-33 X-05 an outermost middleware that returns nothing", func(a *app) {
			a.add("", a.ok()).use(mw{name: "A", around: func(*web.Request, handlers.GetResponse) (web.Response, error) { return nil, nil }})
		}, "request_started | A> | ESCAPED AttributeError: 'NoneType' object has no attribute '_resource_closers'", ""},
		{"H-47 SystemExit passes hooks, layers and the log", func(a *app) {
			a.add("", a.raises(fmt.Errorf("so: %w", &exceptions.SystemExit{Message: "3"}))).use(hooked("A"))
		}, "request_started | A> | A.process_view | VIEW | <A raised so: 3 | ESCAPED SystemExit: so: 3", ""},
		{"H-47 and as a panic", func(a *app) {
			a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { panic(&exceptions.SystemExit{Message: "3"}) }}).use(mw{name: "A"})
		}, "request_started | A> | <A raised panic: 3 | ESCAPED Panic: panic: 3", ""},
		{"a panic is an error that exception hooks do not see", func(a *app) {
			a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) { panic("aua") }}).use(mw{name: "A", exception: noException})
		}, "request_started | A> | got_request_exception Panic | LOG[django.request ERROR] Internal Server Error: / +exc | <A(500) | request_finished", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				a := newApp(t)
				a.signals()
				c.set(a)
				r := get(a, "/")
				if got := once(a.take()); got != c.want {
					t.Errorf("it went\n %s\nwant\n %s", got, c.want)
				}
				if c.body != "" && r.body != c.body {
					t.Errorf("the body is %q, want %q", r.body, c.body)
				}
			})
		})
	}
}

// T-13, X-08, X-09: what nobody renders, not even get_response (H-35), fails at
// the server, after its status.
func TestUnrendered(t *testing.T) {
	for name, set := range map[string]func(a *app){
		"T-13 X-09 of a middleware": func(a *app) {
			a.use(mw{name: "B", request: func(*web.Request) (web.Response, error) { return a.unrendered("x", nil), nil }})
		},
		"X-08 of an exception hook, for an error of rendering": func(a *app) {
			a.add("", a.page(errBoom)).use(mw{name: "B", exception: func(*web.Request, error) (web.Response, error) { return a.unrendered("x", nil), nil }})
		},
	} {
		a := newApp(t)
		set(a)
		r := a.get("/")
		if r.status != 200 || r.err == nil || r.err.Error() != "The response content must be rendered before it can be iterated over." {
			t.Errorf("%s, wsgi: %d, %v", name, r.status, r.err)
		}
		r = a.asgiGet("/")
		if r.status != 200 || r.err == nil || exceptions.Kind(r.err) != "ContentNotRenderedError" || r.err.Error() != "The response content must be rendered before it can be accessed." {
			t.Errorf("%s, asgi: %d, %v", name, r.status, r.err)
		}
	}
}

// H-56 to H-61: what is no response is refused, and the message says who gave it.
func TestCheckResponse(t *testing.T) {
	none := func(*web.Request, *web.Args) (web.Response, error) { return nil, nil }
	typed := func(*web.Request, *web.Args) (web.Response, error) { return (*template.Response)(nil), nil }
	empty := func(*web.Request, *web.Args) (web.Response, error) {
		redirect, _ := web.NewHttpResponseRedirect("javascript:x") // whose error is not looked at
		return redirect, nil
	}
	coroutine := func(*web.Request, *web.Args) (web.Response, error) { return web.NewCoroutine(), nil }
	const suffix = " didn't return an HttpResponse object. It returned None instead."
	for _, c := range []struct {
		name string
		view *web.View
		hook func(*web.Request, web.Response) (web.Response, error)
		want string
	}{
		{"H-57 function", &web.View{Name: "site.views.f", Call: none}, nil, "The view site.views.f" + suffix},
		{"H-57 a typed nil", &web.View{Name: "site.views.f", Call: typed}, nil, "The view site.views.f" + suffix},
		{"H-57 an empty response", &web.View{Name: "site.views.f", Call: empty}, nil, "The view site.views.f" + suffix},
		{"H-58 object", &web.View{Name: "site.views.F", Call: none, IsObject: true}, nil, "The view site.views.F.__call__" + suffix},
		{"H-57 async", &web.View{Name: "site.views.f", CallAsync: func(context.Context, *web.Request, *web.Args) (web.Response, error) { return nil, nil }}, nil, "The view site.views.f" + suffix},
		{"H-59 coroutine", &web.View{Name: "site.views.f", Call: coroutine}, nil, "The view site.views.f didn't return an HttpResponse object. It returned an unawaited coroutine instead. You may need to add an 'await' into your view."},
		{"H-60 template hook", nil, func(*web.Request, web.Response) (web.Response, error) { return nil, nil }, "A.process_template_response" + suffix},
		{"H-60 template hook, coroutine", nil, func(*web.Request, web.Response) (web.Response, error) { return web.NewCoroutine(), nil },
			"A.process_template_response didn't return an HttpResponse object. It returned an unawaited coroutine instead. You may need to add an 'await' into your view."},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				a := newApp(t)
				a.settings.DebugPropagateExceptions = true
				if c.view == nil {
					a.add("", a.page(nil)).use(mw{name: "A", template: c.hook})
				} else {
					a.add("", c.view)
				}
				r := get(a, "/")
				if r.err == nil || r.err.Error() != c.want || exceptions.Kind(r.err) != "ValueError" {
					t.Errorf("got %v", r.err)
				}
			})
		})
	}
}

// H-30, H-31, H-32: levels, attributes, once for a response, nothing forged.
func TestLogRecords(t *testing.T) {
	for status, level := range map[int]string{400: "WARN", 404: "WARN", 499: "WARN", 500: "ERROR", 503: "ERROR", 599: "ERROR", 399: "", 200: "", 302: ""} {
		a := newApp(t)
		a.add("", &web.View{Name: "x", Call: func(r *web.Request, _ *web.Args) (web.Response, error) { return plain("", web.Status(status))(r) }})
		a.get("/")
		line := "|"
		for event := range strings.SplitSeq(a.take(), " | ") {
			if strings.HasPrefix(event, "LOG") {
				line = event
			}
		}
		if want := "LOG[django.request " + level + "]"; level != "" && !strings.HasPrefix(line, want) || level == "" && line != "|" {
			t.Errorf("H-30: status %d: %s", status, line)
		}
	}

	var log strings.Builder
	a := newApp(t)
	a.settings.Logger = newTextLogger(&log)
	a.add("denied\n2026 ERROR forged\x7f é\\", &web.View{Name: "x", Call: func(r *web.Request, _ *web.Args) (web.Response, error) {
		return plain("", web.Status(404), web.Reason("No\nway"))(r)
	}})
	a.get("/denied\n2026 ERROR forged\x7f é\\")
	want := `level=WARN msg="No\\nway: /denied\\n2026 ERROR forged\\x7f \\xe9\\\\" logger=django.request status_code=404 path="/denied\n2026 ERROR forged\x7f é\\"` + "\n"
	if log.String() != want {
		t.Errorf("H-32: the log is\n%swant\n%s", log.String(), want)
	}

	// H-31: the same response, logged by a layer already, is not logged again.
	a = newApp(t)
	a.add("", a.raises(errBoom)).use(mw{name: "A"})
	a.get("/")
	if got := a.take(); strings.Count(got, "LOG") != 1 {
		t.Errorf("H-31: it went %s", got)
	}
}

// H-37, H-38, H-39: a view hook gets the view as it is in the URLconf, and the
// arguments that it will be called with.
func TestViewHookArguments(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		view := &web.View{Name: "site.views.n", Attributes: map[string]any{"csrf_exempt": true}, Call: func(_ *web.Request, args *web.Args) (web.Response, error) {
			extra, _ := args.Get("extra")
			return web.NewHttpResponse(fmt.Sprint(args.Int("n"), extra)), nil
		}}
		a.conf.Patterns = []urls.Pattern{urls.Path("<int:n>/", view)}
		a.use(mw{name: "A", view: func(request *web.Request, got *web.View, args *web.Args) (web.Response, error) {
			if got != view || got.Attributes["csrf_exempt"] != true || args.Int("n") != 7 {
				t.Errorf("the hook got %v, %d", got, args.Int("n"))
			}
			if request.ResolverMatch == nil || request.ResolverMatch.View != view { // H-68
				t.Error("there is no match")
			}
			args.Set("n", 99)
			args.Set("extra", "more")
			return nil, nil
		}, request: func(request *web.Request) (web.Response, error) {
			if request.ResolverMatch != nil { // H-68
				t.Error("there is a match in the request half")
			}
			return nil, nil
		}})
		if r := get(a, "/7/"); r.body != "99more" {
			t.Errorf("the view got %q", r.body)
		}
	})
}

// H-27, H-63 to H-66, H-80, H-81, X-14: the URLconf of a request.
func TestRequestURLConf(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		a.signals()
		named := func(name string) *urls.URLConf {
			stream := &web.View{Name: name, Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
				a.note("VIEW of %s", name)
				return web.NewStreamingHttpResponse(wsgi.Pushed(func(yield func([]byte, error) bool) {
					// H-81: a body that comes late still reverses with it.
					yield([]byte(reversible(request)), nil)
				})), nil
			}}
			return &urls.URLConf{Patterns: []urls.Pattern{urls.Path("x/", stream, urls.Name(name))}}
		}
		a.conf.Patterns = named("outer").Patterns
		table := named("table")
		a.settings.Modules.Register("site.alt", named("inner"))
		var set any
		var request *web.Request
		a.use(mw{name: "A", request: func(r *web.Request) (web.Response, error) {
			request, r.URLConf = r, set
			if early := reversible(r); early != "outer" { // nothing was looked up in it
				t.Errorf("URLConf %v: the request half reverses %q", set, early)
			}
			return nil, nil
		}, response: func(r *web.Request, response web.Response) (web.Response, error) {
			r.URLConf = nil // which is too late to change anything
			a.note("reverses %s", reversible(r))
			return response, nil
		}})
		for _, c := range []struct {
			set  any
			want string
		}{{nil, "outer"}, {"site.alt", "inner"}, {table, "table"}, {"site.alt", "inner"}} {
			set = c.set
			r := get(a, "/x/")
			if r.body != c.want {
				t.Errorf("H-81: URLConf %v: the body reverses %q, want %q (%v)", c.set, r.body, c.want, r.err)
			}
			if got := a.take(); !strings.Contains(got, "VIEW of "+c.want) || !strings.Contains(got, "reverses "+c.want) {
				t.Errorf("H-63: URLConf %v: it went %s", c.set, got)
			}
			if after := reversible(request); after != "outer" { // H-80, S-22: reset_urlconf
				t.Errorf("URLConf %v: when the request is finished it reverses %q", c.set, after)
			}
		}
		for _, wrong := range []any{"nowhere", 7, []string{"x"}} {
			set = wrong
			if r := get(a, "/x/"); !exceptions.Is[*exceptions.ImproperlyConfigured](r.err) { // its error views fail as well
				t.Errorf("URLConf %v: %v", wrong, r.err)
			}
		}
	})

	// H-65: in a view hook it is too late.
	a := newApp(t)
	a.settings.Modules.Register("site.alt", &urls.URLConf{})
	a.add("", a.ok()).use(mw{name: "A", view: func(r *web.Request, _ *web.View, _ *web.Args) (web.Response, error) {
		r.URLConf = "site.alt"
		return nil, nil
	}})
	if r := a.get("/"); r.body != "ok" {
		t.Errorf("H-65: got %q", r.body)
	}

	// H-66: path_info counts, not path.
	a = newApp(t)
	a.add("x/", a.ok())
	handler := a.wsgiHandler()
	if r := a.call(handler, environ(t.Context(), "/x/", map[string]any{"SCRIPT_NAME": "/app"})); r.body != "ok" {
		t.Errorf("H-66: status %d", r.status)
	}
}

// reversible tells which of the names can be reversed.
func reversible(request *web.Request) string {
	var names []string
	for _, name := range []string{"outer", "inner", "table"} {
		if path, err := urls.Reverse(request, name, nil); err == nil && path == "/x/" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// databases gives real databases that note their transactions.
func (a *app) databases(list ...conf.Database) {
	pools := map[string]*sql.DB{}
	for _, database := range list {
		pool, err := tracedb.Open("sqlite3", ":memory:", func(_ context.Context, event string) { a.note("%s %s", event, database.Alias) })
		if err != nil {
			a.t.Fatal(err)
		}
		a.t.Cleanup(func() { pool.Close() })
		pools[database.Alias] = pool
	}
	a.options.Connections = db.Use(list, pools)
}

// H-70 to H-75, X-13: ATOMIC_REQUESTS. The traces show the order of what happens
// in the innermost layer (H-36).
func TestAtomicRequests(t *testing.T) {
	inBlock := func(a *app, request *web.Request) string {
		var in []string
		for _, alias := range []string{"default", "b", "d"} {
			if a.options.Connections.InAtomicBlock(request.Context(), alias) {
				in = append(in, alias)
			}
		}
		return strings.Join(in, ",")
	}
	three := []conf.Database{{Alias: "default", AtomicRequests: true}, {Alias: "b", AtomicRequests: true}, {Alias: "c"}, {Alias: "d", AtomicRequests: true}}
	one := []conf.Database{{Alias: "default", AtomicRequests: true}}
	for _, c := range []struct {
		name      string
		databases []conf.Database
		nonAtomic []string
		does      func(a *app, request *web.Request) (web.Response, error)
		want      string
		status    int
	}{
		{"H-71 the first alias is the innermost", three, nil, nil,
			"begin d | begin b | begin default | VIEW in default,b,d | commit default | commit b | commit d | <A in ", 200},
		{"H-70 H-72 opted out", three, []string{"b", "d"}, nil, "begin default | VIEW in default | commit default | <A in ", 200},
		{"H-70 opted out of all", one, []string{"default"}, nil, "VIEW in  | <A in ", 200},
		{"H-74 a returned 500 commits", one, nil, func(_ *app, r *web.Request) (web.Response, error) { return plain("", web.Status(500))(r) },
			"begin default | VIEW in default | commit default | <A in  | LOG[django.request ERROR] Internal Server Error: /", 500},
		{"H-74 H-75 a Http404 rolls back before the hook", one, nil, func(*app, *web.Request) (web.Response, error) { return nil, &exceptions.Http404{} },
			"begin default | VIEW in default | rollback default | A.process_exception(Http404) | pe in  | <A in  | LOG[django.request WARN] Not Found: /", 404},
		{"H-74 a panic rolls back", one, nil, func(*app, *web.Request) (web.Response, error) { panic("aua") },
			"begin default | VIEW in default | rollback default | LOG[django.request ERROR] Internal Server Error: / +exc | <A in ", 500},
		{"X-13 H-75 hooks and rendering are outside", one, nil, func(a *app, r *web.Request) (web.Response, error) {
			return template.New(r, tmpl(func(io.Writer) error { a.note("render in %s", inBlock(a, r)); return nil }), nil), nil
		}, "begin default | VIEW in default | commit default | A.process_template_response | ptr in  | render in  | <A in ", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, get func(*app, string) answer) {
				a := newApp(t)
				a.databases(c.databases...)
				a.add("", &web.View{Name: "site.views.atomic", NonAtomic: c.nonAtomic, Call: func(request *web.Request, _ *web.Args) (web.Response, error) {
					a.note("VIEW in %s", inBlock(a, request))
					if c.does == nil {
						return web.NewHttpResponse("ok"), nil
					}
					return c.does(a, request)
				}}).use(mw{name: "A", around: func(request *web.Request, get handlers.GetResponse) (web.Response, error) {
					response, err := get(request)
					a.note("<A in %s", inBlock(a, request))
					return response, err
				}, view: func(request *web.Request, _ *web.View, _ *web.Args) (web.Response, error) {
					a.note("pv in %s", inBlock(a, request))
					return nil, nil
				}, template: func(request *web.Request, response web.Response) (web.Response, error) {
					a.note("ptr in %s", inBlock(a, request))
					return response, nil
				}, exception: func(request *web.Request, _ error) (web.Response, error) {
					a.note("pe in %s", inBlock(a, request))
					return nil, nil
				}})
				r := get(a, "/")
				if got := strings.TrimPrefix(once(a.take()), "A> | A.process_view | pv in  | "); got != c.want || r.status != c.status {
					t.Errorf("status %d, it went\n %s\nwant\n %s", r.status, got, c.want)
				}
			})
		})
	}
}

// H-73: async code and transactions do not go together; no hook hears of it.
func TestAtomicAsync(t *testing.T) {
	both(t, func(t *testing.T, get func(*app, string) answer) {
		a := newApp(t)
		a.settings.DebugPropagateExceptions = true
		a.databases(conf.Database{Alias: "default", AtomicRequests: true})
		a.add("", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return nil, nil })).use(mw{name: "A", exception: noException})
		if r := get(a, "/"); r.err == nil || r.err.Error() != "You cannot use ATOMIC_REQUESTS with async views." || exceptions.Kind(r.err) != "RuntimeError" {
			t.Errorf("got %v", r.err)
		}
		if got := a.take(); strings.Contains(got, "process_exception") || strings.Contains(got, "VIEW") {
			t.Errorf("it went %s", got)
		}
		// H-70: with the mark it may.
		b := newApp(t)
		b.databases(conf.Database{Alias: "default", AtomicRequests: true})
		view := b.asyncView(func(context.Context, *web.Request) (web.Response, error) { return web.NewHttpResponse("ok"), nil })
		view.NonAtomic = []string{"default"}
		b.add("", view)
		if r := get(b, "/"); r.body != "ok" {
			t.Errorf("got %q, %v", r.body, r.err)
		}
	})
}

// A commit that fails takes the response away, and what that holds is closed.
func TestCommitFails(t *testing.T) {
	a := newApp(t)
	a.databases(conf.Database{Alias: "default", AtomicRequests: true})
	ctx, cancel := context.WithCancel(t.Context())
	a.add("", &web.View{Name: "x", Call: func(*web.Request, *web.Args) (web.Response, error) {
		response := web.NewHttpResponse("ok")
		response.AddCloser(func() error { a.note("closer"); return nil })
		cancel()
		return response, nil
	}})
	r := a.call(a.wsgiHandler(), environ(ctx, "/"))
	if got := a.take(); !errors.Is(r.err, context.Canceled) || strings.Count(got, "closer") != 1 || strings.Contains(got, "commit default") {
		t.Errorf("it went %s, %v", got, r.err)
	}
}

// A view must not run without the transaction that the settings ask for.
func TestAtomicWithoutConnections(t *testing.T) {
	a := newApp(t)
	a.settings.DebugPropagateExceptions = true
	a.settings.Databases = []conf.Database{{Alias: "default", AtomicRequests: true}}
	a.add("", a.ok())
	r := a.get("/")
	var missing *db.ConnectionDoesNotExist
	if !errors.As(r.err, &missing) || strings.Contains(a.take(), "VIEW") {
		t.Errorf("got %v", r.err)
	}
}

// H-69: an URLconf is compiled once, whoever asks for it: nobody, by name, by
// its table.
func TestURLConfIsCompiledOnce(t *testing.T) {
	for _, value := range []any{nil, "site.urls", "table"} {
		a := newApp(t)
		a.add("", a.ok())
		if value == "table" {
			value = a.conf
		}
		var endpoints []*web.Endpoint
		requests := 0
		a.use(mw{name: "A", around: func(request *web.Request, get handlers.GetResponse) (web.Response, error) {
			if requests++; requests > 1 {
				request.URLConf = value // the first has the one of ROOT_URLCONF
			}
			response, err := get(request)
			endpoints = append(endpoints, request.ResolverMatch.Endpoint)
			return response, err
		}})
		handler := a.wsgiHandler()
		for range 3 {
			a.call(handler, environ(t.Context(), "/"))
		}
		if len(endpoints) != 3 || endpoints[1] != endpoints[2] || value != a.conf && endpoints[0] != endpoints[1] {
			t.Errorf("%v: compiled again: %p", value, endpoints)
		}
	}
}

// An URLconf that a middleware makes for one request goes with it.
func TestURLConfGoesWithItsRequest(t *testing.T) {
	a := newApp(t)
	var made weak.Pointer[urls.URLConf]
	a.use(mw{name: "A", request: func(request *web.Request) (web.Response, error) {
		table := &urls.URLConf{Patterns: []urls.Pattern{urls.Path("own", a.ok())}}
		made = weak.Make(table)
		request.URLConf = table
		return nil, nil
	}})
	handler := a.wsgiHandler()
	if r := a.call(handler, environ(t.Context(), "/own")); r.status != 200 || made.Value() == nil {
		t.Fatalf("status %d, %v", r.status, r.err)
	}
	for range 10 {
		runtime.GC()
		if made.Value() == nil {
			runtime.KeepAlive(handler)
			return
		}
	}
	t.Error("it stays")
	runtime.KeepAlive(handler)
}

// H-76: for what the settings say of databases no connection is opened.
func TestNoConnectionWithoutNeed(t *testing.T) {
	opened := 0
	a := newApp(t)
	pool := sql.OpenDB(noConnector{func() { opened++ }})
	defer pool.Close()
	a.options.Connections = db.Use([]conf.Database{{Alias: "default", AtomicRequests: true}, {Alias: "other"}}, map[string]*sql.DB{"default": pool, "other": pool})
	a.add("out", &web.View{Name: "out", NonAtomic: []string{"default"}, Call: a.ok().Call}).
		add("async", a.asyncView(func(context.Context, *web.Request) (web.Response, error) { return web.NewHttpResponse(""), nil })).
		add("in", a.ok())
	for path, want := range map[string]struct{ status, opened int }{"/out": {200, 0}, "/async": {500, 0}, "/nowhere": {404, 0}, "/in": {500, 1}} {
		opened = 0
		if r := a.get(path); r.status != want.status || opened != want.opened {
			t.Errorf("%s: status %d, %d connections opened", path, r.status, opened)
		}
	}
}

// noConnector refuses connections, and says so.
type noConnector struct{ asked func() }

func (c noConnector) Connect(context.Context) (driver.Conn, error) { c.asked(); return nil, errBoom }
func (c noConnector) Driver() driver.Driver                        { return nil }
