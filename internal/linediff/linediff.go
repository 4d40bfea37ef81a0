// Package linediff compares texts line by line, on udiff, where its usual way
// is not good enough for texts that people read to learn from.
package linediff

import (
	"fmt"

	"github.com/aymanbagabas/go-udiff"
	"github.com/aymanbagabas/go-udiff/myers"
)

// Edits gives a smallest set of lines to remove and to add. udiff.Lines stops
// looking after a hundred changes, and then calls lines changed that are not.
func Edits(before, after string) []udiff.Edit {
	//lint:ignore SA1019 it is slow on large texts, and exact; the texts here are small
	return myers.ComputeEdits(before, after)
}

// Unified is a unified diff with three lines of context, "" for equal texts.
func Unified(oldName, newName, before, after string) string {
	diff, err := udiff.ToUnifiedDiff(oldName, newName, before, Edits(before, after), udiff.DefaultContextLines)
	if err != nil {
		panic(fmt.Sprintf("linediff: the edits do not fit the text they were made from: %v", err))
	}
	// udiff miscounts the new lines behind a hunk with more than one change.
	ahead := 0
	for _, hunk := range diff.Hunks {
		hunk.ToLine = hunk.FromLine + ahead
		for _, line := range hunk.Lines {
			switch line.Kind {
			case udiff.Insert:
				ahead++
			case udiff.Delete:
				ahead--
			}
		}
	}
	return diff.String()
}
