package scenario

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Paint gives a text a colour; the kinds are "async", "error", "quiet", "title"
// and "response". One for a pipe gives the text as it is.
type Paint func(kind, text string) string

// Draw draws a result as the onion it was: what ran inside of what, when, and
// where the response was born.
func Draw(w io.Writer, s *Scenario, r *Result, paint Paint) error {
	d := &drawing{scenario: s, result: r, paint: paint}
	d.draw()
	_, err := io.WriteString(w, d.out.String())
	return err
}

type drawing struct {
	scenario *Scenario
	result   *Result
	paint    Paint
	out      strings.Builder
	open     []string // the layers and transactions that are open, the outermost first
	before   time.Duration
}

func (d *drawing) draw() {
	s := d.scenario
	names := make([]string, len(s.Middleware))
	for i, m := range s.Middleware {
		names[i] = m.Name
	}
	kind := "the sync handler (WSGI)"
	if s.Mode == "asgi" {
		kind = "the async handler (ASGI)"
	}
	fmt.Fprintf(&d.out, "%s\n%s\n\n", d.paint("title", s.Name),
		d.paint("quiet", strings.TrimSpace(fmt.Sprintf("%s %s through %s  %s", s.Request.Method, s.Request.Path, kind, strings.Join(names, " ")))))
	loading := true
	for i, event := range d.result.Events {
		if loading && !atLoad(event.Text) {
			loading = false
			if i > 0 {
				d.out.WriteString("\n")
			}
		}
		if loading && i == 0 {
			fmt.Fprintf(&d.out, "%s\n", d.paint("quiet", "when the handler is made, from the inside out"))
		}
		d.event(event)
	}
	for len(d.open) > 0 {
		d.leave(len(d.open) - 1)
	}
	d.response()
}

// atLoad tells whether an event belongs to making the handler.
func atLoad(text string) bool {
	return strings.HasPrefix(text, "init ") || strings.HasPrefix(text, "log django.request DEBUG ")
}

// event draws one line, and opens or closes what it opens or closes.
func (d *drawing) event(event Event) {
	text, isAsync := strings.CutSuffix(event.Text, " @loop")
	words := strings.Fields(text)
	switch {
	case len(words) == 2 && words[1] == "request" && d.isLayer(words[0]):
		d.line(event, "┌ ", words[0]+" request", isAsync)
		d.open = append(d.open, words[0])
	case len(words) == 3 && words[1] == "response" && d.isLayer(words[0]):
		if at := slices.Index(d.open, words[0]); at >= 0 {
			for len(d.open)-1 > at {
				d.leave(len(d.open) - 1)
			}
			d.open = d.open[:at]
			d.line(event, "└ ", text, isAsync)
		} else {
			d.line(event, "  ", text, isAsync)
		}
	case words[0] == "atomic" && words[1] == "begin":
		d.line(event, "┌ ", text, isAsync)
		d.open = append(d.open, "atomic "+words[2])
	case words[0] == "atomic":
		if at := slices.Index(d.open, "atomic "+words[2]); at >= 0 {
			d.open = d.open[:at]
		}
		d.line(event, "└ ", text, isAsync)
	case words[0] == "signal" && words[1] == "request_finished":
		for len(d.open) > 0 {
			d.leave(len(d.open) - 1)
		}
		d.line(event, "  ", text, isAsync)
	default:
		d.line(event, "  ", text, isAsync)
	}
}

func (d *drawing) isLayer(name string) bool {
	return slices.ContainsFunc(d.scenario.Middleware, func(m Middleware) bool { return m.Name == name })
}

// leave closes a layer that said nothing when it was left.
func (d *drawing) leave(at int) {
	name := d.open[at]
	d.open = d.open[:at]
	how := name + " was never left"
	if r := d.result.Response; r != nil && d.header("X-Actor") == name+".request" {
		how = name + " has answered"
	}
	fmt.Fprintf(&d.out, "%9s  %s└ %s\n", "", strings.Repeat("│ ", len(d.open)), d.paint("quiet", how))
}

// line writes an event: when it came, in microseconds after the one before, how
// deep, and what.
func (d *drawing) line(event Event, mark, text string, isAsync bool) {
	took := fmt.Sprintf("+%d µs", (event.At - d.before).Microseconds())
	d.before = event.At
	kind := ""
	switch {
	case strings.Contains(text, "exception") || strings.HasPrefix(text, "log ") && !strings.Contains(text, " DEBUG ") || strings.HasPrefix(text, "error_view") || strings.Contains(text, "rollback"):
		kind = "error"
	case isAsync:
		kind = "async"
	case strings.HasPrefix(text, "signal ") || strings.HasPrefix(text, "log "):
		kind = "quiet"
	}
	if isAsync {
		text += "  (async)"
	}
	if kind != "" {
		text = d.paint(kind, text)
	}
	fmt.Fprintf(&d.out, "%s  %s%s%s\n", d.paint("quiet", fmt.Sprintf("%9s", took)), strings.Repeat("│ ", len(d.open)), mark, text)
}

// response says what the client got, and where that came from.
func (d *drawing) response() {
	if d.result.Response == nil {
		fmt.Fprintf(&d.out, "\n%s\n", d.paint("error", "nobody answered: "+d.result.Raised))
		return
	}
	r := d.result.Response
	born := "made by the framework itself"
	if actor := d.header("X-Actor"); actor != "" {
		born = "born at " + actor
	}
	if via := d.header("X-Via"); via != "" {
		born += ", then through " + strings.ReplaceAll(via, ",", ", ")
	}
	fmt.Fprintf(&d.out, "\n%s  %s\n", d.paint("response", fmt.Sprint(r.Status)), born)
	if r.Body != nil && *r.Body != "" {
		fmt.Fprintf(&d.out, "     %s\n", *r.Body)
	}
}

func (d *drawing) header(name string) string {
	for _, header := range d.result.Response.Headers {
		if header[0] == name {
			return header[1]
		}
	}
	return ""
}
