package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/wsgi"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errReceiver = errors.New("no")

type sender struct{ name string }

// heard lets receivers say that they were called.
type heard struct {
	mu   sync.Mutex
	list []string
}

func (h *heard) note(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, text)
}

func (h *heard) take() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := strings.Join(h.list, " ")
	h.list = nil
	return text
}

// receiver notes its name and answers with it.
func (h *heard) receiver(name string) dispatch.Receiver {
	return func(context.Context, dispatch.Event) (any, error) {
		h.note(name)
		return name, nil
	}
}

func send(t *testing.T, signal *dispatch.Signal, from any) []dispatch.Result {
	t.Helper()
	results, err := signal.Send(t.Context(), dispatch.Event{Sender: from})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func values(results []dispatch.Result) string {
	var list []string
	for _, result := range results {
		list = append(list, fmt.Sprint(result.Value))
	}
	return strings.Join(list, " ")
}

// S-01, S-02: without a name every connection is one of its own; one receiver
// for two senders is two.
func TestConnect(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	a, b := &sender{"a"}, &sender{"b"}
	receiver := h.receiver("r")
	signal.Connect(receiver, dispatch.Options{Sender: a})
	signal.Connect(receiver, dispatch.Options{Sender: b})
	signal.Connect(receiver)
	send(t, &signal, a)
	if got := h.take(); got != "r r" {
		t.Errorf("S-02: a reached %q", got)
	}
}

// S-03: the name decides, not the function; for each sender anew.
func TestDispatchUID(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	a := &sender{"a"}
	first := signal.Connect(h.receiver("first"), dispatch.Options{DispatchUID: "uid"})
	second := signal.Connect(h.receiver("second"), dispatch.Options{DispatchUID: "uid"})
	signal.Connect(h.receiver("for a"), dispatch.Options{DispatchUID: "uid", Sender: a})
	send(t, &signal, a)
	if got := h.take(); got != "first for a" {
		t.Errorf("it called %q", got)
	}
	if first != second || first.Name() != "uid" {
		t.Errorf("two registrations: %v and %v", first, second)
	}
	if !second.Disconnect() || first.Disconnect() {
		t.Error("the second connection does not stand for the first")
	}
	if signal.Disconnect("", nil) {
		t.Error("no name disconnected something")
	}
}

// S-04, S-07: in the order of connection, each answer with whose it is.
func TestOrderAndResults(t *testing.T) {
	var signal dispatch.Signal
	if results := send(t, &signal, nil); len(results) != 0 {
		t.Errorf("S-07: nobody is there, and %v came", results)
	}
	var h heard
	var want []string
	var connections []dispatch.Connection
	for i := range 20 {
		name := fmt.Sprint("r", i)
		want = append(want, name)
		connections = append(connections, signal.Connect(h.receiver(name)))
	}
	results := send(t, &signal, nil)
	if got := h.take(); got != strings.Join(want, " ") {
		t.Errorf("S-04: the order was %s", got)
	}
	if got := values(results); got != strings.Join(want, " ") {
		t.Errorf("S-07: the answers are %s", got)
	}
	for i := range results {
		if results[i].Connection != connections[i] {
			t.Errorf("S-07: answer %d is said to be somebody else's", i)
		}
	}
}

// S-05: any sender, one's own, by identity.
func TestSender(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	a, b, twin := &sender{"a"}, &sender{"b"}, &sender{"a"}
	signal.Connect(h.receiver("any"))
	signal.Connect(h.receiver("a"), dispatch.Options{Sender: a})
	signal.Connect(h.receiver("b"), dispatch.Options{Sender: b})
	for from, want := range map[any]string{nil: "any", a: "any a", b: "any b", twin: "any"} {
		send(t, &signal, from)
		if got := h.take(); got != want {
			t.Errorf("Send from %v reached %q, want %q", from, got, want)
		}
		if err := signal.Notify(t.Context(), dispatch.Event{Sender: from}); err != nil {
			t.Error(err)
		}
		if got := h.take(); got != want {
			t.Errorf("Notify from %v reached %q, want %q", from, got, want)
		}
		signal.SendRobust(t.Context(), dispatch.Event{Sender: from}, nil)
		if got := h.take(); got != want {
			t.Errorf("SendRobust from %v reached %q, want %q", from, got, want)
		}
	}
}

// S-06: a receiver is told the signal, the sender and the values.
func TestEvent(t *testing.T) {
	var signal dispatch.Signal
	environ := wsgi.NewEnviron(nil)
	sent := dispatch.Event{Sender: "me", Environ: environ, Err: errReceiver, Values: map[string]any{"n": 1}}
	for name, send := range map[string]func(context.Context){
		"Send":       func(ctx context.Context) { _, _ = signal.Send(ctx, sent) },
		"Notify":     func(ctx context.Context) { _ = signal.Notify(ctx, sent) },
		"SendRobust": func(ctx context.Context) { signal.SendRobust(ctx, sent, nil) },
	} {
		type mark struct{}
		called := 0
		connection := signal.Connect(func(ctx context.Context, event dispatch.Event) (any, error) {
			called++
			if event.Signal != &signal || event.Sender != "me" || event.Environ != environ || event.Err != errReceiver || event.Values["n"] != 1 {
				t.Errorf("%s: got %+v", name, event)
			}
			if ctx.Value(mark{}) != true {
				t.Errorf("%s: another context", name)
			}
			return nil, nil
		})
		send(context.WithValue(t.Context(), mark{}, true))
		if called != 1 {
			t.Errorf("%s: called %d times", name, called)
		}
		connection.Disconnect()
	}
}

// S-08: the first error ends it.
func TestSendFails(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	signal.Connect(h.receiver("1"))
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { h.note("fails"); return nil, errReceiver })
	signal.Connect(h.receiver("3"))
	if _, err := signal.Send(t.Context(), dispatch.Event{}); err != errReceiver {
		t.Errorf("Send: %v", err)
	}
	if got := h.take(); got != "1 fails" {
		t.Errorf("Send called %q", got)
	}
	if err := signal.Notify(t.Context(), dispatch.Event{}); err != errReceiver {
		t.Errorf("Notify: %v", err)
	}
	if got := h.take(); got != "1 fails" {
		t.Errorf("Notify called %q", got)
	}
}

