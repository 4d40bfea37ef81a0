package observe_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/final/observe"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow is a log that writes only when it is let.
type slow struct {
	slog.Handler
	entered chan struct{}
	let     chan struct{}
}

func newSlow(buffer *bytes.Buffer) *slow {
	return &slow{text(buffer), make(chan struct{}, 100), make(chan struct{})}
}

func (s *slow) Handle(ctx context.Context, record slog.Record) error {
	s.entered <- struct{}{}
	<-s.let
	return s.Handler.Handle(ctx, record)
}

func text(buffer *bytes.Buffer) slog.Handler {
	return slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attr
	}})
}

// within fails the test if work takes too long.
func within(t *testing.T, what string, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s does not end", what)
	}
}

// It never waits for the log, holds no more than it was told to, counts what it
// drops, and writes the rest at the end.
func TestBoundedAndNeverBlocks(t *testing.T) {
	var buffer bytes.Buffer
	s := newSlow(&buffer)
	deferred := observe.NewDeferred(s, 3)
	logger := slog.New(deferred)
	logger.Info("0") // the log has it, and stands
	within(t, "the first record", func() { <-s.entered })
	within(t, "logging", func() {
		for _, message := range []string{"1", "2", "3", "4", "5"} {
			logger.Info(message)
		}
	})
	if got := deferred.Dropped(); got != 2 {
		t.Errorf("%d records were dropped, want 2", got)
	}
	close(s.let)
	within(t, "Close", deferred.Close)
	if got, want := buffer.String(), "level=INFO msg=0\nlevel=INFO msg=1\nlevel=INFO msg=2\nlevel=INFO msg=3\n"; got != want {
		t.Errorf("the log is\n%s", got)
	}
	logger.Info("late")
	if got := deferred.Dropped(); got != 3 || strings.Contains(buffer.String(), "late") {
		t.Errorf("after Close: %d dropped, log\n%s", got, buffer.String())
	}
	within(t, "a second Close", deferred.Close)
}

func TestAttributesAndLevels(t *testing.T) {
	var buffer bytes.Buffer
	deferred := observe.NewDeferred(text(&buffer), 10)
	logger := slog.New(deferred)
	if logger.Enabled(t.Context(), slog.LevelDebug) || !logger.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("the level is not that of the log")
	}
	logger.Debug("no")
	logger.With("a", 1).WithGroup("g").With("b", 2).Info("yes", "c", 3)
	logger.Info("plain", "d", 4)
	within(t, "Close", deferred.Close)
	if got, want := buffer.String(), "level=INFO msg=yes a=1 g.b=2 g.c=3\nlevel=INFO msg=plain d=4\n"; got != want {
		t.Errorf("the log is\n%s", got)
	}
}

// contexts keeps the contexts that it is given.
type contexts struct {
	slog.Handler
	got []error
}

func (c *contexts) Handle(ctx context.Context, _ slog.Record) error {
	c.got = append(c.got, ctx.Err())
	return nil
}

// A request that is over must not take its record with it.
func TestContextOutlivesRequest(t *testing.T) {
	var buffer bytes.Buffer
	c := &contexts{Handler: text(&buffer)}
	deferred := observe.NewDeferred(c, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	slog.New(deferred).InfoContext(ctx, "x")
	within(t, "Close", deferred.Close)
	if len(c.got) != 1 || c.got[0] != nil {
		t.Errorf("the contexts were %v", c.got)
	}
}

// adding is a log that adds to each record.
type adding struct{ slog.Handler }

func (a adding) Handle(ctx context.Context, record slog.Record) error {
	record.AddAttrs(slog.String("added", "by the log"))
	return a.Handler.Handle(ctx, record)
}

// A record may be added to by whoever logged it as soon as Handle has returned,
// and by the log later.
func TestRecordIsCloned(t *testing.T) {
	var buffer bytes.Buffer
	s := newSlow(&buffer)
	s.Handler = adding{s.Handler}
	deferred := observe.NewDeferred(s, 1)
	record := slog.NewRecord(time.Time{}, slog.LevelInfo, "x", 0)
	for i := range 10 { // more than a record holds in itself
		record.Add("k", i)
	}
	if err := deferred.Handle(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	record.Add("k", "late")
	close(s.let)
	within(t, "Close", deferred.Close)
	if got := buffer.String(); strings.Contains(got, "late") || strings.Contains(got, "BUG") || !strings.Contains(got, `k=9 added="by the log"`) {
		t.Errorf("the log is %s", got)
	}
}

// Many log while it is closed: all that was logged is written or counted. -race
// looks on.
func TestConcurrency(t *testing.T) {
	var buffer bytes.Buffer
	deferred := observe.NewDeferred(text(&buffer), 16)
	logger := slog.New(deferred)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				logger.Info("x")
			}
		})
	}
	group.Go(deferred.Close)
	within(t, "logging and closing", group.Wait)
	if got := strings.Count(buffer.String(), "\n") + int(deferred.Dropped()); got != 800 {
		t.Errorf("%d of 800 records are accounted for", got)
	}
}
