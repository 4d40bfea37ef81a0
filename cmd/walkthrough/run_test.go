package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is "walkthrough run" as a process.
type server struct {
	command *exec.Cmd
	addr    string
	out     *output
	ended   chan error
}

// output is what a process has printed so far.
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

// find returns what pattern's first group matches, as soon as it is printed.
func (o *output) find(pattern string) (string, error) {
	compiled := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found := compiled.FindStringSubmatch(o.String()); found != nil {
			return found[1], nil
		}
	}
	return "", fmt.Errorf("%s is not in\n%s", pattern, o)
}

func (o *output) await(t *testing.T, pattern string) string {
	t.Helper()
	found, err := o.find(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{out: &output{}, ended: make(chan error, 1)}
	s.command = &exec.Cmd{
		Path: os.Args[0], Args: append([]string{"walkthrough", "run", "--addr", "127.0.0.1:0"}, args...),
		Stdout: s.out, Stderr: s.out,
		Env: append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+goEnv(t, "GOCACHE")),
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.command.Wait() }()
	t.Cleanup(func() { s.command.Process.Kill() })
	s.addr = s.out.await(t, `at http://([\d.:]+)/`)
	return s
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	text, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (s *server) interrupt(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

func (s *server) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(8 * time.Second):
		t.Fatalf("the server does not stop:\n%s", s.out)
		return nil
	}
}

// half is a request that the application is working on, because it waits for
// the rest of the body.
type half struct {
	conn   net.Conn
	reader *bufio.Reader
}

const (
	firstHalf  = "note=Aster"
	secondHalf = "+is+ready"
)

// ask sends half of a request, and returns when the application reads it: only
// then does the server say 100 Continue.
func (s *server) ask(t *testing.T) half {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(8 * time.Second))
	fmt.Fprintf(conn, "POST /echo/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(firstHalf+secondHalf))
	h := half{conn, bufio.NewReader(conn)}
	line, err := h.reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("got %q, %v", line, err)
	}
	h.reader.ReadString('\n')
	io.WriteString(conn, firstHalf)
	return h
}

func TestCtrlCFinishesRequestsInFlight(t *testing.T) {
	for name, args := range map[string][]string{
		"linked":   {"06"},
		"compiled": {"06.3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, args...)
			request := s.ask(t)
			s.interrupt(t)
			s.out.await(t, `Stopping when (1 request) is done`)
			io.WriteString(request.conn, secondHalf)
			response, err := http.ReadResponse(request.reader, nil)
			if err != nil {
				t.Fatalf("the request in flight was not answered: %v\n%s", err, s.out)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != 200 || !strings.Contains(string(body), "noting: Aster is ready\n") {
				t.Errorf("the request in flight got %s %q, %v", response.Status, body, err)
			}
			request.conn.Close()
			if err := s.wait(t); err != nil {
				t.Errorf("the exit is %v, want 0\n%s", err, s.out)
			}
		})
	}
}

func TestSecondCtrlCStopsAtOnce(t *testing.T) {
	for name, args := range map[string][]string{
		"linked":   {"06"},
		"compiled": {"06.3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, args...)
			request := s.ask(t)
			s.interrupt(t)
			s.out.await(t, `Stopping when (1 request) is done`)
			s.interrupt(t)
			if s.wait(t) == nil {
				t.Error("the exit is 0, though a request was cut off")
			}
			if rest, _ := io.ReadAll(request.reader); bytes.Contains(rest, []byte("200 OK")) {
				t.Errorf("the request that was cut off got %q", rest)
			}
		})
	}
}

func TestRunPrintsTheTrace(t *testing.T) {
	s := startServer(t, "06", "--trace")
	response, err := http.Get("http://" + s.addr + "/echo/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	s.out.await(t, `(?s)Serving step 06 \(urls\) at .*\nSource: the checkout, \S+/steps/06-urls\nCtrl-C stops it\.\n`+
		`GET "/echo/" 200, \d+ bytes, [\d.]+ ms\n`+
		`    signal request_started\n.*    view site.views.echo\n.*    start_response 200 OK\n.*    (signal request_finished)\n`)
	s.interrupt(t)
	if err := s.wait(t); err != nil {
		t.Error(err)
	}
}