func panics(context.Context, dispatch.Event) (any, error) { panic("aua") }

// S-09: send_robust calls all, and logs who failed and why.
func TestSendRobust(t *testing.T) {
	var signal dispatch.Signal
	if results := signal.SendRobust(t.Context(), dispatch.Event{}, nil); len(results) != 0 {
		t.Errorf("nobody is there, and %v came", results)
	}
	var h heard
	signal.Connect(h.receiver("1"))
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { return "half", errReceiver }, dispatch.Options{DispatchUID: "site.fails"})
	signal.Connect(panics)
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { return nil, errReceiver }, dispatch.Options{Async: true, DispatchUID: "site.async"})
	signal.Connect(panics, dispatch.Options{Async: true, DispatchUID: "site.async_panics"})
	signal.Connect(h.receiver("last"), dispatch.Options{Async: true})

	var log bytes.Buffer
	results := signal.SendRobust(t.Context(), dispatch.Event{}, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		}})))
	if got := h.take(); got != "1 last" {
		t.Errorf("it called %q", got)
	}
	var errs []string
	for _, result := range results {
		errs = append(errs, fmt.Sprint(result.Err))
	}
	if got := strings.Join(errs, ", "); got != "<nil>, no, panic: aua, no, panic: aua, <nil>" {
		t.Errorf("the errors are %s", got)
	}
	for _, i := range []int{2, 4} {
		var caught *exceptions.Panic
		if !errors.As(results[i].Err, &caught) || !strings.Contains(string(caught.Stack), "dispatch_test.panics") {
			t.Errorf("result %d has no stack of where it panicked: %v", i, results[i].Err)
		}
	}
	want := `level=ERROR msg="Error calling site.fails in Signal.send_robust() (no)" logger=django.dispatch exc_info=no
level=ERROR msg="Error calling basehandler/final/dispatch_test.panics in Signal.send_robust() (panic: aua)" logger=django.dispatch exc_info="panic: aua"
level=ERROR msg="Error calling site.async in Signal.send_robust() (no)" logger=django.dispatch exc_info=no
level=ERROR msg="Error calling site.async_panics in Signal.send_robust() (panic: aua)" logger=django.dispatch exc_info="panic: aua"
`
	if got := log.String(); got != want {
		t.Errorf("the log is\n%s", got)
	}
}

// S-09: without a logger the record goes to slog's own, as a handler's do.
func TestSendRobustDefaultLogger(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	var signal dispatch.Signal
	signal.Connect(panics)
	signal.SendRobust(t.Context(), dispatch.Event{}, nil)
	if !strings.Contains(log.String(), "Error calling") {
		t.Errorf("the log is %q", log.String())
	}
}

