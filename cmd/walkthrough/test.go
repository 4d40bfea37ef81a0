package main

import (
	"errors"
	"fmt"
	"os/exec"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

type testCommand struct {
	Place   place `arg:"" name:"NN" help:"The step to test."`
	Verbose bool  `short:"v" help:"Name each case."`
}

func (testCommand) Help() string {
	return `Runs the golden cases of a step with go test, so it needs a checkout of the course around the current folder, and Go.

Examples:

    walkthrough test 05
    walkthrough test middleware -v`
}

func (c *testCommand) Run(e *env) error {
	if e.library.Checkout == "" {
		return errors.New("the tests are not part of this command: go to a checkout of the course and type it there")
	}
	step := course.Address{Step: c.Place.Step}
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("the tests need Go, and there is no go in PATH: install it from https://go.dev/dl/")
	}
	args := []string{"test", "./tests", "-run", "TestGolden/" + step.String()}
	if c.Verbose {
		args = append(args, "-v")
	}
	fmt.Fprintf(e.stderr, "go test ./tests -run 'TestGolden/%s'\n", step)
	ctx, _, stop := interrupts()
	defer stop()
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = e.library.Checkout
	command.Stdout, command.Stderr = e.stdout, e.stderr
	command.WaitDelay = 5 * time.Second
	var exit *exec.ExitError
	err := command.Run()
	if errors.As(err, &exit) {
		return play.ErrSaid
	}
	return err
}
