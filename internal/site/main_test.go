package site

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"basehandler/final"
	"basehandler/internal/course"
	"basehandler/internal/play"
	"basehandler/slides"
	"basehandler/steps"
	"basehandler/tests"
)

// The clock by which the colouring of code bounds its regular expressions stops
// by itself some time later.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(closing{m}, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// closing ends the site that tests share before goroutines are counted.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	if sharing.site != nil {
		sharing.site.Close()
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the log of the shared site:\n%s", &sharing.log.text)
	}
	return code
}

// raceDetector says that the tests run under the race detector, which makes all
// that they do ten times as long. Pages that come from the same code as others
// are then left to the run without it.
var raceDetector bool

// sharing holds one site for all tests that only read, since its chapters and
// slides take seconds to make under the race detector.
var sharing struct {
	once sync.Once
	site *Site
	err  error
	log  syncBuffer
}

// syncBuffer takes what several goroutines write.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func sharedSite(t testing.TB) *Site {
	t.Helper()
	sharing.once.Do(func() {
		needs := needs(t)
		needs.Log = &sharing.log // which outlives the test
		if sharing.site, sharing.err = New(needs); sharing.err == nil {
			sharing.site.time = 5 * time.Minute // the slides may have to be made on a machine that is busy
		}
	})
	if sharing.err != nil {
		t.Fatal(sharing.err)
	}
	return sharing.site
}

// needs are those of the command.
func needs(t testing.TB) Needs {
	t.Helper()
	cases, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		t.Fatal(err)
	}
	return Needs{
		Library: &course.Library{Files: steps.Files},
		Final:   final.Files,
		Golden:  cases,
		Slides:  slides.Files,
		Open:    play.Linked,
		Log:     t.Output(),
	}
}

func newSite(t testing.TB, needs Needs) *Site {
	t.Helper()
	s, err := New(needs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask sends a request as a browser on this machine does.
func ask(s http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8000"
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

func get(s http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	return ask(s, "GET", target, "", headers...)
}

// served puts a site on a real socket.
func served(t *testing.T, s http.Handler) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
