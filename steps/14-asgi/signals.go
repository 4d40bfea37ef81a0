package handler

import (
	"slices"
	"sync"

	"basehandler/wsgi"
)

// RequestStarted and RequestFinished are sent once for each request.
var RequestStarted, RequestFinished Signal

// GotRequestException is sent for an error that nobody expected.
var GotRequestException Signal

// Sent is what a receiver is told.
type Sent struct {
	Sender any // what kind of handler it was: a reflect.Type; nil if unknown

	// Environ is the request's. Django sends it with request_started only;
	// receivers of request_finished find the request through variables of the
	// thread, which Go does not have.
	Environ *wsgi.Environ

	// Err is what GotRequestException is about. Python's receivers ask
	// sys.exc_info for it.
	Err error
}

// Receiver is called for each signal that is sent.
type Receiver func(sent Sent)

// Signal calls whoever is connected to it. It may be used by many goroutines.
type Signal struct {
	mu        sync.RWMutex
	receivers []*Receiver
}

// Connect adds a receiver. Receivers are called in the order in which they
// were connected. Calling disconnect takes it away again: Python finds a
// function to disconnect by comparing it, Go cannot compare functions.
func (s *Signal) Connect(receiver Receiver) (disconnect func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := &receiver
	s.receivers = append(slices.Clip(s.receivers), entry)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.receivers = slices.DeleteFunc(slices.Clone(s.receivers), func(e *Receiver) bool { return e == entry })
	}
}

// Send calls every receiver in this goroutine and returns when all are done.
func (s *Signal) Send(sent Sent) {
	s.mu.RLock()
	receivers := s.receivers
	s.mu.RUnlock()
	for _, receiver := range receivers {
		(*receiver)(sent)
	}
}

func init() { RequestFinished.Connect(resetURLConf) }
