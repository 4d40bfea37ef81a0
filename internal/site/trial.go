package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"basehandler/internal/course"
)

// trial is what a reader wants to send.
type trial struct {
	step     course.Step
	requests [][]byte // one after the other to one application
	settings []byte   // nil for the site's own
	asgi     bool
	beside   bool   // also to the step before
	show     string // what of the answers is shown: see page.Trial
}

// maxRequests is how many requests may be sent to one application.
const maxRequests = 5

// nextRequest begins a further request to the same application, as in a golden
// case.
var nextRequest = regexp.MustCompile(`(?m)^-- request [2-9] --\r?\n`)

// newTrial reads what was typed. Its errors say what to type instead.
func newTrial(step, request, settings string, asgi, beside bool) (*trial, error) {
	address, err := course.ParseAddress(step)
	if err != nil {
		return nil, err
	}
	if !address.IsStep() {
		return nil, fmt.Errorf("%s is not a finished step, and only those run here; in a checkout: walkthrough request %s", address, address)
	}
	t := &trial{asgi: asgi, beside: beside}
	t.step, _ = course.Find(address.Step)
	if asgi && t.step.Number < asgiStep {
		return nil, fmt.Errorf("step %s has no ASGI application, which comes with step %d", address, asgiStep)
	}
	if t.requests, err = parseRequests(request); err != nil {
		return nil, err
	}
	t.settings, err = parseSettings(settings)
	return t, err
}

// parseRequests checks the shape of each request, so that a slip of the
// keyboard is told in words. What the shape allows goes to the server as it is,
// mistakes included.
func parseRequests(text string) ([][]byte, error) {
	var requests [][]byte
	for _, part := range nextRequest.Split(text, -1) {
		request := []byte(strings.ReplaceAll(part, "\r\n", "\n"))
		if err := checkRequest(string(request)); err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	if len(requests) > maxRequests {
		return nil, fmt.Errorf("these are %d requests, and at most %d can be sent at a time", len(requests), maxRequests)
	}
	return requests, nil
}

const example = `"GET / HTTP/1.1"`

func checkRequest(request string) error {
	head, _, _ := strings.Cut(request, "\n\n")
	first, headers, _ := strings.Cut(strings.TrimRight(head, "\n"), "\n")
	words := strings.Split(first, " ")
	switch {
	case strings.TrimSpace(request) == "":
		return fmt.Errorf("the request is empty; begin with a line such as %s", example)
	case strings.TrimSpace(first) == "":
		return fmt.Errorf("the request begins with an empty line; its first line is such as %s", example)
	case len(words) == 2 && !strings.HasPrefix(words[1], "HTTP/"):
		return fmt.Errorf("the first line, %q, lacks the version of HTTP at its end: write %q", first, first+" HTTP/1.1")
	case len(words) > 3:
		return fmt.Errorf("the first line, %q, has %d spaces, and may have two: write %%20 for a space in a path", first, len(words)-1)
	case len(words) != 3 || words[0] == "" || words[1] == "" || !strings.HasPrefix(words[2], "HTTP/"):
		return fmt.Errorf("the first line, %q, is not method, path and version with a space between: write it like %s", first, example)
	}
	number := 1
	for line := range strings.Lines(headers) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if name, _, found := strings.Cut(line, ":"); !found || name == "" {
			return fmt.Errorf("line %d, %q, is no header: a header is a name, a colon and a value, and a body begins after an empty line", number, line)
		}
	}
	return nil
}

// parseSettings checks that the settings are a JSON object; what is in it is
// judged by the step that reads it.
func parseSettings(text string) ([]byte, error) {
	const like = `{"MIDDLEWARE": ["site.middleware.A"]}`
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(text), &object)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("the settings are no JSON: %v, at the end of “%s”; write them like %s", err, upTo(text, int(syntax.Offset)), like)
	case err != nil || object == nil:
		return nil, fmt.Errorf("the settings are JSON, but no object; write them like %s", like)
	}
	return []byte(text), nil
}

// upTo is the beginning of a text, with offset bytes, as far back as it helps
// to find the place.
func upTo(text string, offset int) string {
	text = text[:min(offset, len(text))]
	return strings.ToValidUTF8(text[max(0, len(text)-20):], "")
}

// message is the body of a request to /api/try.
type message struct {
	Step     string          `json:"step"`
	Request  string          `json:"request"`
	Settings json.RawMessage `json:"settings"` // null, an object, or a string that holds one
	ASGI     bool            `json:"asgi"`
	Beside   bool            `json:"beside"`
	Show     string          `json:"show"`
}

// parseMessage reads such a body.
func parseMessage(body []byte) (*trial, error) {
	var m message
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf(`the body is not what /api/try takes (%v); send {"step": "05", "request": "GET / HTTP/1.1\n…"}`, err)
	}
	settings := string(m.Settings)
	if settings == "null" {
		settings = ""
	}
	if strings.HasPrefix(settings, `"`) {
		if err := json.Unmarshal(m.Settings, &settings); err != nil {
			return nil, err
		}
	}
	t, err := newTrial(m.Step, m.Request, settings, m.ASGI, m.Beside)
	if err != nil {
		return nil, err
	}
	t.show = m.Show
	return t, nil
}

// parseForm reads the fields of a form that was posted to /try/NN/.
func parseForm(step string, r *http.Request) (*trial, error) {
	return newTrial(step, r.PostFormValue("request"), r.PostFormValue("settings"), r.PostFormValue("asgi") == "true", true)
}
