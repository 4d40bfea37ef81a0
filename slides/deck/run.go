package deck

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/onion"
	"basehandler/internal/page"
	"basehandler/internal/scenario"
)

// Runner sends a request to a finished step. The error says that the request
// could not be sent; an application that cannot be made is a Result.
type Runner func(ctx context.Context, request Request) (Result, error)

// Result is what came of a request.
type Result struct {
	Response   string // status line, headers and body
	Trace, Log []string
	Error      string // why the application could not be made
}

// outcome is what a block about a request has to show.
type outcome struct {
	request Request
	address string // where the result is from: "05", or the beat of a golden case
	result  Result
	run     onion.Run
	err     error
}

// run sends the requests of all blocks, each different one once, several at a
// time.
func (b *builder) run(ctx context.Context, asks []*Ask) {
	type key struct{ Case, Nth, Scenario, Kind, Request any }
	of := map[key]*outcome{}
	var group sync.WaitGroup
	room := make(chan struct{}, 4*runtime.GOMAXPROCS(0)) // some of them wait
	for _, ask := range asks {
		k := key{ask.Case, ask.Nth, ask.Scenario, ask.Kind, ask.Request}
		if of[k] == nil {
			o := &outcome{}
			of[k] = o
			group.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				b.one(ctx, ask, o)
			})
		}
		b.outcomes[ask] = of[k]
	}
	group.Wait()
}

func (b *builder) one(ctx context.Context, ask *Ask, o *outcome) {
	if ask.Scenario != "" {
		s, err := scenario.Find(ask.Scenario)
		if err != nil {
			o.err = err
			return
		}
		result, err := scenario.Run(ctx, s)
		if err != nil {
			o.err = err
			return
		}
		o.run = onion.ScenarioRun(s, result)
		return
	}
	o.request = ask.Request
	o.address = course.Address{Step: ask.Step}.String()
	live := true
	if ask.Case != "" {
		live = b.fromCase(ask, o)
	}
	if o.err == nil && live {
		o.result, o.err = b.Run(ctx, o.request)
	}
	if o.err != nil || ask.Kind != "onion" {
		return
	}
	var settings []byte
	if o.request.Settings != "" {
		settings = []byte(o.request.Settings)
	}
	o.run, o.err = onion.SiteRun(o.request.Step, o.request.ASGI, settings, []byte(o.request.Text), []byte(o.result.Response), o.result.Trace)
}

// fromCase takes a request from a golden case. Of a case for a finished step
// the rest is run; beats and mistakes are compiled where they are tested, so
// there the outcome is the one that the tests hold them to.
func (b *builder) fromCase(ask *Ask, o *outcome) (live bool) {
	c, err := golden.LoadCase(b.Golden, ask.Case)
	if err != nil {
		o.err = err
		return false
	}
	if ask.Nth > len(c.Requests) {
		o.err = fmt.Errorf("the case %s has no request %d, but %d", ask.Case, ask.Nth, len(c.Requests))
		return false
	}
	addresses := c.Addresses(len(course.Steps))
	o.address = addresses[0]
	for _, address := range addresses {
		if a, err := course.ParseAddress(address); err == nil && a.IsStep() {
			o.address = address
			break
		}
	}
	a, err := course.ParseAddress(o.address)
	if err != nil {
		o.err = err
		return false
	}
	o.request = Request{Step: a.Step, ASGI: c.ASGI, Settings: strings.TrimSpace(string(c.Settings)), Text: string(c.Requests[ask.Nth-1])}
	if a.IsStep() {
		return true
	}
	o.result.Error = c.Error
	if len(c.Results) >= ask.Nth {
		r := c.Results[ask.Nth-1]
		o.result = Result{Response: r.Response, Trace: r.Trace, Log: r.Log}
	}
	return false
}

// trial is the form for a request, with its answer.
func (o *outcome) trial(id, show string) page.Trial {
	answer := page.Answer{Step: o.address, Error: o.result.Error}
	if show != "trace" {
		answer.Response = o.result.Response
	}
	if show != "response" {
		answer.Trace = o.result.Trace
	}
	return page.Trial{
		ID: id, Step: course.Address{Step: o.request.Step}.String(), ASGI: o.request.ASGI,
		Request: o.request.Text, Settings: o.request.Settings, Show: show,
		Answers: []page.Answer{answer},
	}
}
