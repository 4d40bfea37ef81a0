package tests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"basehandler/asgi"
	"basehandler/internal/memdb"
	"basehandler/internal/play"
	handler "basehandler/steps/14-asgi"
	"basehandler/wsgi"

	"github.com/google/go-cmp/cmp"
)

// What goldens cannot show of steps 13 and 14: who waits for whom. Each test
// runs in a bubble (testing/synctest), in which one can wait until every
// goroutine waits for something, and in which time passes only then. A deadlock
// fails the test, and so does a goroutine that is left behind. What step 13 has
// is in step 14 too, so its package stands for both.

// modes are the ways to serve a site.
var modes = []struct {
	name        string
	async, asgi bool
}{
	{"WSGI", false, false},
	{"WSGI with ASYNC", true, false},
	{"ASGI", true, true},
}

// Views and the layer of these tests do what they find in environ.
type (
	syncView   func(request *handler.Request) (handler.Response, error)
	asyncView  func(ctx context.Context, request *handler.Request) (handler.Response, error)
	asyncLayer func(ctx context.Context, request *handler.Request, inside handler.GetResponseAsync) (handler.Response, error)
)

type layer struct{ inside handler.GetResponseAsync }

func (l layer) CallAsync(ctx context.Context, request *handler.Request) (handler.Response, error) {
	return request.META.Value("tests.layer").(asyncLayer)(ctx, request, l.inside)
}

func init() {
	handler.Register("tests.urls", handler.URLConf{Patterns: []handler.URLPattern{
		handler.Path("sync/", handler.View{Name: "tests.sync", Call: func(request *handler.Request, _ handler.Kwargs) (handler.Response, error) {
			return request.META.Value("tests.sync").(syncView)(request)
		}}),
		handler.Path("async/", handler.View{Name: "tests.async", CallAsync: func(ctx context.Context, request *handler.Request, _ handler.Kwargs) (handler.Response, error) {
			return request.META.Value("tests.async").(asyncView)(ctx, request)
		}}),
	}})
	handler.Register("tests.Layer", handler.MiddlewareFactory(func(handler.Settings) handler.MiddlewareClass {
		return handler.MiddlewareClass{NewAsync: func(inside handler.GetResponseAsync) (handler.AsyncMiddleware, error) {
			return layer{inside}, nil
		}}
	}))
}

// call is one request. The test is the server.
type call struct {
	path       string
	middleware []string
	databases  map[string]*sql.DB                                // each with a transaction around the view
	log        io.Writer                                         // nil: nobody reads it
	upload     string                                            // the body, in parts with the boundary "rocket"; else it is a GET
	environ    map[string]any                                    // what views and the layer find
	headers    []asgi.Header                                     // under ASGI
	receive    func(ctx context.Context) (asgi.Event, error)     // nil: the body as one event
	send       func(ctx context.Context, event asgi.Event) error // nil: the client takes it

	mu     sync.Mutex
	events []string
}

const multipartRocket = "multipart/form-data; boundary=rocket"

func (c *call) record(event string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, event)
}

// expect compares the events since the last time.
func (c *call) expect(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(want, c.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	c.events = nil
}

// serve makes the application and serves the request to its end.
func (c *call) serve(ctx context.Context, async, overASGI bool) error {
	settings := handler.DefaultSettings()
	settings.Databases, settings.Connections = nil, c.databases
	for alias := range c.databases {
		settings.Databases = append(settings.Databases, handler.Database{Alias: alias, AtomicRequests: true})
	}
	settings.RootURLConf = "tests.urls"
	settings.Middleware = c.middleware
	settings.Async = async
	settings.Logger = slog.New(slog.DiscardHandler)
	if c.log != nil {
		settings.Logger = untimed(c.log)
	}
	if overASGI {
		application, err := handler.NewASGIApplication(settings)
		if err != nil {
			return err
		}
		return c.serveASGI(ctx, application)
	}
	application, err := handler.NewApplication(settings)
	if err != nil {
		return err
	}
	return c.serveWSGI(ctx, application)
}

func (c *call) serveWSGI(ctx context.Context, application wsgi.Application) error {
	path, query, _ := strings.Cut(c.path, "?")
	environ := wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query,
		wsgi.KeyContext: ctx, "walkthrough.trace": c.record})
	if c.upload != "" {
		environ.Set("REQUEST_METHOD", "POST")
		environ.Set("CONTENT_TYPE", multipartRocket)
		environ.Set("CONTENT_LENGTH", strconv.Itoa(len(c.upload)))
		environ.Set(wsgi.KeyInput, strings.NewReader(c.upload))
	}
	for key, value := range c.environ {
		environ.Set(key, value)
	}
	body, err := application(environ, func(status string, _ []wsgi.Header, excInfo error) error {
		c.record("start " + status)
		return excInfo
	})
	if err != nil {
		return err
	}
	for {
		_, err := body.Next()
		if err == io.EOF {
			return body.Close()
		}
		if err != nil {
			return errors.Join(err, body.Close())
		}
	}
}

