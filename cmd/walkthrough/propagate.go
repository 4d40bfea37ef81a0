package main

import (
	"errors"
	"fmt"

	"basehandler/internal/deltas"
)

type propagateCommand struct {
	Place place `arg:"" name:"NN" help:"The step that was edited."`
}

func (propagateCommand) Help() string {
	return `For those who work on the course itself. A fix in one step belongs into all later ones too. This carries it forward, by a three-way merge into each, and writes what the steps change (tests/deltas) anew. Where a step has changed the same lines itself, it stops and shows both sides: nothing is guessed. doc.go, chapters, beats and mistakes belong to one step and are left alone.

Example:

    walkthrough propagate 3`
}

// Validate is called by kong: what it refuses is an error of usage.
func (c *propagateCommand) Validate() error {
	if c.Place.Step != 0 && !c.Place.IsStep() { // without a step kong says so
		return fmt.Errorf("%s is no finished step, and only those are carried on", c.Place)
	}
	return nil
}

func (c *propagateCommand) Run(e *env) error {
	if e.library.Checkout == "" {
		return errors.New("this changes the steps of a checkout: go to a checkout of the course and type it there")
	}
	report, err := deltas.Propagate(e.library.Checkout, c.Place.Step)
	if report != nil && (err == nil || len(report.Files) > 0) {
		fmt.Fprintln(e.stdout, report)
	}
	return err
}
