package site

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"basehandler/internal/golden"
	"basehandler/tests"
)

func TestNewTrial(t *testing.T) {
	const fine = "GET / HTTP/1.1\nHost: localhost\n"
	for _, test := range []struct{ step, request, settings, want string }{
		{"05", fine, "", ""},
		{"5", "GET / HTTP/1.1", " \n", ""},
		{"middleware", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", `{"MIDDLEWARE": []}`, ""},
		{"05", "POST / HTTP/1.1\nHost: localhost\n\nnot: a header\nat all", "", ""},
		{"05", "get\t/ HTTP/1.1", "", `The first line, "get\t/ HTTP/1.1", is not method, path and version with a space between: write it like "GET / HTTP/1.1".`},
		{"05", "", "", `The request is empty; begin with a line such as "GET / HTTP/1.1".`},
		{"05", " \n", "", `The request is empty; begin with a line such as "GET / HTTP/1.1".`},
		{"05", "\nGET / HTTP/1.1", "", `The request begins with an empty line; its first line is such as "GET / HTTP/1.1".`},
		{"05", "GET /", "", `The first line, "GET /", lacks the version of HTTP at its end: write "GET / HTTP/1.1".`},
		{"05", "GET /a b HTTP/1.1", "", `The first line, "GET /a b HTTP/1.1", has 3 spaces, and may have two: write %20 for a space in a path.`},
		{"05", "GET HTTP/1.1", "", `The first line, "GET HTTP/1.1", is not method, path and version with a space between: write it like "GET / HTTP/1.1".`},
		{"05", "hello", "", `The first line, "hello", is not method, path and version with a space between: write it like "GET / HTTP/1.1".`},
		{"05", "GET / HTTP/1.1\nHost localhost", "", `Line 2, "Host localhost", is no header: a header is a name, a colon and a value, and a body begins after an empty line.`},
		{"05", fine, "MIDDLEWARE=1", `The settings are no JSON: invalid character 'M' looking for beginning of value, at the end of “M”; write them like {"MIDDLEWARE": ["site.middleware.A"]}.`},
		{"05", fine, `{"MIDDLEWARE": [}`, `The settings are no JSON: invalid character '}' looking for beginning of value, at the end of “{"MIDDLEWARE": [}”; write them like {"MIDDLEWARE": ["site.middleware.A"]}.`},
		{"05", fine, `{"MIDDLEWARE": "x"`, `The settings are no JSON: unexpected end of JSON input, at the end of “{"MIDDLEWARE": "x"”; write them like {"MIDDLEWARE": ["site.middleware.A"]}.`},
		{"05", fine, `[]`, `The settings are JSON, but no object; write them like {"MIDDLEWARE": ["site.middleware.A"]}.`},
		{"05", fine, `null`, `The settings are JSON, but no object; write them like {"MIDDLEWARE": ["site.middleware.A"]}.`},
		{"05.1", fine, "", `05.1 is not a finished step, and only those run here; in a checkout: walkthrough request 05.1.`},
		{"05~forward-loop", fine, "", `05~forward-loop is not a finished step, and only those run here; in a checkout: walkthrough request 05~forward-loop.`},
		{"99", fine, "", `There is no step "99"; the steps go from 01 to 14.`},
		{"", fine, "", `There is no step "".`},
	} {
		got := ""
		if _, err := newTrial(test.step, test.request, test.settings, false, true); err != nil {
			got = sentence(err.Error())
		}
		if got != test.want {
			t.Errorf("step %q, request %q, settings %q:\n got %s\nwant %s", test.step, test.request, test.settings, got, test.want)
		}
	}
	if _, err := newTrial("13", fine, "", true, true); err == nil || sentence(err.Error()) != "Step 13 has no ASGI application, which comes with step 14." {
		t.Errorf("got %v", err)
	}
	if _, err := newTrial("14", fine, "", true, true); err != nil {
		t.Error(err)
	}
	many := fine + strings.Repeat("-- request 2 --\n"+fine, maxRequests)
	if _, err := newTrial("05", many, "", false, true); err == nil || !strings.Contains(err.Error(), "these are 6 requests, and at most 5") {
		t.Errorf("got %v", err)
	}
}

// What the golden cases send can be sent from a form.
func TestGoldenCasesAreTrials(t *testing.T) {
	cases, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		t.Fatal(err)
	}
	all, err := golden.Load(cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		what, err := newTrial("14", requestsText(c.Requests), string(c.Settings), c.ASGI, true)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if len(what.requests) != len(c.Requests) {
			t.Errorf("%s: %d requests, want %d", c.Name, len(what.requests), len(c.Requests))
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"step":"05","request":"GET / HTTP/1.1\nHost: localhost\n\n","settings":null,"asgi":false,"beside":true}`,
		`{"step":"14","request":"GET / HTTP/1.1","settings":{"MIDDLEWARE":[]},"asgi":true}`,
		`{"step":"11","request":"POST / HTTP/1.1\n\na=1\n-- request 2 --\nGET / HTTP/1.1","settings":"{\"DEBUG\": true}"}`,
		`{"step":5}`, `[]`, `null`, ``, `{"step":"05","settings":"`, `{"step":"05~../..","request":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		what, err := parseMessage(body)
		if err != nil {
			if text := err.Error(); text == "" || strings.Contains(text, "%!") {
				t.Errorf("%q: the error is %q", body, text)
			}
			return
		}
		if what.step.Number < 1 || what.step.Number > 14 || what.asgi && what.step.Number != asgiStep {
			t.Errorf("%q: step %d, ASGI %v", body, what.step.Number, what.asgi)
		}
		if n := len(what.requests); n < 1 || n > maxRequests {
			t.Errorf("%q: %d requests", body, n)
		}
		for _, request := range what.requests {
			if line, _, _ := strings.Cut(string(request), "\n"); strings.Count(line, " ") != 2 {
				t.Errorf("%q: the request line %q was accepted", body, line)
			}
		}
		var object map[string]json.RawMessage
		if what.settings != nil && json.Unmarshal(what.settings, &object) != nil {
			t.Errorf("%q: the settings %q were accepted", body, what.settings)
		}
	})
}
