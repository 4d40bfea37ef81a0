package observe

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// Deferred is a slog.Handler that never makes a request wait for the log: it
// puts records into a queue of bounded length, from which a goroutine writes
// them. When the queue is full a record is dropped and counted.
//
// Django writes its log where it happens, on the way of the request.
type Deferred struct {
	shared *deferred
	next   slog.Handler
}

type deferred struct {
	queue   chan func()
	dropped atomic.Int64
	mu      sync.RWMutex // guards closed
	closed  bool
	done    chan struct{}
}

// NewDeferred makes a handler that keeps up to capacity records waiting for
// next. Close it at the end.
func NewDeferred(next slog.Handler, capacity int) *Deferred {
	d := &deferred{queue: make(chan func(), max(capacity, 1)), done: make(chan struct{})}
	go func() {
		defer close(d.done)
		for write := range d.queue {
			write()
		}
	}()
	return &Deferred{shared: d, next: next}
}

// Enabled implements slog.Handler.
func (d *Deferred) Enabled(ctx context.Context, level slog.Level) bool {
	return d.next.Enabled(ctx, level)
}

// Handle implements slog.Handler. It never waits.
func (d *Deferred) Handle(ctx context.Context, record slog.Record) error {
	record = record.Clone()
	ctx = context.WithoutCancel(ctx) // the request may be over by then
	d.shared.mu.RLock()
	defer d.shared.mu.RUnlock()
	if !d.shared.closed {
		select {
		case d.shared.queue <- func() { _ = d.next.Handle(ctx, record) }:
			return nil
		default:
		}
	}
	d.shared.dropped.Add(1)
	return nil
}

// WithAttrs implements slog.Handler.
func (d *Deferred) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Deferred{d.shared, d.next.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (d *Deferred) WithGroup(name string) slog.Handler {
	return &Deferred{d.shared, d.next.WithGroup(name)}
}

// Dropped is how many records there was no room for.
func (d *Deferred) Dropped() int64 { return d.shared.dropped.Load() }

// Close writes what is waiting, and ends. Later records are dropped.
func (d *Deferred) Close() {
	d.shared.mu.Lock()
	if !d.shared.closed {
		d.shared.closed = true
		close(d.shared.queue)
	}
	d.shared.mu.Unlock()
	<-d.shared.done
}
