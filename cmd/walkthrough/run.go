package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"basehandler/internal/play"
)

type runCommand struct {
	settingsFlag
	Place place  `arg:"" name:"NN" help:"What to serve: a step, a beat or a mistake."`
	Addr  string `placeholder:"HOST:PORT" help:"Where to listen. Default: port 8000 + the number of the step, on this machine only."`
	Trace bool   `help:"Print what happens to each request."`
	ASGI  bool   `name:"asgi" help:"Serve the ASGI application (step 14)."`
}

func (runCommand) Help() string {
	return `The server runs until Ctrl-C, and then finishes the requests in flight, for at most 10 seconds; a second Ctrl-C stops it at once. Both sides of the WSGI contract are checked all the time.

Step 11 and later find two databases, default and other. They are in memory and gone when the server stops.

A step is served as this command was built, unless the current folder is in a checkout that has another version: then that is compiled, as beats and mistakes always are.

Examples:

    walkthrough run 05
    walkthrough run middleware --trace
    walkthrough run 05.1 --addr 127.0.0.1:9000
    walkthrough run 09 --trace --settings '{"MIDDLEWARE": ["site.middleware.Sensor"]}'`
}

func (c *runCommand) Run(e *env) error {
	a := c.Place.Address
	addr, err := c.listenAddr()
	if err != nil {
		return err
	}
	w, err := e.way(a, c.ASGI)
	if err != nil {
		return err
	}
	options := play.ServeOptions{
		Title:    title(a),
		Source:   w.source,
		Addr:     addr,
		Command:  self + " run " + a.String(),
		Settings: json.RawMessage(c.Settings),
		ASGI:     c.ASGI,
		Trace:    c.Trace,
	}
	ctx, abort, stop := interrupts()
	defer stop()
	if w.open != nil {
		err = play.Serve(ctx, abort, w.open, options, e.stdout, e.stderr)
	} else {
		e.compiling(a)
		err = play.Run(ctx, abort, e.library.Checkout, a, options, e.stdout, e.stderr)
	}
	return explain(a, err)
}

// listenAddr is --addr, of which the host may be left out.
func (c *runCommand) listenAddr() (string, error) {
	if c.Addr == "" {
		return fmt.Sprintf("127.0.0.1:%d", 8000+c.Place.Step), nil
	}
	return hostPort(c.Addr)
}

// explain says which address could not be made.
func explain(a fmt.Stringer, err error) error {
	var load *play.LoadError
	if errors.As(err, &load) {
		return fmt.Errorf("the application of %s cannot be made: %w", a, err)
	}
	return err
}
