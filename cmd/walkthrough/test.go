package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/linediff"
	"basehandler/internal/play"
	"basehandler/internal/words"
)

type testCommand struct {
	Place   place `arg:"" name:"NN" help:"What to test: a step, a beat or a mistake."`
	Verbose bool  `short:"v" help:"Name each case, and show all of each difference."`
	JSON    bool  `name:"json" help:"Print JSON."`
}

func (testCommand) Help() string {
	return `A golden case is a request, and the response, the trace and the log that have to come of it: a file in tests/golden. All cases that name the step are sent to it, those of earlier steps too. What differs is told by what it means, the most frequent first; all of it with --verbose. A mistake is held against the cases of its step: that is how it shows.

What is tested is the checkout of the course around the current folder, as it is now. The exit code is 1 if a case does not agree.

Examples:

    walkthrough test 05
    walkthrough test middleware -v
    walkthrough test 05~forward-loop`
}

// tested is what came of a test.
type tested struct {
	Address string   `json:"address"`
	Cases   int      `json:"cases"`
	Agree   int      `json:"agree"`
	Differ  []differ `json:"differ"`
}

// differ is a case that does not agree.
type differ struct {
	Case        string              `json:"case"`
	Title       string              `json:"title"`
	Cannot      string              `json:"cannot,omitempty"` // see [golden.Case]
	Differences []golden.Difference `json:"differences"`      // see [golden.Case.Differences]
	Command     string              `json:"command"`          // shows it
	Diff        string              `json:"diff"`             // all of it, as a unified diff

	golden *golden.Case
}

// first is the difference to begin with: what it means, or, without a meaning,
// what it is, and the lines that say more. Those of the other differences are
// among them, since a trace does not show what is in a body or in the log.
func (d differ) first() (head string, more []string) {
	begin := d.Differences[0]
	head = cmp.Or(begin.Means, begin.What)
	if begin.Means != "" {
		more = append(more, begin.What)
	}
	more = append(more, begin.More...)
	for _, other := range d.Differences[1:] {
		more = append(more, other.What)
	}
	return head, more
}

func (c *testCommand) Run(e *env) error {
	if e.library.Checkout == "" {
		return errors.New("what is tested is a checkout of the course: go to one and type it there")
	}
	a := c.Place.Address
	ctx, _, stop := interrupts()
	defer stop()
	cases, err := e.casesOf(a)
	if err != nil {
		return err
	}
	exchanges, done, err := e.exchanges(ctx, a)
	if err != nil {
		return err
	}
	differ, err := ask(ctx, a, cases, exchanges)
	done()
	if err != nil {
		return err
	}
	report := tested{Address: a.String(), Cases: len(cases), Agree: len(cases) - len(differ), Differ: differ}
	if c.JSON {
		encoder := json.NewEncoder(e.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		if c.Verbose {
			err = e.printCases(cases, report)
		}
		e.printTested(report, c.Verbose)
	}
	if err == nil && len(differ) > 0 {
		return play.ErrSaid
	}
	return err
}

// casesOf are the golden cases of the checkout that name an address; of a
// mistake, those that name its step.
func (e *env) casesOf(a course.Address) ([]*golden.Case, error) {
	folder := filepath.Join(e.library.Checkout, "tests", "golden")
	all, err := golden.Load(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", folder, err)
	}
	a.Mistake = ""
	cases := slices.DeleteFunc(all, func(c *golden.Case) bool {
		return !slices.Contains(c.Addresses(len(course.Steps)), a.String())
	})
	if len(cases) == 0 {
		return nil, fmt.Errorf("no case in %s names %s", folder, a)
	}
	return cases, nil
}

// exchanges is how to ask an address, until done is called.
func (e *env) exchanges(ctx context.Context, a course.Address) (ask golden.Exchanges, done func(), err error) {
	w, err := e.way(a, false)
	if err != nil {
		return nil, nil, err
	}
	if w.open != nil {
		return func(ctx context.Context, settings []byte, requests [][]byte, asgi bool) ([]play.Result, error) {
			return play.Exchanges(ctx, w.open, settings, requests, asgi)
		}, func() {}, nil
	}
	e.compiling(a)
	built, err := play.Build(ctx, e.library.Checkout, []course.Address{a})
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, settings []byte, requests [][]byte, asgi bool) ([]play.Result, error) {
		return built.Exchanges(ctx, a, settings, requests, asgi)
	}, func() { built.Close() }, nil
}

// ask asks all cases at the same time, as one that hangs takes seconds, and
// gives those that do not agree, in their order.
func ask(ctx context.Context, a course.Address, cases []*golden.Case, exchanges golden.Exchanges) ([]differ, error) {
	all := make([]differ, len(cases))
	var group sync.WaitGroup
	for i, c := range cases {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			got, err := c.Ask(ctx, exchanges)
			d := differ{Case: c.Name, Title: c.Title, Cannot: c.Cannot, Command: c.Command(self, a.String()), golden: c}
			if err != nil {
				lines := strings.Split(err.Error(), "\n")
				d.Differences = []golden.Difference{{What: lines[0], More: lines[1:]}}
			} else if d.Differences = c.Differences(got); d.Differences != nil {
				d.Diff = diffOf(c, got)
			}
			all[i] = d
		})
	}
	group.Wait()
	return slices.DeleteFunc(all, func(d differ) bool { return d.Differences == nil }), ctx.Err()
}

