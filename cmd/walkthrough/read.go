package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"charm.land/glamour/v2"
	"github.com/alecthomas/chroma/v2/quick"

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
	prose, blocks := withoutCode(chapter)
	rendered, err := renderer.Render(joinLines(prose))
	if err != nil {
		return err
	}
	for i, block := range blocks {
		code, err := e.layOut(block, max(width, e.width))
		if err != nil {
			return err
		}
		before, behind, _ := strings.Cut(rendered, stub(i))
		before = before[:strings.LastIndex(before, "\n")+1]
		_, behind, _ = strings.Cut(behind, "\n")
		rendered = before + code + behind
	}
	_, err = io.WriteString(e.stdout, rendered)
	return err
}

// codeBlock is a block of code that stands in no list.
type codeBlock struct{ language, text string }

// stub stands for a block in the text that glamour lays out. The runes around
// the number are for private use, so no chapter has them.
func stub(block int) string { return fmt.Sprintf("\ue000%d\ue001", block) }

// withoutCode takes the blocks of code out: glamour would break their lines
// like those of text.
func withoutCode(markdown string) (string, []codeBlock) {
	var prose strings.Builder
	var blocks []codeBlock
	inBlock := false
	for line := range strings.Lines(markdown) {
		language, isFence := strings.CutPrefix(line, "```")
		switch {
		case !isFence && inBlock:
			blocks[len(blocks)-1].text += line
		case !isFence:
			prose.WriteString(line)
		case inBlock:
			inBlock = false
		default:
			inBlock = true
			prose.WriteString("\n" + stub(len(blocks)) + "\n\n")
			blocks = append(blocks, codeBlock{language: strings.TrimSpace(language)})
		}
	}
	return prose.String(), blocks
}

// layOut indents a block of code, by less where its lines need the place. On a
// terminal, lines that are too long all the same are folded, but not those of a
// shell: they are there to be copied.
func (e *env) layOut(block codeBlock, width int) (string, error) {
	text := strings.ReplaceAll(block.text, "\t", "    ")
	longest := 0
	for line := range strings.Lines(text) {
		if length := columns(line); length <= width {
			longest = max(longest, length)
		}
	}
	if e.color {
		var colored strings.Builder
		if err := quick.Highlight(&colored, text, block.language, codeFormatter, codeStyle); err != nil {
			return "", err
		}
		text = colored.String()
	}
	indent := strings.Repeat(" ", min(width-longest, 4))
	var out strings.Builder
	for line := range strings.Lines(text) {
		rows := []string{line}
		if e.width > 0 && block.language != "sh" {
			rows = fold(line, width-len(indent))
		}
		out.WriteString(indent + strings.Join(rows, "\n"+indent))
	}
	return out.String(), nil
}

func (e *env) glamourStyle() glamour.TermRendererOption {
	style := os.Getenv("GLAMOUR_STYLE")
	switch {
	case !e.color:
		return glamour.WithStyles(plainStyle())
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

// joinLines puts each paragraph and each item of a list on one line: glamour
// keeps the line breaks of an item, and ends what is emphasised at each.
func joinLines(markdown string) string {
	return inProse(markdown, func(prose string) string {
		var lines []string
		open := false // may the last line go on?
		for line := range strings.SplitSeq(prose, "\n") {
			text := strings.TrimSpace(line)
			alone := text == "" || strings.ContainsRune("#|>", rune(text[0]))
			if open && !alone && !item.MatchString(line) {
				lines[len(lines)-1] += " " + text
				continue
			}
			lines = append(lines, line)
			open = !alone
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
