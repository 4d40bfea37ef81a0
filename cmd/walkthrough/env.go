package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"basehandler/internal/course"
	"basehandler/steps"
)

// env is what a verb gets: where to write, how, and the sources.
type env struct {
	stdout, stderr io.Writer
	color          bool
	width          int // of the terminal, 0 if stdout is none
	dir            string
	library        *course.Library // the checkout around dir, else what is embedded
}

// embedded is the library that this program carries.
var embedded = &course.Library{Files: steps.Files}

// openLibrary gives the library for the current folder, and that folder.
func openLibrary() (library *course.Library, dir string, err error) {
	if dir, err = os.Getwd(); err != nil {
		return nil, "", err
	}
	return course.OpenLibrary(dir, steps.Files), dir, nil
}

func newEnv(color string) (*env, error) {
	library, dir, err := openLibrary()
	if err != nil {
		return nil, err
	}
	e := &env{stdout: os.Stdout, stderr: os.Stderr, dir: dir, library: library}
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		e.width = 80
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			e.width = width
		}
	}
	switch color {
	case "always":
		e.color = true
	case "auto":
		e.color = e.width > 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return e, nil
}

// interrupts gives two contexts: the first one ends with the first Ctrl-C or
// SIGTERM, the second one with the next.
func interrupts() (ctx, abort context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	abort, cancelAbort := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for _, end := range []context.CancelFunc{cancel, cancelAbort} {
			select {
			case <-signals:
				end()
			case <-done:
				return
			}
		}
	}()
	return ctx, abort, func() {
		signal.Stop(signals)
		close(done)
		cancel()
		cancelAbort()
	}
}

// sgr gives text an attribute of the terminal, such as "1" (bold) or "2"
// (faint), where colours are wanted.
func (e *env) sgr(attribute, text string) string {
	if !e.color || text == "" {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}
