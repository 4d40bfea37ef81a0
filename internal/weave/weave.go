// Package weave takes every block of code and output in a text from where it
// really stands. An HTML comment directly before a fenced block says what the
// block holds:
//
//	<!-- code 05.1 handler.go (*WSGIHandler).Call -->
//	```go
//	```
//
// The directives, where ADDR is an address of the course and may be left out
// in a chapter, which then means its own step:
//
//	code [ADDR] FILE [DECL …] [nocomment]   a file, or declarations of it with their comments
//	diff ADDR ADDR FILE [DECL …] [nocomment] what differs between two states
//	golden NAME SECTION                     request, response, trace, log, error or settings of a case; trace 2 …
//	walkthrough ARGS…                       a command and what it prints
//	file PATH                               a file of the checkout
//	drawing                                 nothing: the block is drawn by hand
//
// A block without a directive is a mistake in the text, but for one in the
// language sh: commands to type, which have to be commands that exist.
package weave

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/godecl"
	"basehandler/internal/golden"
	"basehandler/internal/linediff"

	"github.com/aymanbagabas/go-udiff"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Weaver knows where everything stands.
type Weaver struct {
	Root        fs.FS                                          // the checkout
	Source      func(course.Address) (course.Source, error)    // the files of an address
	Golden      func(name string) (*golden.Case, error)        // a case, such as 05-middleware/onion
	Walkthrough func(args []string) (output string, err error) // runs the command
	Check       func(args []string) error                      // says whether the command takes these arguments
}

// Text is a woven text.
type Text struct {
	Name     string
	Woven    []byte    // with every block as it should be
	Stale    []Problem // blocks that are not
	Problems []Problem // what cannot be woven at all; the blocks are left as they are
}

// Problem is something to be said about a line.
type Problem struct {
	File      string
	Line      int    // of the directive, or of the block that has none
	Directive string // "" if there is none
	Message   string
}

func (p Problem) Error() string {
	if p.Directive == "" {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Directive, p.Message)
}

// Weave fills the blocks of a text. The address is that of the step whose
// chapter it is, the zero address for other texts.
func (w *Weaver) Weave(name string, own course.Address, source []byte) *Text {
	result := &Text{Name: name}
	var edits []udiff.Edit
	for _, b := range blocks(source) {
		problem := func(format string, args ...any) {
			result.Problems = append(result.Problems, Problem{name, b.line, b.directive(), fmt.Sprintf(format, args...)})
		}
		if b.fault != "" {
			problem("%s", b.fault)
			continue
		}
		if b.words == nil { // a block of commands
			for _, err := range CheckCommands(b.content, w.Check) {
				problem("%v", err)
			}
			continue
		}
		content, err := w.content(own, b.words)
		switch {
		case err != nil:
			problem("%v", err)
		case b.words[0] == "drawing" || content == b.content:
		case closes(content, b.fence):
			problem("the content holds a line that begins with %s: use a longer fence", b.fence)
		default:
			result.Stale = append(result.Stale, Problem{name, b.line, b.directive(),
				"the block is not what it is taken from:\n" + linediff.Unified("block", "source", b.content, content)})
			edits = append(edits, udiff.Edit{Start: b.start, End: b.start + len(b.content), New: content})
		}
	}
	woven, err := udiff.ApplyBytes(source, edits)
	if err != nil {
		panic(err) // blocks follow one another
	}
	result.Woven = woven
	return result
}

// Directives lists the directives of a text in order, each as its words.
func Directives(source []byte) [][]string {
	var directives [][]string
	for _, b := range blocks(source) {
		if b.words != nil && b.fault == "" {
			directives = append(directives, b.words)
		}
	}
	return directives
}

// Headings lists the headings of a text in order.
func Headings(source []byte) []string {
	var headings []string
	for node := parse(source).FirstChild(); node != nil; node = node.NextSibling() {
		if heading, ok := node.(*ast.Heading); ok {
			headings = append(headings, string(heading.Lines().Value(source)))
		}
	}
	return headings
}

// block is a fenced block with the comment before it.
type block struct {
	line    int      // from 1
	words   []string // of the directive; nil for a block of commands
	fault   string   // what is wrong with the block itself
	fence   string   // "```", or longer
	start   int      // offset of the content
	content string
}

