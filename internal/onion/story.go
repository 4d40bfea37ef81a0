package onion

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// story is a run in the order of places: what happened on the way in, at the
// view, on the way out, and at the end.
type story struct {
	run    Run
	made   []string // the layers in the order in which they were made, where the trace tells
	start  []string // events before the first layer
	layers []*ring  // the outermost first
	rows   []row    // what the inner handler did, before and after the view
	view   string   // "" if none was called
	loop   bool     // the view is async code
	bands  []band   // the transactions around the view, the outermost first
	back   []string // events after the outermost layer, before the server has anything
	sent   []string // what the server was given
	closed []string // events from close on

	turn    int    // where the request went no further: -1 the handler, the number of a layer, or one of those below
	faulty  bool   // an error was raised there
	caught  int    // the place whose guard made a response of the error: as turn, atHook, or atServer
	mixed   bool   // some of it was async code
	because string // the error, where the trace tells
}

// Places beside the layers, which count from 0.
const (
	atServer  = -2
	atHandler = -1
	atURL     = 1000 // no view was found
	atHook    = 1001 // a hook has answered or failed before the view
	atView    = 1002
)

// ring is one layer.
type ring struct {
	Layer
	entered  bool
	left     bool
	status   string
	loop     bool // it ran as async code
	reached  bool
	notesIn  []string
	notesOut []string
	passed   bool // an error passed through its response half
}

// row is a line of the inner handler.
type row struct {
	after bool // after the view, or instead of it
	hook  string
	names []string // of the layers that were asked
	spare []string // of those that have the hook and were not
	note  string   // for a line that is no hook
	gave  bool     // the last one asked gave the response
	isErr bool
}

// band is a transaction.
type band struct{ alias, end string }

func (b band) begin() string { return "begin " + b.alias }

func (b band) finish() string {
	if b.end == "" {
		return "never ended"
	}
	return b.end + " " + b.alias
}

// tell reads a run.
func tell(run Run) *story {
	s := &story{run: run, turn: atView, caught: atServer - 1}
	for _, layer := range run.Layers {
		s.layers = append(s.layers, &ring{Layer: layer})
	}
	r := reader{story: s, deepest: -1, out: len(s.layers)}
	for _, event := range run.Trace {
		text, loop := strings.CutSuffix(event, " @loop")
		s.mixed = s.mixed || loop
		r.event(text, loop)
	}
	s.mixed = s.mixed || run.asgi()
	r.finish()
	return s
}

// reader puts events where they belong.
type reader struct {
	*story
	begun   bool // past the making of the handler
	deepest int  // the last layer that was entered
	out     int  // the last layer that was left
	inner   bool // the inner handler was seen at work
	after   bool // the view was called, or something that comes only after it
	outside bool // the outermost layer was left, or the server was spoken to
	closing bool
	failure bool // an event tells of an error
}

func (r *reader) event(text string, loop bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return
	}
	if !r.begun {
		if words[0] == "init" && len(words) == 2 {
			r.made = append(r.made, words[1])
			return
		}
		if strings.HasPrefix(text, "log django.request DEBUG ") {
			return
		}
		r.begun = true
	}
	switch {
	case r.closing:
		r.closed = append(r.closed, strings.TrimPrefix(text, "signal "))
	case text == "close" || text == "signal request_finished":
		r.closing, r.outside = true, true
		r.closed = append(r.closed, strings.TrimPrefix(text, "signal "))
	case words[0] == "start_response" || words[0] == "send" || words[0] == "chunk":
		r.outside = true
		r.sent = append(r.sent, text)
	case r.outside && len(r.sent) > 0:
		r.sent = append(r.sent, text)
	case text == "signal request_started" || words[0] == "receive" && r.deepest < 0 && !r.inner:
		r.start = append(r.start, strings.TrimPrefix(text, "signal "))
	case len(words) == 2 && words[1] == "request" && r.enter(words[0], loop):
	case len(words) == 3 && words[1] == "response" && r.leave(words[0], words[2]):
	case len(words) >= 2 && words[1] == processView:
		r.hook(processView, words[0], false)
	case len(words) >= 2 && words[1] == processException:
		r.failure = true
		r.because = strings.Join(words[2:], " ")
		r.hook(processException, words[0], true)
	case len(words) == 2 && words[1] == processTemplate:
		r.hook(processTemplate, words[0], true)
	case words[0] == "view" && len(words) >= 2 && r.view == "":
		r.inner, r.after = true, true
		r.view, r.loop = words[1], loop
	case words[0] == "atomic" && len(words) == 3:
		r.transaction(words[1], words[2])
	default:
		r.note(text)
	}
}

