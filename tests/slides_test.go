package tests

import (
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"basehandler/internal/weave"
	"basehandler/slides"
	"basehandler/slides/deck"
)

// inCode finds commands in running text.
var inCode = regexp.MustCompile("`(walkthrough [^`\n]+)`")

// TestSlideCommands: every command on a slide, and in what the speaker says,
// exists.
func TestSlideCommands(t *testing.T) {
	t.Parallel()
	sections, err := deck.Load(slides.Files)
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]*deck.Slide{} // each once; they are many
	for _, section := range sections {
		for _, slide := range section.Slides {
			texts := []string{slide.Notes.Source}
			for _, part := range slide.Parts {
				switch part := part.(type) {
				case deck.Commands:
					commands[part.Source] = slide
				case deck.Text:
					texts = append(texts, part.Source)
				}
			}
			for _, m := range inCode.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
				commands[m[1]] = slide
			}
		}
	}
	if len(commands) == 0 {
		t.Error("there are no commands on the slides")
	}
	var group sync.WaitGroup
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for command, slide := range commands {
		group.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			for _, err := range weave.CheckCommands(command, checkSlideCommand) {
				t.Errorf("slides/%s:%d: slide %s: %v", slide.File, slide.Line, slide.ID, err)
			}
		})
	}
	group.Wait()
}

// checkSlideCommand takes a file of settings for one that the audience has
// written.
func checkSlideCommand(args []string) error {
	args = slices.Clone(args)
	for i, arg := range args {
		if i > 0 && args[i-1] == "--settings" && strings.HasSuffix(arg, ".json") {
			args[i] = "{}"
		}
	}
	return checkCommand(args)
}
