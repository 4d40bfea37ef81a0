package deltas

import (
	"strings"

	"basehandler/internal/linediff"

	"github.com/aymanbagabas/go-udiff"
)

// clash is a place where both sides changed the same lines, or lines that
// touch, each in its own way.
type clash struct {
	line, end    int    // lines of ours, from 1, end included; end < line between two lines
	ours, theirs string // what each side made of it
}

// merge brings what changed from base to theirs into ours. It never guesses:
// changes that touch are clashes unless they are the same.
func merge(base, ours, theirs string) (string, []clash) {
	x, y := linediff.Edits(base, ours), linediff.Edits(base, theirs)
	var merged []udiff.Edit
	var clashes []clash
	shift := 0 // lines by which ours is ahead of base so far
	for len(x) > 0 || len(y) > 0 {
		// A cluster is what touches, of both sides.
		start, end := 0, 0
		if len(y) == 0 || len(x) > 0 && x[0].Start <= y[0].Start {
			start, end = x[0].Start, x[0].End
		} else {
			start, end = y[0].Start, y[0].End
		}
		var mine, other []udiff.Edit
		for {
			switch {
			case len(x) > 0 && x[0].Start <= end:
				end, mine, x = max(end, x[0].End), append(mine, x[0]), x[1:]
				continue
			case len(y) > 0 && y[0].Start <= end:
				end, other, y = max(end, y[0].End), append(other, y[0]), y[1:]
				continue
			}
			break
		}
		before := base[start:end]
		left, right := within(before, start, mine), within(before, start, other)
		switch {
		case len(other) == 0:
			merged = append(merged, mine...)
		case len(mine) == 0:
			merged = append(merged, other...)
		case left == right:
			merged = append(merged, udiff.Edit{Start: start, End: end, New: left})
		default:
			line := strings.Count(base[:start], "\n") + shift + 1
			clashes = append(clashes, clash{line, line + strings.Count(left, "\n") - 1, left, right})
		}
		shift += strings.Count(left, "\n") - strings.Count(before, "\n")
	}
	if clashes != nil {
		return "", clashes
	}
	text, err := udiff.Apply(base, merged)
	if err != nil {
		panic(err) // clusters do not overlap
	}
	return text, nil
}

// within applies edits of the whole to the part of it that begins at start.
func within(part string, start int, edits []udiff.Edit) string {
	moved := make([]udiff.Edit, len(edits))
	for i, edit := range edits {
		moved[i] = udiff.Edit{Start: edit.Start - start, End: edit.End - start, New: edit.New}
	}
	text, err := udiff.Apply(part, moved)
	if err != nil {
		panic(err) // the edits are those of one valid list, inside the part
	}
	return text
}
