package main

import (
	"fmt"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/linediff"
)

type diffCommand struct {
	From place  `arg:"" name:"NN" help:"What to compare with the address before it; with MM, what to start from."`
	To   *place `arg:"" optional:"" name:"MM" help:"What to compare NN with."`
	Stat bool   `help:"Count the lines only, file by file."`
}

func (diffCommand) Help() string {
	return `Before a step is the step before, before a beat the beat before, before a mistake the step at which it is made. The difference leaves out doc.go, tests and chapters, which belong to one step.

Examples:

    walkthrough diff 8            from 07 to 08
    walkthrough diff 5.2          from the first beat of step 05 to the second
    walkthrough diff 05 08        three steps at once
    walkthrough diff 8 --stat
    walkthrough diff 8 --color always | less -R`
}

func (c *diffCommand) Run(e *env) error {
	from, to, err := course.ParseDifference(c.From.text)
	if err != nil {
		return err
	}
	if c.To != nil {
		from, to = c.From.Address, c.To.Address
	}
	before, err := e.library.Source(from)
	if err != nil {
		return err
	}
	after, err := e.library.Source(to)
	if err != nil {
		return err
	}
	if c.Stat {
		return e.diffStat(before, after)
	}
	var text strings.Builder
	for _, name := range course.Names(before, after) {
		text.WriteString(linediff.Unified(label(before, name), label(after, name), string(before.Files[name]), string(after.Files[name])))
	}
	if text.Len() == 0 {
		fmt.Fprintf(e.stdout, "%s and %s have the same code.\n", from, to)
		return nil
	}
	return e.printDiff(text.String())
}

// label names a file of an address as patch(1) understands it.
func label(source course.Source, name string) string {
	if _, found := source.Files[name]; !found {
		return "/dev/null"
	}
	step, _ := course.Find(source.Address.Step)
	if source.Address.IsStep() {
		return step.Folder() + "/" + name
	}
	return source.Address.String() + "/" + name
}

// printDiff colours a difference by lines, as git does.
func (e *env) printDiff(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		attribute := ""
		switch {
		case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
			attribute = "1"
		case strings.HasPrefix(line, "@@"):
			attribute = "36"
		case strings.HasPrefix(line, "-"):
			attribute = "31"
		case strings.HasPrefix(line, "+"):
			attribute = "32"
		}
		if attribute != "" {
			line = e.sgr(attribute, line)
		}
		if _, err := fmt.Fprintln(e.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) diffStat(before, after course.Source) error {
	var added, removed int
	for _, name := range course.Names(before, after) {
		one := func(s course.Source) course.Source {
			files := map[string][]byte{}
			if text, found := s.Files[name]; found {
				files[name] = text
			}
			return course.Source{Files: files}
		}
		a, r := course.ChangedLines(one(before), one(after))
		if a+r > 0 {
			fmt.Fprintf(e.stdout, "%-20s %s %s\n", name, e.sgr("32", fmt.Sprintf("%+5d", a)), e.sgr("31", fmt.Sprintf("%5s", fmt.Sprintf("−%d", r))))
		}
		added, removed = added+a, removed+r
	}
	fmt.Fprintf(e.stdout, "%s → %s: +%d −%d lines of code\n", before.Address, after.Address, added, removed)
	return nil
}
