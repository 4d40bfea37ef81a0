package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"basehandler/internal/course"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// answer is a section of what came of a request.
type answer struct{ Step, Response, Trace, Error string }

const readAnswers = `[...document.querySelectorAll(".answers .answer")].filter(a => a.checkVisibility()).map(a => ({
	Step: a.dataset.step,
	Response: a.querySelector(".response")?.innerText ?? "",
	Trace: a.querySelector(".trace")?.innerText ?? "",
	Error: a.querySelector(".answer-error")?.innerText ?? "",
}))`

// A press sends the request to the step, and shows response and trace beside
// those of the step before.
func TestTry(t *testing.T) {
	w := open(t)
	for _, step := range course.Steps {
		number := step.Address().String()
		w.visit("/try/" + number + "/")
		w.wait("the script", `document.querySelector(".try[data-attached]")`)
		w.do(chromedp.Click(`.try-form button[type=submit]`, chromedp.ByQuery))
		w.wait("the answers to step "+number, `document.querySelector(".answers .answer")`)
		var answers []answer
		w.eval(readAnswers, &answers)
		checkAnswers(t, step.Number, answers)
		if status := w.text(`document.querySelector("[role=status]").innerText`); !strings.Contains(status, "Step "+number) {
			t.Errorf("step %s: the status says %q", number, status)
		}
	}
}

// checkAnswers looks at the answers of a step and of the one before.
func checkAnswers(t *testing.T, step int, answers []answer) {
	t.Helper()
	want := []int{step, step - 1}
	if step == 1 {
		want = want[:1]
	}
	if len(answers) != len(want) {
		t.Errorf("step %02d: %d answers, want %d: %+v", step, len(answers), len(want), answers)
		return
	}
	for i, a := range answers {
		if number := fmt.Sprintf("%02d", want[i]); a.Step != number || !strings.Contains(a.Response, "HTTP/1.1 200 OK") || a.Error != "" {
			t.Errorf("step %02d: the answer of step %s is %+v", step, number, a)
		}
		if !strings.Contains(a.Trace, "start_response 200 OK") && !strings.Contains(a.Trace, "send http.response.start 200") {
			t.Errorf("step %02d: no start of a response in the trace of step %s: %q", step, a.Step, a.Trace)
		}
	}
}

// withRequest is the first slide of a deck that has a request.
func (w *tab) withRequest() string {
	w.t.Helper()
	return w.text(`[...document.querySelectorAll("#deck > .slide")].find(s => s.querySelector(".try") ?? s.textContent.includes('class="try')).id`)
}

// On a chapter and on a slide, with the keyboard alone: what is typed into a
// field stays there and moves no slide.
func TestTryInPlace(t *testing.T) {
	w := open(t)
	w.visit("/steps/05/")
	w.wait("the script", `document.querySelector(".try[data-attached]")`)
	w.eval(`void document.querySelector(".try button[type=submit]").focus()`, nil)
	w.press("\r")
	w.wait("the answers", `document.querySelectorAll(".try .answers .answer").length >= 2`)

	w.slides("/slides/45/")
	id := w.withRequest()
	w.jump(place(id, 0))
	w.wait("the slide "+id, shown(id))
	for range 12 { // until the request is there
		var there bool
		if w.eval(`document.querySelector("#`+id+` .try").checkVisibility({visibilityProperty: true})`, &there); there {
			break
		}
		w.press(" ")
	}
	before, _ := w.place()
	w.eval(`void document.querySelector("#`+id+` .try textarea.request").focus()`, nil)
	w.press(" ", "o", "\r", "b")
	if after, _ := w.place(); after != before {
		t.Errorf("typing into a field moved the deck from %s to %s", before, after)
	}
	if text := w.text(`document.querySelector("#` + id + ` .try textarea.request").value`); !strings.Contains(text, "o\nb") {
		t.Errorf("what is typed does not arrive: %q", text)
	}
	w.eval(`void (document.querySelector("#`+id+` .try textarea.request").value = "GET / HTTP/1.1\nHost: localhost\n")`, nil)
	w.eval(`void document.querySelector("#`+id+` .try button[type=submit]").focus()`, nil)
	w.press(" ")
	w.wait("the answers on the slide", `/^Step \d\d answers /.test(document.querySelector("#`+id+` .try [role=status]").textContent)`)
	if after, _ := w.place(); after != before {
		t.Errorf("pressing the button moved the deck from %s to %s", before, after)
	}
}

