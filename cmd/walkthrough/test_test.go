package main

import (
	"strings"
	"testing"

	"basehandler/internal/golden"

	"github.com/google/go-cmp/cmp"
)

// What differs most often comes first, told by the case that shows it best, and
// no more of it than fits on a screen.
func TestTested(t *testing.T) {
	one := func(name string, difference golden.Difference, command string) differ {
		header := golden.Difference{What: "response, line 1: want r, got s", Means: "a header differs."}
		return differ{Case: name, Title: "title of " + name, Differences: []golden.Difference{difference, header}, Command: command}
	}
	event := func(what, means string) golden.Difference { return golden.Difference{What: what, Means: means} }
	plain := func(what string, more ...string) golden.Difference { return golden.Difference{What: what, More: more} }
	recorded := one("cannot", event("event 3: d", "rare"), "walkthrough request 05 GET /")
	recorded.Cannot = "All of it."
	report := tested{Address: "05", Cases: 20, Agree: 11, Differ: []differ{
		recorded,
		one("a", event("event 1: x", "frequent 1"), "go test a"),
		one("b", event("event 2: y", "frequent 12"), "walkthrough request 05 GET /b"),
		one("c", event("event 3: z", "frequent 0"), "walkthrough request 05 GET /"),
		one("d", plain("refused", "want x", "got  "+strings.Repeat("ü", 200)), "go test d"),
		one("e", plain("no answer", "1", "2", "3", "4"), "go test e"),
		one("f", plain("no answer too"), "go test f"),
		one("g", plain("no answer as well"), "go test g"),
		one("h", event("event 9: z", "frequent 0"), "go test h"),
	}}
	var out strings.Builder
	e := &env{stdout: &out}
	e.printTested(report, false)
	want := `frequent 0
    event 3: z
    response, line 1: want r, got s
    in c: title of c
    See it: walkthrough request 05 GET /
    Alike in 3 more cases: b, a, h

rare
    event 3: d
    response, line 1: want r, got s
    in cannot: title of cannot
    It records what cannot be done there yet: All of it.
    See it: walkthrough request 05 GET /

refused
    want x
    got  ` + strings.Repeat("ü", 155) + `…
    response, line 1: want r, got s
    in d: title of d
    See it: go test d

no answer
    1
    2
    3
    4
    …
    in e: title of e
    See it: go test e

Something else differs in 2 more cases.

05: 11 of 20 cases agree.
All of each difference: walkthrough test 05 -v
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
