package gateway

import "sync"

// latch is something that happens once and may be waited for. Its channel is
// made for whoever waits, since hardly anybody does.
type latch struct {
	mu      sync.Mutex
	closed  bool
	channel chan struct{}
}

// close must be called at most once.
func (l *latch) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.channel != nil {
		close(l.channel)
	}
}

func (l *latch) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// done gives a channel that is closed when it happens, or has been.
func (l *latch) done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.channel == nil {
		l.channel = make(chan struct{})
		if l.closed {
			close(l.channel)
		}
	}
	return l.channel
}
