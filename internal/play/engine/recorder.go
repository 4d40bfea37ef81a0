package engine

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"basehandler/asgi"
	"basehandler/wsgi"
)

// TraceKey is where the site's views, hooks, middleware and receivers find the
// function that they report to: in the environ, or in the extensions of the
// scope.
const TraceKey = "walkthrough.trace"

// recorder notes the events of one request, in order.
type recorder struct {
	mu     sync.Mutex
	events []string
}

// record notes one event. Async code may do so from several goroutines.
func (r *recorder) record(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
}

// trace gives the events so far.
func (r *recorder) trace() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

type recorderKey struct{}

// withRecorder puts a recorder where the wrappers below and the logger find it.
func withRecorder(ctx context.Context, r *recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

func recorderOf(ctx context.Context) *recorder {
	r, _ := ctx.Value(recorderKey{}).(*recorder)
	return r
}

// recordWSGI notes what the server sees of an application: start_response, the
// chunks, and close.
func recordWSGI(application wsgi.Application) wsgi.Application {
	return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		r := recorderOf(environ.Context())
		if r == nil {
			return application(environ, start)
		}
		environ.Set(TraceKey, r.record)
		body, err := application(environ, func(status string, headers []wsgi.Header, excInfo error) error {
			event := "start_response " + status
			if excInfo != nil {
				event += " exc_info"
			}
			r.record(event)
			return start(status, headers, excInfo)
		})
		if body == nil {
			return nil, err
		}
		recorded := &recordedBody{Body: body, recorder: r}
		if lener, ok := body.(wsgi.Lener); ok {
			return struct {
				*recordedBody
				wsgi.Lener
			}{recorded, lener}, err
		}
		return recorded, err
	}
}

type recordedBody struct {
	wsgi.Body
	recorder *recorder
}

func (b *recordedBody) Next() ([]byte, error) {
	chunk, err := b.Body.Next()
	if err == nil {
		b.recorder.record(fmt.Sprintf("chunk %d", len(chunk)))
	}
	return chunk, err
}

func (b *recordedBody) Close() error {
	b.recorder.record("close")
	return b.Body.Close()
}

// recordASGI notes the events between server and application.
func recordASGI(application asgi.Application) asgi.Application {
	return func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		r := recorderOf(ctx)
		if r == nil {
			return application(ctx, scope, receive, send)
		}
		traced := *scope // an application's view of the scope is read-only, and so is ours
		traced.Extensions = maps.Clone(scope.Extensions)
		if traced.Extensions == nil {
			traced.Extensions = map[string]any{}
		}
		traced.Extensions[TraceKey] = r.record
		return application(ctx, &traced,
			func(ctx context.Context) (asgi.Event, error) {
				event, err := receive(ctx)
				if err == nil {
					r.record("receive " + describe(event))
				}
				return event, err
			},
			func(ctx context.Context, event asgi.Event) error {
				r.record("send " + describe(event))
				return send(ctx, event)
			})
	}
}

// describe is an ASGI event in its own words: type, and size or status.
func describe(event asgi.Event) string {
	var text string
	var more bool
	switch e := event.(type) {
	case asgi.Request:
		text, more = fmt.Sprintf("http.request %d", len(e.Body)), e.MoreBody
	case asgi.Disconnect:
		text = "http.disconnect"
	case asgi.ResponseStart:
		text = fmt.Sprintf("http.response.start %d", e.Status)
	case asgi.ResponseBody:
		text, more = fmt.Sprintf("http.response.body %d", len(e.Body)), e.MoreBody
	default:
		text = fmt.Sprintf("%T", event)
	}
	if more {
		text += " more"
	}
	return text
}

// logHandler notes log records in the trace of the request they belong to, and
// hands them on to next, if there is one.
type logHandler struct {
	next   slog.Handler
	logger string // the attribute "logger", Django's name of a logger
}

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	name := h.logger
	record.Attrs(func(attr slog.Attr) bool {
		if attr.Key == "logger" {
			name = attr.Value.String()
		}
		return true
	})
	if r := recorderOf(ctx); r != nil {
		r.record(fmt.Sprintf("log %s %s %s", name, levelName(record.Level), record.Message))
	}
	if h.next == nil || !h.next.Enabled(ctx, record.Level) {
		return nil
	}
	return h.next.Handle(ctx, record)
}

// levelName is a level as Python's logging calls it.
func levelName(level slog.Level) string {
	if level == slog.LevelWarn {
		return "WARNING"
	}
	return level.String()
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, attr := range attrs {
		if attr.Key == "logger" {
			h.logger = attr.Value.String()
		}
	}
	if h.next != nil {
		h.next = h.next.WithAttrs(attrs)
	}
	return h
}

func (h logHandler) WithGroup(name string) slog.Handler {
	if h.next != nil {
		h.next = h.next.WithGroup(name)
	}
	return h
}
