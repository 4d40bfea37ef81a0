package onion

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"basehandler/internal/scenario"
)

// Run is what is known of one request.
type Run struct {
	Request string   // method and path, such as "GET /?range=closed"
	Handler string   // the handler's name, such as "WSGIHandler"
	Step    int      // the step whose handler it was, from 1; 0 for the complete one
	Layers  []Layer  // as configured, the outermost first
	Trace   []string // the events, in order
	Status  string   // what the client got, such as "200 OK"; "" for nothing
	Born    string   // who made the response, such as "B.request", where that is known
	Failed  string   // who raised an error, as far as that is known beside the trace: the name of a layer, or "view"
	Raised  string   // why there was no application or no response; "" if there was one
}

// Layer is one middleware of the settings.
type Layer struct {
	Name   string
	Hooks  []string // those of process_view, process_exception and process_template_response that it has
	Tells  bool     // it reports every response that it gets, so that no report means no response
	Unused bool     // it was left out when the chain was made
}

// asgi tells whether the run went through ASGI.
func (r Run) asgi() bool { return r.Handler == "ASGIHandler" }

// has tells whether the handler of the run has what came with a step.
func (r Run) has(step int) bool { return r.Step == 0 || r.Step >= step }

// The steps with which the parts of the inner handler come.
const (
	stepSignals    = 4
	stepMiddleware = 5
	stepURLs       = 6
	stepGuards     = 7
	stepView       = 8
	stepException  = 9
	stepTemplate   = 10
)

const (
	processView      = "process_view"
	processException = "process_exception"
	processTemplate  = "process_template_response"
)

// SiteRun is a run of a step's own site: the settings are the JSON that was
// laid over those of the site (nil for none), request and response are texts
// that begin with the usual first lines.
func SiteRun(step int, asgi bool, settings, request, response []byte, trace []string) (Run, error) {
	run := Run{Step: step, Trace: trace, Handler: "WSGIHandler"}
	if asgi {
		run.Handler = "ASGIHandler"
	}
	words := strings.Fields(firstLine(request))
	if len(words) < 2 {
		return Run{}, fmt.Errorf("a request begins with a line such as %q, and not with %q", "GET / HTTP/1.1", firstLine(request))
	}
	run.Request = words[0] + " " + words[1]
	if line := firstLine(response); strings.HasPrefix(line, "HTTP/") {
		_, run.Status, _ = strings.Cut(line, " ")
	}
	var given struct {
		Middleware *[]string `json:"MIDDLEWARE"`
	}
	if settings != nil {
		if err := json.Unmarshal(settings, &given); err != nil {
			return Run{}, fmt.Errorf("settings: %w", err)
		}
	}
	names := []string{"A", "B", "C"}
	if given.Middleware != nil {
		names = *given.Middleware
	}
	if step < stepMiddleware {
		names = nil
	}
	for _, name := range names {
		name = name[strings.LastIndexByte(name, '.')+1:]
		layer := Layer{Name: name, Hooks: siteHooks(step, name), Tells: strings.Contains(" A B C Sync Async ", " "+name+" ")}
		// DevLog tells of every request that it sees; elsewhere it is not used.
		layer.Unused = name == "DevLog" && !slices.Contains(trace, "DevLog request")
		run.Layers = append(run.Layers, layer)
	}
	run.Failed = siteFailed(run)
	return run, nil
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}

// siteHooks are the hooks that a layer of the steps' site has at a step.
func siteHooks(step int, name string) []string {
	var hooks []string
	for _, hook := range []struct {
		name   string
		since  int
		layers string
	}{
		{processView, stepView, " A B C Sync Async Hold "},
		{processException, stepException, " A B C Sync Async Sensor "},
		{processTemplate, stepTemplate, " A B C Sync Async Plain Forgetful "},
	} {
		if step >= hook.since && strings.Contains(hook.layers, " "+name+" ") {
			hooks = append(hooks, hook.name)
		}
	}
	return hooks
}

// siteFailed tells who raised an error that leaves no event in the trace. The
// pages that are there to fail do so each time; Badge says nothing but no.
func siteFailed(run Run) string {
	last := ""
	for _, event := range run.Trace {
		if name, isView := strings.CutPrefix(event, "view site.views."); isView {
			switch name {
			case "fail", "forbidden", "missing", "bad", "panic", "exit":
				return "view"
			}
			return ""
		}
		if name, isRequest := strings.CutSuffix(event, " request"); isRequest {
			last = name
		}
	}
	if last == "Badge" && strings.HasPrefix(run.Status, "403") {
		return last
	}
	return ""
}

// ScenarioRun is the run of a scenario through the complete handler.
func ScenarioRun(s *scenario.Scenario, result *scenario.Result) Run {
	run := Run{
		Request: s.Request.Method + " " + s.Request.Path,
		Handler: "WSGIHandler",
		Trace:   result.Trace(),
		Raised:  result.Raised,
	}
	if s.Mode == "asgi" {
		run.Handler = "ASGIHandler"
	}
	if s.Request.Query != "" {
		run.Request += "?" + s.Request.Query
	}
	for _, m := range s.Middleware {
		layer := Layer{Name: m.Name, Tells: true, Unused: m.Init == "not_used"}
		if strings.HasPrefix(m.Request, "raise:") {
			run.Failed = m.Name
		}
		if m.View != nil {
			layer.Hooks = append(layer.Hooks, processView)
		}
		if m.Exception != nil {
			layer.Hooks = append(layer.Hooks, processException)
		}
		if m.Template != nil {
			layer.Hooks = append(layer.Hooks, processTemplate)
		}
		run.Layers = append(run.Layers, layer)
	}
	if r := result.Response; r != nil {
		run.Status = fmt.Sprint(r.Status)
		for _, header := range r.Headers {
			if header[0] == "X-Actor" {
				run.Born = header[1]
			}
		}
	}
	return run
}
