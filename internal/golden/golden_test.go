package golden

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const onion = `steps: 05-07, 05.2, 05~forward
title: Two layers, from the outside in and back
gateway: wsgi

note: this line is text, since an empty one came before it.
-- settings --
{"MIDDLEWARE": ["A"]}
-- request --
POST /echo/ HTTP/1.1
Host: launch.example

a=1
-- response --
HTTP/1.1 200 OK
Content-Type: text/plain

Hello
-- trace --
A request
A response 200
-- log --
one line
-- request 2 --
GET /no HTTP/1.1
-- response 2 --
HTTP/1.1 404 Not Found

-- trace 2 --
A request
A response 404
`

func TestParse(t *testing.T) {
	c, err := Parse("05-middleware/onion", []byte(onion))
	if err != nil {
		t.Fatal(err)
	}
	if c.Title != "Two layers, from the outside in and back" || c.Cannot != "" || c.ASGI {
		t.Errorf("title %q, cannot %q, asgi %v", c.Title, c.Cannot, c.ASGI)
	}
	if want := "POST /echo/ HTTP/1.1\nHost: launch.example\n\na=1\n"; string(c.Requests[0]) != want {
		t.Errorf("request %q, want %q", c.Requests[0], want)
	}
	want := Outcome{Results: []Result{{
		Response: "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nHello\n",
		Trace:    []string{"A request", "A response 200"},
		Log:      []string{"one line"},
	}, {
		Response: "HTTP/1.1 404 Not Found\n\n",
		Trace:    []string{"A request", "A response 404"},
	}}}
	if diff := cmp.Diff(want, c.Outcome); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"05", "06", "07", "05.2", "05~forward"}, c.Addresses(14)); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	formatted, err := c.Format()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(onion, string(formatted)); diff != "" {
		t.Errorf("Format changes what Parse read (-want +got):\n%s", diff)
	}
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ steps, want string }{
		{"05", "05"},
		{"12-", "12 13 14"},
		{"03-05", "03 04 05"},
		{"05.1, 05, 05-06", "05.1 05 06"},
		{"05~forward-loop,14", "05~forward-loop 14"},
	} {
		c, err := Parse("x", []byte("steps: "+test.steps+"\ntitle: t\n-- request --\nGET / HTTP/1.1\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Addresses(14), " "); got != test.want {
			t.Errorf("steps: %s: %s, want %s", test.steps, got, test.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const head = "steps: 05\ntitle: t\n"
	const request = "-- request --\nGET / HTTP/1.1\n"
	for _, test := range []struct{ data, want string }{
		{"title: t\n" + request, `x: no key "steps": say which steps the case holds for, such as "steps: 05-"`},
		{"steps: 05\n" + request, `x: no key "title": say in one line what the case shows`},
		{"steps: 5\ntitle: t\n" + request, `x: unknown address "5" in steps (a step is 05, from it on 05-, a range 03-06, a beat 05.1, a mistake 05~name)`},
		{"steps: 0506\ntitle: t\n" + request, `x: unknown address "0506" in steps (a step is 05, from it on 05-, a range 03-06, a beat 05.1, a mistake 05~name)`},
		{"steps: 06-05\ntitle: t\n" + request, `x: the range "06-05" in steps runs backwards`},
		{"steps: 05\nstep: 06\ntitle: t\n" + request, `x: unknown key "step" (known: steps, title, cannot, gateway; a free text begins after an empty line)`},
		{"steps: 05\nsteps: 06\ntitle: t\n" + request, `x: the key "steps" is given twice`},
		{"steps: 05\ntitle:\n" + request, `x: the key "title" has no value`},
		{head + "gateway: cgi\n" + request, `x: unknown gateway "cgi" (known: asgi, wsgi)`},
		{head, `x: no section "request": it holds the raw request, such as "GET / HTTP/1.1"`},
		{head + "-- request --\n\n", `x: no section "request": it holds the raw request, such as "GET / HTTP/1.1"`},
		{head + "-- request --\nGET /\n", `x: the request begins with "GET /" and not with a request line, such as "GET / HTTP/1.1"`},
		{head + request + "-- answer --\n", `x: unknown section "answer" (known: settings, request, response, trace, log, error; of a second request: request 2, response 2, trace 2, log 2)`},
		{head + request + "-- trace 2 --\na\n", `x: no section "request 2": it holds the raw request, such as "GET / HTTP/1.1"`},
		{head + request + "-- request 1 --\n", `x: unknown section "request 1" (known: settings, request, response, trace, log, error; of a second request: request 2, response 2, trace 2, log 2)`},
		{head + request + "-- log --\na\n-- log --\n", `x: the section "log" is given twice`},
		{head + request + "-- error --\na\n-- trace --\nb\n", `x: section "error" says that there is no application, so there can be no response, trace or log`},
	} {
		_, err := Parse("x", []byte(test.data))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.data, err, test.want)
		}
	}
}

func TestFormatRefusesAMarker(t *testing.T) {
	c, err := Parse("x", []byte("steps: 05\ntitle: t\n-- request --\nGET / HTTP/1.1\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.Results[0].Response = "HTTP/1.1 200 OK\n\n-- log --\n"
	const want = `x: the line "-- log --" in "response" would begin a section of the file`
	if _, err := c.Format(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSection(t *testing.T) {
	c, err := Parse("05-middleware/onion", []byte(onion))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"settings": "{\"MIDDLEWARE\": [\"A\"]}\n",
		"request":  "POST /echo/ HTTP/1.1\nHost: launch.example\n\na=1\n",
		"response": "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nHello\n",
		"trace":    "A request\nA response 200\n",
		"log":      "one line\n",
		"trace 2":  "A request\nA response 404\n",
	} {
		if got, err := c.Section(name); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"log 2":  `05-middleware/onion has no section "log 2"`,
		"error":  `05-middleware/onion has no section "error"`,
		"answer": `unknown section "answer" (known: settings, request, response, trace, log, error; of a second request: request 2, response 2, trace 2, log 2)`,
	} {
		if _, err := c.Section(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	file := &fstest.MapFile{Data: []byte(onion)}
	files := fstest.MapFS{"05-middleware/onion.txtar": file, "05-middleware/peel.txtar": file, "04-signals/close.txtar": file}
	cases, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"04-signals/close", "05-middleware/onion", "05-middleware/peel"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}

	files["05-middleware/notes"] = file
	files["05-middleware/empty.txtar"] = &fstest.MapFile{}
	_, err = Load(files)
	const want = "05-middleware/empty: no key \"steps\": say which steps the case holds for, such as \"steps: 05-\"\n" +
		"05-middleware/notes: a case is a file whose name ends in .txtar"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	for name, want := range map[string]string{
		"04-signals/open": `there is no case "04-signals/open"; those of 04-signals are: close`,
		"open":            `there is no case "open"`,
	} {
		if _, err := LoadCase(files, name); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
