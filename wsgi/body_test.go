package wsgi_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"basehandler/wsgi"
)

// read gives the chunks of a body joined with "|", and how it ended.
func read(body wsgi.Body) (string, error) {
	var chunks []string
	for chunk, err := range wsgi.Chunks(body) {
		if err != nil {
			return strings.Join(chunks, "|"), err
		}
		chunks = append(chunks, string(chunk))
	}
	return strings.Join(chunks, "|"), nil
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		body wsgi.Body
		want string
		len  int
	}{
		{wsgi.Bytes("hello"), "hello", 1},
		{wsgi.Bytes([]byte("bytes")), "bytes", 1},
		{wsgi.Bytes(""), "", 1},
		{wsgi.List(), "", 0},
		{wsgi.List([]byte("a"), nil, []byte("b")), "a||b", 3},
	} {
		if n := test.body.(wsgi.Lener).Len(); n != test.len {
			t.Errorf("%q: Len is %d, want %d", test.want, n, test.len)
		}
		if got, err := read(test.body); got != test.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, test.want)
		}
		if _, err := test.body.Next(); err != io.EOF {
			t.Errorf("%q: after the end comes %v", test.want, err)
		}
		if err := test.body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPushed(t *testing.T) {
	failure := errors.New("failed")
	body := wsgi.Pushed(func(write func([]byte, error) bool) {
		if write([]byte("a"), nil) && write([]byte("b"), nil) {
			write(nil, failure)
		}
	})
	if got, err := read(body); got != "a|b" || err != failure {
		t.Errorf("got %q, %v", got, err)
	}
	if _, ok := body.(wsgi.Lener); ok {
		t.Error("a pushed body claims to know how many chunks it has")
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
}

// Close in the middle must end the function that pushes; goleak sees it if not.
// A body that nobody asks is dropped without a trace: goleak looks at the end.
func TestPushedIsDropped(t *testing.T) {
	never := func(func([]byte, error) bool) { t.Error("it runs") }
	wsgi.Pushed(never)
	closed := wsgi.Pushed(never)
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	if chunk, err := closed.Next(); chunk != nil || err != io.EOF {
		t.Errorf("a closed body gives %q, %v", chunk, err)
	}
}

func TestPushedIsStopped(t *testing.T) {
	stopped := false
	body := wsgi.Pushed(func(write func([]byte, error) bool) {
		for write([]byte("more"), nil) {
		}
		stopped = true
	})
	if chunk, err := body.Next(); string(chunk) != "more" || err != nil {
		t.Fatalf("got %q, %v", chunk, err)
	}
	if err := body.Close(); err != nil || !stopped {
		t.Errorf("Close gives %v, stopped is %v", err, stopped)
	}
	if _, err := body.Next(); err != io.EOF {
		t.Errorf("after Close comes %v", err)
	}
}

func TestChunksCanStop(t *testing.T) {
	body := wsgi.List([]byte("a"), []byte("b"))
	for range wsgi.Chunks(body) {
		break
	}
	if got, err := read(body); got != "b" || err != nil {
		t.Errorf("the rest is %q, %v", got, err)
	}
}
