// Package dispatch is Django's signals: whoever wants to know connects a
// receiver, and send calls all of them.
//
// Django: dispatch/dispatcher.py Signal, core/signals.py.
package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"basehandler/final/exceptions"
	"basehandler/wsgi"
)

// The signals of the request/response cycle. Django: core/signals.py.
var (
	RequestStarted      Signal // before the request object exists
	RequestFinished     Signal // when the response was closed
	GotRequestException Signal // for an error that nobody expected
)

// Event is what a receiver is told. Python passes it as keyword arguments.
type Event struct {
	Signal *Signal
	Sender any // usually a reflect.Type, where Django sends a class; nil for nobody

	// Environ belongs to the request. Django gives it to request_started only,
	// and receivers of request_finished find the request by variables of the
	// thread, which Go does not have.
	Environ *wsgi.Environ

	// Request is the *web.Request of got_request_exception and request_finished,
	// for the same reason; nil where none was made.
	Request any

	// Err is what GotRequestException is about; Python's receivers ask
	// sys.exc_info for it.
	Err error

	// Values are the arguments of signals of one's own.
	Values map[string]any
}

// Receiver is called for a signal. An error ends Send; its result is reported
// to the sender.
type Receiver func(ctx context.Context, event Event) (any, error)

// Options say how a receiver is connected.
type Options struct {
	// Sender limits the receiver to one sender, compared with ==; nil stands for
	// all of them.
	Sender any

	// DispatchUID names the registration: connecting the same name again for
	// the same sender changes nothing. Python finds a registration by the
	// identity of the function as well; Go functions have none, so a receiver
	// without a name is a registration of its own each time.
	DispatchUID string

	// Async marks a receiver of async code: Send calls those after all others,
	// and several of them at the same time.
	Async bool
}

// Signal calls the receivers that are connected to it. The zero value has none.
// It may be used by many goroutines at once.
type Signal struct {
	mu        sync.Mutex // for changing the list
	receivers atomic.Pointer[[]*registration]
}

type registration struct {
	receiver Receiver
	Options
}

// Connection is one registration of a receiver.
type Connection struct {
	signal       *Signal
	registration *registration
}

