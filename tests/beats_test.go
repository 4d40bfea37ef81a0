package tests

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basehandler/internal/course"
)

// states is the table of the talk: how many beats each step has, and what the
// last one ends in. It is written here a second time on purpose, by hand from
// the talk and not from the table that it checks.
var states = []struct {
	step  string
	beats string
}{
	{"01-hello-wsgi", "1-function 2-handler-object 3-the-view"},
	{"02-request", "1-environ 2-wsgi-request 3-request-class"},
	{"03-response", "1-content 2-iterable 3-status 4-headers"},
	{"04-signals", "1-started 2-finished 3-get-response"},
	{"05-middleware", "1-each-request 2-load-middleware 3-none"},
	{"06-urls", "1-late-view 2-resolution 3-resolve-request 4-not-used"},
	{"07-errors", "1-outermost 2-each-layer"},
	{"08-view-middleware", "1-process-view"},
	{"09-exception-middleware", "1-inline 2-by-middleware"},
	{"10-template-middleware", "1-template-response"},
	{"11-atomic", "1-make-view-atomic"},
	{"12-checks", "1-check-response 2-logging 3-closers 4-urlconf-reset"},
	{"13-async", "1-async-chain"},
	{"14-asgi", "1-asgi-handler"},
}

// The states of the talk, the table of the course and the folders tell the
// same, whichever one starts from.
func TestBeats(t *testing.T) {
	if len(course.Steps) != len(states) {
		t.Fatalf("the course has %d steps, the talk %d", len(course.Steps), len(states))
	}
	folders := map[string]bool{} // that must exist
	for i, step := range course.Steps {
		var beats []string
		for _, beat := range step.Beats {
			beats = append(beats, path.Base(course.Address{Step: step.Number, Beat: beat.Number}.Folder()))
		}
		if got := strings.Join(beats, " "); step.Folder() != states[i].step || got != states[i].beats {
			t.Errorf("the course has %s: %s\nthe talk has   %s: %s", step.Folder(), got, states[i].step, states[i].beats)
		}
		folders[step.Folder()] = true
		for _, beat := range beats[:len(beats)-1] {
			folders[path.Join(step.Folder(), "_beats", beat)] = true
		}
	}

	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if info, err := os.Stat(filepath.Join(root, "steps", filepath.FromSlash(folder))); err != nil || !info.IsDir() {
			t.Errorf("the course has a state without a folder: steps/%s", folder)
		}
	}
	for _, pattern := range []string{"*", "*/_beats/*"} {
		found, err := fs.Glob(library.Files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range found {
			info, err := fs.Stat(library.Files, folder)
			if err != nil {
				t.Fatal(err)
			}
			if info.IsDir() && !folders[folder] {
				t.Errorf("a folder that is no state of the course: steps/%s", folder)
			}
		}
	}
}

// A beat and a mistake hold what differs from their step, nothing else: a file
// that is the same would stay behind at the next edit.
func TestBeatsDiffer(t *testing.T) {
	for _, address := range addresses(t) {
		if address.IsStep() {
			continue
		}
		step, err := library.Source(course.Address{Step: address.Step})
		if err != nil {
			t.Error(err)
			continue
		}
		source, err := library.Source(address)
		if err != nil {
			t.Error(err)
			continue
		}
		if source.Equal(step) {
			t.Errorf("%s is the same as its step", address)
		}
		for name, text := range source.Files {
			if strings.HasPrefix(source.Origin[name], address.Folder()) && string(text) == string(step.Files[name]) {
				t.Errorf("steps/%s is the same as in the step: remove it", source.Origin[name])
			}
		}
	}
}
