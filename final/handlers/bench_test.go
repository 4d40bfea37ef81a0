package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	asgigateway "basehandler/asgi/gateway"
	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

// The benchmarks go the way that servers go: a request of net/http, the
// gateway, wsgi.Application, the handler, and back, into a ResponseWriter that
// keeps nothing.

// site is an application in the making.
type site struct {
	middleware []handlers.MiddlewareClass
	patterns   []urls.Pattern
}

func (s site) settings() *conf.Settings {
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	settings.Modules = &conf.Modules{}
	settings.RootURLConf = "urls"
	settings.Modules.Register("urls", &urls.URLConf{Patterns: s.patterns})
	settings.Logger = slog.New(slog.DiscardHandler)
	for i, class := range s.middleware {
		name := fmt.Sprintf("m%d", i)
		settings.Modules.Register(name, class)
		settings.Middleware = append(settings.Middleware, name)
	}
	return settings
}

func (s site) handler(t testing.TB) http.Handler {
	t.Helper()
	handler, err := handlers.NewWSGIHandler(s.settings(), handlers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return gateway.New(handler.Application())
}

type nullWriter struct{ header http.Header }

func (n *nullWriter) Header() http.Header         { return n.header }
func (n *nullWriter) WriteHeader(int)             {}
func (n *nullWriter) Write(p []byte) (int, error) { return len(p), nil }
func (n *nullWriter) Flush()                      {}

// serve measures requests to a handler, in turn.
func serve(b *testing.B, handler http.Handler, requests ...*http.Request) {
	b.Helper()
	w := &nullWriter{header: http.Header{}}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, requests[i])
		if i++; i == len(requests) {
			i = 0
		}
	}
}

func get(path string) *http.Request { return httptest.NewRequest("GET", path, nil) }

func view(call func(*web.Request, *web.Args) (web.Response, error)) *web.View {
	return &web.View{Name: "bench.view", Call: call}
}

var hello = view(func(*web.Request, *web.Args) (web.Response, error) {
	return web.NewHttpResponse("Hello, world!\n"), nil
})

func BenchmarkHello(b *testing.B) {
	serve(b, site{patterns: []urls.Pattern{urls.Path("", hello)}}.handler(b), get("/"))
}

// layer makes a layer of a function.
func layer(call func(*web.Request, handlers.GetResponse) (web.Response, error)) handlers.MiddlewareClass {
	return handlers.MiddlewareClass{New: func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
		return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) { return call(request, getResponse) }), nil
	}}
}

func pass(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
	return getResponse(request)
}

func BenchmarkOnion(b *testing.B) {
	for _, what := range []string{"pass", "value", "header"} {
		for _, n := range []int{0, 3, 10, 50} {
			var layers []handlers.MiddlewareClass
			for i := range n {
				switch what {
				case "pass":
					layers = append(layers, handlers.MiddlewareClass{New: func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
						return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) { return getResponse(request) }), nil
					}})
				case "value":
					key := web.NewKey[string](fmt.Sprintf("key%d", i))
					layers = append(layers, layer(func(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
						key.Set(request, "value")
						return getResponse(request)
					}))
				case "header":
					name := fmt.Sprintf("X-Header-%d", i)
					layers = append(layers, layer(func(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
						response, err := getResponse(request)
						if err != nil {
							return nil, err
						}
						return response, response.Base().Set(name, "value")
					}))
				}
			}
			b.Run(fmt.Sprintf("%s/%d", what, n), func(b *testing.B) {
				serve(b, site{layers, []urls.Pattern{urls.Path("", hello)}}.handler(b), get("/"))
			})
		}
	}
}