func (c *call) serveASGI(ctx context.Context, application asgi.Application) error {
	path, query, _ := strings.Cut(c.path, "?")
	scope := &asgi.Scope{Type: "http", Method: "GET", Scheme: "http", Path: path, QueryString: []byte(query),
		Headers: c.headers, Extensions: map[string]any{"walkthrough.trace": c.record}}
	if c.upload != "" {
		scope.Method = "POST"
		scope.Headers = append(scope.Headers, asgi.Header{Name: "content-type", Value: multipartRocket})
	}
	for key, value := range c.environ {
		scope.Extensions[key] = value
	}
	receive := c.receive
	if receive == nil {
		receive = func(context.Context) (asgi.Event, error) { return asgi.Request{Body: []byte(c.upload)}, nil }
	}
	return application(ctx, scope, receive, func(ctx context.Context, event asgi.Event) error {
		if start, ok := event.(asgi.ResponseStart); ok {
			c.record(fmt.Sprintf("start %d %s", start.Status, http.StatusText(start.Status)))
		}
		if c.send != nil {
			return c.send(ctx, event)
		}
		return nil
	})
}

// untimed writes records of all levels without their times.
func untimed(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		},
	}))
}

func page(content string) *handler.HttpResponse {
	return handler.NewHttpResponse(content, http.StatusOK)
}

// Sync code that calls async code that calls sync code, and the other way
// round: whoever waits outside does the work that comes from inside.
func TestBridgesDoNotDeadlock(t *testing.T) {
	for _, mode := range modes {
		for _, path := range []string{"/sync/", "/async/"} {
			t.Run(mode.name+path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &call{path: path, middleware: []string{"site.middleware.Sync", "site.middleware.Async", "site.middleware.Sync", "tests.Layer"}}
					c.environ = map[string]any{
						"tests.sync":  syncView(func(*handler.Request) (handler.Response, error) { return page("here"), nil }),
						"tests.async": asyncView(func(context.Context, *handler.Request) (handler.Response, error) { return page("here"), nil }),
						"tests.layer": asyncLayer(func(ctx context.Context, request *handler.Request, inside handler.GetResponseAsync) (handler.Response, error) {
							return inside(ctx, request)
						}),
					}
					if err := c.serve(t.Context(), mode.async, mode.asgi); err != nil {
						t.Error(err)
					}
					if !slices.Contains(c.events, "start 200 OK") {
						t.Errorf("events: %q", c.events)
					}
				})
			})
		}
	}
}

// A client that goes cancels async code at once. Sync code runs to its end, and
// the handler waits for that.
func TestDisconnect(t *testing.T) {
	for _, mode := range modes[1:] {
		t.Run(mode.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, disconnect := context.WithCancel(t.Context())
				defer disconnect()
				begun, release, over := make(chan bool), make(chan bool), make(chan error, 1)
				c := &call{path: "/sync/", middleware: []string{"tests.Layer"}}
				c.environ = map[string]any{
					"tests.sync": syncView(func(request *handler.Request) (handler.Response, error) {
						begun <- true
						<-release
						c.record("view ends")
						return page("too late"), nil
					}),
					"tests.layer": asyncLayer(func(ctx context.Context, request *handler.Request, inside handler.GetResponseAsync) (handler.Response, error) {
						response, err := inside(ctx, request)
						c.record(fmt.Sprintf("layer: %v", err))
						return response, err
					}),
				}
				go func() { over <- c.serve(ctx, mode.async, mode.asgi) }()
				<-begun
				disconnect()
				synctest.Wait()
				c.expect(t, "signal request_started", "layer: context canceled")
				select {
				case err := <-over:
					t.Errorf("the handler did not wait for sync code that is at work: %v", err)
				default:
				}
				close(release)
				if err := <-over; !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the context's error", err)
				}
				want := []string{"view ends"}
				if mode.asgi { // Django sends it for a cancelled request; WSGI knows no such thing
					want = append(want, "signal request_finished")
				}
				c.expect(t, want...)
			})
		})
	}
}

