// Walkthrough is the one command of the course: it lists, shows, compares,
// runs and copies the fourteen steps from a hello-world WSGI application to
// Django's BaseHandler.
//
//	go run ./cmd/walkthrough list
//	go run ./cmd/walkthrough run 05
//	go run ./cmd/walkthrough diff 8
//
// A built program carries all sources, so it works anywhere. Each verb is in a
// file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

// commands is the command line.
type commands struct {
	Color   string           `enum:"auto,always,never" default:"auto" help:"Colours: ${enum}. auto means on a terminal, unless NO_COLOR is set."`
	Version kong.VersionFlag `help:"Print the version."`

	Serve     serveCommand     `cmd:"" help:"Serve the whole course for a browser: chapters, slides, requests to try."`
	Slides    slidesCommand    `cmd:"" help:"Serve the course, beginning at the slides."`
	List      listCommand      `cmd:"" help:"List the steps."`
	Read      readCommand      `cmd:"" help:"Read the chapter of a step."`
	Run       runCommand       `cmd:"" help:"Serve a step for a browser or curl."`
	Request   requestCommand   `cmd:"" help:"Send a step one request, and see what happens inside."`
	Trace     traceCommand     `cmd:"" help:"Run scenarios through the complete handler, and see what happens inside."`
	Show      showCommand      `cmd:"" help:"Show the code of a step."`
	Diff      diffCommand      `cmd:"" help:"Show what a step changes."`
	Start     startCommand     `cmd:"" help:"Copy a step into a folder of your own."`
	Test      testCommand      `cmd:"" help:"Run the golden tests of a step (in a checkout)."`
	Propagate propagateCommand `cmd:"" help:"Carry an edit of a step on into the later ones (in a checkout)."`
}

const description = `The request/response cycle of Django, rebuilt in Go in fourteen steps.

A step is a number or a name: 5, 05, middleware. 05.1 is the first beat of step 05, a state of the code on the way to it. 05~NAME is a typical mistake at step 05.

Exit codes: 0 success, 1 failure, 80 a mistake in what was typed.`

// intro is what the command says when it is asked nothing.
const intro = `The request/response cycle of Django, rebuilt in Go in fourteen steps.

  walkthrough serve           all of it in a browser, the slides too
  walkthrough list            the steps, and what each adds
  walkthrough read 01         the first chapter
  walkthrough run 01          the first step as a server: http://127.0.0.1:8001/
  walkthrough diff 02         what the second step changes
  walkthrough request 05 GET / --header 'X-Name: you'
                              one request, and what happens to it inside
  walkthrough start 05 DIR    step 05 in a folder of your own, to try things
  walkthrough --help          everything else
`

// self is what to type to get this command.
var self = func() string {
	program, err := os.Executable()
	// go run keeps what it builds in Go's cache or in a temporary folder.
	if err == nil && strings.Contains(program, "go-build") && !strings.HasSuffix(program, ".test") {
		return "go run ./cmd/walkthrough"
	}
	return "walkthrough"
}()

func main() {
	if len(os.Args) == 1 {
		fmt.Print(intro)
		if self != "walkthrough" {
			fmt.Printf("\nHere walkthrough stands for: %s\n", self)
		}
		return
	}
	var cli commands
	parser := kong.Must(&cli,
		kong.Name(self),
		kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 80}),
		kong.Vars{"version": version()},
	)
	args := os.Args[1:]
	if args[0] == "help" { // as one asks go
		args = append(slices.Clone(args[1:]), "--help")
	}
	ctx, err := parser.Parse(args)
	var refused *kong.ParseError
	if errors.As(err, &refused) {
		ctx = refused.Context
		err = usageError{errors.New(plain(err.Error()))}
	}
	var e *env
	if err == nil {
		e, err = newEnv(cli.Color)
	}
	if err == nil {
		err = ctx.Run(e)
	}
	var usage usageError
	var unknown *course.UnknownError
	switch {
	case err == nil:
		return
	case errors.As(err, &usage), errors.As(err, &unknown):
		help := self
		if node := ctx.Selected(); node != nil {
			help = node.FullPath()
		}
		fmt.Fprintf(os.Stderr, "walkthrough: %v\nFor help: %s --help\n", err, help)
		os.Exit(80)
	case errors.Is(err, context.Canceled):
		err = errors.New("stopped")
	}
	if !errors.Is(err, play.ErrSaid) {
		fmt.Fprintf(os.Stderr, "walkthrough: %v\n", err)
	}
	os.Exit(1)
}

// usageError is a mistake in what was typed. Most of them are found before a
// verb begins; so are names that do not exist, which are a [course.UnknownError].
type usageError struct{ error }

var (
	// argument is how a message about an argument begins; the rest says enough.
	argument = regexp.MustCompile(`^\[?<[^>]+>\]?: `)

	// missing is how kong says that nothing follows a flag.
	missing = regexp.MustCompile(`expected .+ but got "EOL" \(<EOL>\)$`)
)

// plain is a message of kong as a person would say it.
func plain(message string) string {
	message = argument.ReplaceAllString(message, "")
	return missing.ReplaceAllString(message, "its value is missing")
}

func version() string {
	release := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		release = info.Main.Version
	}
	return fmt.Sprintf("walkthrough %s, %s", release, runtime.Version())
}
