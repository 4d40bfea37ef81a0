package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"basehandler/asgi"
	"basehandler/internal/course"
	"basehandler/internal/play"
	"basehandler/wsgi"
)

// place is an address as an argument.
type place struct {
	course.Address
	text string // as it was typed
}

// UnmarshalText makes an unknown address an error of usage.
func (p *place) UnmarshalText(text []byte) (err error) {
	p.text = string(text)
	p.Address, err = course.ParseAddress(p.text)
	if err != nil || p.Mistake == "" {
		return err
	}
	// Which mistakes there are is known only where the files are.
	library, _, err := openLibrary()
	if err != nil {
		return err
	}
	_, err = library.Source(p.Address)
	return err
}

// title is what a person calls the address: "step 05 (middleware)".
func title(a course.Address) string {
	step, _ := course.Find(a.Step)
	switch {
	case a.Mistake != "":
		return fmt.Sprintf("mistake %s", a)
	case a.Beat != 0:
		return fmt.Sprintf("beat %s (%s)", a, step.Beats[a.Beat-1].Name)
	}
	return fmt.Sprintf("step %s (%s)", a, step.Name)
}

// way is how an address is run.
type way struct {
	open   play.Opener // nil: compile it from the checkout
	source string      // what is run, for people
}

// way decides how to run an address: as it is linked into this program, or,
// where the checkout has something else, compiled from there. That it has no
// ASGI application, if that is asked for, is said before anything is compiled.
func (e *env) way(a course.Address, serveASGI bool) (way, error) {
	source, err := e.library.Source(a)
	if err != nil {
		return way{}, err
	}
	if needs, err := play.Inspect(source); serveASGI && err == nil && !needs.ASGI {
		return way{}, usageError{fmt.Errorf("%s has no ASGI application, which comes with step 14", a)}
	}
	if e.library.Checkout == "" {
		if !a.IsStep() {
			kind := "a beat"
			if a.Mistake != "" {
				kind = "a mistake"
			}
			return way{}, fmt.Errorf("%s is %s, and is compiled when it is run; that needs a checkout of the course around the current folder, and Go. Without them, see it with: %s diff %s", a, kind, self, a)
		}
		return way{open: play.Linked(a.Step), source: "embedded in this command"}, nil
	}
	folder := filepath.Join(e.library.Checkout, "steps", filepath.FromSlash(a.Folder()))
	if a.IsStep() && play.Linked(a.Step) != nil {
		built, err := embedded.Source(a)
		if err == nil && built.Equal(source) && e.same("wsgi", wsgi.Files) && e.same("asgi", asgi.Files) {
			return way{open: play.Linked(a.Step), source: "the checkout, " + folder}, nil
		}
	}
	return way{source: "the checkout, " + folder + ", compiled just now"}, nil
}

// same says whether a folder of the checkout is still what was built into this
// program. What cannot be read is not the same.
func (e *env) same(folder string, files fs.FS) bool {
	checkout := os.DirFS(filepath.Join(e.library.Checkout, folder))
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		ours, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		theirs, err := fs.ReadFile(checkout, name)
		if err == nil && !bytes.Equal(ours, theirs) {
			return errors.New("they differ")
		}
		return err
	}) == nil
}

// compiling tells a person at a terminal why nothing happens for a second.
func (e *env) compiling(a course.Address) {
	if e.width > 0 {
		fmt.Fprintf(e.stderr, "Compiling %s …\n", a)
	}
}

// settingsFlag is the flag of verbs that make an application.
type settingsFlag struct {
	Settings settings `placeholder:"FILE|{JSON}" help:"Settings as JSON in Django's names, laid over the site's own: a file, or the JSON itself, which begins with {."`
}

// settings is JSON, nil for the site's own.
type settings []byte

// UnmarshalText takes the text of the flag, so that a file that is not there
// and text that is no JSON are errors of usage. What is in a file is judged by
// the step that reads it.
func (s *settings) UnmarshalText(text []byte) (err error) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		*s, err = os.ReadFile(kong.ExpandPath(string(text)))
		return err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return fmt.Errorf("%s begins like JSON, and is none (%w); quote it as a whole: '{\"DEBUG\": true}'", text, err)
	}
	*s = bytes.Clone(text)
	return nil
}