// diffOf is all that differs, in the words of the case's file.
func diffOf(c *golden.Case, got golden.Outcome) string {
	other := *c
	other.Outcome = got
	want, _ := c.Format() // what cannot be a file can be compared all the same
	came, _ := other.Format()
	return linediff.Unified("want", "got", string(want), string(came))
}

// printCases names each case, and shows how it differs.
func (e *env) printCases(cases []*golden.Case, report tested) error {
	for _, c := range cases {
		i := slices.IndexFunc(report.Differ, func(d differ) bool { return d.golden == c })
		if i < 0 {
			fmt.Fprintf(e.stdout, "%s  %s: %s\n", e.sgr("32", "agrees "), c.Name, c.Title)
			continue
		}
		d := report.Differ[i]
		fmt.Fprintf(e.stdout, "%s  %s: %s\n", e.sgr("31", "differs"), c.Name, c.Title)
		for _, difference := range d.Differences {
			fmt.Fprintln(e.stdout, difference)
		}
		if err := e.printDiff(d.Diff); err != nil {
			return err
		}
	}
	fmt.Fprintln(e.stdout)
	return nil
}

var number = regexp.MustCompile(`\d+`)

// kind is the same for cases that differ in the same way, such as in the sizes
// of what they send.
func (d differ) kind() string {
	head, _ := d.first()
	return number.ReplaceAllString(head, "0")
}

// longest is how many letters of a line are shown.
const longest = 160

// mostShown is how many kinds of differences are told, so that all of them fit
// on a screen.
const mostShown = 4

// printTested tells what differs, by what it means, and ends with how many cases
// agree.
func (e *env) printTested(report tested, verbose bool) {
	var kinds [][]differ // each with one meaning
	for _, d := range report.Differ {
		i := slices.IndexFunc(kinds, func(kind []differ) bool { return kind[0].kind() == d.kind() })
		if i < 0 {
			i = len(kinds)
			kinds = append(kinds, nil)
		}
		kinds[i] = append(kinds[i], d)
	}
	slices.SortStableFunc(kinds, func(a, b []differ) int { return len(b) - len(a) })
	for i, kind := range kinds {
		if i == mostShown {
			fmt.Fprintf(e.stdout, "Something else differs in %s.\n\n", words.Count(len(slices.Concat(kinds[i:]...)), "more case", "more cases"))
			break
		}
		e.printKind(kind)
	}
	colour := "32"
	if len(report.Differ) > 0 {
		colour = "31"
	}
	fmt.Fprintln(e.stdout, e.sgr(colour, fmt.Sprintf("%s: %d of %s agree.", report.Address, report.Agree, words.Count(report.Cases, "case", "cases"))))
	if len(report.Differ) > 0 && !verbose {
		fmt.Fprintf(e.stdout, "All of each difference: %s test %s -v\n", self, report.Address)
	}
}

// effort grows with what a reader needs to see the difference: a case that shows
// something right, and a request that is short, come first.
func (d differ) effort() int {
	effort := len(d.Command)
	if d.Cannot != "" {
		effort += 1000
	}
	if strings.HasPrefix(d.Command, "go test") { // says nothing new
		effort += 1000
	}
	return effort
}

// printKind tells of cases that differ in the same way, by the simplest of them.
func (e *env) printKind(kind []differ) {
	slices.SortStableFunc(kind, func(a, b differ) int { return a.effort() - b.effort() })
	first := kind[0]
	say := func(text string) {
		rows := []string{"    " + text}
		if e.width > 0 {
			rows = fold(rows[0], e.width)
		}
		fmt.Fprintln(e.stdout, strings.Join(rows, "\n"))
	}
	head, more := first.first()
	fmt.Fprintln(e.stdout, e.sgr("1", strings.Join(words.Wrap(head, cmp.Or(e.width, 1000)), "\n")))
	if len(more) > 4 { // such as where a panic came from
		more = append(more[:4:4], "…")
	}
	for _, line := range more {
		if letters := []rune(line); len(letters) > longest {
			line = string(letters[:longest]) + "…"
		}
		say(line)
	}
	say("in " + first.Case + ": " + first.Title)
	if first.Cannot != "" {
		say("It records what cannot be done there yet: " + first.Cannot)
	}
	// In one row, however long, to be copied.
	fmt.Fprintf(e.stdout, "    See it: %s\n", first.Command)
	if others := kind[1:]; len(others) > 0 {
		var names []string
		for _, d := range others[:min(len(others), 3)] {
			names = append(names, d.Case)
		}
		if len(others) > 3 {
			names = append(names, "…")
		}
		say(fmt.Sprintf("Alike in %s: %s", words.Count(len(others), "more case", "more cases"), strings.Join(names, ", ")))
	}
	fmt.Fprintln(e.stdout)
}
