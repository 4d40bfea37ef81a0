package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/final/dispatch"
	"basehandler/internal/scenario"

	"github.com/google/go-cmp/cmp"
)

// recorded is what Django did with a scenario.
type recorded struct {
	Name     string             `json:"name"`
	Response *scenario.Response `json:"response"`
	Raised   string             `json:"raised"`
	Trace    []string           `json:"trace"`
}

// recordings reads scenarios and what Django did with them. The recordings are
// Django's word: tests/oracle makes them, and no test writes them.
func recordings(t *testing.T, name string) (scenarios [][]byte, django []recorded) {
	t.Helper()
	read := func(name string) [][]byte {
		text, err := os.ReadFile("conformance/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return lines(text)
	}
	scenarios = read(name + ".jsonl")
	for _, line := range read(name + ".django.jsonl") {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		django = append(django, r)
	}
	if len(scenarios) != len(django) || len(django) == 0 {
		t.Fatalf("%d scenarios, %d recordings", len(scenarios), len(django))
	}
	return scenarios, django
}

// asRecorded runs a scenario and compares what happens with what Django did.
func asRecorded(t *testing.T, line []byte, want recorded) {
	t.Helper()
	s, err := scenario.Parse(line)
	if err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	result, err := scenario.Run(t.Context(), s)
	if err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	// Compared is what the command prints.
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var got recorded
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != want.Name {
		t.Errorf("the name is %q, in the recording %q", got.Name, want.Name)
	}
	if difference := firstDifference(got.Trace, want.Trace); difference != "" {
		t.Error(difference)
	}
	if difference := cmp.Diff(want.Response, got.Response); difference != "" {
		t.Errorf("the response (- Django, + final):\n%s", difference)
	}
	if got.Raised != want.Raised {
		t.Errorf("raised is %q, by Django %q", got.Raised, want.Raised)
	}
	if t.Failed() {
		t.Logf("to see it: walkthrough trace FILE, with this line in it:\n%s", line)
	}
}

// firstDifference shows the first event that differs with the events around it,
// "" if none does.
func firstDifference(got, want []string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	if at == len(got) && at == len(want) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the trace differs at event %d (- Django, + final):\n", at+1)
	for _, event := range want[max(0, at-4):at] {
		fmt.Fprintf(&b, "    %s\n", event)
	}
	for _, side := range []struct {
		mark  string
		trace []string
	}{{"-", want}, {"+", got}} {
		rest := side.trace[at:]
		if len(rest) == 0 {
			fmt.Fprintf(&b, "  %s (its end)\n", side.mark)
		}
		for _, event := range rest[:min(3, len(rest))] {
			fmt.Fprintf(&b, "  %s %s\n", side.mark, event)
		}
	}
	return b.String()
}

// What happens in a scenario, and in which order, is what happens in Django:
// the ones that Django's recorder was given, and our own, by rule and random.
func TestScenarios(t *testing.T) {
	for _, file := range []string{"public", "more"} {
		scenarios, django := recordings(t, file)
		t.Run(file, func(t *testing.T) {
			for i, want := range django {
				t.Run(want.Name, func(t *testing.T) { asRecorded(t, scenarios[i], want) })
			}
		})
	}
}

// The scenarios that come along with the command are all in the recordings.
func TestNamedScenarios(t *testing.T) {
	lines, django := recordings(t, "public")
	named := scenario.Named()
	if len(named) < 20 {
		t.Fatalf("there are %d", len(named))
	}
	for number, s := range named {
		t.Run(s.Name, func(t *testing.T) {
			at := slices.IndexFunc(django, func(r recorded) bool { return r.Name == s.Name })
			if at < 0 {
				t.Fatal("Django was not asked")
			}
			want, err := scenario.Parse(lines[at])
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(want, s); difference != "" {
				t.Errorf("it is not the one that Django was asked (-asked +here):\n%s", difference)
			}
			asRecorded(t, lines[at], django[at])
			if found, err := scenario.Find(fmt.Sprint(number + 1)); err != nil || found != s {
				t.Errorf("Find(%d) gives %v, %v", number+1, found, err)
			}
		})
	}
}

// The reader of a failure sees where two traces part.
func TestFirstDifference(t *testing.T) {
	long := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}
	for _, test := range []struct {
		name      string
		got, want []string
		shown     string
	}{
		{"none", long, long, ""},
		{"none of nothing", nil, nil, ""},
		{"in the middle", []string{"a", "b", "c", "d", "e", "x"}, long,
			"the trace differs at event 6 (- Django, + final):\n    b\n    c\n    d\n    e\n  - f\n  - g\n  - h\n  + x\n"},
		{"too short", long[:8], long, "the trace differs at event 9 (- Django, + final):\n    e\n    f\n    g\n    h\n  - i\n  + (its end)\n"},
		{"too long", long[:1], nil, "the trace differs at event 1 (- Django, + final):\n  - (its end)\n  + a\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if difference := cmp.Diff(test.shown, firstDifference(test.got, test.want)); difference != "" {
				t.Errorf("(-want +got)\n%s", difference)
			}
		})
	}
}

