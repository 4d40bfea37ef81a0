package bench

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// nullWriter is a ResponseWriter that costs nothing and keeps the status.
type nullWriter struct {
	header http.Header
	status int
}

func (n *nullWriter) Header() http.Header         { return n.header }
func (n *nullWriter) WriteHeader(status int)      { n.status = status }
func (n *nullWriter) Write(p []byte) (int, error) { return len(p), nil }
func (n *nullWriter) Flush()                      {}

// The names are such that benchstat can make a table of them.
func Benchmark(b *testing.B) {
	for _, what := range benchmarks {
		for _, peer := range peers {
			b.Run(fmt.Sprintf("case=%s/peer=%s", what.name, peer.name), func(b *testing.B) {
				handler, r := peer.build(what.app()), what.request()
				w := &nullWriter{header: http.Header{}}
				handler.ServeHTTP(w, r) // the first request may prepare something
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					w.status = http.StatusOK
					handler.ServeHTTP(w, r)
				}
				if w.status != what.status {
					b.Errorf("status %d, want %d", w.status, what.status)
				}
			})
		}
	}
}

// TestSame holds all peers to the same answers, on the wire, with everything
// that a client can see but the date.
func TestSame(t *testing.T) {
	for _, what := range benchmarks {
		t.Run(what.name, func(t *testing.T) {
			application := what.app()
			var first string
			for i, peer := range peers {
				got := answer(t, peer.build(application), what)
				if i == 0 {
					first = got
					continue
				}
				if got != first {
					t.Errorf("%s answers\n%s\nbut %s\n%s", peers[0].name, first, peer.name, got)
				}
			}
			if want := fmt.Sprintf("%d ", what.status); !strings.HasPrefix(first, want) {
				t.Errorf("it begins with %.30q, want %q", first, want)
			}
			for _, layer := range application.layers {
				if field := layer.name + ": " + layer.value; layer.does == setHeader && !strings.Contains(first, field) {
					t.Errorf("%q is not in\n%s", field, first)
				}
			}
		})
	}
}

// answer gives status, headers in the order of their names, and body.
func answer(t *testing.T, handler http.Handler, what benchmark) string {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	request := what.request()
	request.RequestURI = "" // which only a server may have set
	request.URL.Scheme, request.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for name, values := range response.Header {
		if name != "Date" {
			fields = append(fields, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(fields)
	return fmt.Sprintf("%d \n%s\n\n%s", response.StatusCode, strings.Join(fields, "\n"), body)
}

// TestDetail sees to it that the view reads what the route took out of the path:
// it has no answer for 0.
func TestDetail(t *testing.T) {
	for _, peer := range peers {
		w := httptest.NewRecorder()
		peer.build(typical()).ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/resource3/0/", nil))
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: status %d, want 500", peer.name, w.Code)
		}
	}
}
