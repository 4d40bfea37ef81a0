package browser_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/slides"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// All modules of the player together are small, as they are sent.
func TestScriptSize(t *testing.T) {
	const limit = 60_000
	names, err := fs.Glob(slides.Files, "player/*.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, name := range names {
		content, err := fs.ReadFile(slides.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		sum += len(content)
		if strings.Contains(string(content), "://") {
			t.Errorf("%s names an address outside", name)
		}
	}
	if len(names) < 5 || sum > limit {
		t.Errorf("%d modules have %d bytes, more than %d", len(names), sum, limit)
	}
	t.Logf("%d modules, %d bytes", len(names), sum)
}

// The page names all modules that the player loads, and no other, so that they
// come at once; what is painted first is the slide, also when they take a while.
func TestPreload(t *testing.T) {
	w := open(t)
	chromedp.ListenTarget(w, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			time.AfterFunc(400*time.Millisecond, func() { chromedp.Run(w, fetch.ContinueRequest(paused.RequestID)) })
		}
	})
	w.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*/stage.js"}}))
	w.slides("/slides/45/#onion/2")
	w.wait("the first paint", `performance.getEntriesByName("first-contentful-paint").length`)
	var got struct{ Named, Loaded, Painted []string }
	w.eval(`new Promise(resolve => new PerformanceObserver((list) => resolve({
		Named: [...document.querySelectorAll("link[rel=modulepreload], script[type=module]")].map(e => new URL(e.src ?? e.href).pathname).sort(),
		Loaded: performance.getEntriesByType("resource").map(e => new URL(e.name).pathname).filter(p => /^.static.\w+.slides.*js$/.test(p)).sort(),
		Painted: list.getEntries().map(e => e.element?.closest(".slide")?.id ?? "nothing of a slide"),
	})).observe({type: "largest-contentful-paint", buffered: true}))`, &got)
	if !slices.Equal(got.Named, got.Loaded) || len(got.Named) < 5 {
		t.Errorf("named are %q, loaded %q", got.Named, got.Loaded)
	}
	for _, id := range got.Painted {
		if id != "onion" {
			t.Errorf("the largest things painted belong to %q, want all of the slide", got.Painted)
		}
	}
}
