package httpd

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

// Grace is how long requests in flight may take when the server is stopped.
const Grace = 10 * time.Second

// MaxConnections is how many there are at a time. Further ones wait until one
// of them ends.
const MaxConnections = 512

// Serve serves until ctx ends. Then requests in flight may finish, for as long
// as [Grace] and until abort ends. It returns nil if all of them did, and
// closes the listener in any case.
func Serve(ctx, abort context.Context, server *http.Server, listener net.Listener, stdout io.Writer) error {
	counter := &counter{next: server.Handler}
	silent := &silentConns{conns: map[net.Conn]bool{}}
	server.Handler, server.ConnState = counter, silent.changed
	served := make(chan error, 1)
	limited := netutil.LimitListener(listener, MaxConnections)
	go func() { served <- server.Serve(limited) }()

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if n := counter.inFlight.Load(); n > 0 {
		fmt.Fprintf(stdout, "Stopping when %s done. Ctrl-C again stops at once.\n", plural(n, "request is", "requests are"))
	}
	grace, cancel := context.WithTimeout(abort, Grace)
	defer cancel()
	limited.Close() // and not listener: Accept may be waiting for a place
	<-served        // no connection is added from here on
	silent.close()
	err := server.Shutdown(grace)
	if err != nil {
		cut := counter.inFlight.Load()
		server.Close()
		return fmt.Errorf("stopped with %s not done", plural(cut, "request", "requests"))
	}
	fmt.Fprintln(stdout, "Stopped.")
	return nil
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// counter knows how many requests are under way.
type counter struct {
	next     http.Handler
	inFlight atomic.Int64
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	c.next.ServeHTTP(w, r)
}

// silentConns are connections that have not sent anything yet. Browsers open
// some in advance, and a server that stops would wait for them.
type silentConns struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (s *silentConns) changed(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[conn] = true
	} else {
		delete(s.conns, conn)
	}
}

func (s *silentConns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}