func BenchmarkRouting(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000, 10000} {
		var patterns []urls.Pattern
		for i := range n {
			patterns = append(patterns, urls.Path(fmt.Sprintf("section%d/<int:id>/", i), hello))
		}
		handler := site{patterns: patterns}.handler(b)
		random := make([]*http.Request, 512)
		for i := range random {
			random[i] = get(fmt.Sprintf("/section%d/%d/", rand.IntN(n), i))
		}
		b.Run(fmt.Sprintf("last/%d", n), func(b *testing.B) { serve(b, handler, get(fmt.Sprintf("/section%d/7/", n-1))) })
		b.Run(fmt.Sprintf("random/%d", n), func(b *testing.B) { serve(b, handler, random...) })
		b.Run(fmt.Sprintf("miss/%d", n), func(b *testing.B) { serve(b, handler, get("/nowhere/7/")) })
	}
}

func BenchmarkError(b *testing.B) {
	boom := errors.New("boom")
	b.Run("returned", func(b *testing.B) {
		serve(b, site{patterns: []urls.Pattern{urls.Path("", view(func(*web.Request, *web.Args) (web.Response, error) { return nil, boom }))}}.handler(b), get("/"))
	})
	b.Run("panic", func(b *testing.B) {
		serve(b, site{patterns: []urls.Pattern{urls.Path("", view(func(*web.Request, *web.Args) (web.Response, error) { panic(boom) }))}}.handler(b), get("/"))
	})
}

var (
	requestID = web.NewKey[string]("request id")
	user      = web.NewKey[*string]("user")
	somebody  = "ada"
)

// typical is what many sites look like: seven layers, sixty routes with one
// parameter, a cookie, a kilobyte of JSON.
func typical() site {
	header := func(name, value string) handlers.MiddlewareClass {
		return layer(func(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
			response, err := getResponse(request)
			if err != nil {
				return nil, err
			}
			return response, response.Base().Set(name, value)
		})
	}
	s := site{middleware: []handlers.MiddlewareClass{
		layer(pass),
		header("X-Content-Type-Options", "nosniff"),
		layer(func(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
			requestID.Set(request, "4711")
			return getResponse(request)
		}),
		header("X-Frame-Options", "DENY"),
		layer(func(request *web.Request, getResponse handlers.GetResponse) (web.Response, error) {
			if session, ok := request.Cookie("session"); ok && session != "" {
				user.Set(request, &somebody)
			}
			return getResponse(request)
		}),
		header("Vary", "Cookie"),
		layer(pass),
	}}
	content := []byte(`{"items": "` + strings.Repeat("x", 1024-14) + `"}`)
	detail := view(func(request *web.Request, args *web.Args) (web.Response, error) {
		if args.Int("id") == 0 {
			return nil, errors.New("no id")
		}
		return web.NewHttpResponse(content, web.ContentType("application/json")), nil
	})
	for i := range 60 {
		s.patterns = append(s.patterns, urls.Path(fmt.Sprintf("api/v1/resource%d/<int:id>/", i), detail))
	}
	return s
}

func typicalRequest() *http.Request {
	request := get("/api/v1/resource42/17/")
	request.Header.Set("Cookie", "session=abcdef0123456789")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "bench")
	return request
}

func BenchmarkTypical(b *testing.B) {
	serve(b, typical().handler(b), typicalRequest())
}

