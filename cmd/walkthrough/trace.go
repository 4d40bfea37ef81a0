package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"basehandler/internal/play"
	"basehandler/internal/scenario"
)

type traceCommand struct {
	What string `arg:"" optional:"" name:"FILE|NAME" help:"A file of scenarios, - for standard input, or a scenario that comes along: its number, or a part of its name."`
	List bool   `help:"List the scenarios that come along; with NAME, those with it in their names."`
	JSON bool   `name:"json" help:"Print one JSON object a line."`
}

func (traceCommand) Help() string {
	return `A scenario is an application and one request to it, as data: settings, middleware, URLs, views, and what each of them does. It is run through the complete handler, package final. Printed are the events in the order in which they happened, what ran inside of what, what each means, where the response was born, and in a few sentences what happened. The same scenarios were run through the real Django, and tests compare the two.

A file holds one scenario a line, as JSON. One that is wrong is reported, and the others run. Each has 5 seconds.

Examples:

    walkthrough trace --list
    walkthrough trace onion
    walkthrough trace 16
    walkthrough trace my-scenarios.jsonl
    walkthrough trace --json - < my-scenarios.jsonl`
}

// Validate is called by kong.
func (c *traceCommand) Validate() error {
	if !c.List && c.What == "" {
		return errors.New("what to trace? A file, -, or a name out of: walkthrough trace --list")
	}
	return nil
}

func (c *traceCommand) Run(e *env) error {
	if c.List {
		return c.list(e)
	}
	ctx, _, stop := interrupts()
	defer stop()
	if c.What == "-" {
		if term.IsTerminal(int(os.Stdin.Fd())) {
			fmt.Fprintln(e.stderr, "Type scenarios, one a line. Ctrl-D ends them, Ctrl-C stops.")
		}
		return c.stream(ctx, e, os.Stdin)
	}
	file, err := os.Open(c.What)
	if errors.Is(err, os.ErrNotExist) {
		s, err := scenario.Find(c.What)
		if err != nil {
			return usageError{err}
		}
		return c.one(ctx, e, s)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return c.stream(ctx, e, file)
}

// list prints the names of the scenarios that come along.
func (c *traceCommand) list(e *env) error {
	out := bufio.NewWriter(e.stdout)
	for i, s := range scenario.Named() {
		if !strings.Contains(strings.ToLower(s.Name), strings.ToLower(c.What)) {
			continue
		}
		if c.JSON {
			line, err := json.Marshal(s.Name)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s\n", line)
		} else {
			fmt.Fprintf(out, "%3d  %s\n", i+1, s.Name)
		}
	}
	return out.Flush()
}

// one runs one scenario and shows it.
func (c *traceCommand) one(ctx context.Context, e *env, s *scenario.Scenario) error {
	result, err := scenario.Run(ctx, s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if c.JSON {
		line, err := result.MarshalJSON()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stdout, "%s\n", line)
		return err
	}
	return scenario.Draw(e.stdout, s, result, e.width, e.paint)
}

// paint gives a part of a drawing its colour.
func (e *env) paint(kind, text string) string {
	return e.sgr(map[string]string{"async": "36", "error": "31", "quiet": "2", "title": "1", "response": "1"}[kind], text)
}

// stream runs the scenarios of a file, line by line. What is wrong with one is
// said in its place.
func (c *traceCommand) stream(ctx context.Context, e *env, file io.Reader) error {
	read := reading(ctx, file)
	failed := false
	for number := 1; ; number++ {
		var next input
		select {
		case next = <-read:
		case <-ctx.Done():
			return ctx.Err()
		}
		if line := bytes.TrimSpace(next.line); len(line) > 0 {
			if failure := c.line(ctx, e, number, line); failure != nil {
				failed = true
				if !errors.Is(failure, errScenario) {
					return failure
				}
			}
		}
		if next.err == io.EOF {
			break
		}
		if next.err != nil {
			return next.err
		}
	}
	if failed && !c.JSON {
		return play.ErrSaid
	}
	return nil
}

// input is what one reading gave.
type input struct {
	line []byte
	err  error
}

// reading reads lines beside the one who waits for them, since nothing else ends
// to wait for a keyboard. It ends with the first error, or, when ctx has ended,
// with the next line.
func reading(ctx context.Context, file io.Reader) <-chan input {
	lines := make(chan input)
	go func() {
		reader := bufio.NewReader(file)
		for {
			line, err := reader.ReadBytes('\n')
			select {
			case lines <- input{line, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return lines
}

// errScenario says that one scenario could not be run, which was reported.
var errScenario = errors.New("a scenario could not be run")

func (c *traceCommand) line(ctx context.Context, e *env, number int, line []byte) error {
	s, err := scenario.Parse(line)
	if err == nil {
		if number > 1 && !c.JSON {
			fmt.Fprintln(e.stdout)
		}
		err = c.one(ctx, e, s)
	}
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if !c.JSON {
		fmt.Fprintf(e.stderr, "walkthrough: line %d: %v\n", number, err)
		return errScenario
	}
	report, failure := json.Marshal(map[string]string{"error": err.Error()})
	if failure != nil {
		return failure
	}
	if _, failure := fmt.Fprintf(e.stdout, "%s\n", report); failure != nil {
		return failure
	}
	return errScenario
}
