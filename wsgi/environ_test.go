package wsgi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"
	"testing"

	"basehandler/wsgi"
)

// source is a Source of two maps.
type source struct {
	texts  map[string]string
	values map[string]any
}

func (s source) Text(key string) (string, bool) { text, ok := s.texts[key]; return text, ok }
func (s source) Value(key string) (any, bool)   { value, ok := s.values[key]; return value, ok }
func (s source) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for key := range s.texts {
			if !yield(key) {
				return
			}
		}
		for key := range s.values {
			if !yield(key) {
				return
			}
		}
	}
}

// environs gives the same environ in both of its shapes.
func environs() map[string]*wsgi.Environ {
	return map[string]*wsgi.Environ{
		"map": wsgi.NewEnviron(map[string]any{
			"PATH_INFO": "/a", "QUERY_STRING": "", "wsgi.url_scheme": "https", "wsgi.run_once": false,
		}),
		"view": wsgi.View(source{
			map[string]string{"PATH_INFO": "/a", "QUERY_STRING": ""},
			map[string]any{"wsgi.url_scheme": "https", "wsgi.run_once": false},
		}),
	}
}

func all(e *wsgi.Environ) string {
	var lines []string
	for key, value := range e.All() {
		lines = append(lines, fmt.Sprintf("%s=%v", key, value))
	}
	return strings.Join(lines, " ")
}

func TestEnviron(t *testing.T) {
	for shape, e := range environs() {
		t.Run(shape, func(t *testing.T) {
			is := func(want string) {
				t.Helper()
				if got := all(e); got != want {
					t.Errorf("All:\n got %s\nwant %s", got, want)
				}
			}
			is("PATH_INFO=/a QUERY_STRING= wsgi.run_once=false wsgi.url_scheme=https")

			for key, want := range map[string]string{"PATH_INFO": "/a", "QUERY_STRING": "", "wsgi.url_scheme": "https"} {
				if got, ok := e.Lookup(key); !ok || got != want || e.Get(key) != want || e.Value(key) != want {
					t.Errorf("%s: Lookup gives %q, %v; Get %q; Value %v", key, got, ok, e.Get(key), e.Value(key))
				}
			}
			if text, ok := e.Lookup("wsgi.run_once"); ok || text != "" {
				t.Errorf("Lookup gives %q for what is no text", text)
			}
			if e.Value("wsgi.run_once") != false {
				t.Error("Value does not give what is no text")
			}
			for _, key := range []string{"HTTP_HOST", "wsgi.input"} {
				if text, ok := e.Lookup(key); ok || text != "" || e.Value(key) != nil {
					t.Errorf("%s exists", key)
				}
			}

			e.Set("PATH_INFO", "/b")
			e.Set("my.user", 7)
			is("PATH_INFO=/b QUERY_STRING= my.user=7 wsgi.run_once=false wsgi.url_scheme=https")
			e.Delete("PATH_INFO")
			e.Delete("my.user")
			e.Delete("wsgi.url_scheme")
			e.Delete("never.there")
			is("QUERY_STRING= wsgi.run_once=false")
			for _, key := range []string{"PATH_INFO", "my.user", "wsgi.url_scheme"} {
				if _, ok := e.Lookup(key); ok || e.Value(key) != nil {
					t.Errorf("%s is still there", key)
				}
			}
			e.Set("PATH_INFO", "/c")
			if e.Get("PATH_INFO") != "/c" {
				t.Error("Set after Delete is lost")
			}
			e.Set("PATH_INFO", nil)
			if _, ok := e.Lookup("PATH_INFO"); ok || e.Value("PATH_INFO") != nil {
				t.Error("a nil that was set does not hide the source")
			}

			for range e.All() {
				break // must not panic
			}
		})
	}
}

func TestViewLeavesSourceAlone(t *testing.T) {
	s := source{map[string]string{"PATH_INFO": "/a"}, nil}
	e := wsgi.View(s)
	e.Set("PATH_INFO", "/b")
	e.Delete("PATH_INFO")
	if !maps.Equal(s.texts, map[string]string{"PATH_INFO": "/a"}) {
		t.Errorf("the source is now %v", s.texts)
	}
}

func TestNewEnvironKeepsMap(t *testing.T) {
	values := map[string]any{}
	wsgi.NewEnviron(values).Set("a.b", 1)
	if values["a.b"] != 1 {
		t.Error("Set does not write to the map")
	}
	e := wsgi.NewEnviron(nil)
	e.Set("a.b", 1)
	if all(e) != "a.b=1" {
		t.Errorf("an environ of a nil map has %s", all(e))
	}
}

func TestStreamsAndContext(t *testing.T) {
	empty := wsgi.NewEnviron(nil)
	if input, err := io.ReadAll(empty.Input()); len(input) > 0 || err != nil {
		t.Errorf("input without wsgi.input gives %q, %v", input, err)
	}
	if n, err := empty.Errors().Write([]byte("lost")); n != 4 || err != nil {
		t.Errorf("errors without wsgi.errors gives %d, %v", n, err)
	}
	if empty.Context() != context.Background() {
		t.Error("context without a context is not Background")
	}

	input, errors := strings.NewReader("in"), new(bytes.Buffer)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e := wsgi.NewEnviron(map[string]any{wsgi.KeyInput: input, wsgi.KeyErrors: errors, wsgi.KeyContext: ctx})
	if e.Input() != input || e.Errors() != errors || e.Context() != ctx {
		t.Error("not what was set")
	}
}
