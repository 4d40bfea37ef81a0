package onion_test

import (
	"context"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"basehandler/internal/golden"
	"basehandler/internal/onion"
	"basehandler/internal/scenario"
	"basehandler/tests"
)

// golden runs gives every request of the golden cases as a run.
func goldenRuns(t *testing.T) (names []string, runs map[string]onion.Run) {
	t.Helper()
	files, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := golden.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	runs = map[string]onion.Run{}
	for _, c := range cases {
		step, err := strconv.Atoi(c.Steps[0][:2])
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range c.Results {
			run, err := onion.SiteRun(step, c.ASGI, c.Settings, c.Requests[i], []byte(result.Response), result.Trace)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			name := c.Name
			if i > 0 {
				name += fmt.Sprintf(" %d", i+1)
			}
			names = append(names, name)
			runs[name] = run
		}
	}
	return names, runs
}

// namedRuns gives the scenarios that come along.
func namedRuns(t *testing.T) (names []string, runs map[string]onion.Run) {
	t.Helper()
	runs = map[string]onion.Run{}
	for _, s := range scenario.Named() {
		result, err := scenario.Run(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, s.Name)
		runs[s.Name] = onion.ScenarioRun(s, result)
	}
	return names, runs
}

// The pictures of all runs are kept as one page, for the eye.
func TestGallery(t *testing.T) {
	var page strings.Builder
	page.WriteString("<!doctype html><meta charset=utf-8><link rel=stylesheet href=base.css><style>")
	page.Write(onion.CSS)
	page.WriteString("figure{margin:20px;width:1180px}figcaption{font:18px var(--sans)}</style>")
	draw := func(name string, run onion.Run) {
		picture, err := onion.Draw(run)
		if err != nil {
			t.Logf("%s: %v", name, err)
			fmt.Fprintf(&page, "<h2>%s</h2><p>%s</p>", html.EscapeString(name), html.EscapeString(err.Error()))
			return
		}
		fmt.Fprintf(&page, "<h2>%s</h2><figure>%s<figcaption>%s</figcaption></figure>\n", html.EscapeString(name), picture.SVG, html.EscapeString(strings.Join(picture.Captions, " | ")))
	}
	names, runs := goldenRuns(t)
	for _, name := range names {
		draw(name, runs[name])
	}
	names, runs = namedRuns(t)
	for _, name := range names {
		draw(name, runs[name])
	}
	for _, name := range onion.Names() {
		picture, err := onion.Fixed(name)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&page, "<h2>%s</h2><figure>%s</figure>\n", name, picture.SVG)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "gallery.html"), []byte(page.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