func (r *reader) enter(name string, loop bool) bool {
	for i := r.deepest + 1; i < len(r.layers); i++ {
		if r.layers[i].Name == name {
			r.deepest = i
			r.layers[i].entered, r.layers[i].loop = true, loop
			return true
		}
	}
	return false
}

func (r *reader) leave(name, status string) bool {
	for i := r.out - 1; i >= 0; i-- {
		if r.layers[i].Name == name {
			r.out = i
			r.layers[i].left, r.layers[i].status = true, status
			r.outside = i == 0
			return true
		}
	}
	return false
}

func (r *reader) hook(hook, name string, after bool) {
	r.inner = true
	r.after = r.after || after
	if last := len(r.rows) - 1; last >= 0 && r.rows[last].hook == hook {
		r.rows[last].names = append(r.rows[last].names, name)
		return
	}
	r.rows = append(r.rows, row{after: r.after, hook: hook, names: []string{name}, isErr: hook == processException})
}

func (r *reader) transaction(what, alias string) {
	r.inner = true
	if what == "begin" {
		r.bands = append(r.bands, band{alias: alias})
		return
	}
	for i := range r.bands {
		if r.bands[i].alias == alias {
			r.bands[i].end = what
		}
	}
}

// note keeps what has no place of its own where it happened.
func (r *reader) note(text string) {
	isErr := false
	if because, is := strings.CutPrefix(text, "signal got_request_exception"); is {
		r.failure, isErr = true, true
		r.because = strings.TrimSpace(because)
		text = "got_request_exception"
	}
	// What is written to the log is named by its kind; the whole line is too long.
	if words := strings.Fields(text); words[0] == "log" && len(words) > 2 {
		text = "log " + words[2]
	}
	switch {
	case r.outside || len(r.layers) == 0 && !r.inner && !r.run.has(stepURLs):
		r.back = append(r.back, text)
	case r.out < len(r.layers):
		r.layers[r.out].notesOut = append(r.layers[r.out].notesOut, text)
	case r.inner || len(r.start) > 0 && len(r.layers) == 0 || r.deepest >= 0 && r.deepest == len(r.layers)-1 && r.run.has(stepURLs) && strings.HasPrefix(text, "error"):
		r.inner = true
		r.after = true
		if last := len(r.rows) - 1; last >= 0 && r.rows[last].note != "" && !isErr && (!r.rows[last].isErr || strings.HasPrefix(text, "log ")) {
			r.rows[last].note += ", " + text
			return
		}
		r.rows = append(r.rows, row{after: true, note: text, isErr: isErr})
	case r.deepest >= 0:
		r.layers[r.deepest].notesIn = append(r.layers[r.deepest].notesIn, text)
	default:
		r.start = append(r.start, text)
	}
}

// finish finds out what no event tells: how far the request came, and where an
// error became a response.
func (r *reader) finish() {
	r.turn = r.turned()
	for i, ring := range r.layers {
		ring.reached = !ring.Unused && (r.turn >= atURL || i <= r.turn)
	}
	r.spare()
	r.fail()
}

// turned finds the place where the request went no further.
func (r *reader) turned() int {
	missing := strings.HasPrefix(r.run.Status, "404") && r.run.has(stepURLs)
	if name, ok := strings.CutSuffix(r.run.Born, ".request"); ok && r.view == "" {
		if i := slices.IndexFunc(r.layers, func(l *ring) bool { return l.Name == name }); i >= 0 {
			return i
		}
	}
	switch {
	case r.view != "":
		return atView
	case slices.ContainsFunc(r.rows, func(row row) bool { return row.hook == processView }):
		return atHook
	case r.inner || missing:
		return atURL
	case r.deepest < 0:
		return atHandler
	}
	ring := r.layers[r.deepest]
	if ring.Tells && r.run.Failed != ring.Name && r.run.has(stepURLs) {
		return atURL // it has asked what is inside
	}
	return r.deepest
}

