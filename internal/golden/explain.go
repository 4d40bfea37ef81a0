package golden

import (
	"fmt"
	"slices"
	"strings"
)

// Explain finds the first event in which two traces differ and says in one or
// two sentences what that means. It gives nil for equal traces.
func Explain(want, got []string) *Difference {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	if at == len(want) && at == len(got) {
		return nil
	}
	return &Difference{
		What:  fmt.Sprintf("event %d: want %s, got %s", at+1, quoted(want, at), quoted(got, at)),
		Means: meaning(want, got, at),
	}
}

// ExplainResponse finds the first line in which two responses differ, and says
// in which part of the response it is. It gives nil for equal ones.
func ExplainResponse(want, got string) *Difference {
	if want == got {
		return nil
	}
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	at := 0
	for at < len(wants) && at < len(gots) && wants[at] == gots[at] {
		at++
	}
	// The head ends at the first empty line; a line further on is the body's.
	part := "a header differs."
	switch head := slices.Index(wants, ""); {
	case at == 0:
		part = "the status line differs."
	case head >= 0 && at > head:
		part = "the body differs."
	case at >= len(gots) || gots[at] == "" || at < len(wants) && slices.Contains(gots, wants[at]):
		part = "a header is missing or one too many came."
	}
	return &Difference{What: fmt.Sprintf("response, line %d: want %s, got %s", at+1, quoted(wants, at), quoted(gots, at)), Means: part}
}

// ExplainLog does the same for what the server logged.
func ExplainLog(want, got []string) *Difference {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	switch {
	case at == len(want) && at == len(got):
		return nil
	case at == len(want):
		return &Difference{
			What:  fmt.Sprintf("log, line %d: want nothing more, got %q", at+1, got[at]),
			Means: "The server had something to complain about that it should not have had.",
		}
	}
	return &Difference{What: fmt.Sprintf("log, line %d: want %q, got %s", at+1, want[at], quoted(got, at))}
}

func quoted(lines []string, at int) string {
	if at >= len(lines) {
		return "nothing more"
	}
	return fmt.Sprintf("%q", lines[at])
}

// event is a line of a trace, taken apart.
type event struct {
	line  string
	layer string // the middleware of "A request"; empty for what is no layer's
	kind  string // "request", "process_view", "view", "close", "signal request_started" …
	rest  string // the details, such as a status or a size
}

var layerKinds = []string{"request", "response", "process_view", "process_exception", "process_template_response"}

func parseEvent(line string) event {
	first, rest, _ := strings.Cut(line, " ")
	second, details, _ := strings.Cut(rest, " ")
	switch {
	case slices.Contains(layerKinds, second):
		return event{line, first, second, details}
	case slices.Contains([]string{"signal", "atomic", "receive", "send"}, first):
		return event{line, "", first + " " + second, details}
	case first == "log": // a record is what it says
		return event{line, "", line, ""}
	}
	return event{line, "", first, rest}
}

// is says whether both are the same event, whatever their details.
func (e event) is(other event) bool { return e.layer == other.layer && e.kind == other.kind }

func (e event) in(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return parseEvent(line).is(e) })
}

// meaning is what a teacher would say about two traces that differ first at
// the given index.
func meaning(want, got []string, at int) string {
	var w, g event
	var last event // the last thing that went as it should
	if at < len(want) {
		w = parseEvent(want[at])
	}
	if at < len(got) {
		g = parseEvent(got[at])
	}
	if at > 0 {
		last = parseEvent(want[at-1])
	}
	switch {
	case g.line == "":
		return missing(w)
	case w.is(g):
		return changed(w, g)
	case w.kind == "atomic rollback" && g.kind == "atomic commit":
		return "the transaction was committed although something failed inside it: does the error reach make_view_atomic?"
	case w.kind == "atomic commit" && g.kind == "atomic rollback":
		return "the transaction was rolled back although nothing failed inside it."
	case !g.in(want[at:]) && g.in(got[:at]):
		return twice(g)
	case !g.in(want[at:]) && g.kind == "view" && answers(last):
		return fmt.Sprintf("view ran although %s's hook had answered: the first response wins.", last.layer)
	case w.line != "" && !w.in(got[at:]):
		return missing(w)
	case !g.in(want[at:]):
		return extra(g)
	}
	return swapped(w, g)
}

func answers(e event) bool { return e.kind == "process_view" || e.kind == "request" }

// missing speaks of an event that should have come and never did.
func missing(w event) string {
	switch w.kind {
	case "request":
		return fmt.Sprintf("%s was never entered: is it in MIDDLEWARE, and does the layer around it call get_response?", w.layer)
	case "response":
		return fmt.Sprintf("the response half of %s never ran: was its error passed on instead of answered?", w.layer)
	case "process_view":
		return fmt.Sprintf("process_view of %s was never called: are view hooks collected at load, and called after resolution?", w.layer)
	case "process_exception":
		return fmt.Sprintf("process_exception of %s was never called: did the view's error go past the hooks, or did a hook further in answer?", w.layer)
	case "process_template_response":
		return fmt.Sprintf("process_template_response of %s was never called: it is, before rendering, for a response that has a Render method.", w.layer)
	case "view":
		return "the view never ran: did a layer or a hook answer before it, or did no URL match?"
	case "render":
		return "the response was never rendered: that comes after the last template hook."
	case "start_response":
		return "start_response never came: without it the server has no status line to send and answers 500."
	case "chunk":
		return "a chunk never came: does the body give all its parts?"
	case "send http.response.start":
		return "the response was never started: under ASGI status and headers are an event of their own, before the body."
	case "send http.response.body":
		return "a part of the body was never sent: the last one says that no more comes, and without it the client waits."
	case "receive http.disconnect":
		return "nobody heard that the client left: somebody has to go on receiving while the view runs."
	case "close":
		return "close never came: whoever is given a body closes it, however the request ends."
	case "signal request_started":
		return "request_started was never sent: the handler sends it first of all."
	case "signal request_finished":
		return "request_finished was never sent: the response sends it when the server closes it."
	case "signal got_request_exception":
		return "got_request_exception was never sent: it is, for an error that no handler and no hook knows how to answer."
	case "atomic begin":
		return "no transaction was opened: is the view wrapped by make_view_atomic?"
	}
	if record, ok := strings.CutPrefix(w.kind, "log "); ok {
		return fmt.Sprintf("a record was never logged: %s", record)
	}
	return fmt.Sprintf("%s never came.", w.line)
}

