package tests

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"basehandler/internal/course"
	"basehandler/internal/deltas"
	"basehandler/internal/linediff"
)

// TestDeltas computes what each step changes and holds it against what is
// committed. With -update it writes the deltas, but only if it is asked for by
// name: a delta that is written while an edit still has to be carried on
// takes away what the edit is measured by.
func TestDeltas(t *testing.T) {
	steps, err := deltas.Steps(root)
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Contains(flag.Lookup("test.run").Value.String(), "Deltas")
	for _, step := range steps[1:] {
		t.Run(step.String(), func(t *testing.T) {
			got, err := deltas.Compute(root, step)
			if err != nil {
				t.Fatal(err)
			}
			if *update && asked {
				if err := deltas.Write(root, step, got); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := deltas.Committed(root, step)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s is not what step %s changes:\n%s\n"+
					"A stray hunk: was a fix in %02d not carried on? Run: go run ./cmd/walkthrough propagate %d\n"+
					"If step %s is meant to change this: go run ./cmd/walkthrough propagate %d",
					short(step.Path()), step, linediff.Unified("committed", "computed", want, got),
					step.Number-1, step.Number-1, step, step.Number)
			}
		})
	}
}

// An edit of the first step arrives in the last one, and leaves the deltas as
// they are.
func TestPropagate(t *testing.T) {
	copied := t.TempDir()
	for _, folder := range []string{"steps", "tests/deltas"} {
		if err := os.CopyFS(filepath.Join(copied, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	steps, err := deltas.Steps(copied)
	if err != nil {
		t.Fatal(err)
	}
	report, err := deltas.Propagate(copied, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Files) != 0 {
		t.Fatalf("without an edit: %s", report)
	}

	const name, edit = "modules.go", "\n// A fix that was made at the end of the first step's file.\n"
	for i, step := range steps {
		file := filepath.Join(copied, "steps", step.Folder, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.WriteFile(file, append(text, edit...), 0o644); err != nil {
				t.Fatal(err)
			}
			if report, err = deltas.Propagate(copied, 1); err != nil {
				t.Fatal(err)
			}
		} else if !strings.HasSuffix(string(text), edit) {
			t.Errorf("the edit did not arrive in step %s", step)
		}
	}
	if want := len(steps) - 1; len(report.Files) != want {
		t.Errorf("%d files were written, and not one for each of the %d later steps:\n%s", len(report.Files), want, report)
	}
}

// roomy are the steps that may change more: the request, the resolver, the
// databases, the async chain, ASGI.
var roomy = map[int]bool{2: true, 6: true, 11: true, 13: true, 14: true}

// A step is one idea, and one idea fits on a few pages.
func TestBudget(t *testing.T) {
	var before course.Source
	for _, step := range course.Steps {
		source, err := library.Source(step.Address())
		if err != nil {
			t.Error(err)
			continue
		}
		added, removed := course.ChangedLines(before, source)
		before = source
		limit := 150
		if roomy[step.Number] {
			limit = 250
		}
		switch changed := added + removed; {
		case step.Number == 1: // nothing to compare with
		case changed > limit:
			t.Errorf("step %s changes %d lines of code (%d added, %d removed) and may change %d: is it still one idea?",
				step.Address(), changed, added, removed, limit)
		case changed == 0:
			t.Errorf("step %s changes nothing", step.Address())
		}
	}
}
