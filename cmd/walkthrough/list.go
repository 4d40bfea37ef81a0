package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/words"
)

type listCommand struct {
	Place place `arg:"" optional:"" name:"NN" help:"Only this step, with its beats and mistakes."`
	JSON  bool  `name:"json" help:"Print JSON."`
}

func (listCommand) Help() string {
	return `For each step: its number, name and idea, the lines of code that it adds and removes (without comments, blank lines and tests), its beats, where to read on in Django, and the command that serves it.

Examples:

    walkthrough list
    walkthrough list 05
    walkthrough list --json`
}

// listed is a step as it is listed.
type listed struct {
	Number   int      `json:"number"`
	Name     string   `json:"name"`
	Idea     string   `json:"idea"`
	Added    int      `json:"added"`
	Removed  int      `json:"removed"`
	Beats    []titled `json:"beats"`
	Mistakes []titled `json:"mistakes"`
	Django   string   `json:"django"`
	Command  string   `json:"command"`
}

type titled struct {
	Address string `json:"address"`
	Title   string `json:"title"`
}

func (c *listCommand) Run(e *env) error {
	var steps []listed
	for _, step := range course.Steps {
		if c.Place.Step != 0 && c.Place.Step != step.Number {
			continue
		}
		l, err := e.list(step)
		if err != nil {
			return err
		}
		steps = append(steps, l)
	}
	if c.JSON {
		encoder := json.NewEncoder(e.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(steps)
	}
	for i, step := range steps {
		if i > 0 {
			fmt.Fprintln(e.stdout)
		}
		e.printListed(step, c.Place.Step != 0)
	}
	if c.Place.Step == 0 {
		fmt.Fprintf(e.stdout, "\n%s\n", e.sgr("2", "The beats of a step, one by one: "+self+" list NN"))
	}
	return nil
}

func (e *env) list(step course.Step) (listed, error) {
	l := listed{
		Number: step.Number, Name: step.Name, Idea: step.Idea, Django: step.Django,
		Beats: []titled{}, Mistakes: []titled{},
		Command: fmt.Sprintf("%s run %02d", self, step.Number),
	}
	before, err := e.library.Source(course.Address{Step: step.Number - 1})
	if err != nil {
		return l, err
	}
	source, err := e.library.Source(step.Address())
	if err != nil {
		return l, err
	}
	l.Added, l.Removed = course.ChangedLines(before, source)
	for i, address := range step.Addresses() {
		l.Beats = append(l.Beats, titled{address.String(), step.Beats[i].Title})
	}
	mistakes, err := e.library.Mistakes(step.Number)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	for _, mistake := range mistakes {
		l.Mistakes = append(l.Mistakes, titled{mistake.String(), mistake.Title()})
	}
	return l, nil
}

func (e *env) printListed(l listed, detailed bool) {
	fmt.Fprintf(e.stdout, "%02d  %s\n", l.Number, e.sgr("1", l.Name))
	say := func(text string) {
		for _, line := range words.Wrap(text, 76) {
			fmt.Fprintf(e.stdout, "    %s\n", line)
		}
	}
	say(l.Idea)
	addresses := make([]string, len(l.Beats))
	for i, beat := range l.Beats {
		addresses[i] = beat.Address
	}
	lines := fmt.Sprintf("+%d −%d lines", l.Added, l.Removed)
	if !detailed && len(l.Beats) > 1 {
		lines += ", beats " + strings.Join(addresses, " ")
	}
	say(lines)
	say("Django: " + l.Django)
	if detailed {
		for _, group := range [][]titled{l.Beats, l.Mistakes} {
			width := 0
			for _, one := range group {
				width = max(width, len(one.Address))
			}
			for _, one := range group {
				fmt.Fprintf(e.stdout, "    %-*s  %s\n", width, one.Address, one.Title)
			}
		}
	}
	say(l.Command)
}
