package browser_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// pages are one of each kind.
var pages = []string{
	"/", "/glossary/", "/steps/05/", "/steps/14/", "/steps/05.1/", "/steps/05~forward-loop/", "/steps/05/diff/", "/steps/05.2/diff/",
	"/steps/05/files/", "/steps/05/files/middleware.go", "/try/05/", "/try/14/", "/slides/", "/slides/20/", "/slides/45/presenter", "/run/06/", "/nowhere/",
}

// go to a page, which may be one that is not there.
func (w *tab) page(path string) {
	w.t.Helper()
	w.expected = func(fault string) bool {
		return strings.Contains(fault, "404 (Not Found)") && strings.Contains(fault, "/nowhere/")
	}
	if strings.HasPrefix(path, "/slides/") && path != "/slides/" {
		w.slides(path)
		return
	}
	w.visit(path)
}

// All text of all kinds of pages and slides can be told from what is behind it,
// in light and dark.
func TestContrast(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			w := open(t)
			w.do(w.media(scheme))
			all := 0
			for _, path := range append(slices.Clone(pages), "/slides/180/") {
				if strings.HasPrefix(path, "/run/") {
					continue // the steps' own pages have the browser's colours
				}
				w.page(path)
				var result struct {
					Looked int
					Faults []string
				}
				w.call(&result, "contrast.js", path == "/slides/20/" || path == "/slides/180/") // together they have all slides
				for _, f := range result.Faults {
					t.Errorf("%s: %s", path, f)
				}
				if result.Looked < 5 {
					t.Errorf("%s: only %d texts were found", path, result.Looked)
				}
				all += result.Looked
			}
			t.Logf("%d texts", all)
		})
	}
}

// The measure itself: what it has to find, and what is right.
func TestContrastMeasure(t *testing.T) {
	w := open(t)
	w.visit("/glossary/")
	for _, test := range []struct {
		html string
		bad  bool
	}{
		{`<p class="test-a">grey</p>`, true},
		{`<p class="test-b">grey</p>`, false},
		{`<svg width="300" height="60"><rect class="test-r" width="300" height="60"/><text class="test-t" x="9" y="30">grey</text></svg>`, true},
		{`<svg width="300" height="60"><text class="test-t" x="9" y="30">grey</text></svg>`, false},
	} {
		w.eval(`(() => {
			document.body.innerHTML = `+quote(test.html)+`;
			const set = (name, styles) => document.querySelectorAll(name).forEach(e => Object.assign(e.style, styles));
			set(".test-a", {color: "#999", background: "#fff"});
			set(".test-b", {color: "#767676", background: "#fff"});
			set(".test-r", {fill: "#ddd"});
			set(".test-t", {fill: "#767676"});
		})()`, nil)
		var result struct {
			Looked int
			Faults []string
		}
		w.call(&result, "contrast.js", false)
		if result.Looked != 1 || len(result.Faults) > 0 != test.bad {
			t.Errorf("%s: %+v", test.html, result)
		}
	}
}

// controls are the roles of what can be used, and so needs a name.
var controls = []string{
	"button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "listbox", "slider", "spinbutton", "switch", "tab",
	"menuitem", "dialog", "img", "image", "graphics-document", "form", "region", "navigation", "group", "DisclosureTriangle",
}

// Who listens to a page is told what everything is: names, headings in order,
// one main part, a title and a language.
func TestLabels(t *testing.T) {
	w := open(t)
	w.do(accessibility.Enable())
	for _, path := range append(slices.Clone(pages), "/slides/45/onion/2") {
		w.page(path)
		checkLabels(t, w, path)
	}
	// Panels of the player.
	w.slides("/slides/45/")
	for _, key := range []string{"o", "g", "?"} {
		w.press(key)
		w.wait("the panel", `document.querySelector("dialog[open]")`)
		checkLabels(t, w, "the panel of "+key)
		w.press("\x1b")
		w.wait("its end", `!document.querySelector("dialog[open]")`)
	}
}

