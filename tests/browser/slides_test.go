package browser_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var routes = []string{"20", "45", "180"}

// slide is what a page says of one.
type slide struct {
	ID        string
	Positions int
	Title     string
}

// list gives the slides of the page that a tab shows.
func (w *tab) list() (list []slide) {
	w.t.Helper()
	w.eval(`[...document.querySelectorAll("#deck > .slide")].map(s => ({ID: s.id, Positions: Number(s.dataset.positions), Title: s.querySelector("h2, h1")?.textContent ?? ""}))`, &list)
	if len(list) == 0 {
		w.t.Fatal("there are no slides")
	}
	return list
}

type fault struct {
	Slide    string
	Position int
	What     string
}

// pictured are the slides of which a picture was kept.
var pictured sync.Map

// Every slide of every route fits at every position, in letters that the last
// row can read. A picture of each at its end is kept.
func TestSlidesFit(t *testing.T) {
	folder := os.Getenv("WALKTHROUGH_SCREENSHOTS")
	if folder == "" {
		folder = t.ArtifactDir()
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		t.Run(route, func(t *testing.T) {
			w := open(t)
			w.slides("/slides/" + route + "/")
			list := w.list()
			positions := 0
			for i, s := range list {
				if i > 0 {
					w.press(kb.ArrowRight)
				}
				w.wait("the slide "+s.ID, shown(s.ID))
				var faults []fault
				w.call(&faults, "overflow.js")
				report(t, faults)
				positions += s.Positions
				if _, done := pictured.LoadOrStore(s.ID, true); done {
					continue
				}
				if err := os.WriteFile(filepath.Join(folder, s.ID+".png"), w.picture(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d slides, %d positions", len(list), positions)
		})
	}
}

// report names each fault of a slide once, with the positions that have it.
func report(t *testing.T, faults []fault) {
	t.Helper()
	var whats []string
	positions := map[string][]int{}
	for _, f := range faults {
		if positions[f.What] == nil {
			whats = append(whats, f.What)
		}
		positions[f.What] = append(positions[f.What], f.Position)
	}
	for _, what := range whats {
		t.Errorf("#%s at %v: %s", faults[0].Slide, positions[what], what)
	}
}

// shown is an expression that tells whether a slide is to be seen.
func shown(id string) string {
	return "document.getElementById(" + quote(id) + ").checkVisibility()"
}

// press presses keys, as a keyboard does: a page that keeps the key for itself
// gets no character of it.
func (w *tab) press(keys ...string) {
	w.t.Helper()
	for _, key := range keys {
		for _, r := range key {
			var actions []chromedp.Action
			for _, event := range kb.Encode(r) {
				switch event.Type {
				case input.KeyRawDown:
					event.Type = input.KeyDown
				case input.KeyChar:
					continue
				}
				if event.Type == input.KeyDown && event.Text == "" && (r >= ' ' && r < 0x7f || r == '\r') {
					event.Text = string(r)
				}
				actions = append(actions, event)
			}
			w.do(actions...)
		}
	}
}

// picture is what the tab shows, as PNG.
func (w *tab) picture() (png []byte) {
	w.t.Helper()
	w.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithOptimizeForSpeed(true).Do(ctx)
		return err
	}))
	return png
}
