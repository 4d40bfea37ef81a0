package scenario

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/internal/tracedb"
	"basehandler/wsgi"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

// Limit is how long one scenario may take.
const Limit = 5 * time.Second

// Result is what happened.
type Result struct {
	Name     string
	Response *Response // nil if nothing caught what was raised
	Raised   string    // "KIND: message"
	Events   []Event

	Crossings int // between sync and async code, while the request was handled
}

// Response is what the client gets.
type Response struct {
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"` // sorted
	Body    *string     `json:"body"`    // nil for the framework's own pages
}

// Trace gives the events as text.
func (r *Result) Trace() []string {
	trace := make([]string, len(r.Events))
	for i, event := range r.Events {
		trace[i] = event.Text
	}
	return trace
}

// MarshalJSON writes a result as shared by all implementations.
func (r *Result) MarshalJSON() ([]byte, error) {
	if r.Response == nil {
		return marshal(struct {
			Name   string   `json:"name"`
			Raised string   `json:"raised"`
			Trace  []string `json:"trace"`
		}{r.Name, r.Raised, r.Trace()})
	}
	return marshal(struct {
		Name     string    `json:"name"`
		Response *Response `json:"response"`
		Trace    []string  `json:"trace"`
	}{r.Name, r.Response, r.Trace()})
}

func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Run runs a scenario, at most for [Limit]. The error says what is wrong with
// the scenario; what its application raises is a result.
func Run(ctx context.Context, s *Scenario) (*Result, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	type outcome struct {
		result *Result
		err    error
	}
	done := make(chan outcome, 1)
	recorder := newRecorder()
	go func() {
		defer func() {
			if value := recover(); value != nil {
				done <- outcome{nil, fmt.Errorf("panic: %v\n%s", value, debug.Stack())}
			}
		}()
		result, err := run(withRecorder(ctx, recorder), s, recorder)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		// It has heard of it too, and gets a moment to end.
		select {
		case <-done:
		case <-time.After(time.Second):
		}
		return nil, fmt.Errorf("it took longer than %v: %w", Limit, ctx.Err())
	}
}

var databases atomic.Int64

func run(ctx context.Context, s *Scenario, recorder *recorder) (*Result, error) {
	result := &Result{Name: s.Name}
	settings, err := (&builder{scenario: s, recorder: recorder}).build()
	if err != nil {
		return nil, err
	}
	connections, err := open(s)
	if err != nil {
		return nil, err
	}
	defer connections.Close()
	options := handlers.Options{Connections: connections, Observer: recorder}

	var raised error
	if s.Mode == "asgi" {
		result.Response, raised = runASGI(ctx, s, settings, options)
	} else {
		result.Response, raised = runWSGI(ctx, s, settings, options)
	}
	if raised != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		result.Response, result.Raised = nil, exceptions.Kind(raised)+": "+raised.Error()
	}
	result.Events, result.Crossings = recorder.finish()
	return result, nil
}

// open opens the databases that the scenario works with, empty, in memory.
func open(s *Scenario) (*db.Connections, error) {
	var list []conf.Database
	pools := map[string]*sql.DB{}
	number := databases.Add(1)
	for _, alias := range []string{"default", "other"} {
		list = append(list, conf.Database{Alias: alias, AtomicRequests: s.Settings.AtomicRequests[alias]})
		if !s.Settings.AtomicRequests[alias] {
			continue // nobody will ask for it
		}
		name := fmt.Sprintf("file:/scenario-%d-%s?vfs=memdb&_txlock=immediate&_pragma=busy_timeout(5000)", number, alias)
		pool, err := tracedb.Open("sqlite3", name, func(ctx context.Context, event string) {
			if r := recorderOf(ctx); r != nil {
				r.record("atomic " + event + " " + alias)
			}
		})
		if err != nil {
			return nil, errors.Join(err, db.Use(list, pools).Close())
		}
		pools[alias] = pool
	}
	return db.Use(list, pools), nil
}

