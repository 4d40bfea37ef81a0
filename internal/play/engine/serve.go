package engine

import (
	"context"
	"encoding/json"
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
	"time"

	"basehandler/internal/httpd"
)

// watcher gives a request a recorder, and tells when the request is over. It
// serves the first one of each connection, and cuts off what follows it there.
type watcher struct {
	next    http.Handler
	current atomic.Pointer[watched] // for the next connection
}

type watchedKey struct{}

// connected is an http.Server's ConnContext.
func (w *watcher) connected(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, watchedKey{}, w.current.Load())
}

// watched is one request.
type watched struct {
	recorder recorder
	entered  atomic.Bool
	done     chan struct{} // closed when the handler has returned or panicked
}

func (w *watcher) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	current := r.Context().Value(watchedKey{}).(*watched)
	if !current.entered.CompareAndSwap(false, true) {
		panic(http.ErrAbortHandler)
	}
	defer close(current.done)
	w.next.ServeHTTP(rw, r.WithContext(withRecorder(r.Context(), &current.recorder)))
}

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
// flight may finish, for as long as [httpd.Grace] and until abort ends. It
// returns nil if all of them did.
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
	listener, err := httpd.Listen(options.Addr, options.Command)
	if err != nil {
		return err
	}
	logger := log.New(stderr, "", log.Ltime)
	printer := &printer{next: gateway(site, "", logger), trace: options.Trace, out: stdout}
	server := &http.Server{Handler: printer, ErrorLog: logger, ReadHeaderTimeout: 10 * time.Second}

	fmt.Fprintf(stdout, "Serving %s at http://%s/\n", options.Title, httpd.Browsable(listener.Addr().String()))
	if options.Source != "" {
		fmt.Fprintf(stdout, "Source: %s\n", options.Source)
	}
	fmt.Fprintln(stdout, "Ctrl-C stops it.")

	return httpd.Serve(ctx, abort, server, listener, stdout)
}

// printer serves, and prints a line for each request, with its trace below.
type printer struct {
	next  http.Handler
	trace bool
	mu    sync.Mutex
	out   io.Writer
}

func (p *printer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
