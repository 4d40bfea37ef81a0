package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/play"
	"basehandler/internal/words"
)

const (
	trialTime   = 10 * time.Second // for a trial, both steps together
	trialsAtAll = 4                // at a time

	maxText  = 64 << 10 // bytes of the responses that are shown
	maxLines = 1000     // of the responses, of the trace, or of the log; comparing takes the square of it
)

// trials sends what readers want to send, a few at a time.
type trials struct {
	open     func(step int) play.Opener
	settings *settingNames
	room     room
	time     time.Duration // how long a trial may take
}

func newTrials(open func(step int) play.Opener, settings *settingNames) *trials {
	return &trials{open: open, settings: settings, room: newRoom(trialsAtAll), time: trialTime}
}

// answers is what came of a trial.
type answers struct {
	Here   *answer `json:"here"`
	Before *answer `json:"before"` // null for none, and where neither answers
	// Summary says in words what the step answers, and how the two differ.
	Summary string `json:"summary"`
}

// answer is what came of a trial at one step. Of several requests each has its
// part of the texts, under a line like "-- response 2 --".
type answer struct {
	Step     string   `json:"step"`
	ASGI     bool     `json:"asgi"`
	Response string   `json:"response"`
	Trace    []string `json:"trace"`
	Log      []string `json:"log"`
	Error    string   `json:"error"` // why there is no response

	// Uncalled says that net/http answered by itself, as it does where there is
	// no Host: it calls nothing of the step then.
	Uncalled bool `json:"uncalled"`

	// Marks are the lines of the response and of the trace, from 0, that the
	// other step does not have.
	Marks struct {
		Response []int `json:"response"`
		Trace    []int `json:"trace"`
	} `json:"marks"`

	first    bool     // of the step that was meant, not of the one before
	statuses []string // the first line of each response
}

// send waits for room, and sends the trial to its step and to the one before.
func (t *trials) send(ctx context.Context, what *trial) (*answers, error) {
	if err := t.room.enter(ctx); err != nil {
		return nil, err
	}
	defer t.room.leave()
	ctx, cancel := context.WithTimeout(ctx, t.time)
	defer cancel()

	result := &answers{}
	var both sync.WaitGroup
	both.Go(func() { result.Here = t.ask(ctx, what.step.Number, what, what.asgi) })
	if number := what.step.Number - 1; what.beside && number > 0 {
		both.Go(func() { result.Before = t.ask(ctx, number, what, what.asgi && number >= asgiStep) })
	}
	both.Wait()
	result.Here.first = true
	result.compare(what.show)
	return result, nil
}

// ask sends the requests to one step.
func (t *trials) ask(ctx context.Context, step int, what *trial, asgi bool) (a *answer) {
	a = &answer{Step: course.Address{Step: step}.String(), ASGI: asgi, Trace: []string{}, Log: []string{}}
	defer func() { // in a goroutine of its own, a panic would end the server
		if v := recover(); v != nil {
			a.Error = fmt.Sprintf("panic: %v", v)
		}
	}()
	results, err := play.Exchanges(ctx, t.open(step), what.settings, what.requests, asgi)
	var load *play.LoadError
	switch {
	case errors.As(err, &load):
		a.Error = t.settings.explain(step, load.Error())
		return a
	case errors.Is(err, context.DeadlineExceeded):
		a.Error = fmt.Sprintf("This took longer than %v, and was given up.", t.time)
		return a
	case err != nil:
		a.Error = sentence(err.Error())
		return a
	}
	for i, result := range results {
		if i > 0 {
			a.Response += fmt.Sprintf("\n-- response %d --\n", i+1)
			a.Trace = append(a.Trace, fmt.Sprintf("-- trace %d --", i+1))
		}
		status, _, _ := strings.Cut(string(result.Response), "\n")
		a.statuses = append(a.statuses, strings.TrimSuffix(status, "\r"))
		a.Response += string(result.Response)
		a.Trace = append(a.Trace, result.Trace...)
		a.Log = append(a.Log, result.Log...)
	}
	// Whoever is called says something: it starts a response, or fails.
	a.Uncalled = len(a.Trace) == 0 && len(a.Log) == 0
	a.Response, a.Trace, a.Log = cutText(a.Response), cutLines(a.Trace), cutLines(a.Log)
	return a
}

