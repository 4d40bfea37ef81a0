package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/asgi"
	"basehandler/wsgi"
)

func TestWork(t *testing.T) {
	openers := map[string]Opener{
		"01": site(respond("200 OK", plainText, "one")),
		"02": func([]byte, Services) (Site, error) { return Site{}, errors.New("no such view") },
	}
	var jobs, answers bytes.Buffer
	encoder := json.NewEncoder(&jobs)
	for i, address := range []string{"01", "02", "03", "01"} {
		encoder.Encode(Job{ID: int64(i), Address: address, Requests: [][]byte{[]byte(get), []byte(get)}})
	}
	if err := run(openers, nil, &jobs, &answers, io.Discard); err != nil {
		t.Fatal(err)
	}
	got := map[int64]Done{}
	for decoder := json.NewDecoder(&answers); ; {
		var done Done
		if err := decoder.Decode(&done); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got[done.ID] = done
	}
	if len(got) != 4 {
		t.Errorf("%d answers to 4 jobs", len(got))
	}
	for _, id := range []int64{0, 3} {
		if done := got[id]; done.Error != "" || len(done.Results) != 2 || !strings.HasSuffix(string(done.Results[1].Response), "\none\n") || len(done.Results[1].Trace) != 4 {
			t.Errorf("job %d: %+v", id, done)
		}
	}
	if done := got[1]; done.Error != "no such view" || !done.LoadError {
		t.Errorf("an application that cannot be made: %+v", done)
	}
	if done := got[2]; done.Error != "03 was not compiled into this program" || done.LoadError {
		t.Errorf("an address that is not there: %+v", done)
	}
	if err := run(openers, nil, strings.NewReader("hello"), io.Discard, io.Discard); err == nil {
		t.Error("what is no job was taken as one")
	}
	if err := run(openers, []string{"serve"}, strings.NewReader(""), io.Discard, io.Discard); err == nil {
		t.Error("serve without an address was accepted")
	}
}

// output is a buffer that a server writes to while a test reads it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var url = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)

// await returns what pattern finds in the output as soon as it is there.
func (o *output) await(t *testing.T, pattern *regexp.Regexp) string {
	t.Helper()
	for range 1000 {
		if found := pattern.FindString(o.String()); found != "" {
			return found
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%v did not appear in\n%s", pattern, o)
	return ""
}

// serving is a server under test.
type serving struct {
	url         string
	stop, abort context.CancelFunc
	out         *output
	ended       chan error
}

func serve(t *testing.T, open Opener, options ServeOptions) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	abortCtx, abort := context.WithCancel(context.Background())
	t.Cleanup(abort)
	t.Cleanup(stop)
	s := &serving{stop: stop, abort: abort, out: &output{}, ended: make(chan error, 1)}
	options.Addr = "127.0.0.1:0"
	go func() { s.ended <- Serve(ctx, abortCtx, open, options, s.out, s.out) }()
	s.url = s.out.await(t, url)
	return s
}

func (s *serving) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(8 * time.Second):
		t.Fatal("the server does not stop")
		return nil
	}
}

// client does not keep connections, so that none is left when a test ends.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func fetch(url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.Status + " " + string(body), err
}

func TestServeFinishesRequestsInFlight(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := serve(t, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		close(entered)
		select {
		case <-release:
		case <-environ.Context().Done():
		}
		return respond("200 OK", plainText, "done")(environ, start)
	}), ServeOptions{Title: "step 00, test", Source: "here", Trace: true})

	// A connection that sends nothing, as browsers open them in advance, must
	// not hold the server up.
	silent, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	answer := make(chan string, 1)
	go func() {
		text, err := fetch(s.url + "slow?x=1")
		if err != nil {
			text = err.Error()
		}
		answer <- text
	}()
	<-entered
	s.stop()
	s.out.await(t, regexp.MustCompile(`Stopping when 1 request is done\. Ctrl-C again stops at once\.\n`))
	close(release)
	start := time.Now()
	if err := s.wait(t); err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if waited := time.Since(start); waited > 3*time.Second {
		t.Errorf("a connection that sent nothing held the server up for %v", waited)
	}
	if got := <-answer; got != "200 OK done" {
		t.Errorf("the request in flight got %q", got)
	}
	want := regexp.MustCompile(`^Serving step 00, test at http://127\.0\.0\.1:\d+/
Source: here
Ctrl-C stops it\.
Stopping .*
GET "/slow\?x=1" 200, 4 bytes, \d+\.\d ms
    view
    start_response 200 OK
    chunk 4
    close
Stopped\.
$`)
	if !want.MatchString(s.out.String()) {
		t.Errorf("it printed\n%s\nwant\n%v", s.out, want)
	}
}

