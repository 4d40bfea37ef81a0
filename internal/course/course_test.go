package course_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"basehandler/internal/course"
	"basehandler/steps"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"5", "05"},
		{"05", "05"},
		{"005", "05"},
		{"middleware", "05"},
		{"05-middleware", "05"},
		{" Middleware ", "05"},
		{"05.1", "05.1"},
		{"5.1", "05.1"},
		{"middleware.2", "05.2"},
		{"05.each-request", "05.1"},
		{"05.1-each-request", "05.1"},
		{"05.3", "05"}, // the last beat is the step
		{"8.1", "08"},
		{"14", "14"},
		{"5~forward-loop", "05~forward-loop"},
		{"midleware", `there is no step "midleware"; did you mean "middleware"?`},
		{"exception", `there is no step "exception"; did you mean "exception-middleware"?`},
		{"05-urls", `there is no step "05-urls"; did you mean "05-middleware"?`},
		{"15", `there is no step "15"; the steps go from 01 to 14`},
		{"0", `there is no step "0"; the steps go from 01 to 14`},
		{"", `there is no step ""`},
		{"zzz", `there is no step "zzz"`},
		{"05.4", `there is no beat "05.4"; the beats of step 05 go from 05.1 to 05.3`},
		{"05.0", `there is no beat "05.0"; the beats of step 05 go from 05.1 to 05.3`},
		{"08.2", `there is no beat "08.2"; step 08 has one beat, the step itself`},
		{"05.each", `there is no beat "05.each"; did you mean "05.1"?`},
		{"05~", `there is no mistake "05~"`},
		{"05~../x", `there is no mistake "05~../x"`},
	} {
		address, err := course.ParseAddress(c.text)
		got := address.String()
		if err != nil {
			var unknown *course.UnknownError
			if !errors.As(err, &unknown) {
				t.Errorf("ParseAddress(%q): %v is no UnknownError", c.text, err)
			}
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("ParseAddress(%q) = %s, want %s", c.text, got, c.want)
		}
	}
}