func (b block) directive() string {
	if b.words == nil {
		return ""
	}
	return "<!-- " + strings.Join(b.words, " ") + " -->"
}

var verbs = []string{"code", "diff", "golden", "walkthrough", "file", "drawing"}

func parse(source []byte) ast.Node {
	return goldmark.DefaultParser().Parse(text.NewReader(source))
}

// blocks finds every block of code, and every directive that has none.
func blocks(source []byte) []block {
	var found []block
	lineOf := func(offset int) int { return bytes.Count(source[:offset], []byte("\n")) + 1 }
	var pending *block // a directive that waits for its block
	wait := func() {
		if pending != nil {
			pending.fault = "no fenced block follows"
			found = append(found, *pending)
			pending = nil
		}
	}
	after := 0 // where the text after the last comment begins
	ast.Walk(parse(source), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || node.Type() != ast.TypeBlock {
			return ast.WalkContinue, nil
		}
		top := node.Parent() != nil && node.Parent().Kind() == ast.KindDocument
		switch node := node.(type) {
		case *ast.HTMLBlock:
			wait()
			words, end := comment(node, source)
			if len(words) == 0 {
				break
			}
			first := node.Lines().At(0).Start
			fenced := node.NextSibling() != nil && node.NextSibling().Kind() == ast.KindFencedCodeBlock
			if !slices.Contains(verbs, words[0]) {
				if fenced {
					pending = &block{line: lineOf(first), words: words}
					pending.fault = fmt.Sprintf("unknown directive %q (known: %s)", words[0], strings.Join(verbs, ", "))
				}
				break
			}
			pending = &block{line: lineOf(first), words: words}
			after = end
			if !top {
				pending.fault = "a directive stands at the left margin, not inside a list or a quotation"
			}
			if !fenced {
				wait()
			}
		case *ast.FencedCodeBlock:
			b := block{}
			if pending != nil {
				b, pending = *pending, nil
			}
			language := string(node.Language(source))
			b.locate(node, source, after)
			switch {
			case b.line != 0: // it has its directive
			case language == "sh":
				b.line = lineOf(b.start) - 1
			default:
				b.line = lineOf(b.start) - 1
				b.fault = "a block without a directive: say where it comes from, <!-- code FILE DECL --> and the like, or make it sh if it is a command to type"
			}
			found = append(found, b)
		case *ast.CodeBlock:
			wait()
			found = append(found, block{line: lineOf(node.Lines().At(0).Start),
				fault: "an indented block of code: put it between fences"})
		case *ast.Document, *ast.List, *ast.ListItem, *ast.Blockquote:
		default:
			wait()
		}
		return ast.WalkContinue, nil
	})
	wait()
	return found
}

// comment gives the words of an HTML comment and where it ends; nothing for
// other HTML.
func comment(node *ast.HTMLBlock, source []byte) (words []string, end int) {
	raw := node.Lines().Value(source)
	end = node.Lines().At(node.Lines().Len() - 1).Stop
	if node.HasClosure() {
		raw = append(bytes.Clone(raw), node.ClosureLine.Value(source)...)
		end = node.ClosureLine.Stop
	}
	inner, ok := strings.CutPrefix(strings.TrimSpace(string(raw)), "<!--")
	if !ok {
		return nil, end
	}
	inner, ok = strings.CutSuffix(inner, "-->")
	if !ok {
		return nil, end
	}
	words, err := split(inner)
	if err != nil {
		words = strings.Fields(inner)
	}
	return words, end
}

// locate finds the content of a fenced block. Of an empty one the parser tells
// no place: its first fence is then the next line that is not blank.
func (b *block) locate(node *ast.FencedCodeBlock, source []byte, after int) {
	fenceAt := after
	switch {
	case node.Info != nil:
		fenceAt = bytes.LastIndexByte(source[:node.Info.Segment.Start], '\n') + 1
	case node.Lines().Len() > 0:
		fenceAt = bytes.LastIndexByte(source[:max(node.Lines().At(0).Start-1, 0)], '\n') + 1
	default:
		for fenceAt < len(source) && (source[fenceAt] == '\n' || source[fenceAt] == ' ') {
			fenceAt++
		}
	}
	line, _, _ := strings.Cut(string(source[fenceAt:]), "\n")
	line = strings.TrimLeft(line, " ")
	b.fence = line
	if line != "" {
		b.fence = line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
	}
	b.start = fenceAt + bytes.IndexByte(append(source[fenceAt:len(source):len(source)], '\n'), '\n') + 1
	b.start = min(b.start, len(source))
	b.content = string(node.Lines().Value(source))
}