// What is no scenario is told by the field that is wrong.
func TestScenarioErrors(t *testing.T) {
	// with lays fields over a scenario that is right.
	with := func(fields string) string {
		return `{"name": "x", "urlconfs": {"root": [{"path": "", "view": "v"}]}, "views": {"v": {}}, "request": {"path": "/"}, ` + fields + `}`
	}
	layer := func(fields string) string { return with(`"middleware": [{"name": "A"}, {` + fields + `}]`) }
	view := func(fields string) string { return with(`"views": {"v": {` + fields + `}}`) }
	route := func(fields string) string { return with(`"urlconfs": {"root": [{` + fields + `}]}`) }
	if _, err := scenario.Parse([]byte(with(`"mode": "wsgi"`))); err != nil {
		t.Fatalf("what all of these are made of is wrong: %v", err)
	}
	for _, test := range []struct{ line, message string }{
		{``, "no scenario: EOF"},
		{`onion`, "no scenario: invalid character 'o' looking for beginning of value"},
		{`{"name": "x"`, "no scenario: unexpected EOF"},
		{`[]`, "no scenario: an object is needed, not a list"},
		{`7`, "no scenario: an object is needed, not a number"},
		{with(`"mode": "wsgi"`) + `{}`, "no scenario: there is something after its end"},
		{with(`"colour": "red"`), "colour: there is no such field"},
		{with(`"Mode": "wsgi"`), "Mode: there is no such field"},
		{with(`"mode": ""`), "mode: it is empty"},
		{with(`"error_views": null`), "error_views: an object is needed, not null"},
		{with(`"name": ""`), "name: it is missing"},
		{with(`"name": 5`), "name: a string is needed, not a number"},
		{with(`"mode": "fcgi"`), `mode: "fcgi" is none of wsgi, asgi`},
		{with(`"settings": {"DEBUG": "yes"}`), "settings.DEBUG: true or false is needed, not a string"},
		{with(`"settings": {"ATOMIC_REQUESTS": {"third": true}}`), `settings.ATOMIC_REQUESTS: "third" is none of default, other`},
		{`{"name": "x", "views": {}, "request": {"path": "/"}}`, `urlconfs: there is no "root"`},
		{`{"name": "x", "urlconfs": {"alt": []}, "views": {}, "request": {"path": "/"}}`, `urlconfs: there is no "root"`},
		{`{"name": "x", "urlconfs": {"root": []}, "request": {"path": "/"}}`, "views: they are missing"},
		{`{"name": "x", "urlconfs": {"root": []}, "views": {}}`, `request.path: "" does not begin with a slash`},
		{with(`"request": {"path": "hello/"}`), `request.path: "hello/" does not begin with a slash`},
		{with(`"request": {"path": 5}`), "request.path: a string is needed, not a number"},

		{route(`"view": "v"`), "urlconfs.root[0]: one of path and re_path is needed"},
		{route(`"path": "", "re_path": "", "view": "v"`), "urlconfs.root[0]: one of path and re_path is needed"},
		{route(`"path": "", "view": "v", "include": []`), "urlconfs.root[0]: view and include exclude each other"},
		{route(`"path": "", "view": "w"`), `urlconfs.root[0].view: there is no view "w"`},
		{route(`"path": "", "include": [{"path": "", "view": "w"}]`), `urlconfs.root[0].include[0].view: there is no view "w"`},

		{view(`"kind": "method"`), `views.v.kind: "method" is none of function, class`},
		{view(`"non_atomic": ["third"]`), `views.v.non_atomic: "third" is none of default, other`},
		{view(`"does": "dance"`), `views.v.does: there is no action "dance"`},
		{view(`"does": "pass"`), "views.v.does: pass gives no response"},
		{view(`"does": "respond:ok"`), `views.v.does: "ok" is no status`},
		{view(`"does": "respond:99"`), `views.v.does: "99" is no status`},
		{view(`"does": "respond:200:ValueError"`), `views.v.does: there is no exception "ValueError"`},
		{view(`"does": "template:200:Ouch"`), `views.v.does: there is no exception "Ouch"`},
		{view(`"does": "raise:KeyError"`), `views.v.does: there is no exception "KeyError"`},
		{view(`"async": "yes"`), "views.v.async: true or false is needed, not a string"},
		{with(`"error_views": {"418": "respond:418"}`), `error_views: "418" is none of 400, 403, 404, 500`},
		{with(`"error_views": {"404": "pass"}`), "error_views.404: pass gives no response"},

		{layer(`"mode": "sync"`), "middleware[1].name: it is missing"},
		{layer(`"name": "A"`), `middleware[1].name: there are two called "A"`},
		{layer(`"name": "B", "style": "class"`), `middleware[1].style: "class" is none of call, mixin`},
		{layer(`"name": "B", "exceptions": "pass"`), "middleware[1].exceptions: there is no such field"},
		{layer(`"name": "B", "response": ""`), "middleware[1].response: it is empty"},
		{layer(`"name": "B", "template": null`), "middleware[1].template: a string is needed, not null"},
		{layer(`"name": ["B"]`), "middleware[1].name: a string is needed, not a list"},
		{layer(`"name": "B", "view": true`), "middleware[1].view: a string is needed, not true or false"},
		{with(`"middleware": [{"name": "A", "hooks": "sync"}, "B"]`), "middleware[1]: an object is needed, not a string"},
		{with(`"middleware": {"name": "A"}`), "middleware: a list is needed, not an object"},
		{route(`"path": "", "kwargs": [], "view": "v"`), "urlconfs.root[0].kwargs: an object is needed, not a list"},
		{route(`"path": "", "include": [{"path": "", "view": "v"}, {"path": 1.5}]`), "urlconfs.root[0].include[1].path: a string is needed, not a number"},
		{layer(`"name": "B", "mode": "all"`), `middleware[1].mode: "all" is none of sync, async, both`},
		{layer(`"name": "B", "hooks": "both"`), `middleware[1].hooks: "both" is none of sync, async`},
		{layer(`"name": "B", "init": "maybe"`), `middleware[1].init: "maybe" is none of ok, not_used, none, raise`},
		{layer(`"name": "B", "init": "raise:Ouch"`), `middleware[1].init: there is no exception "Ouch"`},
		{layer(`"name": "B", "request": "urlconf:alt"`), `middleware[1].request: there is no URLconf "alt"`},
		{layer(`"name": "B", "request": "dance"`), `middleware[1].request: there is no action "dance"`},
		{layer(`"name": "B", "response": "urlconf:root"`), `middleware[1].response: there is no action "urlconf:root"`},
		{layer(`"name": "B", "view": "respond:1000"`), `middleware[1].view: "1000" is no status`},
		{layer(`"name": "B", "exception": "raise:"`), `middleware[1].exception: there is no exception ""`},
		{layer(`"name": "B", "template": "template"`), `middleware[1].template: "" is no status`},
	} {
		t.Run(test.message, func(t *testing.T) {
			_, err := scenario.Parse([]byte(test.line))
			if err == nil {
				t.Fatalf("it is taken for one:\n%s", test.line)
			}
			if !strings.HasPrefix(err.Error(), test.message) {
				t.Errorf("it says %q, want %q", err, test.message)
			}
		})
	}
}

