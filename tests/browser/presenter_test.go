package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Two windows of one browser keep in step, both ways.
func TestPresenter(t *testing.T) {
	audience := open(t)
	audience.slides("/slides/45/")
	list := audience.list()
	all := places(list)
	speaker := open(t)
	speaker.slides("/slides/45/presenter")
	speaker.at(all[0])

	speaker.press(kb.ArrowRight, kb.ArrowRight, kb.ArrowRight)
	speaker.at(all[3])
	audience.at(all[3])

	audience.front()
	audience.press(kb.ArrowRight, kb.ArrowRight)
	audience.at(all[5])
	speaker.at(all[5])
	audience.press(kb.End)
	speaker.at(all[len(all)-1])

	speaker.front()
	speaker.press(kb.Home)
	audience.at(all[0])
	speaker.press("b")
	audience.wait("a black screen", `document.body.classList.contains("black")`)
	speaker.press("b")
	audience.wait("the slide again", `!document.body.classList.contains("black")`)

	// What the speaker has and the audience has not.
	for what, expression := range map[string]string{
		"notes":          `[...document.querySelectorAll("[aria-label='Speaker notes']")].some(n => n.checkVisibility() && n.textContent.trim().length > 20)`,
		"the next slide": `document.body.innerText.includes(` + quote(list[1].Title) + `)`,
	} {
		speaker.wait(what, expression)
		var there bool
		if audience.eval(expression, &there); there {
			t.Errorf("the audience sees %s", what)
		}
	}
	speaker.wait("a clock", `/\d\d?:\d\d/.test(document.body.innerText)`)
	speaker.wait("the planned minutes", `document.body.innerText.includes("Planned")`)

	// The notes are paragraphs with a space between them.
	speaker.wait("a space between notes", `[...document.querySelectorAll(".desk-text > * + *")].every(p => p.getBoundingClientRect().top - p.previousElementSibling.getBoundingClientRect().bottom > 5)`)

	// A window that is opened later comes to where the talk is.
	speaker.press(kb.ArrowRight, kb.ArrowRight)
	speaker.at(all[2])
	late := open(t)
	late.slides("/slides/45/")
	late.at(all[2])

	// Another route goes its own way.
	other := open(t)
	other.slides("/slides/20/")
	first := place(other.list()[0].ID, 0)
	speaker.front()
	speaker.press(kb.ArrowRight)
	late.at(all[3])
	other.at(first)
}

// What comes next is set like the slide it will be, from the beginning; and
// presses are counted as the notes count them.
func TestPresenterNext(t *testing.T) {
	w := open(t)
	w.slides("/slides/45/presenter")
	w.wait("a picture that fits", `document.querySelector(".desk-next .slide").dataset.fitted`)
	w.press(kb.ArrowRight)
	list := w.list()
	at := slices.IndexFunc(list, func(s slide) bool { return s.Positions > 2 })
	id, presses := list[at].ID, list[at].Positions-1
	for position, next := range map[int]string{
		0:       fmt.Sprintf("Next: press 1 of %d", presses),
		1:       fmt.Sprintf("Next: press 2 of %d", presses),
		presses: "Next: " + list[at+1].Title,
	} {
		w.jump(place(id, position))
		w.at(place(id, position))
		count := fmt.Sprintf("Slide %d of %d, %d of %d presses", at+1, len(list), position, presses)
		if got := w.text(`document.querySelector(".desk-plan caption").innerText`); got != count {
			t.Errorf("at %d of %s the table says %q, want %q", position, id, got, count)
		}
		if got := w.text(`document.querySelector(".desk-next h2").textContent`); got != next {
			t.Errorf("at %d of %s comes %q, want %q", position, id, got, next)
		}
	}
}

// The minutes of the slides are those of the route, to the second.
func TestPresenterPlan(t *testing.T) {
	w := open(t)
	w.visit("/glossary/")
	w.eval(`localStorage.clear()`, nil)
	for _, route := range routes {
		w.slides("/slides/" + route + "/presenter")
		if elapsed := w.text(`document.querySelector(".desk-elapsed").innerText`); elapsed != "0:00 of "+route+":00" {
			t.Errorf("route %s: the clock shows %q", route, elapsed)
		}
		if left := w.text(`document.querySelector(".desk-plan tr:last-child td:last-child").innerText`); strings.TrimSpace(left) != route+":00 left" {
			t.Errorf("route %s: the plan shows %q", route, left)
		}
	}
}

// The time that is printed with the notes of a slide is the one in the table of
// the presenter's window.
func TestPresenterTimes(t *testing.T) {
	w := open(t)
	for _, route := range routes {
		w.slides("/slides/" + route + "/presenter")
		for _, s := range w.list() {
			w.jump(place(s.ID, 0))
			w.at(place(s.ID, 0))
			noted := w.text(`document.querySelector("#` + s.ID + ` .notes .planned").innerText`)
			if planned := w.text(`document.querySelector(".desk-plan tbody tr td + td").innerText`); noted != "Planned: "+planned {
				t.Errorf("route %s: the notes of %s say %q, the plan %q", route, s.ID, noted, planned)
			}
		}
	}
}

// A key sends the request on the slide in both windows, as it stands where the
// key was pressed; a click leaves the next press to the deck.
func TestRequestKey(t *testing.T) {
	for _, route := range routes {
		t.Run(route, func(t *testing.T) { testRequestKey(t, "/slides/"+route+"/") })
	}
}

func testRequestKey(t *testing.T, route string) {
	audience := open(t)
	audience.slides(route)
	id := audience.withRequest()
	speaker := open(t)
	speaker.slides(route + "presenter")
	box := `document.querySelector("#` + id + ` .try")`
	speaker.jump(place(id, 0))
	speaker.at(place(id, 0))
	for range 12 { // until the request is there
		var there bool
		if speaker.eval(box+`.checkVisibility({visibilityProperty: true})`, &there); there {
			break
		}
		speaker.press(kb.ArrowRight)
	}
	place, _ := speaker.place()
	audience.at(place)
	speaker.eval(`void (`+box+`.querySelector("textarea.request").value = "GET /?one=two HTTP/1.1\nHost: localhost\n")`, nil)
	speaker.press("r")
	answered := `/^Step \d\d /.test(` + box + `.querySelector("[role=status]")?.textContent)`
	speaker.wait("the answers", answered)
	audience.wait("the answers", answered)
	if text := audience.text(box + `.querySelector("textarea.request").value`); !strings.Contains(text, "one=two") {
		t.Errorf("the audience sees another request: %q", text)
	}
	audience.front()
	audience.do(chromedp.Click("#"+id+" .try-form button[type=submit]", chromedp.ByQuery))
	audience.press(" ")
	all := places(audience.list())
	audience.at(all[slices.Index(all, place)+1])
}

// A clock that runs in a window that is closed goes on where the window is opened
// again, but not the next day.
func TestClockOvernight(t *testing.T) {
	w := open(t)
	w.visit("/glossary/")
	got := w.text(`import("/static/slides/timer.js").then(({ Timer }) => {
		const saved = { spent: { a: 5000 }, slide: "a", since: 1000 };
		return [61_000, 9 * 3600_000].map((now) => {
			const timer = new Timer([{ id: "a", section: "s", minutes: 1 }], saved, now);
			return timer.running + " " + timer.of("a", now);
		}).join(", ");
	})`)
	if want := "true 65000, false 5000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
