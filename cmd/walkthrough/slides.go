package main

import "fmt"

type slidesCommand struct {
	serverFlags
	Route route `arg:"" optional:"" name:"20|45|180" help:"How long the talk is, in minutes. Without it: a page to choose."`
}

func (slidesCommand) Help() string {
	return `This is "walkthrough serve", which begins at the slides. In the slides, p opens the presenter's window and ? lists all keys.

Examples:

    walkthrough slides
    walkthrough slides 45 --open`
}

// route is the length of a talk in minutes, as an argument; "" for none.
type route string

func (r *route) UnmarshalText(text []byte) error {
	switch *r = route(text); *r {
	case "20", "45", "180":
		return nil
	}
	return fmt.Errorf("the talk is 20, 45 or 180 minutes long, and not %q", text)
}

func (c *slidesCommand) Run(e *env) error {
	command, start := "slides", "/slides/"
	if c.Route != "" {
		command += " " + string(c.Route)
		start += string(c.Route) + "/"
	}
	return e.serve(c.serverFlags, command, start)
}