// A scenario that does not end is ended, with an error: at once if what hangs
// listens to the context, and after a moment if it does not. Others still run.
func TestScenarioHangs(t *testing.T) {
	for _, mode := range []string{"wsgi", "asgi"} {
		for name, listens := range map[string]bool{"listens": true, "deaf": false} {
			t.Run(mode+" "+name, func(t *testing.T) {
				released, ended := make(chan struct{}), make(chan struct{})
				hang := dispatch.RequestStarted.Connect(func(ctx context.Context, event dispatch.Event) (any, error) {
					if path := event.Environ.Get("PATH_INFO"); path != "/hang/" {
						return nil, nil
					}
					defer close(ended)
					if listens {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					<-released
					return nil, nil
				})
				defer hang.Disconnect()
				line := `{"name": "it hangs", "mode": "` + mode + `", "urlconfs": {"root": []}, "views": {}, "request": {"path": "%s"}}`
				s, err := scenario.Parse(fmt.Appendf(nil, line, "/hang/"))
				if err != nil {
					t.Fatal(err)
				}
				// The limit of the one who asks holds as scenario.Limit does.
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				began := time.Now()
				result, err := scenario.Run(ctx, s)
				if took := time.Since(began); took > scenario.Limit {
					t.Errorf("it took %v", took)
				}
				if result != nil || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("there is a result, %v, and the error %v", result, err)
				}

				if s, err = scenario.Parse(fmt.Appendf(nil, line, "/other/")); err != nil {
					t.Fatal(err)
				}
				if result, err = scenario.Run(t.Context(), s); err != nil || result.Response.Status != 404 {
					t.Errorf("the next one gives %v, %v", result, err)
				}
				close(released)
				select {
				case <-ended:
				case <-time.After(10 * time.Second):
					t.Error("it still hangs")
				}
			})
		}
	}
}
