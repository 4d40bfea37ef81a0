package browser_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/slides"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
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

// The page names all modules that the first slide needs, and no other, so that
// they come at once; what is painted first is the slide, also when they take a
// while. The player is not waited for.
func TestPreload(t *testing.T) {
	w := open(t)
	asked := make(chan struct{})
	player := make(chan fetch.RequestID, 1)
	chromedp.ListenTarget(w, func(event any) {
		paused, ok := event.(*fetch.EventRequestPaused)
		switch {
		case !ok:
		case strings.HasSuffix(paused.Request.URL, "/player.js"):
			player <- paused.RequestID
			close(asked)
		default:
			time.AfterFunc(400*time.Millisecond, func() { chromedp.Run(w, fetch.ContinueRequest(paused.RequestID)) })
		}
	})
	w.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*/stage.js"}, {URLPattern: "*/player.js"}}))
	w.visit("/slides/45/onion/2")
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Fatal("the player is not asked for")
	}
	w.wait("the first paint", `performance.getEntriesByName("first-contentful-paint").length`)
	var got struct{ Named, Loaded, Painted []string }
	w.eval(`new Promise(resolve => new PerformanceObserver((list) => resolve({
		Named: [...document.querySelectorAll("link[rel=modulepreload], script[type=module]")].map(e => new URL(e.src ?? e.href).pathname).sort(),
		Loaded: performance.getEntriesByType("resource").map(e => new URL(e.name).pathname).filter(p => /^.static.\w+.slides.*js$/.test(p)).sort(),
		Painted: list.getEntries().map(e => e.element?.closest(".slide")?.id ?? "nothing of a slide"),
	})).observe({type: "largest-contentful-paint", buffered: true}))`, &got)
	if !slices.Equal(got.Named, got.Loaded) || len(got.Named) < 3 {
		t.Errorf("named are %q, loaded without the player %q", got.Named, got.Loaded)
	}
	for _, id := range got.Painted {
		if id != "onion" {
			t.Errorf("the largest things painted belong to %q, want all of the slide", got.Painted)
		}
	}
	w.do(fetch.ContinueRequest(<-player))
	w.wait("the player", `document.querySelector(".foot-count")`)
	var shifts int
	w.eval(`new Promise(resolve => {
		new PerformanceObserver(list => resolve(list.getEntries().length)).observe({type: "layout-shift", buffered: true});
		setTimeout(() => resolve(0), 300);
	})`, &shifts)
	if shifts > 0 {
		t.Errorf("something moves %d times when the player comes", shifts)
	}
}

// Where the player does not come, the slides can be read; where the other slides
// do not come, the one that is there, with the way to the others.
func TestWithoutPlayer(t *testing.T) {
	w := open(t)
	w.refuse("*/player.js", network.ResourceTypeScript)
	w.visit("/slides/45/onion")
	w.wait("all slides", `[...document.querySelectorAll(".slide")].every(slide => slide.querySelector(".content")?.offsetHeight > 0)`)
	w.wait("forms that send", `!document.querySelector(".try:not([data-attached])")`)

	w = open(t)
	w.refuse("*/slides/45/", network.ResourceTypeFetch)
	w.visit("/slides/45/onion")
	w.wait("the slide to read", `document.documentElement.className === "reading" && !document.querySelector("noscript")`)
	var seen []string
	w.eval(`[...document.querySelectorAll(".slide, .deck-others a")].filter(e => e.checkVisibility()).map(e => e.id || e.rel || e.textContent)`, &seen)
	if want := []string{"onion", "prev", "next", "All slides on one page"}; !slices.Equal(seen, want) {
		t.Errorf("seen are %q, want %q", seen, want)
	}
}

// refuse lets what a page loads from certain addresses fail.
func (w *tab) refuse(pattern string, kind network.ResourceType) {
	w.t.Helper()
	_, end, _ := strings.Cut(pattern, "*")
	w.expected = func(fault string) bool {
		return strings.Contains(fault, end) || strings.Contains(fault, "Failed to fetch")
	}
	chromedp.ListenTarget(w, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			go chromedp.Run(w, fetch.FailRequest(paused.RequestID, network.ErrorReasonConnectionRefused))
		}
	})
	w.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: pattern, ResourceType: kind}}))
}
