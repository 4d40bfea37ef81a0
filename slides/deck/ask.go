package deck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"basehandler/internal/course"
)

// Ask is a block about one request, a try or an onion:
//
//	05 GET /?range=closed       a finished step, method, path
//	X-Name: you                 headers
//	body name=Aster             the body
//	settings {"MIDDLEWARE": []} laid over the site's own
//	asgi                        through ASGI
//	show trace                  response, trace, or both (a try only)
//
// or, in place of the first four,
//
//	case 05-middleware/onion    settings and request of a golden case
//	case 05-middleware/count 2  the second request of one that has several
//	scenario rolls back         one of: walkthrough trace --list (an onion only)
type Ask struct {
	Line     int
	Kind     string // "try" or "onion"
	Case     string // the name of a golden case, or ""
	Nth      int    // which request of the case, from 1
	Scenario string // a name or a part of one, or ""
	Request         // where neither is given
	Show     string // "response", "trace" or "both"
}

// Request is what is sent to a finished step.
type Request struct {
	Step     int
	ASGI     bool
	Settings string // JSON, "" for the site's own
	Text     string // as one writes it down: line feeds, and no Content-Length
}

const askForm = "write a step, a method and a path, such as 05 GET /, or case 05-middleware/onion"

var (
	askLine    = regexp.MustCompile(`^(\S+)\s+([A-Z]+)\s+(/\S*|\*)$`)
	caseLine   = regexp.MustCompile(`^case\s+(\S+)(?:\s+([1-9]))?$`)
	headerLine = regexp.MustCompile(`^[!#$%&'*+.^_|~0-9A-Za-z-]+:`)
)

// ask reads the lines of a try or an onion; at is the line of the first.
func (p *parser) ask(kind string, at int, lines []string) *Ask {
	ask := &Ask{Line: at, Kind: kind, Show: "both"}
	var head []string
	body, given := "", map[string]bool{}
	begun := false
	for i, line := range lines {
		at := at + i
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch m := askLine.FindStringSubmatch(line); {
		case line == "":
		case !begun:
			begun = true
			switch {
			case caseLine.MatchString(line):
				m := caseLine.FindStringSubmatch(line)
				ask.Case, ask.Nth = m[1], 1
				if m[2] != "" {
					ask.Nth = int(m[2][0] - '0')
				}
			case verb == "scenario" && rest != "" && kind == "onion":
				ask.Scenario = rest
			case m != nil:
				ask.Step = p.finished(at, m[1])
				head = []string{m[2] + " " + m[3] + " HTTP/1.1", "Host: localhost"}
			default:
				p.problem(at, "%q is no request; %s", line, askForm)
			}
		case verb == "show" && kind == "try":
			if !slices.Contains([]string{"response", "trace", "both"}, rest) {
				p.problem(at, "show response, trace or both, and not %q", rest)
			} else {
				ask.Show = rest
			}
		case line == "asgi" && head != nil:
			ask.ASGI = true
		case verb == "settings" && head != nil:
			var object map[string]json.RawMessage
			if err := json.Unmarshal([]byte(rest), &object); err != nil {
				p.problem(at, "the settings are no JSON object (%v); write settings {\"DEBUG\": true}", err)
			} else {
				ask.Settings = rest
			}
		case verb == "body" && head != nil:
			body = rest
		case headerLine.MatchString(line) && head != nil:
			name, _, _ := strings.Cut(line, ":")
			given[strings.ToLower(name)] = true
			if strings.EqualFold(name, "Host") {
				head = slices.DeleteFunc(head, func(h string) bool { return h == "Host: localhost" })
			}
			head = append(head, line)
		default:
			p.problem(at, "%q is no header and none of: asgi, settings {…}, body …%s", line, map[string]string{"try": ", show …"}[kind])
		}
	}
	if !begun {
		p.problem(at-1, "the block is empty; %s", askForm)
	}
	if head == nil {
		return ask
	}
	if ask.ASGI && ask.Step != 0 && ask.Step != 14 {
		p.problem(at, "there is no ASGI application at step %02d, only at 14", ask.Step)
	}
	if body != "" {
		if !given["content-type"] {
			head = append(head, "Content-Type: application/x-www-form-urlencoded")
		}
		body += "\n"
	}
	ask.Text = strings.Join(head, "\n") + "\n\n" + body
	return ask
}

// finished reads the address of a finished step.
func (p *parser) finished(at int, text string) int {
	a, err := course.ParseAddress(text)
	if err == nil && !a.IsStep() {
		err = fmt.Errorf("%s is not a finished step; only those run on a slide, others by a golden case: case NAME", text)
	}
	if err != nil {
		p.problem(at, "%v", err)
	}
	return a.Step
}