// An async view waits no longer than the client does.
func TestDisconnectAsyncView(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, disconnect := context.WithTimeout(t.Context(), time.Second)
				defer disconnect()
				c := &call{path: "/async/", middleware: []string{"site.middleware.Sync"}}
				c.environ = map[string]any{"tests.async": asyncView(func(ctx context.Context, _ *handler.Request) (handler.Response, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				})}
				begin := time.Now()
				if err := c.serve(ctx, mode.async, mode.asgi); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(begin); took != time.Second {
					t.Errorf("the view waited %v, the client 1s", took)
				}
			})
		})
	}
}

// A client that goes before its body is complete makes no request, and one that
// goes before the response is complete leaves nothing open.
func TestDisconnectEarlyAndLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := []asgi.Event{asgi.Request{Body: []byte("note="), MoreBody: true}, asgi.Disconnect{}}
		c := &call{path: "/sync/", receive: func(context.Context) (asgi.Event, error) {
			event := events[0]
			events = events[1:]
			return event, nil
		}}
		if err := c.serve(t.Context(), true, true); err != nil {
			t.Error(err)
		}
		c.expect(t)

		ctx, disconnect := context.WithCancel(t.Context())
		defer disconnect()
		c = &call{path: "/sync/", send: func(_ context.Context, event asgi.Event) error {
			if _, ok := event.(asgi.ResponseBody); !ok {
				return nil
			}
			disconnect()
			return asgi.ErrDisconnected
		}}
		c.environ = map[string]any{"tests.sync": syncView(func(*handler.Request) (handler.Response, error) {
			response := page("here")
			response.AddCloser(func() error { c.record("closed"); return nil })
			return response, nil
		})}
		if err := c.serve(ctx, true, true); !errors.Is(err, asgi.ErrDisconnected) {
			t.Errorf("got %v", err)
		}
		c.expect(t, "signal request_started", "start 200 OK", "closed", "signal request_finished")
	})
}

// watchedResponse reports when its content is asked for.
type watchedResponse struct {
	*handler.HttpResponse
	record func(string)
}

func (r watchedResponse) Next() ([]byte, error) {
	r.record("next")
	return r.HttpResponse.Next()
}

// An async layer may stop waiting for a sync view and answer in its place. The
// view goes on; and until it ends, no other sync code of this request runs: not
// the sync layer outside, not the response's chunks, not its closers.
func TestSyncCodeNeverOverlaps(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, over := make(chan bool), make(chan error, 1)
				c := &call{path: "/sync/", middleware: []string{"site.middleware.Async", "tests.Layer"}}
				c.environ = map[string]any{
					"tests.sync": syncView(func(*handler.Request) (handler.Response, error) {
						c.record("view begins")
						<-release
						c.record("view ends")
						return page("too late"), nil
					}),
					"tests.layer": asyncLayer(func(ctx context.Context, request *handler.Request, inside handler.GetResponseAsync) (handler.Response, error) {
						ctx, cancel := context.WithTimeout(ctx, time.Second)
						defer cancel()
						_, err := inside(ctx, request)
						c.record(fmt.Sprintf("layer: %v", err))
						response := page("the view takes too long")
						response.AddCloser(func() error { c.record("closed"); return nil })
						return watchedResponse{response, c.record}, nil
					}),
				}
				go func() { over <- c.serve(t.Context(), mode.async, mode.asgi) }()
				time.Sleep(2 * time.Second) // of the bubble: when all others wait
				synctest.Wait()
				before := []string{"signal request_started", "Async request @loop", "Async process_view tests.sync", "view begins", "layer: context deadline exceeded", "Async response 200 @loop"}
				after := []string{"view ends"}
				if mode.asgi { // whose start is sent by async code
					before = append(before, "start 200 OK")
				} else {
					after = append(after, "start 200 OK")
				}
				c.expect(t, before...)
				close(release)
				if err := <-over; err != nil {
					t.Error(err)
				}
				after = append(after, "next")
				if !mode.asgi { // under ASGI the length is known
					after = append(after, "next")
				}
				c.expect(t, append(after, "closed", "signal request_finished")...)
			})
		})
	}
}

