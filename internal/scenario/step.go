package scenario

import (
	"slices"
	"strings"
)

// step is an event that has been read.
type step struct {
	Event
	kind  kind
	who   string // a middleware, view or signal, or the alias of a database
	what  string // the action that the scenario has for it, "" for none
	text  string // the event without the mark for async code
	async bool
}

type kind int

const (
	other kind = iota
	made
	logged
	signalled
	entered
	left
	beforeView
	called
	askedForError
	askedForPage
	rendered
	sentPart
	errorPage
	begun
	committed
	rolledBack
)

// hookKinds are the events of a middleware, by their second word.
var hookKinds = map[string]struct {
	kind  kind
	actor string
}{
	"request":                   {entered, ".request"},
	"response":                  {left, ".response"},
	"process_view":              {beforeView, ".view"},
	"process_exception":         {askedForError, ".exception"},
	"process_template_response": {askedForPage, ".template"},
}

// read reads an event.
func (s *Scenario) read(event Event) step {
	text, async := strings.CutSuffix(event.Text, " @loop")
	e := step{Event: event, text: text, async: async}
	words := append(strings.Fields(text), "", "", "")
	first, second := words[0], words[1]
	// First of all, since a middleware may have any name.
	if hook := hookKinds[second]; hook.kind != other && s.layer(first) != nil {
		e.kind, e.who, e.what = hook.kind, first, s.action(first+hook.actor)
		return e
	}
	switch first {
	case "init":
		e.kind, e.who = made, second
		if m := s.layer(second); m != nil {
			e.what = m.Init
		}
	case "log":
		e.kind, e.who = logged, words[2]
	case "signal":
		e.kind, e.who = signalled, second
	case "view":
		e.kind, e.who, e.what = called, second, s.action("view."+second)
	case "render":
		e.kind, e.who, e.what = rendered, second, s.action(second)
	case "chunk":
		e.kind = sentPart
	case "error_view":
		e.kind, e.who, e.what = errorPage, second, s.action("error."+second)
	case "atomic":
		e.kind, e.who = map[string]kind{"begin": begun, "commit": committed, "rollback": rolledBack}[second], words[2]
	}
	return e
}

// atLoad tells whether it belongs to making the handler, if it comes before the
// request.
func (e step) atLoad() bool {
	return e.kind == made || e.kind == logged && e.who == "DEBUG"
}

// raises gives the exception that the action raises, "" for none.
func (e step) raises() string {
	kind, _ := strings.CutPrefix(e.what, "raise:")
	if kind == e.what {
		return ""
	}
	return kind
}

// fails tells whether what happened there is an error that begins.
func (e step) fails() bool {
	return e.raises() != "" || e.kind == rendered && e.failsToRender() != ""
}

// failsToRender gives the exception that rendering raises, "" for none.
func (e step) failsToRender() string {
	parts := strings.SplitN(e.what, ":", 3)
	if len(parts) < 3 || parts[0] != "template" {
		return ""
	}
	return parts[2]
}

// answers tells whether the action gives a response.
func (e step) answers() bool {
	verb, _, _ := strings.Cut(e.what, ":")
	return slices.Contains([]string{"respond", "template", "stream"}, verb)
}

// actor is the name under which the scenario's responses say who made them.
func (e step) actor() string {
	switch e.kind {
	case called:
		return "view." + e.who
	case errorPage:
		return "error." + e.who
	}
	for _, hook := range hookKinds {
		if hook.kind == e.kind {
			return e.who + hook.actor
		}
	}
	return ""
}

// layer gives the middleware of a name, nil if there is none.
func (s *Scenario) layer(name string) *Middleware {
	if i := slices.IndexFunc(s.Middleware, func(m Middleware) bool { return m.Name == name }); i >= 0 {
		return &s.Middleware[i]
	}
	return nil
}

// action gives what an actor such as "A.request" or "view.hello" does, "" if
// there is no such actor.
func (s *Scenario) action(actor string) string {
	who, part, _ := strings.Cut(actor, ".")
	switch who {
	case "view":
		return s.Views[part].Does
	case "error":
		return s.ErrorViews[part]
	}
	m := s.layer(who)
	if m == nil {
		return ""
	}
	hook := func(action *string) string {
		if action == nil {
			return ""
		}
		return *action
	}
	switch part {
	case "request":
		return m.Request
	case "response":
		return m.Response
	case "view":
		return hook(m.View)
	case "exception":
		return hook(m.Exception)
	case "template":
		return hook(m.Template)
	}
	return ""
}