func TestServeStopsAtOnceWhenToldSo(t *testing.T) {
	entered := make(chan struct{})
	s := serve(t, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		close(entered)
		<-environ.Context().Done()
		return nil, environ.Context().Err()
	}), ServeOptions{})
	failed := make(chan error, 1)
	go func() {
		_, err := fetch(s.url)
		failed <- err
	}()
	<-entered
	s.stop()
	s.abort()
	if err := s.wait(t); err == nil || err.Error() != "stopped with 1 request not done" {
		t.Errorf("Serve returned %v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the request in flight was answered")
	}
}

func TestServeLogsABreachOnce(t *testing.T) {
	s := serve(t, site(respond("200", plainText, "x")), ServeOptions{})
	if _, err := fetch(s.url); err != nil {
		t.Fatal(err)
	}
	s.stop()
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
	if n := strings.Count(s.out.String(), "breaks PEP 3333"); n != 1 {
		t.Errorf("the breach is logged %d times:\n%s", n, s.out)
	}
}

// The client leaves while the application works. That is told, and it is neither
// a 500 nor an error.
func TestServeTellsOfAClientThatLeaves(t *testing.T) {
	wait := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(8 * time.Second):
			return errors.New("not cancelled")
		}
	}
	for name, open := range map[string]Opener{
		"wsgi": site(func(environ *wsgi.Environ, _ wsgi.StartResponse) (wsgi.Body, error) {
			return nil, fmt.Errorf("waiting: %w", wait(environ.Context()))
		}),
		"asgi": asgiSite(func(ctx context.Context, _ *asgi.Scope, _ asgi.Receive, _ asgi.Send) error {
			return wait(ctx)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, open, ServeOptions{})
			conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/"))
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
			conn.Close()
			s.out.await(t, regexp.MustCompile(`GET "/slow" .* ms\n`))
			s.stop()
			if err := s.wait(t); err != nil {
				t.Error(err)
			}
			want := regexp.MustCompile(`Ctrl-C stops it\.\nGET "/slow" gone, 0 bytes, \d+\.\d ms\nStopped\.\n$`)
			if !want.MatchString(s.out.String()) {
				t.Errorf("it printed\n%s\nwant\n%v", s.out, want)
			}
		})
	}
}

func TestServeTellsOfAResponseThatIsCutOff(t *testing.T) {
	s := serve(t, site(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return wsgi.Pushed(func(write func([]byte, error) bool) {
			_ = write([]byte("half"), nil) && write(nil, errors.New("broken"))
		}), start("200 OK", plainText, nil)
	}), ServeOptions{})
	if _, err := fetch(s.url); err == nil {
		t.Error("the response is whole")
	}
	s.stop()
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
	s.out.await(t, regexp.MustCompile(`wsgi: GET /: broken\nGET "/" cut off, 4 bytes, `))
}

func TestServeNamesAFreePort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = Serve(t.Context(), t.Context(), site(echo),
		ServeOptions{Addr: taken.Addr().String(), Command: "walkthrough run 05"}, io.Discard, io.Discard)
	pattern := regexp.MustCompile(`^port \d+ is in use; (\d+ is free|choose another): walkthrough run 05 --addr 127\.0\.0\.1:(\d+)$`)
	if err == nil || !pattern.MatchString(err.Error()) {
		t.Fatalf("the error is %v", err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:"+pattern.FindStringSubmatch(err.Error())[2])
	if err != nil {
		t.Fatalf("the port that was said to be free: %v", err)
	}
	free.Close()
}

func TestServeRun(t *testing.T) {
	// As a compiled program: serves until its standard input ends.
	stdin, keep := io.Pipe()
	out := &output{}
	ended := make(chan error, 1)
	go func() {
		ended <- run(map[string]Opener{"05.1": site(respond("200 OK", plainText, "hi"))},
			[]string{"serve", "05.1", `{"Addr":"127.0.0.1:0"}`}, stdin, out, out)
	}()
	got, err := fetch(out.await(t, url))
	if err != nil || got != "200 OK hi" {
		t.Errorf("got %q, %v", got, err)
	}
	keep.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(8 * time.Second):
		t.Fatal("it does not stop with its standard input")
	}
}
