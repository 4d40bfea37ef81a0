package engine

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	asgigateway "basehandler/asgi/gateway"
	"basehandler/wsgi"
	wsgigateway "basehandler/wsgi/gateway"
)

// Timeout is how long an exchange may take from the first byte to the end of
// the application.
const Timeout = 10 * time.Second

// MaxResponse is how much of a response's body an exchange reads, in bytes. The
// client then leaves, as a person would, so that no response is endless.
const MaxResponse = 1 << 20

// Result is one request, seen from outside and from inside.
type Result struct {
	// Response is status line, headers and body as text: the headers sorted by
	// name and without Date, the body without chunked encoding, every line
	// ended by LF. A connection that ends too early is said in a last line, and
	// so is a body that is longer than MaxResponse.
	Response []byte
	// Trace is what happened, in order: what the site reports, and the events
	// of the contract.
	Trace []string
	// Log is what the server logged, one line an entry, without times and
	// stacks.
	Log []string
}

// Exchange makes the application, serves it on a socket of this machine for
// one request, and returns when the application is done with it. See
// [wireRequest] for how the request may be written. An application that cannot
// be made is a *LoadError.
func Exchange(ctx context.Context, open Opener, settings, request []byte, asgi bool) (Result, error) {
	results, err := Exchanges(ctx, open, settings, [][]byte{request}, asgi)
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// Exchanges is [Exchange] with several requests to the same application, one
// after the other, so that a later one can show what an earlier one left
// behind.
func Exchanges(ctx context.Context, open Opener, settings []byte, requests [][]byte, asgi bool) ([]Result, error) {
	wires := make([]wire, len(requests))
	for i, request := range requests {
		var err error
		if wires[i], err = wireRequest(request); err != nil {
			return nil, err
		}
	}
	connections, closeAll, err := openDatabases()
	if err != nil {
		return nil, err
	}
	defer closeAll()
	site, err := open(settings, Services{
		Connections: connections,
		Logger:      slog.New(logHandler{}),
		ASGI:        asgi,
	})
	if err != nil {
		return nil, &LoadError{Err: err}
	}

	var lines logLines
	logger := log.New(&lines, "", 0)
	watch := &watcher{next: gateway(site, "", logger)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: watch, ErrorLog: logger, ConnContext: watch.connected}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(listener)
	}()
	defer func() {
		server.Close()
		<-served
	}()

	var results []Result
	for _, wire := range wires {
		watched := &watched{done: make(chan struct{})}
		watch.current.Store(watched)
		response, err := exchange(ctx, listener.Addr().String(), wire, watched)
		if err != nil {
			return nil, err
		}
		results = append(results, Result{Response: response, Trace: watched.recorder.trace(), Log: lines.take()})
	}
	return results, nil
}

// exchange sends one request, and reads the response.
func exchange(ctx context.Context, addr string, request wire, watched *watched) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, Timeout, errSlow)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	// A server may answer before it has read everything, so a failure to write
	// is told by what can be read.
	written := make(chan struct{})
	go func() {
		defer close(written)
		conn.Write(request.bytes)
		if request.short { // the body ends before its Content-Length: let the server see that
			conn.(*net.TCPConn).CloseWrite()
		}
	}()
	defer func() {
		conn.Close()
		<-written
	}()
	response, whole, err := readResponse(bufio.NewReader(conn), request.method)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	if !whole {
		conn.Close()
	}
	// Else the client stays until the application is done. If it left now, the
	// application might or might not notice.
	if watched.entered.Load() {
		select {
		case <-watched.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return response, nil
}

// errSlow ends a request that takes too long.
var errSlow = fmt.Errorf("the request took longer than %v", Timeout)

// gateway puts a site behind its server's side of the contract, below a prefix,
// with the validator between them and the recorder next to the application.
func gateway(site Site, prefix string, logger *log.Logger) http.Handler {
	if site.ASGI != nil {
		handler := asgigateway.New(recordASGI(site.ASGI))
		handler.RootPath = prefix
		handler.ErrorLog = logger
		return handler
	}
	handler := wsgigateway.New(wsgi.Validate(recordWSGI(site.WSGI), func(err error) { logger.Print(err) }))
	handler.ScriptName = prefix
	handler.ErrorLog = logger
	return handler
}

// wire is a request as it is sent.
type wire struct {
	bytes  []byte
	method string
	short  bool // the body is shorter than its Content-Length
}

// wireRequest turns a request as one writes it down into what goes over the
// wire. Lines may end in LF. Where a body is given and the headers do not say
// how long it is, Content-Length is added, and one LF at the end of the body
// is taken for the end of the text file. LF in a multipart or chunked body,
// where the framing needs CRLF, becomes CRLF.
func wireRequest(request []byte) (wire, error) {
	head, body := splitRequest(request)
	method, _, found := strings.Cut(head, " ")
	if !found {
		return wire{}, fmt.Errorf("a request begins with a line like %q, and this one with %q",
			"GET / HTTP/1.1", firstLine(head))
	}
	short := false
	var length, encoding, contentType string
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(head, "\n"), "\n") {
		lines = append(lines, line)
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "content-length":
			length = value
		case "transfer-encoding":
			encoding = value
		case "content-type":
			contentType = strings.ToLower(value)
		}
	}
	if encoding != "" || strings.HasPrefix(contentType, "multipart/") {
		body = bytes.ReplaceAll(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	switch {
	case encoding != "":
	case length != "":
		if n, err := strconv.Atoi(length); err == nil {
			short = len(body) < n
			body = body[:min(len(body), max(n, 0))]
		}
	default:
		if !strings.HasPrefix(contentType, "multipart/") {
			body = bytes.TrimSuffix(body, []byte("\n"))
		}
		if len(body) > 0 {
			lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
		}
	}
	bytes := append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), body...)
	return wire{bytes, method, short}, nil
}