// twice speaks of an event that came again.
func twice(g event) string {
	switch {
	case g.kind == "close":
		return "close came twice: a body is closed exactly once."
	case g.kind == "send http.response.start":
		return "the response was started twice."
	case g.kind == "chunk" || g.kind == "send http.response.body":
		return "a part of the body came that should not have: is one given twice?"
	case g.kind == "request":
		return fmt.Sprintf("%s was entered twice: is the chain built once, and does each layer call get_response once?", g.layer)
	case g.layer != "":
		return fmt.Sprintf("%s of %s came twice.", g.kind, g.layer)
	case g.kind == "view":
		return "the view ran twice: does a layer call get_response more than once?"
	}
	return fmt.Sprintf("%s came twice.", strings.TrimPrefix(g.kind, "signal "))
}

// extra speaks of an event that should not have come at all.
func extra(g event) string {
	switch g.kind {
	case "request":
		return fmt.Sprintf("%s was entered although it should not have been: had a layer around it answered?", g.layer)
	case "response":
		return fmt.Sprintf("the response half of %s ran although the error should have gone past it, or it was never entered.", g.layer)
	case "process_view", "process_exception", "process_template_response":
		return fmt.Sprintf("%s of %s was called although it should not have been: the first hook that answers ends the round.", g.kind, g.layer)
	case "view":
		return "view ran although it should not have: something before it had answered."
	}
	return fmt.Sprintf("%s came although it should not have.", g.line)
}

// changed speaks of the right event with other details.
func changed(w, g event) string {
	wantRest, wantAsync := strings.CutSuffix(w.rest, "@loop")
	gotRest, gotAsync := strings.CutSuffix(g.rest, "@loop")
	w.rest, g.rest = strings.TrimSpace(wantRest), strings.TrimSpace(gotRest)
	if w.rest == g.rest && wantAsync != gotAsync {
		if wantAsync {
			return fmt.Sprintf("%s ran as sync code and not as async code: what can it do, and was it adapted without need?", named(w))
		}
		return fmt.Sprintf("%s ran as async code and not as sync code: was it adapted to the kind of the layer around it?", named(w))
	}
	w.rest, g.rest = orNone(w.rest), orNone(g.rest)
	switch w.kind {
	case "response":
		return fmt.Sprintf("%s saw a response with status %s instead of %s.", g.layer, g.rest, w.rest)
	case "start_response":
		return fmt.Sprintf("the status line is %q instead of %q.", g.rest, w.rest)
	case "send http.response.start":
		return fmt.Sprintf("the response starts with status %s instead of %s.", g.rest, w.rest)
	case "send http.response.body":
		switch {
		case strings.HasSuffix(w.rest, " more") && !strings.HasSuffix(g.rest, " more"):
			return "the response ended too early: this part says that no more comes."
		case !strings.HasSuffix(w.rest, " more") && strings.HasSuffix(g.rest, " more"):
			return "the last part of the body says that more comes."
		}
		return "the part of the body has another size."
	case "chunk":
		return fmt.Sprintf("the chunk has %s bytes instead of %s.", g.rest, w.rest)
	case "view":
		return fmt.Sprintf("another view ran: %s instead of %s.", g.rest, w.rest)
	case "process_exception":
		return fmt.Sprintf("process_exception of %s saw %s instead of %s.", g.layer, g.rest, w.rest)
	}
	return "the event is the right one, its details are not."
}

func orNone(details string) string {
	if details == "" {
		return "nothing"
	}
	return details
}

// swapped speaks of two events that both came, in the wrong order.
func swapped(w, g event) string {
	if w.kind == g.kind && w.layer != "" {
		switch w.kind {
		case "request":
			return fmt.Sprintf("%s was entered before %s: is the chain built from the first layer on, and not from the last?", g.layer, w.layer)
		case "response":
			return fmt.Sprintf("the response half of %s ran before that of %s: the layer further in comes first on the way out.", g.layer, w.layer)
		case "process_view":
			return fmt.Sprintf("process_view of %s came before %s: view hooks run from the outside in.", g.layer, w.layer)
		case "process_exception":
			return fmt.Sprintf("process_exception of %s came before %s: exception hooks run from the inside out.", g.layer, w.layer)
		case "process_template_response":
			return fmt.Sprintf("process_template_response of %s came before %s: template hooks run from the inside out.", g.layer, w.layer)
		}
	}
	if g.kind == "signal request_finished" {
		return fmt.Sprintf("request_finished was sent before %s: a request is over when the server closes the response.", named(w))
	}
	return fmt.Sprintf("%s came before %s.", named(g), named(w))
}

// named is the event as a sentence calls it.
func named(e event) string {
	switch {
	case e.layer != "" && (e.kind == "request" || e.kind == "response"):
		return fmt.Sprintf("the %s half of %s", e.kind, e.layer)
	case e.layer != "":
		return fmt.Sprintf("%s of %s", e.kind, e.layer)
	case e.kind == "view":
		return "the view"
	}
	return strings.TrimPrefix(e.kind, "signal ")
}