// Connect adds a receiver, to be called after those that are there already.
// Django: Signal.connect.
func (s *Signal) Connect(receiver Receiver, options ...Options) Connection {
	entry := &registration{receiver: receiver}
	if len(options) > 0 {
		entry.Options = options[0]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.list()
	if entry.DispatchUID != "" {
		for _, old := range before {
			if old.DispatchUID == entry.DispatchUID && old.Sender == entry.Sender {
				return Connection{s, old}
			}
		}
	}
	after := append(slices.Clip(before), entry)
	s.receivers.Store(&after)
	return Connection{s, entry}
}

// Disconnect takes the registration away and tells whether it was there. A Send
// that has begun calls the receiver all the same. Django: Signal.disconnect.
func (c Connection) Disconnect() bool {
	return c.signal.remove(func(r *registration) bool { return r == c.registration })
}

// Disconnect takes a registration away by its name and sender. Django:
// Signal.disconnect.
func (s *Signal) Disconnect(dispatchUID string, sender any) bool {
	return s.remove(func(r *registration) bool {
		return dispatchUID != "" && r.DispatchUID == dispatchUID && r.Sender == sender
	})
}

func (s *Signal) remove(is func(*registration) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.list()
	after := slices.DeleteFunc(slices.Clone(before), is)
	s.receivers.Store(&after)
	return len(after) < len(before)
}

func (s *Signal) list() []*registration {
	if list := s.receivers.Load(); list != nil {
		return *list
	}
	return nil
}

// HasListeners tells whether a signal from sender would reach anybody. Django:
// Signal.has_listeners.
func (s *Signal) HasListeners(sender any) bool {
	return slices.ContainsFunc(s.list(), func(r *registration) bool { return r.hears(sender) })
}

func (r *registration) hears(sender any) bool {
	return r.Sender == nil || r.Sender == sender
}

// Result is what a receiver answered.
type Result struct {
	Connection // whose answer it is
	Value      any
	Err        error
}

// Name is what the receiver is called: its DispatchUID, else the name of the
// function.
func (c Connection) Name() string {
	if uid := c.registration.DispatchUID; uid != "" {
		return uid
	}
	return runtime.FuncForPC(reflect.ValueOf(c.registration.receiver).Pointer()).Name()
}

// Send calls the receivers, the sync ones first and in the order in which they
// were connected, then the async ones all at once, and returns when all are
// done. The first error ends it; receivers that were not called by then are
// not. Departs: Django's asend calls the sync ones beside the async ones; here
// there is one order for sync and async code. Django: Signal.send, asend.
func (s *Signal) Send(ctx context.Context, event Event) ([]Result, error) {
	list := s.list()
	if len(list) == 0 {
		return nil, nil
	}
	return s.call(ctx, list, event, false)
}

// Notify is Send for a sender that does not want to know what the receivers
// answered. It allocates nothing of its own.
func (s *Signal) Notify(ctx context.Context, event Event) error {
	event.Signal = s
	list := s.list()
	for _, r := range list {
		if r.Async && r.hears(event.Sender) {
			_, err := s.call(ctx, list, event, false) // which knows how to
			return err
		}
	}
	for _, r := range list {
		if r.hears(event.Sender) {
			if _, err := r.receiver(ctx, event); err != nil {
				return err
			}
		}
	}
	return nil
}

// SendRobust calls every receiver, also after one has failed or panicked. The
// error is its result, and is logged on django.dispatch; a nil logger means
// slog.Default. Django: Signal.send_robust, asend_robust.
func (s *Signal) SendRobust(ctx context.Context, event Event, logger *slog.Logger) []Result {
	results, _ := s.call(ctx, s.list(), event, true)
	if logger == nil {
		logger = slog.Default()
	}
	for _, result := range results {
		if result.Err != nil {
			logger.LogAttrs(ctx, slog.LevelError, fmt.Sprintf("Error calling %s in Signal.send_robust() (%v)", result.Name(), result.Err),
				slog.String("logger", "django.dispatch"), slog.Any("exc_info", result.Err))
		}
	}
	return results
}

func (s *Signal) call(ctx context.Context, list []*registration, event Event, robust bool) ([]Result, error) {
	event.Signal = s
	var results []Result
	var async []*registration
	for _, r := range list {
		if !r.hears(event.Sender) {
			continue
		}
		if r.Async {
			async = append(async, r)
			continue
		}
		result := s.run(ctx, r, event, robust)
		if result.Err != nil && !robust {
			return results, result.Err
		}
		results = append(results, result)
	}
	if len(async) == 0 {
		return results, nil
	}
	answers := make([]Result, len(async))
	panics := make([]any, len(async))
	var group sync.WaitGroup
	for i, r := range async {
		group.Go(func() {
			defer func() {
				if panics[i] = recover(); panics[i] != nil && panics[i] != http.ErrAbortHandler {
					panics[i] = exceptions.Caught(panics[i])
				}
			}()
			answers[i] = s.run(ctx, r, event, robust)
		})
	}
	group.Wait()
	for i, answer := range answers {
		if panics[i] != nil {
			panic(panics[i]) // it belongs to the one who sent
		}
		if answer.Err != nil && !robust {
			return results, answer.Err
		}
		results = append(results, answer)
	}
	return results, nil
}

// run calls one receiver. Where it must not fail, a panic is an error too, an
// *exceptions.Panic; but the server's own way to end a request goes through.
func (s *Signal) run(ctx context.Context, r *registration, event Event, robust bool) (result Result) {
	result.Connection = Connection{s, r}
	if robust {
		defer func() {
			switch value := recover(); value {
			case nil:
			case http.ErrAbortHandler:
				panic(value)
			default:
				result.Err = exceptions.Caught(value)
			}
		}()
	}
	result.Value, result.Err = r.receiver(ctx, event)
	return result
}

// Class is what stands for a Python class as the sender of a signal: the sender
// of request_started is dispatch.Class[handlers.WSGIHandler]().
func Class[T any]() any { return reflect.TypeFor[T]() }
