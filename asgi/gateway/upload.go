package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"basehandler/asgi"
)

// upload reads the body of a request on a goroutine of its own, since a Read of
// it cannot be given up, and an application may give up waiting for the next
// part and ask again later. It reads at most one part ahead.
type upload struct {
	body    io.Reader   // nil for an empty one
	told    atomic.Bool // the one event of an empty body has been given
	ready   chan part   // nil for an empty body
	once    sync.Once
	started bool
	whole   atomic.Bool   // the body has been read to its end
	quit    chan struct{} // closed when nobody wants more
	ended   chan struct{} // closed when the goroutine has ended
}

// part is the next event, or an error in place of it.
type part struct {
	event asgi.Request
	err   error
}

// partSize is how many bytes of the body an event has at most.
const partSize = 32 << 10

func (u *upload) open(r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		// An empty body is one event as well, and needs neither a goroutine nor a
		// channel: see empty.
		u.whole.Store(true)
		return
	}
	u.body = r.Body
	u.ready = make(chan part)
	u.quit = make(chan struct{})
	u.ended = make(chan struct{})
}

// noBody is the event of an empty body.
var noBody asgi.Event = asgi.Request{}

// empty tells whether the body is empty and nobody has been told so.
func (u *upload) empty() bool { return u.body == nil && !u.told.Swap(true) }

// parts gives the channel of the parts, and starts to read when first asked.
// When the last part has been taken it stays silent. If the client goes away in
// the middle of the body, disconnect is called.
func (u *upload) parts(disconnect context.CancelFunc) <-chan part {
	if u.body != nil {
		u.once.Do(func() {
			u.started = true
			go u.read(disconnect)
		})
	}
	return u.ready
}

func (u *upload) read(disconnect context.CancelFunc) {
	defer close(u.ended)
	buffer := make([]byte, partSize)
	for {
		n, err := u.body.Read(buffer)
		if err != nil && err != io.EOF {
			u.fail(err, disconnect)
			return
		}
		if n == 0 && err == nil {
			continue
		}
		u.whole.Store(err != nil)
		event := asgi.Request{Body: bytes.Clone(buffer[:n]), MoreBody: err == nil}
		select {
		case u.ready <- part{event: event}:
		case <-u.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// fail tells of a body that cannot be read to its end: too large for a limit
// that a wrapper has set, or, for anything else, without a client.
func (u *upload) fail(err error, disconnect context.CancelFunc) {
	var tooLarge *http.MaxBytesError
	if !errors.As(err, &tooLarge) {
		disconnect()
		return
	}
	for {
		select {
		case u.ready <- part{err: err}:
		case <-u.quit:
			return
		}
	}
}

// stop ends the goroutine, if there is one, and waits for it. A Read that waits
// for the client is ended by a deadline. After that nobody knows where in the
// body the connection is; mayClose has seen to it that it is not used again.
func (u *upload) stop(controller *http.ResponseController, r *http.Request) {
	if u.body == nil {
		return
	}
	close(u.quit)
	// Nobody starts it from here on, and whoever just did has finished.
	u.once.Do(func() {})
	if !u.started {
		return
	}
	if !u.whole.Load() && controller.SetReadDeadline(time.Now()) != nil {
		_ = r.Body.Close()
	}
	<-u.ended
}
