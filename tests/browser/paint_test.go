package browser_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// How long it takes from an address of a slide until it is there, in a browser
// that has been there before and has no debugger attached (that one slows it
// down). Each round goes through all slides of a route, with a page without
// script before each, which shows how fast the machine is then. To measure, on a
// machine that does nothing else:
//
//	go test ./tests/browser -run '^$' -bench FirstPaint/45 -benchtime 7x -v
//
// It gives the median of all, the median of the slowest slide, the longest of
// all, the median of the page without script and, with -v, the median of each
// slide, in milliseconds; and how many of a hundred took less than 100.
func BenchmarkFirstPaint(b *testing.B) {
	for _, route := range []string{"20", "45", "180"} {
		b.Run(route, func(b *testing.B) { firstPaint(b, "/slides/"+route+"/") })
	}
}

// plain is the page without script.
const plain = "/glossary/"

func firstPaint(b *testing.B, deck string) {
	w := open(b)
	w.slides(deck)
	var way []string
	for _, s := range w.list() {
		way = append(way, plain, deck+s.ID)
	}
	w.visit(plain)
	painted := make(chan painting)
	server := httptest.NewServer(measured(shared.server.Config.Handler, way, painted))
	defer server.Close()
	profile, err := os.MkdirTemp("", "walkthrough-browser-")
	if err != nil {
		b.Fatal(err)
	}
	defer removeAll(profile)
	flags := []string{"--headless", "--disable-gpu", "--no-first-run", "--disable-quic",
		"--disable-background-networking", "--disable-component-update", "--user-data-dir=" + profile,
		fmt.Sprintf("--window-size=%d,%d", stageWidth, stageHeight)}
	if os.Geteuid() == 0 { // its sandbox refuses to run as root
		flags = append(flags, "--no-sandbox")
	}
	browser := exec.Command(shared.program, append(flags, server.URL+way[0])...)
	if err := browser.Start(); err != nil {
		b.Fatal(err)
	}
	defer browser.Wait()
	defer browser.Process.Kill()

	times := map[string][]float64{}
	var all []float64
	for round := -1; round < b.N; round++ { // the first round only fills the browser's memory
		for _, path := range way {
			select {
			case p := <-painted:
				if p.Path != path {
					b.Fatalf("painted is %s, want %s", p.Path, path)
				}
				if round < 0 {
					continue
				}
				times[path] = append(times[path], p.Took)
				if path == plain {
					continue
				}
				all = append(all, p.Took)
				if p.Took >= 100 {
					b.Logf("%5.0f ms  %s, in round %d", p.Took, path, round+1)
				}
			case <-time.After(20 * time.Second):
				b.Fatalf("%s is not painted in 20 seconds", path)
			}
		}
	}
	paths := slices.SortedFunc(maps.Keys(times), func(x, y string) int {
		return cmp.Or(cmp.Compare(median(times[x]), median(times[y])), cmp.Compare(x, y))
	})
	slowest := 0.0
	for _, path := range paths {
		b.Logf("%5.0f ms  %s", median(times[path]), path)
		if path != plain {
			slowest = median(times[path])
		}
	}
	slices.Sort(all)
	under, _ := slices.BinarySearch(all, 100)
	b.ReportMetric(median(all), "ms/median")
	b.ReportMetric(slowest, "ms/slowest-slide")
	b.ReportMetric(all[len(all)-1], "ms/max")
	b.ReportMetric(median(times[plain]), "ms/without-script")
	b.ReportMetric(100*float64(under)/float64(len(all)), "%under-100ms")
	b.ReportMetric(0, "ns/op") // of the benchmark, and of no interest
}

// painting is what testdata/measure.js tells.
type painting struct {
	Path string
	Took float64 // milliseconds
}

// measured is the site with testdata/measure.js in its pages, which tells when
// each was painted and goes through the pages of a way, again and again.
func measured(site http.Handler, way []string, painted chan<- painting) http.Handler {
	next := 1
	mux := http.NewServeMux()
	mux.HandleFunc("/measure/script.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFile(w, r, "testdata/measure.js")
	})
	mux.HandleFunc("/measure/painted", func(w http.ResponseWriter, r *http.Request) {
		var p painting
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case painted <- p:
			fmt.Fprint(w, way[next%len(way)])
			next++
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			body = bytes.Replace(body, []byte("</head>"), []byte(`<script async src="/measure/script.js"></script></head>`), 1)
			w.Header().Del("Content-Length")
		}
		w.WriteHeader(answer.Code)
		w.Write(body)
	})
	return mux
}

func median(times []float64) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}
