package tests

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/play"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestGolden sends the request of each case to each of its addresses, through
// a real socket, the gateway and the validator. One address of one case is run
// by
//
//	go test ./tests -run 'TestGolden/05-middleware/onion/05.1$'
func TestGolden(t *testing.T) {
	all, err := cases()
	if err != nil {
		t.Fatal(err)
	}
	program, err := built()
	if err != nil {
		t.Errorf("the beats and mistakes cannot be built: %v", err)
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for i, text := range c.Addresses(len(course.Steps)) {
				t.Run(text, func(t *testing.T) {
					address, err := course.ParseAddress(text)
					if err != nil {
						t.Fatal(err)
					}
					if program == nil && !linked(address) {
						t.Fatal("not built, see above")
					}
					got, err := exchange(program, address, c)
					if err != nil {
						t.Fatalf("%v\nSee it: %s", err, c.Command(golden.Walkthrough, text))
					}
					if *update && i == 0 {
						rewrite(t, c, got)
						return
					}
					if c.Error == "" && c.Results[0].Response == "" {
						t.Fatalf("%s says no response yet; let the program write it: go test ./tests -run 'TestGolden/%s$' -update", c.Name, c.Name)
					}
					if explanation := c.Explain(text, got); explanation != "" {
						t.Errorf("%s\n\nall differences (-want +got):\n%s", explanation,
							cmp.Diff(c.Outcome, got, cmpopts.EquateEmpty(), byLine))
					}
				})
			}
		})
	}
}

// byLine shows what differs in a response line by line.
var byLine = cmp.FilterPath(
	func(path cmp.Path) bool { return path.Last().String() == ".Response" },
	cmp.Transformer("lines", func(text string) []string { return strings.SplitAfter(text, "\n") }))

// exchange sends the requests of a case to an address.
func exchange(program *play.Built, address course.Address, c *golden.Case) (golden.Outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return c.Ask(ctx, func(ctx context.Context, settings []byte, requests [][]byte, asgi bool) ([]play.Result, error) {
		if linked(address) {
			return play.Exchanges(ctx, play.Linked(address.Step), settings, requests, asgi)
		}
		return program.Exchanges(ctx, address, settings, requests, asgi)
	})
}

// rewrite puts what the first address gives into the case's file.
func rewrite(t *testing.T, c *golden.Case, got golden.Outcome) {
	t.Helper()
	c.Outcome = got
	text, err := c.Format()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("golden", filepath.FromSlash(c.Name)+".txtar")
	if old, err := os.ReadFile(file); err == nil && string(old) == string(text) {
		return
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("rewritten: tests/%s", filepath.ToSlash(file))
}

// Every address that a case names exists, and has at least one case; and of
// every step it is recorded what it cannot do yet.
func TestCoverage(t *testing.T) {
	all, err := cases()
	if err != nil {
		t.Fatal(err)
	}
	existing := addresses(t)
	covered, cannot := map[course.Address]bool{}, map[int]bool{}
	for _, c := range all {
		if _, found := stepOf(filepath.Dir(c.Name)); !found {
			t.Errorf("tests/golden/%s.txtar: the folder is none of a step", c.Name)
		}
		for _, text := range c.Addresses(len(course.Steps)) {
			address, err := course.ParseAddress(text)
			switch {
			case err != nil:
				t.Errorf("tests/golden/%s.txtar: %v", c.Name, err)
				continue
			case address.String() != text:
				t.Errorf("tests/golden/%s.txtar: %s is the step itself, write %s", c.Name, text, address)
			case !slices.Contains(existing, address):
				t.Errorf("tests/golden/%s.txtar: there is no %s", c.Name, text)
			}
			covered[address] = true
			if c.Cannot != "" && address.IsStep() {
				cannot[address.Step] = true
			}
		}
	}
	for _, address := range existing {
		if !covered[address] {
			t.Errorf("%s (steps/%s) has no golden case: name it in the steps of one", address, address.Folder())
		}
	}
	for _, step := range course.Steps {
		if !cannot[step.Number] {
			t.Errorf("step %s has no golden case with the key \"cannot\": record something that it cannot do yet", step.Address())
		}
	}
}

// stepOf finds a step by the name of its folder.
func stepOf(folder string) (course.Step, bool) {
	for _, step := range course.Steps {
		if step.Folder() == folder {
			return step, true
		}
	}
	return course.Step{}, false
}
