package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// watcher gives a request a recorder, and tells when the request is over. It
// serves one at a time.
type watcher struct {
	next    http.Handler
	current atomic.Pointer[watched]
}

// watched is one request.
type watched struct {
	recorder recorder
	entered  atomic.Bool
	done     chan struct{} // closed when the handler has returned or panicked
}

func (w *watcher) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	current := w.current.Load()
	current.entered.Store(true)
	defer close(current.done)
	w.next.ServeHTTP(rw, r.WithContext(withRecorder(r.Context(), &current.recorder)))
}

// Grace is how long requests in flight may take when the server is stopped.
const Grace = 10 * time.Second

// ServeOptions say how to serve a step to people.
type ServeOptions struct {
	Title    string          // what is served: "step 05, middleware"
	Source   string          // where its source is
	Addr     string          // host:port
	Command  string          // what to type, up to the port, to serve it elsewhere
	Settings json.RawMessage // nil: the site's own
	ASGI     bool
	Trace    bool // print what happens to each request
}

// Serve makes the application and serves it until ctx ends. Then requests in
// flight may finish, for as long as [Grace] and until abort ends. It returns
// nil if all of them did.
func Serve(ctx, abort context.Context, open Opener, options ServeOptions, stdout, stderr io.Writer) error {
	connections, closeAll, err := openDatabases()
	if err != nil {
		return err
	}
	defer closeAll()
	site, err := open(options.Settings, Services{
		Connections: connections,
		Logger:      slog.New(logHandler{next: slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug})}),
		ASGI:        options.ASGI,
	})
	if err != nil {
		return &LoadError{Err: err}
	}
	listener, err := listen(options.Addr, options.Command)
	if err != nil {
		return err
	}
	logger := log.New(stderr, "", log.Ltime)
	printer := &printer{next: gateway(site, "", logger), trace: options.Trace, out: stdout}
	silent := &silentConns{conns: map[net.Conn]bool{}}
	server := &http.Server{Handler: printer, ErrorLog: logger, ConnState: silent.changed, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	fmt.Fprintf(stdout, "Serving %s at http://%s/\n", options.Title, browsable(listener.Addr().String()))
	if options.Source != "" {
		fmt.Fprintf(stdout, "Source: %s\n", options.Source)
	}
	fmt.Fprintln(stdout, "Ctrl-C stops it.")

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if n := printer.inFlight.Load(); n > 0 {
		fmt.Fprintf(stdout, "Stopping when %s done. Ctrl-C again stops at once.\n", plural(n, "request is", "requests are"))
	}
	grace, cancel := context.WithTimeout(abort, Grace)
	defer cancel()
	silent.close()
	err = server.Shutdown(grace)
	<-served
	if err != nil {
		cut := printer.inFlight.Load()
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

// listen opens the port. If it is taken, the error names one that is free.
func listen(addr, command string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err == nil {
		return listener, nil
	}
	host, portText, splitErr := net.SplitHostPort(addr)
	if splitErr != nil || !errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	port, _ := strconv.Atoi(portText)
	for free := port + 1000; free < min(port+1100, 65536); free++ {
		other := net.JoinHostPort(host, strconv.Itoa(free))
		if l, err := net.Listen("tcp", other); err == nil {
			l.Close()
			return nil, fmt.Errorf("port %d is in use; %d is free: %s --addr %s", port, free, command, other)
		}
	}
	return nil, fmt.Errorf("port %d is in use; choose another: %s --addr %s", port, command, net.JoinHostPort(host, "0"))
}

// browsable is a listener's address as a browser on this machine reaches it.
func browsable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}

// printer serves, and prints a line for each request, with its trace below.
type printer struct {
	next     http.Handler
	trace    bool
	inFlight atomic.Int64
	mu       sync.Mutex
	out      io.Writer
}

func (p *printer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.inFlight.Add(1)
	defer p.inFlight.Add(-1)
	var recorder recorder
	answer := &answer{ResponseWriter: w, status: http.StatusOK}
	method, target, start, finished := r.Method, r.URL.RequestURI(), time.Now(), false
	defer func() {
		var text strings.Builder
		status := strconv.Itoa(answer.status)
		switch {
		case !finished && r.Context().Err() != nil: // the client gave up
			status = "gone"
		case !finished: // the gateway or the application did
			status = "cut off"
		}
		fmt.Fprintf(&text, "%s %q %s, %d bytes, %.1f ms\n", method, target, status, answer.bytes,
			float64(time.Since(start))/float64(time.Millisecond))
		if p.trace {
			for _, event := range recorder.trace() {
				fmt.Fprintf(&text, "    %s\n", event)
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		io.WriteString(p.out, text.String())
	}()
	p.next.ServeHTTP(answer, r.WithContext(withRecorder(r.Context(), &recorder)))
	finished = true
}

// answer counts what is sent.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 { // 1xx comes before the response proper
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(chunk []byte) (int, error) {
	n, err := a.ResponseWriter.Write(chunk)
	a.bytes += int64(n)
	return n, err
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush is for code that does not ask http.ResponseController.
func (a *answer) Flush() { http.NewResponseController(a.ResponseWriter).Flush() }

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