// splitRequest cuts a request at the first empty line. The head is text, with
// its lines ended by LF; the body stays as it is.
func splitRequest(request []byte) (head string, body []byte) {
	end := len(request)
	for _, empty := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(request, []byte(empty)); i >= 0 && i < end {
			end, body = i, request[i+len(empty):]
		}
	}
	return strings.ReplaceAll(string(request[:end]), "\r\n", "\n"), body
}

// readResponse reads to the end of a response and writes it down as
// [Result.Response] says. It is not whole when there was more than
// [MaxResponse].
func readResponse(from *bufio.Reader, method string) (written []byte, whole bool, err error) {
	var text bytes.Buffer
	for {
		if _, err := from.Peek(1); err != nil {
			if _, timeout := err.(net.Error); timeout {
				return nil, false, err
			}
			return append(text.Bytes(), "(the connection was closed without a response)\n"...), true, nil
		}
		response, err := http.ReadResponse(from, &http.Request{Method: method})
		if err != nil {
			return nil, false, fmt.Errorf("what the server sent is no response: %w", err)
		}
		fmt.Fprintf(&text, "%s %s\n", response.Proto, response.Status)
		var headers []string
		for name, values := range response.Header {
			for _, value := range values {
				if name != "Date" {
					headers = append(headers, name+": "+value+"\n")
				}
			}
		}
		slices.SortStableFunc(headers, func(a, b string) int {
			nameA, _, _ := strings.Cut(a, ":")
			nameB, _, _ := strings.Cut(b, ":")
			return strings.Compare(nameA, nameB)
		})
		text.WriteString(strings.Join(headers, ""))
		text.WriteByte('\n')
		if response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
			continue // 100 Continue: the response proper comes after it
		}
		n, err := io.Copy(&text, io.LimitReader(response.Body, MaxResponse+1))
		if n > MaxResponse {
			text.Truncate(text.Len() - 1)
			fmt.Fprintf(&text, "\n(the response is longer than %d bytes, and cut here)\n", MaxResponse)
			return text.Bytes(), false, nil // Body.Close would read all the rest
		}
		response.Body.Close()
		if !bytes.HasSuffix(text.Bytes(), []byte("\n")) {
			text.WriteByte('\n')
		}
		if err != nil {
			text.WriteString("(the connection was closed before the end of the response)\n")
		}
		return text.Bytes(), true, nil
	}
}

// logLines collects what a log.Logger writes, which is one entry a call.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

var peer = regexp.MustCompile(`127\.0\.0\.1:\d+`)

func (l *logLines) Write(entry []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := peer.ReplaceAllString(firstLine(string(entry)), "127.0.0.1")
	l.lines = append(l.lines, line)
	return len(entry), nil
}

// take gives the entries since the last call.
func (l *logLines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(line, "\r")
}
