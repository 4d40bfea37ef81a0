// Package tests holds what concerns all steps at once: their golden cases,
// their differences, their beats and their chapters.
package tests

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/play"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite what the programs give: responses, traces and logs of golden cases, blocks of chapters, deltas if asked for by name")

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	for _, cleanup := range cleanups {
		if err := cleanup(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// root is the checkout.
const root = ".."

var library = &course.Library{Checkout: root, Files: os.DirFS(filepath.Join(root, "steps"))}

// cases reads the golden cases once.
var cases = sync.OnceValues(func() ([]*golden.Case, error) { return golden.Load(os.DirFS("golden")) })

// addresses lists every address of the course: steps, beats and mistakes.
func addresses(t *testing.T) []course.Address {
	t.Helper()
	var all []course.Address
	for _, step := range course.Steps {
		all = append(all, step.Addresses()...)
		mistakes, err := library.Mistakes(step.Number)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mistakes...)
	}
	return all
}

// built is the one program in which all beats and mistakes of the cases are
// compiled. It takes some seconds the first time, and is kept afterwards.
var built = sync.OnceValues(func() (*play.Built, error) {
	all, err := cases()
	if err != nil {
		return nil, err
	}
	var wanted []course.Address
	for _, c := range all {
		for _, text := range c.Addresses(len(course.Steps)) {
			address, err := course.ParseAddress(text)
			if err == nil && !linked(address) && !slices.Contains(wanted, address) {
				wanted = append(wanted, address)
			}
		}
	}
	checkout, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	program, err := play.Build(ctx, checkout, wanted)
	if err != nil {
		cancel()
		return nil, err
	}
	cleanups = append(cleanups, func() error {
		defer cancel()
		return program.Close()
	})
	return program, nil
})

// cleanups undo what was made once for all tests.
var cleanups []func() error

// linked says whether an address is a step that is part of this test binary.
func linked(address course.Address) bool {
	return address.IsStep() && play.Linked(address.Step) != nil
}

// short names the test's own folder in messages as one types it.
func short(path string) string { return strings.TrimPrefix(filepath.ToSlash(path), root+"/") }
