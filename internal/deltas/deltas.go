// Package deltas locks the difference of each step from the one before, and
// carries an edit of one step forward through the later ones.
//
// Each step is a whole package, and a file that a step does not touch is the
// same in both folders, so the difference of two folders is the lesson. It is
// committed as tests/deltas/NN.diff. A fix that is made in step 03 alone turns
// up in 04.diff as a hunk that takes it back.
//
// The committed deltas also lead back in time: reversed from the last step
// down, they give every step as it was when they were written. That is the
// base of the three-way merge in [Propagate].
package deltas

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"basehandler/internal/linediff"
)

// Step is a folder of a step.
type Step struct {
	Number int
	Folder string // "05-middleware"
}

func (s Step) String() string { return fmt.Sprintf("%02d", s.Number) }

// Path is where the step's delta is, below the root of the checkout.
func (s Step) Path() string { return filepath.Join("tests", "deltas", s.String()+".diff") }

var stepFolder = regexp.MustCompile(`^([0-9]{2})-[a-z-]+$`)

// Steps lists the steps of the checkout at root, which have to be numbered
// from 01 without a gap.
func Steps(root string) ([]Step, error) {
	entries, err := os.ReadDir(filepath.Join(root, "steps"))
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, entry := range entries {
		match := stepFolder.FindStringSubmatch(entry.Name())
		if match == nil || !entry.IsDir() {
			continue
		}
		number, _ := strconv.Atoi(match[1])
		if number != len(steps)+1 {
			return nil, fmt.Errorf("steps/%s comes where step %02d should", entry.Name(), len(steps)+1)
		}
		steps = append(steps, Step{number, entry.Name()})
	}
	return steps, nil
}

// files holds a step's .go files by name.
type files map[string]string

// read gives the files of a step that go from step to step. doc.go, the
// chapter and the beats are the step's own.
func read(root string, step Step) (files, error) {
	dir := filepath.Join(root, "steps", step.Folder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	read := files{}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || name == "doc.go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		read[name] = string(text)
	}
	return read, nil
}

// Compute gives the difference of a step from the one before as the folders
// are now. The first step has none.
func Compute(root string, step Step) (string, error) {
	steps, err := Steps(root)
	if err != nil {
		return "", err
	}
	if step.Number < 2 || step.Number > len(steps) {
		return "", fmt.Errorf("there is no delta of step %s", step)
	}
	before := steps[step.Number-2]
	from, err := read(root, before)
	if err != nil {
		return "", err
	}
	to, err := read(root, step)
	if err != nil {
		return "", err
	}
	return difference(before, step, from, to), nil
}

// Committed reads the delta of a step.
func Committed(root string, step Step) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, step.Path()))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s yet; write it with: go test ./tests -run TestDeltas/%s -update", step.Path(), step)
	}
	return string(text), err
}

// Write commits a delta to its file.
func Write(root string, step Step, delta string) error {
	path := filepath.Join(root, step.Path())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(delta), 0o644)
}

// nowhere is the name of a file that one side does not have.
const nowhere = "/dev/null"

// difference is a unified diff, files by name.
func difference(before, step Step, from, to files) string {
	var delta strings.Builder
	for _, name := range names(from, to) {
		oldName, newName := before.Folder+"/"+name, step.Folder+"/"+name
		if _, ok := from[name]; !ok {
			oldName = nowhere
		}
		if _, ok := to[name]; !ok {
			newName = nowhere
		}
		delta.WriteString(linediff.Unified(oldName, newName, from[name], to[name]))
	}
	return delta.String()
}

func names(trees ...files) []string {
	all := map[string]bool{}
	for _, tree := range trees {
		for name := range tree {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