// cutText keeps as much of the responses as a page can show.
func cutText(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if all := strings.SplitAfterN(text, "\n", maxLines+1); len(all) > maxLines && all[maxLines] != "" {
		number := strings.Count(text, "\n")
		text = strings.Join(all[:maxLines], "")
		if len(text) <= maxText {
			return text + fmt.Sprintf("(the first %d lines of %d)\n", maxLines, number)
		}
	}
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + fmt.Sprintf("\n(the first %d bytes of %d)\n", maxText, len(text))
}

func cutLines(lines []string) []string {
	if len(lines) <= maxLines {
		return lines
	}
	return append(lines[:maxLines:maxLines], fmt.Sprintf("(the first %d of %d)", maxLines, len(lines)))
}

// compare marks what differs, and says in words what came of the trial and how
// much of what is shown differs: "response", "trace", or both for any other text.
func (a *answers) compare(show string) {
	here := "Step " + a.Here.Step
	answered := strings.Join(a.Here.statuses, ", then ")
	if a.Here.Uncalled {
		a.Summary = "Go’s server answers " + answered + ". It does so by itself, and nothing of the step was called."
		return
	}
	outcome := here + " answers " + answered
	if a.Here.Error != "" {
		outcome = here + " does not answer"
	}
	if a.Before == nil {
		a.Summary = outcome + "."
		return
	}
	a.Here.Marks.Response, a.Before.Marks.Response = marks(lines(a.Here.Response), lines(a.Before.Response))
	a.Here.Marks.Trace, a.Before.Marks.Trace = marks(a.Here.Trace, a.Before.Trace)
	before := "step " + a.Before.Step
	switch {
	case a.Here.Error != "" && a.Before.Error != "":
		a.Summary = outcome + ", nor does " + before + "."
		a.Before = nil // one reason at a time
	case a.Here.Error != "":
		a.Summary = outcome + ", and " + before + " does."
	case a.Before.Error != "":
		a.Summary = outcome + ", and " + before + " does not answer."
	default:
		a.Summary = outcome + ". " + here + a.difference(before, show)
	}
}

// difference says how the answers of two steps differ.
func (a *answers) difference(before, show string) string {
	inResponse := len(a.Here.Marks.Response) + len(a.Before.Marks.Response)
	inTrace := len(a.Here.Marks.Trace) + len(a.Before.Marks.Trace)
	if inResponse+inTrace == 0 {
		return " and " + before + " do the same."
	}
	var parts []string
	if show != "trace" {
		parts = append(parts, count(inResponse, "line", "lines")+" of the response")
	}
	if show != "response" {
		parts = append(parts, count(inTrace, "event", "events"))
	}
	return " differs from " + before + " in " + strings.Join(parts, " and ") + "."
}

func count(n int, one, many string) string {
	if n == 0 {
		return "no " + one
	}
	return words.Count(n, one, many)
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// marks finds the lines that only one of two texts has, in its place.
func marks(here, before []string) (added, removed []int) {
	added, removed = []int{}, []int{}
	for _, row := range rows(strings.Join(before, "\n")+"\n", strings.Join(here, "\n")+"\n") {
		switch {
		case row.old == 0:
			added = append(added, row.new-1)
		case row.new == 0:
			removed = append(removed, row.old-1)
		}
	}
	return added, removed
}

// markedLine is a line of an answer on a page.
type markedLine struct {
	Text        string
	Marked      bool
	Sign, Class string // of a marked line
}

func (a *answer) marked(lines []string, marks []int) []markedLine {
	sign, class := "+", "add"
	if !a.first {
		sign, class = "−", "del"
	}
	all := make([]markedLine, len(lines))
	for i, line := range lines {
		all[i] = markedLine{Text: line, Sign: sign, Class: class}
	}
	for _, i := range marks {
		all[i].Marked = true
	}
	return all
}

// ResponseLines are the lines of the response with their marks.
func (a *answer) ResponseLines() []markedLine {
	if a.Response == "" {
		return nil
	}
	return a.marked(lines(a.Response), a.Marks.Response)
}

// TraceLines are the events with their marks.
func (a *answer) TraceLines() []markedLine { return a.marked(a.Trace, a.Marks.Trace) }
