package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/weave"
)

// headings are those that every chapter has, in this order.
var headings = []string{
	"What goes wrong",
	"The change, beat by beat",
	"How Django does it",
	"Where Go and Python part",
	"A typical mistake",
	"Try it",
	"What is still missing",
}

// TestChapters weaves the chapters and the README: every block of code and
// output comes from where it really stands, and every command to type exists.
// With -update the blocks are rewritten.
func TestChapters(t *testing.T) {
	t.Parallel() // that is, after TestGolden, which may rewrite what is shown
	texts := map[string]course.Address{"README.md": {}}
	for _, step := range course.Steps {
		texts["steps/"+step.Folder()+"/README.md"] = step.Address()
	}
	weaver := &weave.Weaver{
		Root:        os.DirFS(root),
		Source:      library.Source,
		Golden:      func(name string) (*golden.Case, error) { return golden.LoadCase(os.DirFS("golden"), name) },
		Walkthrough: func(args []string) (string, error) { return walkthrough(args...) },
		Check:       checkCommand,
	}
	for name, own := range texts {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(root, filepath.FromSlash(name))
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			woven := weaver.Weave(name, own, source)
			for _, problem := range woven.Problems {
				t.Error(problem)
			}
			if *update {
				if bytes.Equal(woven.Woven, source) {
					return
				}
				if err := os.WriteFile(file, woven.Woven, 0o644); err != nil {
					t.Fatal(err)
				}
				t.Logf("rewritten: %s", name)
				return
			}
			for _, stale := range woven.Stale {
				t.Error(stale)
			}
			if len(woven.Stale) > 0 {
				t.Errorf("If the source is right: go test ./tests -run TestChapters/%s -update", name)
			}
		})
	}
}

// A chapter has the same parts as all others, begins with a request that goes
// wrong at the step before, and shows the same request going right.
func TestChapterForm(t *testing.T) {
	for _, step := range course.Steps {
		t.Run(step.Folder(), func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join(root, "steps", step.Folder(), "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			found := weave.Headings(source)
			at := 0
			for _, want := range headings {
				next := slices.Index(found[at:], want)
				if next < 0 {
					t.Errorf("the heading %q is missing, or not in its place; the order is: %s", want, strings.Join(headings, ", "))
					continue
				}
				at += next + 1
			}

			var shown []*golden.Case
			opens := false // with a golden case
			for _, directive := range weave.Directives(source) {
				if directive[0] == "drawing" {
					continue
				}
				if directive[0] == "golden" && len(directive) >= 3 {
					c, err := golden.LoadCase(os.DirFS("golden"), directive[1])
					if err != nil {
						t.Fatal(err)
					}
					opens = opens || len(shown) == 0
					shown = append(shown, c)
				} else if len(shown) == 0 {
					break
				}
			}
			now, before := step.Address().String(), fmt.Sprintf("%02d", step.Number-1)
			if step.Number == 1 {
				before = ""
			}
			if !opens {
				t.Fatal("the first block is not taken from a golden case")
			}
			first := shown[0]
			if before != "" && (!holds(first, before) || holds(first, now)) {
				t.Errorf("the chapter opens with the case %s (steps: %s), which is not one that goes wrong at %s and no more at %s",
					first.Name, strings.Join(first.Steps, ", "), before, now)
			}
			if !slices.ContainsFunc(shown, func(c *golden.Case) bool {
				return holds(c, now) && !holds(c, before) && (before == "" || requestLine(c) == requestLine(first))
			}) {
				t.Errorf("no golden case shows %q going right at %s (and not yet at %s)", requestLine(first), now, before)
			}
		})
	}
}

func holds(c *golden.Case, address string) bool {
	return slices.Contains(c.Addresses(len(course.Steps)), address)
}

func requestLine(c *golden.Case) string {
	line, _, _ := strings.Cut(string(c.Requests[0]), "\n")
	return line
}

// command is the walkthrough command, built once for all chapters.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "walkthrough-")
	if err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() error { return os.RemoveAll(dir) })
	program := filepath.Join(dir, "walkthrough.exe") // the ending hurts nowhere
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/walkthrough")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/walkthrough: %w\n%s", err, output)
	}
	return program, nil
})

// walkthrough runs the command in the checkout as it would run in a pipe, and
// gives what it prints.
func walkthrough(args ...string) (string, error) {
	program, err := command()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, program, args...)
	run.Dir = root
	run.Env = append(os.Environ(), "NO_COLOR=1")
	run.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	if err := run.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return stdout.String(), nil
}

// checkCommand says whether the command takes these arguments. Asked for help
// as well, it looks at all of them and does nothing.
func checkCommand(args []string) error {
	if len(args) == 0 {
		return nil // it says where to begin
	}
	for _, arg := range args[1:] {
		if _, mistake, found := strings.Cut(arg, "~"); found && mistake != "" {
			if _, err := library.Resolve(arg); err != nil {
				return err
			}
		}
	}
	if _, err := walkthrough(append(slices.Clone(args), "--help")...); err != nil {
		message := err.Error()
		if _, after, found := strings.Cut(message, "walkthrough: "); found {
			message, _, _ = strings.Cut(after, "\n")
		}
		return errors.New(strings.TrimSpace(message))
	}
	return nil
}

func TestCheckCommand(t *testing.T) {
	for _, test := range []struct{ command, want string }{
		{"", ""},
		{"list", ""},
		{"request 05 GET / --header a:b", ""},
		{"start middleware DIR", ""},
		{"reqest 05", `unexpected argument reqest, did you mean "request"?`},
		{"run 15", `there is no step "15"; the steps go from 01 to 14`},
		{"diff 05 --colour", "unknown flag --colour"},
		{"show 05~nothing-of-this-name", `there is no mistake "05~nothing-of-this-name"`},
	} {
		err := checkCommand(strings.Fields(test.command))
		if err == nil && test.want != "" || err != nil && (test.want == "" || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("walkthrough %s: got %v, want %q", test.command, err, test.want)
		}
	}
}