// TestTypical holds what the benchmark measures to what it should be.
func TestTypical(t *testing.T) {
	w := httptest.NewRecorder()
	typical().handler(t).ServeHTTP(w, typicalRequest())
	result := w.Result()
	body, err := io.ReadAll(result.Body)
	if err != nil || result.StatusCode != 200 || len(body) != 1023 && len(body) != 1024 {
		t.Errorf("status %d, %d bytes, %v", result.StatusCode, len(body), err)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Vary": "Cookie", "Content-Type": "application/json"} {
		if got := result.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// asyncLayer makes a layer of async code.
func asyncLayer(call func(context.Context, *web.Request, handlers.GetResponseAsync) (web.Response, error)) handlers.MiddlewareClass {
	return handlers.MiddlewareClass{NewAsync: func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
		return handlers.AsyncMiddlewareFunc(func(ctx context.Context, request *web.Request) (web.Response, error) {
			return call(ctx, request, getResponse)
		}), nil
	}}
}

// typicalAsync is typical with everything as async code, so that nothing has to
// cross.
func typicalAsync() site {
	pass := asyncLayer(func(ctx context.Context, request *web.Request, getResponse handlers.GetResponseAsync) (web.Response, error) {
		return getResponse(ctx, request)
	})
	header := func(name, value string) handlers.MiddlewareClass {
		return asyncLayer(func(ctx context.Context, request *web.Request, getResponse handlers.GetResponseAsync) (web.Response, error) {
			response, err := getResponse(ctx, request)
			if err != nil {
				return nil, err
			}
			return response, response.Base().Set(name, value)
		})
	}
	s := typical()
	s.middleware = []handlers.MiddlewareClass{
		pass,
		header("X-Content-Type-Options", "nosniff"),
		asyncLayer(func(ctx context.Context, request *web.Request, getResponse handlers.GetResponseAsync) (web.Response, error) {
			requestID.Set(request, "4711")
			return getResponse(ctx, request)
		}),
		header("X-Frame-Options", "DENY"),
		asyncLayer(func(ctx context.Context, request *web.Request, getResponse handlers.GetResponseAsync) (web.Response, error) {
			if session, ok := request.Cookie("session"); ok && session != "" {
				user.Set(request, &somebody)
			}
			return getResponse(ctx, request)
		}),
		header("Vary", "Cookie"),
		pass,
	}
	content := []byte(`{"items": "` + strings.Repeat("x", 1024-14) + `"}`)
	detail := &web.View{Name: "bench.view", CallAsync: func(_ context.Context, request *web.Request, args *web.Args) (web.Response, error) {
		if args.Int("id") == 0 {
			return nil, errors.New("no id")
		}
		return web.NewHttpResponse(content, web.ContentType("application/json")), nil
	}}
	s.patterns = nil
	for i := range 60 {
		s.patterns = append(s.patterns, urls.Path(fmt.Sprintf("api/v1/resource%d/<int:id>/", i), detail))
	}
	return s
}

func (s site) asgiHandler(t testing.TB) http.Handler {
	t.Helper()
	handler, err := handlers.NewASGIHandler(s.settings(), handlers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return asgigateway.New(handler.Application())
}

// BenchmarkTypicalASGI goes through the ASGI gateway: all async code, and all
// sync code, which crosses once.
func BenchmarkTypicalASGI(b *testing.B) {
	b.Run("async", func(b *testing.B) { serve(b, typicalAsync().asgiHandler(b), typicalRequest()) })
	b.Run("sync", func(b *testing.B) { serve(b, typical().asgiHandler(b), typicalRequest()) })
}

// BenchmarkTypicalChain is the chain alone, without a server on either side: the
// difference is what async code costs by itself.
func BenchmarkTypicalChain(b *testing.B) {
	settings := typical().settings()
	sync, err := handlers.NewWSGIHandler(settings, handlers.Options{})
	if err != nil {
		b.Fatal(err)
	}
	async, err := handlers.NewASGIHandler(typicalAsync().settings(), handlers.Options{})
	if err != nil {
		b.Fatal(err)
	}
	request := func() *web.Request {
		r, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{
			"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/resource42/17/", "HTTP_COOKIE": "session=abcdef0123456789",
		}), settings)
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	check := func(response web.Response, err error) {
		if err != nil || response.Base().StatusCode() != 200 {
			b.Fatal(response, err)
		}
	}
	b.Run("sync", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			check(sync.GetResponse(request()))
		}
	})
	b.Run("async", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			check(async.GetResponse(b.Context(), request()))
		}
	})
}

// BenchmarkCrossing is one crossing from async to sync code and back.
func BenchmarkCrossing(b *testing.B) {
	_, err := handlers.AsyncToSync(b.Context(), func(ctx context.Context) (any, error) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := handlers.SyncToAsync(ctx, func(context.Context) (any, error) { return nil, nil }); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
