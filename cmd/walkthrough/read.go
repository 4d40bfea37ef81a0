package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"charm.land/glamour/v2"
	"charm.land/glamour/v2/styles"

	"basehandler/internal/course"
)

type readCommand struct {
	Place place `arg:"" name:"NN" help:"The step whose chapter to read."`
}

func (readCommand) Help() string {
	return `On a terminal the chapter is laid out to its width; in a pipe it is Markdown as it was written. GLAMOUR_STYLE chooses another style, such as light.

Examples:

    walkthrough read 05
    walkthrough read middleware | less
    walkthrough --color always read 05 | less -R`
}

// chapterFile is the chapter of a step.
const chapterFile = "README.md"

// maxWidth is the longest line that is still comfortable to read.
const maxWidth = 100

func (c *readCommand) Run(e *env) error {
	source, err := e.library.Source(course.Address{Step: c.Place.Step})
	if err != nil {
		return err
	}
	text, found := source.Beside[chapterFile]
	if !found {
		return fmt.Errorf("step %s has no chapter; its code: %s show %s", source.Address, self, source.Address)
	}
	chapter := withoutComments(string(text))
	if e.width == 0 && !e.color {
		_, err := io.WriteString(e.stdout, chapter)
		return err
	}
	width := min(e.width, maxWidth)
	if width == 0 {
		width = 80
	}
	renderer, err := glamour.NewTermRenderer(e.glamourStyle(), glamour.WithChromaFormatter(codeFormatter), glamour.WithWordWrap(width))
	if err != nil {
		return err
	}
	// Glamour fills lines up to the width, and a tab is wider than it thinks.
	rendered, err := renderer.Render(strings.ReplaceAll(joinItems(chapter), "\t", "    "))
	if err != nil {
		return err
	}
	_, err = io.WriteString(e.stdout, rendered)
	return err
}

func (e *env) glamourStyle() glamour.TermRendererOption {
	style := os.Getenv("GLAMOUR_STYLE")
	switch {
	case !e.color:
		return glamour.WithStandardStyle(styles.NoTTYStyle)
	case style != "":
		return glamour.WithStylePath(style)
	}
	return glamour.WithStyles(chapterStyle())
}

var comment = regexp.MustCompile(`(?s)<!--.*?-->\n?`)

// withoutComments takes the markers out that say where code comes from. What
// looks like one inside a block of code stays.
func withoutComments(markdown string) string {
	return inProse(markdown, func(prose string) string { return comment.ReplaceAllString(prose, "") })
}

var item = regexp.MustCompile(`^ *([-*+]|\d+\.) `)

// joinItems puts each item of a list on one line: glamour keeps its line breaks
// and then breaks the lines again.
func joinItems(markdown string) string {
	return inProse(markdown, func(prose string) string {
		var lines []string
		inItem := false
		for line := range strings.SplitSeq(prose, "\n") {
			text := strings.TrimSpace(line)
			goesOn := inItem && text != "" && strings.HasPrefix(line, "  ") && !item.MatchString(line)
			inItem = goesOn || item.MatchString(line)
			if goesOn {
				lines[len(lines)-1] += " " + text
			} else {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	})
}

// inProse edits what is not inside a block of code.
func inProse(markdown string, edit func(string) string) string {
	var out, prose strings.Builder
	flush := func() {
		out.WriteString(edit(prose.String()))
		prose.Reset()
	}
	fence := ""
	for line := range strings.Lines(markdown) {
		mark := strings.TrimLeft(line, " ")
		switch {
		case fence == "" && (strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~")):
			flush()
			fence = mark[:3]
			out.WriteString(line)
		case fence == "":
			prose.WriteString(line)
		default:
			out.WriteString(line)
			if strings.HasPrefix(mark, fence) {
				fence = ""
			}
		}
	}
	flush()
	return out.String()
}