func TestParseDifference(t *testing.T) {
	for text, want := range map[string]string{
		"8":     "07 08",
		"08.1":  "07 08",
		"5":     "04 05",
		"5.3":   "05.2 05",
		"5.2":   "05.1 05.2",
		"5.1":   "04 05.1",
		"1":     "nothing 01",
		"01.1":  "nothing 01.1",
		"05~xx": "05 05~xx",
	} {
		from, to, err := course.ParseDifference(text)
		if got := fmt.Sprint(from, " ", to); err != nil || got != want {
			t.Errorf("ParseDifference(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

// files is a step 05 of three files with one beat and one mistake.
var files = fstest.MapFS{
	"05-middleware/handler.go":                           file("package handler // the step\n"),
	"05-middleware/middleware.go":                        file("package handler\n"),
	"05-middleware/doc.go":                               file("// Package handler is a step.\npackage handler\n"),
	"05-middleware/example_test.go":                      file("package handler\n"),
	"05-middleware/README.md":                            file("# Middleware\n"),
	"05-middleware/_beats/1-each-request/handler.go":     file("package handler // the beat\n"),
	"05-middleware/_beats/1-each-request/absent":         file("middleware.go\n"),
	"05-middleware/_beats/2-load-middleware/absent":      file("missing.go\n"),
	"05-middleware/_mistakes/forward-loop/middleware.go": file("package handler // forward\n"),
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestSource(t *testing.T) {
	library := &course.Library{Files: files}
	for _, c := range []struct{ address, want string }{
		{"05", "doc.go handler.go middleware.go | the step | example_test.go README.md"},
		{"05.1", "doc.go handler.go | the beat |"},
		{"05~forward-loop", "doc.go handler.go middleware.go | the step |"},
		{"05.2", "05-middleware/_beats/2-load-middleware/absent names missing.go, which step 05 does not have"},
		{"05~forward-lop", `there is no mistake "05~forward-lop"; did you mean "05~forward-loop"?`},
		{"05~zz", `there is no mistake "05~zz"; those of step 05 are: forward-loop`},
		{"06", "step 06 has no folder yet: open 06-urls: file does not exist"},
	} {
		source, err := library.Resolve(c.address)
		var got string
		if err != nil {
			got = err.Error()
		} else {
			_, comment, _ := strings.Cut(strings.TrimSpace(string(source.Files["handler.go"])), "// ")
			var beside []string
			for name := range source.Beside {
				beside = append(beside, name)
			}
			slices.SortFunc(beside, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
			got = strings.TrimSpace(strings.Join(source.Names(), " ") + " | " + comment + " | " + strings.Join(beside, " "))
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.address, got, c.want)
		}
	}
}

func TestOriginSaysWhichFolderAFileComesFrom(t *testing.T) {
	source, err := (&course.Library{Files: files}).Resolve("05.1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"doc.go":     "05-middleware/doc.go",
		"handler.go": "05-middleware/_beats/1-each-request/handler.go",
	}
	if diff := cmp.Diff(want, source.Origin); diff != "" {
		t.Error(diff)
	}
}

func TestChangedLines(t *testing.T) {
	source := func(files ...string) course.Source {
		s := course.Source{Files: map[string][]byte{}}
		for i := 0; i < len(files); i += 2 {
			s.Files[files[i]] = []byte(files[i+1])
		}
		return s
	}
	for _, c := range []struct {
		name           string
		from, to       course.Source
		added, removed int
	}{
		{"the same", source("a.go", "package a\n"), source("a.go", "package a\n"), 0, 0},
		{"a new file", source(), source("a.go", "// Package a.\npackage a\n\nvar x = 1\n"), 2, 0},
		{"a file that goes", source("a.go", "package a\n\nvar x = 1\n"), source(), 0, 2},
		{"doc.go", source("doc.go", "package a\n"), source("doc.go", "package a\n\nvar x = 1\n"), 0, 0},
		{"a line that changes", source("a.go", "package a\n\nvar x = 1\n"), source("a.go", "package a\n\nvar x = 2\n"), 1, 1},
		{"comments and blanks", source("a.go", "package a\n\nvar x = 1\n"),
			source("a.go", "package a\n\n// x is one.\n/* And a\nlong one. */\n\nvar x = 1 // as before\n"), 0, 0},
		{"what looks like a comment in a string", source("a.go", "package a\n\nvar x = `\n`\n"),
			source("a.go", "package a\n\nvar x = `\n// a line of text\n`\n"), 1, 0},
	} {
		added, removed := course.ChangedLines(c.from, c.to)
		if added != c.added || removed != c.removed {
			t.Errorf("%s: +%d −%d, want +%d −%d", c.name, added, removed, c.added, c.removed)
		}
	}
}

func TestFindCheckout(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("checkout/go.mod", "// A comment.\nmodule basehandler\n\ngo 1.26.0\n")
	write("checkout/steps/01-hello-wsgi/handler.go", "package handler\n")
	write("checkout/copy/go.mod", "module basehandler\n")
	write("copy/go.mod", "module basehandler\n")
	write("other/go.mod", "module other\n")
	write("other/steps/x", "")
	for dir, want := range map[string]string{
		"checkout":                     "checkout",
		"checkout/steps/01-hello-wsgi": "checkout",
		"checkout/copy":                "checkout", // a copy of a step is no checkout, what is around it may be
		"copy":                         "",
		"other":                        "",
		"other/steps":                  "",
	} {
		if want != "" {
			want = filepath.Join(root, want)
		}
		if got, found := course.FindCheckout(filepath.Join(root, dir)); got != want || found != (want != "") {
			t.Errorf("FindCheckout(%s) = %q, %v; want %q", dir, got, found, want)
		}
	}
	if library := course.OpenLibrary(filepath.Join(root, "copy"), files); library.Checkout != "" {
		t.Errorf("outside a checkout the library is that of %s", library.Checkout)
	}
	library := course.OpenLibrary(filepath.Join(root, "checkout/copy"), files)
	source, err := library.Resolve("1")
	if err != nil || string(source.Files["handler.go"]) != "package handler\n" {
		t.Errorf("in a checkout step 01 is %q, %v", source.Files["handler.go"], err)
	}
}

// TestTable holds the table against the folders, both ways.
func TestTable(t *testing.T) {
	want := map[string]bool{}
	for i, step := range course.Steps {
		if step.Number != i+1 || step.Idea == "" || step.Django == "" || len(step.Beats) == 0 {
			t.Errorf("step %d of the table is incomplete: %+v", i+1, step)
		}
		want[step.Folder()] = true
		for j, beat := range step.Beats {
			if beat.Number != j+1 || beat.Name == "" || beat.Title == "" {
				t.Errorf("beat %d of step %s is incomplete: %+v", j+1, step.Folder(), beat)
			}
		}
		for _, address := range step.Addresses() {
			want[address.Folder()] = true
		}
	}
	have := map[string]bool{}
	for _, pattern := range []string{"*-*", "*-*/_beats/*"} {
		folders, err := fs.Glob(steps.Files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			have[folder] = true
			if !want[folder] {
				t.Errorf("the folder steps/%s is not in the table", folder)
			}
		}
	}
	library := &course.Library{Files: steps.Files}
	for _, folder := range slices.Sorted(maps.Keys(want)) {
		if !have[folder] {
			t.Errorf("steps/%s is in the table and does not exist", folder)
		}
	}
	for _, step := range course.Steps {
		for _, address := range step.Addresses() {
			if have[path.Clean(address.Folder())] {
				if _, err := library.Source(address); err != nil {
					t.Error(err)
				}
			}
		}
		mistakes, err := library.Mistakes(step.Number)
		if err != nil {
			t.Error(err)
		}
		for _, mistake := range mistakes {
			if _, err := library.Source(mistake); err != nil {
				t.Error(err)
			}
		}
	}
}
