package play

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"basehandler/internal/course"
	"basehandler/internal/memdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const get = "GET / HTTP/1.1\nHost: example\n\n"

func TestLinked(t *testing.T) {
	for _, step := range course.Steps {
		open := Linked(step.Number)
		if open == nil {
			t.Errorf("step %02d is not linked", step.Number)
			continue
		}
		result, err := Exchange(t.Context(), open, nil, []byte(get), false)
		if err != nil {
			t.Errorf("step %02d: %v", step.Number, err)
		} else if !strings.HasPrefix(string(result.Response), "HTTP/1.1 200 OK\n") {
			t.Errorf("step %02d answers\n%s", step.Number, result.Response)
		}
	}
	if Linked(0) != nil || Linked(len(course.Steps)+1) != nil {
		t.Error("a step is linked that is not in the course")
	}
}

// TestMemDB holds the database that a copy of a step gets against SQLite.
func TestMemDB(t *testing.T) {
	post := "POST /entries/ HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\n\n"
	requests := [][]byte{
		[]byte(post + "note=a&to=default"),
		[]byte(post + "note=b&to=default&to=other&then=fail"),
		[]byte(post + "note=c&to=default&then=refuse"),
		[]byte(post + "note=d&to=default&then=panic"),
		[]byte("GET /entries/ HTTP/1.1\nHost: a\n\n"),
	}
	for step := 11; step <= len(course.Steps); step++ {
		sqlite, err := Exchanges(t.Context(), Linked(step), nil, requests, false)
		if err != nil {
			t.Fatal(err)
		}
		if last := string(sqlite[4].Response); !strings.Contains(last, "<p>a\n<p>c\n") {
			t.Errorf("step %d shows the entries\n%s", step, last)
		}
		memory, err := Exchanges(t.Context(), func(settings []byte, services Services) (Site, error) {
			services.Connections = map[string]*sql.DB{}
			for _, alias := range []string{"default", "other"} {
				db := memdb.Open()
				t.Cleanup(func() { db.Close() })
				services.Connections[alias] = db
			}
			return Linked(step)(settings, services)
		}, nil, requests, false)
		if err != nil {
			t.Fatal(err)
		}
		// Only the first reports its transactions into the trace; what they do
		// shows in the rest.
		for i := range sqlite {
			sqlite[i].Trace = slices.DeleteFunc(sqlite[i].Trace, func(event string) bool { return strings.HasPrefix(event, "atomic ") })
		}
		if diff := cmp.Diff(sqlite, memory); diff != "" {
			t.Errorf("step %d with memdb and not SQLite:\n%s", step, diff)
		}
	}
}

