package scenario

import (
	"fmt"
	"strings"
)

// note says in plain words what an event means. What is the same each time is
// said the first time only.
func (d *drawing) note(e step) string {
	first := func(note string) string {
		key := fmt.Sprint(e.kind)
		if e.kind == signalled {
			key += e.who
		}
		if d.noted[key] {
			return ""
		}
		d.noted[key] = true
		return note
	}
	fails := e.raises()
	if e.what == "coroutine" && e.kind != called {
		return "gives back something still to be awaited"
	}
	switch e.kind {
	case made:
		switch {
		case fails != "":
			return "fails: " + fails
		case e.what == "none":
			return "gives no middleware back"
		case e.what != "ok" && e.what != "":
			return "says that it is not needed, and is left out"
		}
	case logged:
		switch {
		case e.who == "DEBUG" && strings.Contains(e.text, " adapted for middleware "):
			return "here sync and async code meet"
		case e.who == "DEBUG":
			return ""
		}
		return first("written to the log")
	case signalled:
		switch e.who {
		case "request_started":
			return first("announced to whoever listens")
		case "got_request_exception":
			return first("announced: an unexpected error")
		case "request_finished":
			return first("announced, when all has been sent")
		}
	case entered:
		switch {
		case fails != "":
			return e.who + " fails: " + fails
		case e.answers():
			return e.who + " answers: nothing further in runs"
		case e.what != "pass":
			first("")
			return e.who + " chooses other URLs for this request"
		}
		return first("the request goes in through " + e.who)
	case left:
		switch {
		case fails != "":
			return e.who + " fails on the way out: " + fails
		case e.answers():
			return e.who + " puts its own in its place"
		case e.what == "none":
			return e.who + " gives nothing back"
		}
		return first("the response goes out through " + e.who)
	case beforeView:
		switch {
		case fails != "":
			return "asked before the view: fails, " + fails
		case e.answers():
			return "asked before the view: answers in its place"
		}
		return "asked before the view: has no answer"
	case called:
		verb := map[string]string{
			"none":      "gives nothing back",
			"coroutine": "gives back something still to be awaited",
			"stream":    "answers with a stream",
		}[e.what]
		switch {
		case fails != "":
			verb = "fails: " + fails
		case strings.HasPrefix(e.what, "template:"):
			verb = "answers: a page to be made"
		case e.answers() && verb == "":
			verb = "answers"
		}
		return "the view " + verb
	case askedForError:
		switch {
		case fails != "":
			return "asked about the error: fails, " + fails
		case e.answers():
			return "asked about the error: answers"
		}
		return "asked about the error: has no answer"
	case askedForPage:
		switch {
		case fails != "":
			return "asked about the page to be made: fails, " + fails
		case e.answers():
			return "puts its own in the page's place"
		case e.what == "none":
			return "asked about the page: gives nothing back"
		}
		return first("may change the page to be made")
	case rendered:
		if failure := e.failsToRender(); failure != "" {
			return "making the page fails: " + failure
		}
		return "the page is made from its template"
	case sentPart:
		return first("a part of the body is made and sent")
	case errorPage:
		if fails != "" {
			return "the site's own page for this error fails: " + fails
		}
		return "the site's own page for this error"
	case begun:
		return first("a transaction begins")
	case committed:
		return first("what was written there is kept")
	case rolledBack:
		return first("what was written there is undone")
	}
	return ""
}