// closes says whether a line of the content would end the block.
func closes(content, fence string) bool {
	for line := range strings.Lines(content) {
		if strings.HasPrefix(strings.TrimLeft(line, " "), fence) {
			return true
		}
	}
	return false
}

// content gives what the directive stands for; always whole lines.
func (w *Weaver) content(own course.Address, words []string) (string, error) {
	args := words[1:]
	switch words[0] {
	case "code":
		return w.code(own, args)
	case "diff":
		return w.diff(args)
	case "golden":
		if len(args) != 2 && len(args) != 3 {
			return "", errors.New("takes the name of a case and of a section: golden 05-middleware/onion trace")
		}
		c, err := w.Golden(args[0])
		if err != nil {
			return "", err
		}
		return c.Section(strings.Join(args[1:], " "))
	case "walkthrough":
		if err := w.Check(args); err != nil {
			return "", err
		}
		output, err := w.Walkthrough(args)
		if err != nil {
			return "", err
		}
		return "$ walkthrough " + strings.Join(quote(args), " ") + "\n" + lines(output), nil
	case "file":
		if len(args) != 1 {
			return "", errors.New("takes one path")
		}
		content, err := fs.ReadFile(w.Root, args[0])
		return lines(string(content)), err
	}
	return "", nil // drawing
}

// lines ends a text in exactly one newline.
func lines(text string) string {
	if text = strings.TrimRight(text, "\n"); text != "" {
		text += "\n"
	}
	return text
}

func (w *Weaver) code(own course.Address, args []string) (string, error) {
	args, keep := without(args, "nocomment")
	address := own
	if len(args) > 0 && !strings.HasSuffix(args[0], ".go") {
		var err error
		if address, err = course.ParseAddress(args[0]); err != nil {
			return "", err
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return "", errors.New("takes a file and perhaps declarations: code 05.1 handler.go (*WSGIHandler).Call")
	}
	if address.Step == 0 {
		return "", errors.New("says no address, and this text is no step's chapter")
	}
	source, err := w.Source(address)
	if err != nil {
		return "", err
	}
	file, err := source.File(args[0])
	if err != nil {
		return "", err
	}
	if len(args) == 1 {
		return lines(string(file)), nil
	}
	return godecl.Cut(args[0], file, args[1:], keep)
}

func (w *Weaver) diff(args []string) (string, error) {
	args, keep := without(args, "nocomment")
	if len(args) < 3 {
		return "", errors.New("takes two addresses, a file and perhaps declarations: diff 05.1 05.2 handler.go (*WSGIHandler).Call")
	}
	var sides [2]string
	var missing []error
	for i := range sides {
		address, err := course.ParseAddress(args[i])
		if err != nil {
			return "", err
		}
		source, err := w.Source(address)
		if err != nil {
			return "", err
		}
		file, err := source.File(args[2])
		if err != nil { // a file may come or go, and so may a declaration
			missing = append(missing, err)
			continue
		}
		sides[i] = string(file)
		if len(args) == 3 {
			continue
		}
		sides[i] = ""
		for _, name := range args[3:] {
			decl, err := godecl.Cut(args[2], file, []string{name}, keep)
			if err != nil {
				missing = append(missing, err)
				continue
			}
			if sides[i] != "" {
				sides[i] += "\n"
			}
			sides[i] += decl
		}
	}
	if sides[0] == "" && sides[1] == "" && missing != nil {
		return "", missing[0]
	}
	unified := linediff.Unified("a", "b", sides[0], sides[1])
	_, unified, _ = strings.Cut(unified, "\n") // --- a
	_, unified, _ = strings.Cut(unified, "\n") // +++ b
	if unified == "" {
		return "", errors.New("nothing differs")
	}
	return unified, nil
}

// without takes an option out of the arguments; absent says it was not there.
func without(args []string, option string) (rest []string, absent bool) {
	at := slices.Index(args, option)
	if at < 0 {
		return args, true
	}
	return slices.Delete(slices.Clone(args), at, at+1), false
}
