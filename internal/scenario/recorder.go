package scenario

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/observe"
)

// Event is one thing that happened.
type Event struct {
	Text string
	At   time.Duration // since the run began
}

// recorder notes the events of one run.
type recorder struct {
	began time.Time

	mu        sync.Mutex
	events    []Event
	crossings int
	closed    bool // what comes now comes too late
}

func newRecorder() *recorder { return &recorder{began: time.Now()} }

func (r *recorder) record(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.events = append(r.events, Event{text, time.Since(r.began)})
	}
}

// Count and Span make it an observe.Observer, which counts crossings.
func (r *recorder) Count(_ context.Context, name, _ string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == observe.Bridges && !r.closed {
		r.crossings += n
	}
}

func (r *recorder) Span(context.Context, string, string) (end func()) { return func() {} }

// finish gives the events and the crossings; later ones are lost.
func (r *recorder) finish() (events []Event, crossings int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return slices.Clone(r.events), r.crossings
}

type recorderKey struct{}

func withRecorder(ctx context.Context, r *recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

func recorderOf(ctx context.Context) *recorder {
	r, _ := ctx.Value(recorderKey{}).(*recorder)
	return r
}

// The signals are the same for all runs; each finds its recorder by the context.
func init() {
	note := func(text func(dispatch.Event) string) dispatch.Receiver {
		return func(ctx context.Context, event dispatch.Event) (any, error) {
			r := recorderOf(ctx)
			if r == nil && event.Environ != nil {
				r = recorderOf(event.Environ.Context())
			}
			if r != nil {
				r.record("signal " + text(event))
			}
			return nil, nil
		}
	}
	dispatch.RequestStarted.Connect(note(func(dispatch.Event) string { return "request_started" }))
	dispatch.RequestFinished.Connect(note(func(dispatch.Event) string { return "request_finished" }))
	dispatch.GotRequestException.Connect(note(func(event dispatch.Event) string {
		return "got_request_exception " + exceptions.Kind(event.Err)
	}))
}

// logHandler is a slog.Handler that notes records as Django's loggers would
// write them.
type logHandler struct {
	recorder *recorder
	logger   string
}

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(_ context.Context, record slog.Record) error {
	logger := h.logger
	record.Attrs(func(attr slog.Attr) bool {
		if attr.Key == "logger" {
			logger = attr.Value.String()
		}
		return true
	})
	level := map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR"}[record.Level]
	h.recorder.record("log " + logger + " " + level + " " + record.Message)
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, attr := range attrs {
		if attr.Key == "logger" {
			h.logger = attr.Value.String()
		}
	}
	return h
}

func (h logHandler) WithGroup(string) slog.Handler { return h }