// spare adds to each hook the layers that have it and were not asked.
func (s *story) spare() {
	for i := range s.rows {
		row := &s.rows[i]
		for _, ring := range s.layers {
			if slices.Contains(ring.Hooks, row.hook) && !slices.Contains(row.names, ring.Name) {
				row.spare = append(row.spare, ring.Name)
			}
		}
		if row.hook == processException || row.hook == processTemplate {
			slices.Reverse(row.spare) // these are asked from the inside out
		}
	}
}

// fail finds out whether there was an error, and what became of it.
func (r *reader) fail() {
	signal := slices.ContainsFunc(r.rows, func(row row) bool { return strings.HasPrefix(row.note, "got_request_exception") })
	for i := range r.rows {
		row := &r.rows[i]
		switch row.hook {
		case processException:
			last := i == len(r.rows)-1 || r.rows[i+1].hook == processTemplate
			code, _ := strconv.Atoi(first(r.run.Status))
			row.gave = last && !signal && (len(row.spare) > 0 || code > 0 && code < 400 || code >= 500)
		case processView:
			row.gave = r.turn == atHook && !r.failure
		}
	}
	skipped := false // a layer got no response though it would have told
	for i, ring := range r.layers {
		if ring.Tells && ring.entered && !ring.left && (r.turn >= atURL || i < r.turn) {
			skipped = true
		}
	}
	rolledBack := slices.ContainsFunc(r.bands, func(b band) bool { return b.end == "rollback" })
	noResponse := r.run.Status == "" || len(r.sent) == 0 && len(r.closed) == 0
	r.faulty = r.failure || r.run.Failed != "" || skipped || noResponse || rolledBack && strings.HasPrefix(r.run.Status, "5")
	if !r.faulty {
		return
	}
	if slices.ContainsFunc(r.rows, func(row row) bool { return row.hook == processException && row.gave }) {
		r.caught = atHook
		return
	}
	// From where it was raised outwards: the first that tells of a response has
	// got one, so the guard around what lies inside it has made one.
	outer := min(r.turn, len(r.layers)) - 1
	for i := outer; i >= 0; i-- {
		ring := r.layers[i]
		switch {
		case ring.Unused:
		case ring.left, !ring.Tells && r.run.has(stepGuards):
			r.caught = i + 1
			if i == outer {
				r.caught = r.turn
				r.answer()
			}
			return
		default:
			ring.passed = true
		}
	}
	r.caught = atHandler
	if outer < 0 && r.run.has(stepGuards) {
		r.caught = r.turn
		r.answer()
	}
	if noResponse {
		r.caught = atServer
	}
}

// answer adds the line on which the inner handler's guard makes a response of
// an error.
func (r *reader) answer() {
	if r.turn != atView && r.turn != atHook {
		return
	}
	became := " → " + r.status(len(r.layers))
	if last := len(r.rows) - 1; last >= 0 && strings.HasPrefix(r.rows[last].note, "got_request_exception") {
		r.rows[last].note += became
		return
	}
	r.rows = append(r.rows, row{after: true, note: "error" + became, isErr: true})
}

// status is the code of the response inside of the layer outside of a place.
func (s *story) status(place int) string {
	for i := min(place, len(s.layers)) - 1; i >= 0; i-- {
		if s.layers[i].left {
			return s.layers[i].status
		}
	}
	return first(s.run.Status)
}

func first(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// condense names the events that came several times once, with their number. A
// short one has no reason phrase.
func condense(events []string, short bool) string {
	var kinds []string
	number := map[string]int{}
	whole := map[string]string{}
	for _, event := range events {
		kind := first(event)
		if kind == "send" {
			event = strings.TrimPrefix(event, "send http.")
			kind = first(event)
		}
		if words := strings.Fields(event); kind == "start_response" && short && len(words) > 2 {
			event = words[0] + " " + words[1]
		}
		if number[kind] == 0 {
			kinds = append(kinds, kind)
			whole[kind] = event
		}
		number[kind]++
	}
	for i, kind := range kinds {
		if number[kind] == 1 {
			kinds[i] = whole[kind]
		} else {
			kinds[i] = fmt.Sprintf("%d× %s", number[kind], kind)
		}
	}
	return strings.Join(kinds, ", ")
}