// checkout makes a checkout with a step of its own making: step 01 of the real
// one, to which the test adds files.
func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	from, found := course.FindCheckout(".")
	if !found {
		t.Fatal("the tests are not in a checkout")
	}
	to := t.TempDir()
	for _, folder := range []string{"wsgi", "asgi", "internal/play/engine", "internal/httpd", "internal/tracedb", "steps/01-hello-wsgi"} {
		if err := os.CopyFS(filepath.Join(to, folder), os.DirFS(filepath.Join(from, folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	for name, text := range files {
		name = filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// own keeps the programs that a test compiles out of the user's cache.
func own(t *testing.T) {
	t.Helper()
	t.Setenv("GOCACHE", goEnv(t, "GOCACHE")) // which is below the user's cache too
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

const shout = `package handler

import "basehandler/wsgi"

// A beat in which the body is loud, and the trace has a word of it.
func Application(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
	environ.Value("walkthrough.trace").(func(string))("shout")
	if err := start("200 OK", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil); err != nil {
		return nil, err
	}
	return wsgi.Bytes("HELLO!\n"), nil
}

func NewApplication(Settings) (wsgi.Application, error) { return Application, nil }
`

var (
	beat    = course.Address{Step: 1, Beat: 1}
	step    = course.Address{Step: 1}
	mistake = course.Address{Step: 1, Mistake: "shout"}
)

func TestBuild(t *testing.T) {
	own(t)
	root := checkout(t, map[string]string{
		"steps/01-hello-wsgi/_mistakes/shout/handler.go":   strings.ReplaceAll(shout, "HELLO", "OH NO"),
		"steps/01-hello-wsgi/_beats/1-function/handler.go": shout,
	})
	addresses := []course.Address{beat, step, mistake}
	built, err := Build(t.Context(), root, addresses)
	if err != nil {
		t.Fatal(err)
	}
	defer built.Close()

	var all sync.WaitGroup
	for range 5 {
		for _, address := range addresses {
			all.Go(func() {
				result, err := built.Exchange(t.Context(), address, nil, []byte(get), false)
				if err != nil {
					t.Error(err)
					return
				}
				_, body, _ := strings.Cut(string(result.Response), "\n\n")
				got := body + strings.Join(result.Trace, ", ")
				want := map[course.Address]string{
					beat:    "HELLO!\nshout, start_response 200 OK, chunk 7, close",
					mistake: "OH NO!\nshout, start_response 200 OK, chunk 7, close",
					step:    "Launch log: the pad is clear.\nstart_response 200 OK, chunk 30, close",
				}[address]
				if got != want {
					t.Errorf("%s: got %q, want %q", address, got, want)
				}
			})
		}
	}
	all.Wait()

	var load *LoadError
	_, err = built.Exchange(t.Context(), step, []byte(`{"THE_VIEW": "site.views.statu"}`), []byte(get), false)
	if !errors.As(err, &load) || !strings.Contains(err.Error(), "site.views.status") {
		t.Errorf("settings with a mistake: %v", err)
	}
	if _, err := built.Exchange(t.Context(), course.Address{Step: 2}, nil, []byte(get), false); err == nil {
		t.Error("an address that was not built answers")
	}
	if err := built.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := built.Exchange(t.Context(), step, nil, []byte(get), false); err == nil {
		t.Error("a closed program answers")
	}

	// The same again comes out of the cache; an edit does not.
	first, err := Compile(t.Context(), root, addresses)
	if err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(root, "steps/01-hello-wsgi/_beats/1-function/handler.go")
	if err := os.WriteFile(edited, []byte(strings.ReplaceAll(shout, "HELLO", "HULLO")), 0o644); err != nil {
		t.Fatal(err)
	}
	second, err := Compile(t.Context(), root, addresses)
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Error("an edited beat is the program of before")
	}
	if _, err := os.Stat(filepath.Join(root, "internal/play/built")); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was written to the checkout")
	}
}

func TestBuiltEndsWithItsContext(t *testing.T) {
	own(t)
	ctx, cancel := context.WithCancel(t.Context())
	built, err := Build(ctx, checkout(t, map[string]string{}), []course.Address{step})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-built.stopped:
	case <-time.After(8 * time.Second):
		t.Fatal("the program runs on")
	}
	if _, err := built.Exchange(t.Context(), step, nil, []byte(get), false); err == nil {
		t.Error("a program that was killed answers")
	}
	if built.Close() == nil {
		t.Error("Close says that a program that was killed ended well")
	}
}

func TestBuiltSaysWhyItEnded(t *testing.T) {
	own(t)
	built, err := Build(t.Context(), checkout(t, map[string]string{
		"steps/01-hello-wsgi/_beats/1-function/handler.go": strings.Replace(shout, `environ.Value("walkthrough.trace").(func(string))("shout")`,
			`go func() { panic("nobody catches this") }(); select {}`, 1),
	}), []course.Address{beat})
	if err != nil {
		t.Fatal(err)
	}
	_, err = built.Exchange(t.Context(), beat, nil, []byte(get), false)
	if err == nil || !strings.Contains(err.Error(), "panic: nobody catches this") {
		t.Errorf("the error is %v", err)
	}
	built.Close()
}

func TestWhatDoesNotCompile(t *testing.T) {
	own(t)
	root := checkout(t, map[string]string{
		"steps/01-hello-wsgi/_beats/1-function/handler.go":       strings.Replace(shout, "environ.Value", "environ.Valu", 1),
		"steps/01-hello-wsgi/_beats/2-handler-object/handler.go": "package handler\n\nfunc {\n",
		"steps/01-hello-wsgi/_mistakes/shout/handler.go":         "package handler\n",
	})
	for address, want := range map[course.Address]string{
		beat:                       "it does not compile:\nsteps/01-hello-wsgi/_beats/1-function/handler.go:7:10: environ.Valu undefined (type *wsgi.Environ has no field or method Valu)",
		{Step: 1, Beat: 2}:         "it does not compile:\nsteps/01-hello-wsgi/_beats/2-handler-object/handler.go:3:6: expected 'IDENT', found '{'",
		{Step: 1, Beat: 0}:         "",
		{Step: 2, Beat: 0}:         "step 02 has no folder yet: open 02-request: no such file or directory",
		{Step: 1, Mistake: "show"}: `there is no mistake "01~show"; did you mean "01~shout"?`,
		mistake:                    "it does not compile:\n",
	} {
		_, err := Build(t.Context(), root, []course.Address{address})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if address == mistake {
			if !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", address, got)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
}

func TestRun(t *testing.T) {
	own(t)
	root := checkout(t, map[string]string{"steps/01-hello-wsgi/_beats/1-function/handler.go": shout})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reading, writing := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, t.Context(), root, beat, ServeOptions{Addr: "127.0.0.1:0"}, writing, &stderr)
		writing.Close()
	}()
	buffer := make([]byte, 1024)
	n, _ := io.ReadAtLeast(reading, buffer, 40)
	go io.Copy(io.Discard, reading)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(string(buffer[:n]))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatalf("%v in %q", err, buffer[:n])
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if string(body) != "HELLO!\n" {
		t.Errorf("got %q", body)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run: %v\n%s", err, &stderr)
		}
	case <-time.After(8 * time.Second):
		t.Fatal("the program runs on")
	}
	if err := Run(t.Context(), t.Context(), root, beat, ServeOptions{Addr: "256.0.0.1:1"}, io.Discard, &stderr); !errors.Is(err, ErrSaid) ||
		!strings.Contains(stderr.String(), "cannot listen on 256.0.0.1:1") {
		t.Errorf("an address that cannot be: %v\n%s", err, &stderr)
	}
}
