package scenario

import (
	"fmt"
	"slices"
	"strings"

	"basehandler/internal/words"
)

// story tells in a few sentences what happened, from the events and from what
// the scenario has everybody do.
func (d *drawing) story() {
	t := &teller{Scenario: d.Scenario, result: d.result}
	t.tell()
	if len(t.said) == 0 {
		return
	}
	fmt.Fprintf(&d.out, "\n%s\n", d.paint("title", "What happened"))
	d.paragraph("", strings.Join(t.said, " "))
	if t.async {
		d.out.WriteString("\n")
		d.paragraph("quiet", "(async) is code that may wait without holding up a thread. "+
			fmt.Sprintf("On its way this request crossed between sync and async code %s.", times(d.result.Crossings)))
	}
}

func times(n int) string {
	switch n {
	case 0:
		return "not once"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

type teller struct {
	*Scenario
	result *Result
	said   []string
	async  bool
	group  []step // events of one kind that follow one another

	answered bool     // there is a response
	by       string   // the actor who has made it, "" for the framework
	failed   string   // the exception that is under way, "" for none
	inside   []string // aliases of the databases with a transaction
	ended    bool     // that is over
	parts    int
}

func (t *teller) say(format string, args ...any) {
	t.said = append(t.said, fmt.Sprintf(format, args...))
}

func (t *teller) tell() {
	begun := false
	for _, event := range t.result.Events {
		e := t.read(event)
		t.async = t.async || e.async
		begun = begun || !e.atLoad()
		switch {
		case !begun && e.kind == made:
			if e.what == "none" || strings.HasPrefix(e.what, "raise:") {
				t.say("Making %s failed, and so the site did not start.", e.who)
			}
		case e.kind == signalled && e.who == "got_request_exception":
			t.flush()
			if kind := strings.TrimPrefix(e.text, "signal got_request_exception "); t.failed == "" {
				if !t.answered {
					t.say("%s was raised before the view was called.", kind)
				}
				t.failed, t.answered = kind, false
			}
		case e.kind == signalled, e.kind == logged, e.kind == made:
		default:
			if len(t.group) > 0 && t.group[0].kind != e.kind {
				t.flush()
			}
			t.group = append(t.group, e)
		}
	}
	t.flush()
	t.end()
}

// flush tells of the events of one kind that followed one another.
func (t *teller) flush() {
	if len(t.group) == 0 {
		return
	}
	group := t.group
	t.group = nil
	last := group[len(group)-1]
	names := make([]string, len(group))
	for i, e := range group {
		names[i] = e.who
	}
	before := names[:len(names)-1] // who did nothing
	switch last.kind {
	case entered:
		t.say("The request went in through %s.", words.List(names))
		t.outcome(last, "%s answered it, and nothing further in ran.", "%s failed there with %s, and nothing further in ran.")
	case beforeView:
		switch {
		case last.answers():
			t.say("Before the view %s asked, and %s answered in its place.", were(names), last.who)
		case last.raises() != "":
			t.say("Before the view %s asked, and %s failed with %s.", were(names), last.who, last.raises())
		default:
			t.say("Before the view %s asked, and left the answer to it.", were(names))
		}
		t.outcome(last, "", "")
	case called:
		t.view(last)
	case begun:
		t.inside = append(t.inside, names...)
	case committed:
		t.say("The %s committed.", transactions(names))
		t.ended = true
	case rolledBack:
		t.say("The %s rolled back: nothing that the view wrote there is kept.", transactions(names))
		t.ended = true
	case askedForError:
		then := ""
		if t.ended {
			then = "After that "
		}
		switch {
		case last.answers() && len(before) == 0:
			t.say("%s%s was asked about the error, and answered.", then, last.who)
		case last.answers():
			t.say("%s%s asked about the error and had no answer, then %s answered.", then, were(before), last.who)
		case last.raises() != "":
			t.say("%s%s asked about the error, and %s failed with %s.", then, were(names), last.who, last.raises())
		default:
			t.say("%s%s asked about the error, and had no answer.", then, were(names))
		}
		t.outcome(last, "", "")
	case askedForPage:
		t.say("Before the page was made, %s asked about it.", were(names))
		t.outcome(last, "%s put a response of its own in its place.", "%s failed with %s.")
	case rendered:
		if failure := last.failsToRender(); failure != "" {
			t.say("Making the page from its template failed with %s.", failure)
			t.failed, t.answered = failure, false
		} else {
			t.say("The page was made from its template.")
			t.failed, t.answered = "", true
		}
	case errorPage:
		t.noURL()
		t.say("The site's own page for %s was asked for.", last.who)
		t.outcome(last, "", "It failed with %[2]s.")
	case left:
		t.out(group)
	case sentPart:
		t.parts += len(group)
	}
}

// outcome tells what an action led to.
func (t *teller) outcome(e step, answered, failed string) {
	switch {
	case e.answers():
		t.failed, t.answered, t.by = "", true, e.actor()
		if answered != "" {
			t.say(answered, e.who)
		}
	case e.raises() != "":
		t.failed, t.answered = e.raises(), false
		if failed != "" {
			t.say(failed, e.who, e.raises())
		}
	}
}

func (t *teller) view(e step) {
	what := "The view " + e.who
	if len(t.inside) > 0 {
		what = fmt.Sprintf("Inside a transaction (%s) the view %s", words.List(t.inside), e.who)
	}
	switch {
	case e.raises() != "":
		t.say("%s failed with %s.", what, e.raises())
	case e.what == "none":
		t.say("%s gave nothing back, which is an error.", what)
		t.failed = "ValueError"
	case e.what == "coroutine":
		t.say("%s gave back something that was still to be awaited, which is an error.", what)
		t.failed = "ValueError"
	case strings.HasPrefix(e.what, "template:"):
		t.say("%s answered with a page that was still to be made.", what)
	case e.what == "stream":
		t.say("%s answered with a stream.", what)
	default:
		t.say("%s answered.", what)
	}
	t.outcome(e, "", "")
}

// out tells of the way out, up to each layer that does something there.
func (t *teller) out(group []step) {
	t.noURL()
	if !t.answered {
		t.say("The error became a response with status %s.", group[0].text[strings.LastIndexByte(group[0].text, ' ')+1:])
		t.failed, t.answered, t.by = "", true, ""
	}
	var names []string
	for i, e := range group {
		names = append(names, e.who)
		if e.answers() || e.raises() != "" || i == len(group)-1 {
			t.say("The response went out through %s.", words.List(names))
			t.outcome(e, "%s put one of its own in its place.", "%s failed with %s.")
			if i < len(group)-1 {
				t.out(group[i+1:])
			}
			return
		}
	}
}

// noURL tells that there was no view, if that is why there is no response.
func (t *teller) noURL() {
	if t.answered || t.failed != "" {
		return
	}
	t.say("No URL of the site fits.")
	t.failed = "Http404"
}

func (t *teller) end() {
	r := t.result.Response
	switch {
	case r == nil && slices.ContainsFunc(t.result.Events, func(e Event) bool { return strings.HasPrefix(e.Text, "signal request_started") }):
		t.say("Nothing made a response of the error: the server was left with it.")
		return
	case r == nil:
		return
	}
	if !t.answered {
		t.noURL()
		t.say("The error became a response with status %d.", r.Status)
		t.by = ""
	}
	if t.parts > 0 {
		t.say("Its parts were made only after that, while they were sent.")
	}
}

// were is "A was" or "A and B were".
func were(names []string) string {
	if len(names) == 1 {
		return names[0] + " was"
	}
	return words.List(names) + " were"
}

func transactions(aliases []string) string {
	if len(aliases) == 1 {
		return "transaction was"
	}
	return "transactions were"
}
