package main

import "fmt"

type slidesCommand struct {
	serverFlags
	Route int `arg:"" optional:"" name:"20|45|180" help:"How long the talk is, in minutes. Without it: a page to choose."`
}

func (slidesCommand) Help() string {
	return `This is "walkthrough serve", which begins at the slides. In the slides, p opens the presenter's window and ? lists all keys.

Examples:

    walkthrough slides
    walkthrough slides 45 --open`
}

// Validate is called by kong: what it refuses is an error of usage.
func (c *slidesCommand) Validate() error {
	switch c.Route {
	case 0, 20, 45, 180:
		return nil
	}
	return fmt.Errorf("the talk is 20, 45 or 180 minutes long, and not %d", c.Route)
}

func (c *slidesCommand) Run(e *env) error {
	command, start := "slides", "/slides/"
	if c.Route != 0 {
		command += fmt.Sprintf(" %d", c.Route)
		start += fmt.Sprintf("%d/", c.Route)
	}
	return e.serve(c.serverFlags, command, start)
}