// The server's own way to end a request is no error of a receiver's.
func TestAbortPasses(t *testing.T) {
	for _, async := range []bool{false, true} {
		for _, robust := range []bool{false, true} {
			var signal dispatch.Signal
			signal.Connect(func(context.Context, dispatch.Event) (any, error) { panic(http.ErrAbortHandler) }, dispatch.Options{Async: async})
			func() {
				defer func() {
					if value := recover(); value != http.ErrAbortHandler {
						t.Errorf("async %v, robust %v: got %v", async, robust, value)
					}
				}()
				if robust {
					signal.SendRobust(t.Context(), dispatch.Event{}, nil)
				} else {
					_ = signal.Notify(t.Context(), dispatch.Event{})
				}
			}()
		}
	}
}

// S-12: what was removed is not called, and nothing is removed twice; name and
// sender have to be those of the connection.
func TestDisconnect(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	a := &sender{"a"}
	plain := signal.Connect(h.receiver("plain"))
	signal.Connect(h.receiver("named"), dispatch.Options{DispatchUID: "uid", Sender: a})
	signal.Connect(h.receiver("stays"))
	if signal.Disconnect("uid", nil) || signal.Disconnect("other", a) {
		t.Error("removed with another name or sender")
	}
	if !plain.Disconnect() || plain.Disconnect() {
		t.Error("Disconnect does not tell whether it was there")
	}
	if !signal.Disconnect("uid", a) || signal.Disconnect("uid", a) {
		t.Error("Disconnect by name does not tell whether it was there")
	}
	send(t, &signal, a)
	if got := h.take(); got != "stays" {
		t.Errorf("still called: %q", got)
	}
}

// S-13: what is connected and disconnected while the signal is sent counts from
// the next time on.
func TestChangeDuringSend(t *testing.T) {
	for name, send := range map[string]func(*dispatch.Signal){
		"Send":       func(s *dispatch.Signal) { _, _ = s.Send(t.Context(), dispatch.Event{}) },
		"Notify":     func(s *dispatch.Signal) { _ = s.Notify(t.Context(), dispatch.Event{}) },
		"SendRobust": func(s *dispatch.Signal) { s.SendRobust(t.Context(), dispatch.Event{}, nil) },
	} {
		var signal dispatch.Signal
		var h heard
		var second dispatch.Connection
		once := sync.OnceFunc(func() {
			second.Disconnect()
			signal.Connect(h.receiver("late"))
		})
		signal.Connect(func(context.Context, dispatch.Event) (any, error) {
			h.note("first")
			once()
			return nil, nil
		})
		second = signal.Connect(h.receiver("second"))
		send(&signal)
		if got := h.take(); got != "first second" {
			t.Errorf("%s: the first time it called %q", name, got)
		}
		send(&signal)
		if got := h.take(); got != "first late" {
			t.Errorf("%s: the second time it called %q", name, got)
		}
	}
}

// S-14
func TestHasListeners(t *testing.T) {
	var signal dispatch.Signal
	var h heard
	a := &sender{"a"}
	if signal.HasListeners(nil) || signal.HasListeners(a) {
		t.Error("nobody is connected")
	}
	connection := signal.Connect(h.receiver("a"), dispatch.Options{Sender: a})
	if signal.HasListeners(nil) || !signal.HasListeners(a) || signal.HasListeners(&sender{"a"}) {
		t.Error("only a has a listener")
	}
	connection.Disconnect()
	if signal.HasListeners(a) {
		t.Error("a has none any more")
	}
}