// Async code may call sync code from several goroutines. It runs one piece at a
// time.
func TestSyncCodeTakesTurns(t *testing.T) {
	for _, mode := range modes[1:] {
		t.Run(mode.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turn, over := make(chan bool), make(chan error, 1)
				c := &call{path: "/sync/", middleware: []string{"tests.Layer"}}
				c.environ = map[string]any{
					"tests.sync": syncView(func(*handler.Request) (handler.Response, error) {
						c.record("begins")
						<-turn
						c.record("ends")
						return page("here"), nil
					}),
					"tests.layer": asyncLayer(func(ctx context.Context, request *handler.Request, inside handler.GetResponseAsync) (response handler.Response, err error) {
						var both sync.WaitGroup
						twin := *request
						both.Go(func() { _, _ = inside(ctx, &twin) })
						response, err = inside(ctx, request)
						both.Wait()
						return response, err
					}),
				}
				go func() { over <- c.serve(t.Context(), mode.async, mode.asgi) }()
				synctest.Wait()
				c.expect(t, "signal request_started", "begins")
				turn <- true
				synctest.Wait()
				c.expect(t, "ends", "begins")
				turn <- true
				if err := <-over; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// wetFuse is a name to be found in a stack.
func wetFuse() (handler.Response, error) { panic("the fuse is wet") }

// A panic crosses the bridges to the layer that makes a response of it, with
// the stack of where it happened.
func TestPanicKeepsItsStack(t *testing.T) {
	for _, mode := range modes {
		for _, path := range []string{"/sync/", "/async/"} {
			t.Run(mode.name+path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &call{path: path, middleware: []string{"site.middleware.Async", "site.middleware.Sync"}}
					c.environ = map[string]any{
						"tests.sync":  syncView(func(*handler.Request) (handler.Response, error) { return wetFuse() }),
						"tests.async": asyncView(func(context.Context, *handler.Request) (handler.Response, error) { return wetFuse() }),
					}
					var sent error
					defer handler.GotRequestException.Connect(func(s handler.Sent) { sent = s.Err })()
					if err := c.serve(t.Context(), mode.async, mode.asgi); err != nil {
						t.Error(err)
					}
					if !slices.Contains(c.events, "start 500 Internal Server Error") || !slices.Contains(c.events, "Sync response 500") {
						t.Errorf("events: %q", c.events)
					}
					var caught *handler.Panic
					if !errors.As(sent, &caught) {
						t.Fatalf("got_request_exception was sent with %v", sent)
					}
					if caught.Value != "the fuse is wet" || !strings.Contains(string(caught.Stack), "wetFuse") {
						t.Errorf("panic %v with the stack\n%s", caught.Value, caught.Stack)
					}
				})
			})
		}
	}
}

// net/http's way to end a connection passes through every layer and bridge.
func TestAbortPassesBridges(t *testing.T) {
	abort := func() (handler.Response, error) { panic(http.ErrAbortHandler) }
	for _, mode := range modes {
		for _, path := range []string{"/sync/", "/async/"} {
			t.Run(mode.name+path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &call{path: path, middleware: []string{"site.middleware.Async", "site.middleware.Sync"}}
					c.environ = map[string]any{
						"tests.sync":  syncView(func(*handler.Request) (handler.Response, error) { return abort() }),
						"tests.async": asyncView(func(context.Context, *handler.Request) (handler.Response, error) { return abort() }),
					}
					defer func() {
						if value := recover(); value != http.ErrAbortHandler {
							t.Errorf("the server sees %v", value)
						}
					}()
					err := c.serve(t.Context(), mode.async, mode.asgi)
					t.Errorf("the application returned: %v", err)
				})
			})
		}
	}
}