// runWSGI sends the request through the sync handler, as a server does.
func runWSGI(ctx context.Context, s *Scenario, settings *conf.Settings, options handlers.Options) (response *Response, raised error) {
	handler, err := handlers.NewWSGIHandler(settings, options)
	if err != nil {
		return nil, err
	}
	values := map[string]any{
		"REQUEST_METHOD":     s.Request.Method,
		"SCRIPT_NAME":        "",
		"PATH_INFO":          s.Request.Path,
		"QUERY_STRING":       s.Request.Query,
		"CONTENT_LENGTH":     strconv.Itoa(len(s.Request.Body)),
		"SERVER_NAME":        "testserver",
		"SERVER_PORT":        "80",
		"SERVER_PROTOCOL":    "HTTP/1.1",
		wsgi.KeyVersion:      [2]int{1, 0},
		wsgi.KeyURLScheme:    "http",
		wsgi.KeyInput:        strings.NewReader(s.Request.Body),
		wsgi.KeyErrors:       io.Discard,
		wsgi.KeyMultithread:  true,
		wsgi.KeyMultiprocess: false,
		wsgi.KeyRunOnce:      false,
		wsgi.KeyContext:      ctx,
	}
	for name, value := range s.Request.Headers {
		key := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if key != "CONTENT_TYPE" && key != "CONTENT_LENGTH" {
			key = "HTTP_" + key
		}
		values[key] = value
	}
	var status string
	var headers []wsgi.Header
	start := func(s string, h []wsgi.Header, excInfo error) error {
		status, headers = s, h
		return excInfo
	}
	body, err := handler.Call(wsgi.NewEnviron(values), start)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := body.Close(); raised == nil {
			raised = err
		}
	}()
	var content strings.Builder
	for chunk, err := range wsgi.Chunks(body) {
		if err != nil {
			return nil, err
		}
		content.Write(chunk)
	}
	code, err := strconv.Atoi(status[:3])
	if err != nil {
		return nil, err
	}
	pairs := make([][2]string, len(headers))
	for i, header := range headers {
		pairs[i] = [2]string{header.Name, latin1(header.Value)}
	}
	return describe(code, pairs, content.String()), nil
}

// runASGI sends the request through the async handler, as a server does.
func runASGI(ctx context.Context, s *Scenario, settings *conf.Settings, options handlers.Options) (*Response, error) {
	handler, err := handlers.NewASGIHandler(settings, options)
	if err != nil {
		return nil, err
	}
	scope := &asgi.Scope{
		Type: "http", HTTPVersion: "1.1", Method: s.Request.Method, Scheme: "http", Path: s.Request.Path,
		QueryString: []byte(s.Request.Query),
		Server:      &asgi.Address{Host: "testserver", Port: 80},
	}
	for name, value := range s.Request.Headers {
		scope.Headers = append(scope.Headers, asgi.Header{Name: strings.ToLower(name), Value: value})
	}
	received := false
	receive := func(ctx context.Context) (asgi.Event, error) {
		if !received {
			received = true
			return asgi.Request{Body: []byte(s.Request.Body)}, nil
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var started asgi.ResponseStart
	var content strings.Builder
	ended := false
	send := func(_ context.Context, event asgi.Event) error {
		switch event := event.(type) {
		case asgi.ResponseStart:
			started = event
		case asgi.ResponseBody:
			content.Write(event.Body)
			ended = !event.MoreBody
		}
		return nil
	}
	if err := handler.Call(ctx, scope, receive, send); err != nil {
		return nil, err
	}
	if !ended {
		return nil, errors.New("the response has no end")
	}
	pairs := make([][2]string, len(started.Headers))
	for i, header := range started.Headers {
		pairs[i] = [2]string{http.CanonicalHeaderKey(header.Name), latin1(header.Value)}
	}
	return describe(started.Status, pairs, content.String()), nil
}

// describe sorts the headers, and leaves out what is the framework's own.
func describe(status int, headers [][2]string, body string) *Response {
	response := &Response{Status: status, Headers: headers, Body: &body}
	if !slices.ContainsFunc(headers, func(h [2]string) bool { return h[0] == "X-Actor" }) {
		response.Body = nil
		response.Headers = slices.DeleteFunc(headers, func(h [2]string) bool { return h[0] == "Content-Type" })
	}
	slices.SortFunc(response.Headers, func(a, b [2]string) int {
		return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1])
	})
	if response.Headers == nil {
		response.Headers = [][2]string{}
	}
	return response
}