// S-18: the sync receivers first, in order, then the async ones at once; the
// answers in the same order.
func TestAsyncReceivers(t *testing.T) {
	for name, send := range map[string]func(*dispatch.Signal) []dispatch.Result{
		"Send":       func(s *dispatch.Signal) []dispatch.Result { return send(t, s, nil) },
		"SendRobust": func(s *dispatch.Signal) []dispatch.Result { return s.SendRobust(t.Context(), dispatch.Event{}, nil) },
		"Notify": func(s *dispatch.Signal) []dispatch.Result {
			if err := s.Notify(t.Context(), dispatch.Event{}); err != nil {
				t.Error(err)
			}
			return nil
		},
	} {
		var signal dispatch.Signal
		var h heard
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		var meet sync.WaitGroup // each waits for the other: one after the other never ends
		meet.Add(2)
		async := func(name string) dispatch.Receiver {
			return func(context.Context, dispatch.Event) (any, error) {
				h.note("async")
				meet.Done()
				met := make(chan struct{})
				go func() { meet.Wait(); close(met) }()
				select {
				case <-met:
				case <-ctx.Done():
					return nil, fmt.Errorf("%s was alone", name)
				}
				return name, nil
			}
		}
		signal.Connect(async("async 1"), dispatch.Options{Async: true})
		signal.Connect(h.receiver("sync 1"))
		signal.Connect(async("async 2"), dispatch.Options{Async: true})
		signal.Connect(h.receiver("sync 2"))
		results := send(&signal)
		if got := h.take(); got != "sync 1 sync 2 async async" {
			t.Errorf("%s: called %q", name, got)
		}
		if got := values(results); name != "Notify" && got != "sync 1 sync 2 async 1 async 2" {
			t.Errorf("%s: answers %q", name, got)
		}
		cancel()
	}
}

// S-18: an error of an async receiver is the sender's, when all have ended; so
// is a panic, with the stack of where it was.
func TestAsyncReceiverFails(t *testing.T) {
	var signal dispatch.Signal
	var ended atomic.Int32
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { return nil, errReceiver }, dispatch.Options{Async: true})
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { ended.Add(1); return nil, nil }, dispatch.Options{Async: true})
	if _, err := signal.Send(t.Context(), dispatch.Event{}); err != errReceiver || ended.Load() != 1 {
		t.Errorf("got %v, and %d others ended", err, ended.Load())
	}
	if err := signal.Notify(t.Context(), dispatch.Event{}); err != errReceiver {
		t.Errorf("Notify: got %v", err)
	}

	var bad dispatch.Signal
	bad.Connect(panics, dispatch.Options{Async: true})
	defer func() {
		caught, ok := recover().(*exceptions.Panic)
		if !ok || caught.Value != "aua" || !strings.Contains(string(caught.Stack), "dispatch_test.panics") {
			t.Errorf("the sender got %v", caught)
		}
	}()
	_ = bad.Notify(t.Context(), dispatch.Event{})
}

// A signal may be sent, connected and disconnected by many at once; -race looks
// on.
func TestConcurrency(t *testing.T) {
	var signal dispatch.Signal
	var called atomic.Int64
	count := func(context.Context, dispatch.Event) (any, error) { called.Add(1); return nil, nil }
	signal.Connect(count)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 50 {
				connection := signal.Connect(count, dispatch.Options{Sender: i, Async: i%4 == 0})
				_, _ = signal.Send(t.Context(), dispatch.Event{Sender: i})
				_ = signal.Notify(t.Context(), dispatch.Event{Sender: i})
				if !connection.Disconnect() {
					t.Error("a connection was lost")
				}
			}
		})
	}
	group.Wait()
	if got := called.Load(); got != 8*50*4 {
		t.Errorf("receivers were called %d times, want %d", got, 8*50*4)
	}
	if results := send(t, &signal, nil); len(results) != 1 {
		t.Errorf("%d receivers are left", len(results))
	}
}

// S-21: the signals of the cycle are there, and are three.
func TestCoreSignals(t *testing.T) {
	core := []*dispatch.Signal{&dispatch.RequestStarted, &dispatch.RequestFinished, &dispatch.GotRequestException}
	var h heard
	var connections []dispatch.Connection
	for i, signal := range core {
		connections = append(connections, signal.Connect(h.receiver(fmt.Sprint(i)), dispatch.Options{Sender: t}))
	}
	for i, signal := range slices.Backward(core) {
		if err := signal.Notify(t.Context(), dispatch.Event{Sender: t}); err != nil {
			t.Error(err)
		}
		if got := h.take(); got != fmt.Sprint(i) {
			t.Errorf("signal %d reached %q", i, got)
		}
	}
	for _, connection := range connections {
		connection.Disconnect()
	}
}

// The signals of each request must not cost a request anything.
func TestNotifyAllocates(t *testing.T) {
	var signal dispatch.Signal
	signal.Connect(func(context.Context, dispatch.Event) (any, error) { return nil, nil })
	ctx := t.Context()
	from := dispatch.Class[sender]()
	if n := testing.AllocsPerRun(100, func() { _ = signal.Notify(ctx, dispatch.Event{Sender: from}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if from != dispatch.Class[sender]() || from == dispatch.Class[heard]() {
		t.Error("Class does not tell classes apart")
	}
}
