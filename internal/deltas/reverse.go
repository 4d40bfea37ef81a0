package deltas

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// reverse takes a delta back from the files that it led to. It is strict: each
// line that the delta kept or added has to be where the delta says.
func reverse(delta string, to files) (files, error) {
	from := files{}
	for name, text := range to {
		from[name] = text
	}
	p := parser{lines: strings.SplitAfter(delta, "\n")}
	for p.more() {
		oldName, newName, err := p.header()
		if err != nil {
			return nil, err
		}
		name := path.Base(newName)
		if newName == nowhere {
			name = path.Base(oldName)
		}
		text := to[name]
		edits, err := p.hunks(name, text)
		if err != nil {
			return nil, err
		}
		if oldName == nowhere {
			delete(from, name)
			continue
		}
		if from[name], err = udiff.Apply(text, edits); err != nil {
			return nil, err
		}
	}
	return from, nil
}

type parser struct {
	lines []string // each with its newline
	at    int
}

func (p *parser) more() bool { return p.at < len(p.lines) && p.lines[p.at] != "" }

func (p *parser) header() (oldName, newName string, err error) {
	if p.at+1 < len(p.lines) {
		from, isFrom := strings.CutPrefix(p.lines[p.at], "--- ")
		to, isTo := strings.CutPrefix(p.lines[p.at+1], "+++ ")
		if isFrom && isTo {
			p.at += 2
			return strings.TrimSpace(from), strings.TrimSpace(to), nil
		}
	}
	return "", "", fmt.Errorf("line %d of the delta is not the head of a file: %q", p.at+1, p.lines[p.at])
}

var hunkHead = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

// hunks turns the hunks of one file into edits that take them back from text.
func (p *parser) hunks(name, text string) ([]udiff.Edit, error) {
	lines := strings.SplitAfter(text, "\n")
	offsets := make([]int, 1, len(lines)+1)
	for _, line := range lines {
		offsets = append(offsets, offsets[len(offsets)-1]+len(line))
	}
	var edits []udiff.Edit
	for p.more() {
		head := hunkHead.FindStringSubmatch(p.lines[p.at])
		if head == nil {
			break
		}
		p.at++
		oldLeft, newLeft := count(head[1]), count(head[3])
		line, _ := strconv.Atoi(head[2])
		line = max(line-1, 0) // from 0; a hunk without lines says 0 too
		for oldLeft > 0 || newLeft > 0 {
			if !p.more() {
				return nil, fmt.Errorf("the delta ends within a hunk of %s", name)
			}
			kind, content := p.lines[p.at][0], p.lines[p.at][1:]
			p.at++
			if p.more() && p.lines[p.at][0] == '\\' { // no newline at end of file
				content = strings.TrimSuffix(content, "\n")
				p.at++
			}
			if line >= len(lines) {
				return nil, fmt.Errorf("%s has no line %d", name, line+1)
			}
			if (kind == ' ' || kind == '+') && lines[line] != content {
				return nil, fmt.Errorf("line %d of %s is not %q", line+1, name, strings.TrimSuffix(content, "\n"))
			}
			switch kind {
			case ' ':
				oldLeft, newLeft, line = oldLeft-1, newLeft-1, line+1
			case '+':
				edits = append(edits, udiff.Edit{Start: offsets[line], End: offsets[line+1]})
				newLeft, line = newLeft-1, line+1
			case '-':
				edits = append(edits, udiff.Edit{Start: offsets[line], End: offsets[line], New: content})
				oldLeft--
			default:
				return nil, fmt.Errorf("line %d of the delta is neither kept nor added nor removed: %q", p.at, content)
			}
		}
	}
	return edits, nil
}

// count reads the number of lines in the head of a hunk, which is left out
// for one.
func count(text string) int {
	if text == "" {
		return 1
	}
	n, _ := strconv.Atoi(text)
	return n
}