// While a site is developed, each bridge around a middleware is logged when the
// chain is loaded. The one around the whole chain is not.
func TestBridgesAreLogged(t *testing.T) {
	names := func(names ...string) (middleware []string) {
		for _, name := range names {
			middleware = append(middleware, "site.middleware."+name)
		}
		return middleware
	}
	for _, test := range []struct {
		debug, async bool
		middleware   []string
		want         []string
	}{
		{true, false, names("A", "B", "C"), nil},
		{true, true, names("A", "B", "C"), nil},
		{true, true, names("A", "Sync", "C"), []string{"Asynchronous handler adapted for middleware site.middleware.Sync."}},
		{true, false, names("A", "Async", "C"), []string{"Synchronous handler adapted for middleware site.middleware.Async."}},
		{true, true, names("Async", "Sync", "C"), []string{
			"Asynchronous handler adapted for middleware site.middleware.Sync.",
			"Synchronous handler adapted for middleware site.middleware.Async.",
		}},
		{false, true, names("A", "Sync", "C"), nil},
	} {
		var log strings.Builder
		settings := handler.DefaultSettings()
		settings.Debug, settings.Async, settings.Middleware = test.debug, test.async, test.middleware
		settings.Logger = untimed(&log)
		if _, err := handler.NewApplication(settings); err != nil {
			t.Error(err)
		}
		var want strings.Builder
		for _, message := range test.want {
			fmt.Fprintf(&want, "level=DEBUG msg=%q logger=django.request\n", message)
		}
		if diff := cmp.Diff(want.String(), log.String()); diff != "" {
			t.Errorf("DEBUG %v, ASYNC %v, %q (-want +got):\n%s", test.debug, test.async, test.middleware, diff)
		}
	}
}

// Two instruments take 300 ms each. Code that waits where it stands takes both
// times, async code the longer one.
func TestTelemetryWaitsOnce(t *testing.T) {
	for _, test := range []struct {
		step int
		asgi bool
		want time.Duration
	}{
		{11, false, 600 * time.Millisecond},
		{12, false, 600 * time.Millisecond},
		{13, false, 300 * time.Millisecond},
		{14, false, 300 * time.Millisecond},
		{14, true, 300 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%d, ASGI %v", test.step, test.asgi), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := memdb.Open()
				defer db.Close()
				site, err := play.Linked(test.step)(nil, play.Services{Connections: map[string]*sql.DB{"default": db}, ASGI: test.asgi})
				if err != nil {
					t.Fatal(err)
				}
				c := &call{path: "/telemetry/?ms=300"}
				begin := time.Now()
				if test.asgi {
					err = c.serveASGI(t.Context(), site.ASGI)
				} else {
					err = c.serveWSGI(t.Context(), site.WSGI)
				}
				if err != nil {
					t.Error(err)
				}
				if took := time.Since(begin); took != test.want {
					t.Errorf("it took %v, want %v", took, test.want)
				}
				if !slices.Contains(c.events, "start 200 OK") {
					t.Errorf("events: %q", c.events)
				}
			})
		})
	}
}

// A server may leave headers with an underscore in the scope, and gives one
// that was repeated as often as it came.
func TestHeadersOfScope(t *testing.T) {
	c := &call{path: "/sync/", headers: []asgi.Header{
		{Name: "user-agent", Value: "honest"}, {Name: "user_agent", Value: "forged"},
		{Name: "accept", Value: "text/html"}, {Name: "accept", Value: "text/plain"},
	}}
	c.environ = map[string]any{"tests.sync": syncView(func(request *handler.Request) (handler.Response, error) {
		c.record(request.META.Get("HTTP_USER_AGENT"))
		c.record(request.Headers().Get("Accept"))
		return page("here"), nil
	})}
	if err := c.serve(t.Context(), true, true); err != nil {
		t.Error(err)
	}
	c.expect(t, "signal request_started", "honest", "text/html,text/plain", "start 200 OK", "signal request_finished")
}
