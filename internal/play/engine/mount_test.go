package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"basehandler/asgi"
	"basehandler/wsgi"
)

func TestMount(t *testing.T) {
	application := func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		if environ.Get("PATH_INFO") == "/panic/" {
			panic("the fuse is wet")
		}
		if environ.Value(TraceKey) != nil {
			t.Error("a mounted application is traced")
		}
		if err := start("200 OK", plainText, nil); err != nil {
			return nil, err
		}
		return wsgi.List([]byte(environ.Get("SCRIPT_NAME") + " " + environ.Get("PATH_INFO"))), nil
	}
	var logged bytes.Buffer
	handler, release, err := Mount(site(application), "/run/05", false, log.New(&logged, "", 0))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for path, want := range map[string]string{
		"/run/05/":        "200 /run/05 /",
		"/run/05/a/":      "200 /run/05 /a/",
		"/run/05/panic/":  "500 Internal Server Error\n",
		"/run/051/":       "404 404 page not found\n",
		"/run/05/?a=/run": "200 /run/05 /",
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if got := answer.Result().Status[:4] + answer.Body.String(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if !strings.Contains(logged.String(), "the fuse is wet") {
		t.Errorf("the panic is not in the log: %q", &logged)
	}
}

func TestMountASGI(t *testing.T) {
	application := func(ctx context.Context, scope *asgi.Scope, _ asgi.Receive, send asgi.Send) error {
		if err := send(ctx, asgi.ResponseStart{Status: 200}); err != nil {
			return err
		}
		return send(ctx, asgi.ResponseBody{Body: []byte(scope.RootPath + " " + scope.Path)})
	}
	handler, release, err := Mount(asgiSite(application), "/run/14", true, log.New(io.Discard, "", 0))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/run/14/a/", nil))
	if got, want := answer.Body.String(), "/run/14 /run/14/a/"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMountOfWhatCannotBeMade(t *testing.T) {
	broken := func([]byte, Services) (Site, error) { return Site{}, errors.New("no view") }
	_, _, err := Mount(broken, "/run/05", false, log.Default())
	var load *LoadError
	if !errors.As(err, &load) {
		t.Errorf("got %v, want a LoadError", err)
	}
}

// What an application says of cookies and places stays with it.
func TestMountKeepsToItself(t *testing.T) {
	var headers []wsgi.Header
	handler, release, err := Mount(site(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return wsgi.List([]byte("go")), start("302 Found", append([]wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, headers...), nil)
	}), "/run/05", false, log.New(t.Output(), "", 0))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, test := range []struct{ name, value, want string }{
		{"Set-Cookie", "rocket=Aster; Path=/", "rocket=Aster; Path=/run/05/"},
		{"Set-Cookie", "rocket=Aster", "rocket=Aster; Path=/run/05/"},
		{"Set-Cookie", "rocket=Aster; Path=/pad/; HttpOnly; Max-Age=5", "rocket=Aster; Path=/run/05/pad/; Max-Age=5; HttpOnly"},
		{"Set-Cookie", "rocket=Aster; Path=/run/05/pad/", "rocket=Aster; Path=/run/05/pad/"},
		{"Set-Cookie", "rocket=Aster; Path=/run/055/; Domain=localhost", "rocket=Aster; Path=/run/05/run/055/"},
		{"Set-Cookie", `note="two words"; Path=/`, `note="two words"; Path=/run/05/`},
		{"Set-Cookie", "no cookie", ""},
		{"Location", "/entries/", "/run/05/entries/"},
		{"Location", "/run/05/entries/", "/run/05/entries/"},
		{"Location", "entries/", "entries/"},
		{"Location", "https://localhost/", "https://localhost/"},
	} {
		headers = []wsgi.Header{{Name: test.name, Value: test.value}}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/run/05/", nil))
		if got := answer.Header().Get(test.name); got != test.want || answer.Code != 302 {
			t.Errorf("%s: %s: got %d %q, want %q", test.name, test.value, answer.Code, got, test.want)
		}
	}
}

// endless is a body that does not end before it is closed.
type endless struct{ closed bool }

func (e *endless) Next() ([]byte, error) { return bytes.Repeat([]byte("x"), 64<<10), nil }
func (e *endless) Close() error          { e.closed = true; return nil }

func TestExchangeCutsAnEndlessResponse(t *testing.T) {
	body := &endless{}
	result, err := Exchange(context.Background(), site(func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return body, start("200 OK", plainText, nil)
	}), nil, []byte("GET / HTTP/1.1\nHost: localhost\n\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	text := string(result.Response)
	if got := strings.Count(text, "xxxxxxxx") * 8; got != MaxResponse {
		t.Errorf("%d bytes of the body were kept, want %d", got, MaxResponse)
	}
	if want := "\n(the response is longer than 1048576 bytes, and cut here)\n"; !strings.HasSuffix(text, want) {
		t.Errorf("the response ends in %q, want %q", text[len(text)-80:], want)
	}
	if !body.closed {
		t.Error("the body was not closed when the client had left")
	}
}