// On every slide with a request: what it comes with and what comes when it is
// sent fit, line below line, and each line that only one step has is marked once.
func TestTryOnSlides(t *testing.T) {
	w := open(t)
	w.slides("/slides/180/")
	tried := 0
	for _, s := range w.list() {
		w.jump(place(s.ID, s.Positions-1))
		w.at(place(s.ID, s.Positions-1))
		var there bool
		if w.eval(`document.querySelector("#`+s.ID+` .try") !== null`, &there); !there {
			continue
		}
		tried++
		var faults []string
		for _, sent := range []bool{false, true} {
			if sent {
				w.eval(`void document.querySelector("#`+s.ID+` .try button[type=submit]").click()`, nil)
				w.wait("the answers on "+s.ID, `/^Step \d\d answers |^The /.test(document.querySelector("#`+s.ID+` .try [role=status]").textContent)`)
			}
			w.call(&faults, "answers.js", s.ID, sent)
			for _, f := range faults {
				t.Errorf("#%s, sent %t: %s", s.ID, sent, f)
			}
		}
		// What gave way to long answers is there when somebody comes back, and fits.
		w.press(kb.ArrowRight, kb.ArrowLeft)
		w.at(place(s.ID, s.Positions-1))
		w.eval(`[...document.querySelectorAll("#`+s.ID+` .content, #`+s.ID+` .content > *")].filter(e => e.checkVisibility({visibilityProperty: true})).flatMap(e => {
			const bottom = Math.round(e.getBoundingClientRect().bottom - e.closest(".content").getBoundingClientRect().bottom);
			return bottom > 1 ? [(e.className || e.localName) + " ends " + bottom + " px too low"] : [];
		}).concat(document.querySelector("#`+s.ID+`").hasAttribute("data-live") ? ["what gave way is not there"] : [])`, &faults)
		for _, f := range faults {
			t.Errorf("#%s, come back to: %s", s.ID, f)
		}
	}
	if tried < 10 {
		t.Errorf("only %d slides have a request", tried)
	}
}

// A request that cannot be sent is told as a sentence.
func TestTryFails(t *testing.T) {
	w := open(t)
	w.expected = func(fault string) bool { return strings.Contains(fault, "/api/try") } // the browser notes a 400
	w.visit("/try/05/")
	w.wait("the script", `document.querySelector(".try[data-attached]")`)
	w.eval(`void (document.querySelector("textarea.request").value = "no request")`, nil)
	w.do(chromedp.Click(`.try-form button[type=submit]`, chromedp.ByQuery))
	w.wait("the reason", `document.querySelector(".answer-error")?.textContent.length > 10`)
	var enabled bool
	if w.eval(`!document.querySelector(".try-form button").disabled`, &enabled); !enabled {
		t.Error("the button cannot be pressed again")
	}
}

// Why a step does not answer stands on the page once, with or without a script.
func TestTryWrongSettings(t *testing.T) {
	w := open(t)
	for _, disabled := range []bool{false, true} {
		w.do(emulation.SetScriptExecutionDisabled(disabled))
		w.visit("/try/05/")
		if !disabled {
			w.wait("the script", `document.querySelector(".try[data-attached]")`)
		}
		w.eval(`document.querySelector(".try-settings").open = true, void (document.querySelector("textarea.settings").value = '{"MIDDELWARE": []}')`, nil)
		w.do(chromedp.Click(`.try-form button[type=submit]`, chromedp.ByQuery))
		w.wait("the reason", `document.querySelector(".answer .answer-error")`)
		text := w.text(`document.querySelector("main").innerText`)
		for _, once := range []string{"Step 05 does not answer, nor does step 04.", "There is no setting MIDDELWARE"} {
			if n := strings.Count(text, once); n != 1 {
				t.Errorf("scripts off %t: %q stands there %d times", disabled, once, n)
			}
		}
	}
}

// Without a script every slide can be read from top to bottom, and a request can
// be sent.
func TestNoScript(t *testing.T) {
	w := open(t)
	w.do(emulation.SetScriptExecutionDisabled(true))
	for _, route := range routes {
		w.visit("/slides/" + route + "/")
		if playing := w.text(`document.documentElement.className`); playing != "" {
			t.Fatalf("the player runs: %q", playing)
		}
		var faults []string
		w.call(&faults, "reading.js")
		for _, f := range faults {
			t.Error(f)
		}
	}
	w.visit("/slides/45/onion/2")
	const seen = `[...document.querySelectorAll(".slide, .deck-others a")].filter(e => e.checkVisibility()).map(e => e.id || e.getAttribute("href"))`
	var got []string
	w.eval(seen, &got)
	if len(got) != 4 || got[0] != "onion" || got[3] != "/slides/45/?read#onion" {
		t.Fatalf("the page of a slide has %q, want the slide, the ones before and after it, and all", got)
	}
	w.do(chromedp.Click(".deck-others a[rel=next]", chromedp.ByQuery))
	w.wait("the next slide", `"`+got[2]+`" === location.pathname && document.querySelector(".slide:not([hidden]) .content")?.offsetHeight > 100`)
	w.do(chromedp.EmulateViewport(phones[1][0], phones[1][1], chromedp.EmulateMobile))
	for _, path := range []string{"/slides/45/", "/slides/45/onion"} {
		w.visit(path)
		checkNarrow(t, w, path+" on a phone without a script")
	}
	w.visit("/steps/05/")
	w.eval(`void document.querySelector('#try button[type=submit]').focus()`, nil)
	w.press(kb.Enter)
	w.wait("the page with the answers", `location.pathname === "/try/05/" && document.querySelector(".answers .answer")`)
	var answers []answer
	w.eval(readAnswers, &answers)
	checkAnswers(t, 5, answers)
}