func checkLabels(t *testing.T, w *tab, where string) {
	t.Helper()
	var nodes []*accessibility.Node
	w.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		nodes, err = accessibility.GetFullAXTree().Do(ctx)
		return err
	}))
	value := func(v *accessibility.Value) (text string) {
		if v != nil {
			json.Unmarshal(v.Value, &text)
		}
		return strings.TrimSpace(text)
	}
	named, mains, level := 0, 0, 0
	var names []string
	for _, node := range nodes {
		if node.Ignored {
			continue
		}
		role, name := value(node.Role), value(node.Name)
		if slices.Contains(controls, role) {
			named++
			if name == "" && role != "group" && role != "form" {
				t.Errorf("%s: a %s has no name (node %d)", where, role, node.BackendDOMNodeID)
			}
			names = append(names, role+" "+name)
		}
		switch role {
		case "main":
			mains++
		case "heading":
			for _, property := range node.Properties {
				if property.Name != "level" {
					continue
				}
				var next int
				json.Unmarshal(property.Value.Value, &next)
				if next > level+1 && !(level == 0 && next == 2) { // a slide begins with its own
					t.Errorf("%s: the heading %q has level %d after %d", where, name, next, level)
				}
				level = next
			}
			if name == "" {
				t.Errorf("%s: a heading has no text", where)
			}
		}
	}
	if strings.HasPrefix(where, "the panel") {
		return
	}
	if strings.HasPrefix(where, "/run/") { // a step's own site is as bare as can be
		return
	}
	if mains != 1 {
		t.Errorf("%s: %d main parts", where, mains)
	}
	if named < 2 || level == 0 {
		t.Errorf("%s: %d controls %q, headings to level %d", where, named, names, level)
	}
	if lang := w.text(`document.documentElement.lang`); lang != "en" {
		t.Errorf("%s: the language is %q", where, lang)
	}
	if title := w.text(`document.title`); len(title) < 4 {
		t.Errorf("%s: the title is %q", where, title)
	}
	var twice []string
	w.eval(`[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`, &twice)
	if len(twice) > 0 {
		t.Errorf("%s: ids that are there twice: %q", where, twice)
	}
}

// phones are narrow windows, in pixels.
var phones = [][2]int64{{360, 740}, {390, 844}}

// On a phone no page is wider than the window, and all that is to be read is
// large enough. That no page has an error, something that the policy refuses, or
// a request to anybody else, is looked at in each tab of each test.
func TestNarrow(t *testing.T) {
	w := open(t)
	for _, size := range phones {
		w.do(chromedp.EmulateViewport(size[0], size[1], chromedp.EmulateMobile))
		for _, path := range append(slices.Clone(pages), "/slides/45/onion/2", "/slides/45/layer/1", "/slides/45/between") {
			if strings.HasSuffix(path, "presenter") || strings.HasPrefix(path, "/run/") {
				continue // for a desk, and as bare as can be
			}
			w.page(path)
			checkNarrow(t, w, path)
		}
	}
	// Every slide, at its end.
	w.slides("/slides/180/")
	for _, s := range w.list() {
		w.jump(place(s.ID, s.Positions-1))
		w.wait("the slide "+s.ID, shown(s.ID))
		checkNarrow(t, w, s.ID)
	}
}

func checkNarrow(t *testing.T, w *tab, where string) {
	t.Helper()
	var faults []string
	w.call(&faults, "narrow.js")
	for _, f := range faults {
		t.Errorf("%s: %s", where, f)
	}
}

// The tabs do notice what is wrong.
func TestFaultsAreSeen(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	w := open(t)
	for what, script := range map[string]string{
		"exception":  `void setTimeout(() => { throw new Error("on purpose") })`,
		"console":    `console.error("on purpose")`,
		"security":   `void document.head.append(Object.assign(document.createElement("script"), {textContent: "1"}))`,
		"leaves":     `void new Image().setAttribute("src", "") || void fetch("` + elsewhere.URL + `").catch(() => {})`,
		"404":        `fetch("/nowhere/").then(() => {})`,
		"inline sty": `void document.head.append(Object.assign(document.createElement("style"), {textContent: "p{}"}))`,
	} {
		w.visit("/glossary/")
		w.take()
		w.eval(script, nil)
		deadline := time.Now().Add(5 * time.Second)
		var faults []string
		for len(faults) == 0 && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
			faults = w.take()
		}
		if len(faults) == 0 {
			t.Errorf("%s: nothing was noticed", what)
		}
		time.Sleep(50 * time.Millisecond)
		w.take()
	}
}
