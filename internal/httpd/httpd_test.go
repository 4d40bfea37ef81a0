package httpd

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what ought to happen at once.
const patience = 20 * time.Second

// started is a server that runs until the test ends it.
type started struct {
	t           *testing.T
	addr        string
	stop, abort context.CancelFunc
	out         strings.Builder // valid after wait
	ended       chan error
}

func start(t *testing.T, handler http.HandlerFunc) *started {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, listener, handler)
}

func startOn(t *testing.T, listener net.Listener, handler http.HandlerFunc) *started {
	s := &started{t: t, addr: listener.Addr().String(), ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	abort, cut := context.WithCancel(context.Background())
	s.stop, s.abort = stop, cut
	t.Cleanup(func() { stop(); cut() })
	go func() { s.ended <- Serve(ctx, abort, &http.Server{Handler: handler}, listener, &s.out) }()
	return s
}

func (s *started) dial(request string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, request)
	return conn, bufio.NewReader(conn)
}

func (s *started) wait() error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(patience):
		s.t.Fatal("the server does not end")
		return nil
	}
}

// await waits until the handler was called.
func (s *started) await(entered <-chan struct{}) {
	s.t.Helper()
	select {
	case <-entered:
	case <-time.After(patience):
		s.t.Fatal("the handler is not called")
	}
}

const hello = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// A request in flight is answered after the server was told to stop, and a
// connection on which nothing was sent does not hold it up.
func TestServeFinishesWhatItBegan(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "done")
	})
	s.dial("")
	_, answer := s.dial(hello)
	s.await(entered)
	s.stop()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			break // until it listens no more, it has not begun to stop
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still listens")
		}
	}
	close(release)
	response, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	if string(body) != "done" {
		t.Errorf("the request in flight got %q", body)
	}
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	if want := "Stopping when 1 request is done. Ctrl-C again stops at once.\nStopped.\n"; s.out.String() != want {
		t.Errorf("printed %q, want %q", s.out.String(), want)
	}
}

// lateListener accepts one more connection just before it is closed.
type lateListener struct {
	net.Listener
	t        *testing.T
	once     sync.Once
	accepted chan struct{} // gets one for each connection
}

func (l *lateListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted <- struct{}{}
	}
	return conn, err
}

func (l *lateListener) Close() error {
	l.once.Do(func() {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			l.t.Error(err)
			return
		}
		l.t.Cleanup(func() { conn.Close() })
		select {
		case <-l.accepted:
		case <-time.After(patience):
			l.t.Error("the last connection is not accepted")
		}
	})
	return l.Listener.Close()
}

// Nor does a silent connection hold it up that comes at the last moment.
func TestServeEndsWithALateConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	late := &lateListener{Listener: listener, t: t, accepted: make(chan struct{}, 2)}
	entered := make(chan struct{})
	s := startOn(t, late, func(http.ResponseWriter, *http.Request) { close(entered) })
	_, answer := s.dial(strings.Replace(hello, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
	s.await(entered)
	io.Copy(io.Discard, answer)
	<-late.accepted // that one; what follows is the one too late
	s.stop()
	select {
	case err := <-s.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(4 * time.Second): // net/http alone waits for 5
		t.Error("it waits for a connection that is silent")
		s.wait()
	}
}

// Also while all places are taken the server can be stopped.
func TestServeEndsWhenItIsFull(t *testing.T) {
	entered := make(chan struct{}, MaxConnections)
	release := make(chan struct{})
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-release
	})
	for range MaxConnections {
		s.dial(hello)
	}
	for range MaxConnections {
		s.await(entered)
	}
	s.stop()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still listens")
		}
	}
	close(release)
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}

func TestServeIsCutOff(t *testing.T) {
	entered := make(chan struct{})
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s.dial(hello)
	s.await(entered)
	s.stop()
	s.abort()
	if err := s.wait(); err == nil || err.Error() != "stopped with 1 request not done" {
		t.Errorf("got %v", err)
	}
}

// One more than MaxConnections waits until another one ends.
func TestConnectionsAreBounded(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	var first net.Conn
	for i := range MaxConnections {
		conn, answer := s.dial(hello)
		if i == 0 {
			first = conn
		}
		if _, err := answer.ReadString('\n'); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	conn, answer := s.dial(hello)
	conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if line, err := answer.ReadString('\n'); err == nil {
		t.Fatalf("connection %d is answered: %s", MaxConnections, line)
	}
	first.Close()
	conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := answer.ReadString('\n'); err != nil {
		t.Errorf("with a place free: %v", err)
	}
	s.stop()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}

func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	want := regexp.MustCompile(`^port ` + port + ` is in use; (\d+ is free|choose another): walkthrough serve --addr 127\.0\.0\.1:\d+$`)
	if _, err := Listen(taken.Addr().String(), "walkthrough serve"); err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got %v, want %v", err, want)
	}
	if _, err := Listen("256.0.0.1:1", "walkthrough serve"); err == nil || !strings.HasPrefix(err.Error(), "cannot listen on 256.0.0.1:1: ") {
		t.Errorf("got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8000": "127.0.0.1:8000",
		"0.0.0.0:8000":   "localhost:8000",
		"[::]:8000":      "localhost:8000",
		"10.0.0.5:8000":  "10.0.0.5:8000",
	} {
		if got := Browsable(addr); got != want {
			t.Errorf("%s is opened as %s, want %s", addr, got, want)
		}
	}
	for _, addr := range []string{"127.0.0.1:8000", "10.0.0.5:8000"} {
		if got := Reachable(addr); got != nil {
			t.Errorf("%s is reached at %v, too", addr, got)
		}
	}
	for _, other := range Reachable("[::]:8000") {
		host, port, err := net.SplitHostPort(other)
		if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsLoopback() || port != "8000" {
			t.Errorf("[::]:8000 is reached at %s", other)
		}
	}
}
