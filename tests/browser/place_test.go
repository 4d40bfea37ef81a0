package browser_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// place is what an address of a position has below the deck's.
func place(id string, position int) string {
	if position == 0 {
		return id
	}
	return fmt.Sprintf("%s/%d", id, position)
}

// quote writes a text as JavaScript has it.
func quote(text string) string {
	encoded, _ := json.Marshal(text)
	return string(encoded)
}

// places are all positions of a deck in their order, as addresses.
func places(list []slide) (places []string) {
	for _, s := range list {
		for position := range s.Positions {
			places = append(places, place(s.ID, position))
		}
	}
	return places
}

// place is where a page says that it is, and where it is by what is to be seen:
// the one slide that is shown, and the position at which exactly those parts are
// visible that are.
func (w *tab) place() (address, seen string) {
	w.t.Helper()
	var got struct{ Address, Seen string }
	w.call(&got, "place.js")
	return got.Address, got.Seen
}

// jump goes to a place as the browser's buttons do.
func (w *tab) jump(place string) {
	w.t.Helper()
	w.eval(`history.pushState(null, "", document.getElementById("deck").dataset.at + `+quote(place)+`), void dispatchEvent(new PopStateEvent("popstate"))`, nil)
}

// at waits until a page is at an address, and tells when it is not.
func (w *tab) at(want string) {
	w.t.Helper()
	var address, seen string
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if address, seen = w.place(); address == want && strings.Contains(" "+seen+" ", " "+want+" ") {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the address is %s and shown is %s, want %s", address, seen, want)
		}
	}
}

// The whole deck by the keyboard, forwards to its end and back to its beginning:
// each press is one position, the address says which, and no more is shown.
//
// The longest way is gone by a real keyboard at its beginning only, since each
// press of that waits for the screen.
func TestThrough(t *testing.T) {
	for _, route := range routes {
		t.Run(route, func(t *testing.T) {
			w := open(t)
			w.slides("/slides/" + route + "/")
			all := places(w.list())
			w.at(all[0])
			way := append(slices.Clone(all[1:]), all[len(all)-1])
			for _, want := range way[:20] {
				w.press(kb.ArrowRight)
				w.at(want)
			}
			var faults []string
			w.call(&faults, "through.js", function("place.js"), "ArrowRight", way[20:])
			back := slices.Clone(all[:len(all)-1])
			slices.Reverse(back)
			back = append(back, all[0])
			far := len(back) - 20
			w.at(all[len(all)-1])
			w.call(&faults, "through.js", function("place.js"), "ArrowLeft", back[:far])
			for _, f := range faults {
				t.Error(f)
			}
			for _, want := range back[far:] {
				w.press(kb.ArrowLeft)
				w.at(want)
			}
		})
	}
}

// The other keys of a keyboard and of a clicker, with motion.
func TestKeys(t *testing.T) {
	w := open(t)
	w.do(chromedp.ActionFunc(w.motion))
	w.slides("/slides/45/")
	list := w.list()
	all := places(list)
	for i, key := range []string{kb.PageDown, kb.ArrowDown, " ", kb.ArrowRight, kb.ArrowRight, kb.PageDown} {
		w.press(key)
		w.at(all[i+1])
		time.Sleep(250 * time.Millisecond) // so that the next press moves lines, too
	}
	w.press(kb.PageUp)
	w.at(all[5])
	w.press(kb.ArrowUp)
	w.at(all[4])
	w.press(kb.End)
	w.at(all[len(all)-1])
	w.press(kb.Home)
	w.at(all[0])

	// A list of all slides, with the keyboard alone.
	w.press("o")
	w.wait("the overview", `document.querySelector("dialog[open]")`)
	w.press(kb.Escape)
	w.wait("the end of the overview", `!document.querySelector("dialog[open]")`)
	w.press("?")
	w.wait("the help", `document.querySelector("dialog[open]")`)
	w.press(kb.Escape)
	w.wait("the end of the help", `!document.querySelector("dialog[open]")`)
	w.press("b")
	w.wait("a black screen", `document.body.classList.contains("black")`)
	w.press("b")
	w.wait("the slide again", `!document.body.classList.contains("black")`)
	w.at(all[0])
	w.press("g")
	w.wait("the field for a number", `document.activeElement.matches("dialog[open] input")`)
	w.press("3", kb.Enter)
	w.at(place(list[2].ID, 0))
	w.eval(`history.back()`, nil)
	w.at(all[0])
}

// Thirty presses as fast as they can come are thirty positions.
func TestFast(t *testing.T) {
	w := open(t)
	w.do(chromedp.ActionFunc(w.motion))
	w.slides("/slides/45/")
	all := places(w.list())
	press := func(key string) {
		w.eval(fmt.Sprintf(`for (let i = 0; i < 30; i++) document.body.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true}))`, key), nil)
	}
	press("ArrowRight")
	w.at(all[30])
	time.Sleep(600 * time.Millisecond) // for transitions that end late
	w.at(all[30])
	press("ArrowLeft")
	w.at(all[0])
}

// An address leads to a slide and a position, also to those that do not exist.
func TestDeepLinks(t *testing.T) {
	w := open(t)
	w.slides("/slides/45/")
	list := w.list()
	for i, s := range list {
		if i%6 != 2 {
			continue
		}
		want := place(s.ID, s.Positions-1)
		for _, deck := range []string{"/slides/45/", "/slides/45/#", "/slides/45/presenter/"} {
			w.visit("/glossary/") // so that the page is loaded anew
			w.slides(deck + want)
			w.at(want)
		}
	}
	last := list[len(list)-1]
	w.slides("/slides/45/" + place(last.ID, 99))
	w.at(place(last.ID, last.Positions-1))
	w.visit("/glossary/")
	w.slides("/slides/45/#there-is-no-such-slide")
	w.at(place(list[0].ID, 0))
	w.eval(`void (location.hash = `+quote(place(list[3].ID, 0))+`)`, nil)
	w.at(place(list[3].ID, 0))
	w.slides("/slides/45/" + list[3].ID + "#" + place(last.ID, 0))
	w.at(place(last.ID, 0))
}
