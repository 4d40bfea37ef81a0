package site

import (
	"strings"

	"basehandler/internal/linediff"
)

// row is a line of two texts that are read side by side. The number of a line
// is from 1, and 0 in the text that does not have it.
type row struct{ old, new int }

// rows compares two texts whose lines all end in a line feed. Lines that are
// removed come before those that are added in the same place.
func rows(before, after string) []row {
	var all []row
	var added []row // that wait for the removed ones of the same place
	i, j := 0, 0
	at := 0
	stay := func(upTo int) {
		for range strings.Count(before[at:upTo], "\n") {
			all, added = append(all, added...), nil
			i, j = i+1, j+1
			all = append(all, row{i, j})
		}
	}
	for _, edit := range linediff.Edits(before, after) {
		stay(edit.Start)
		for range strings.Count(before[edit.Start:edit.End], "\n") {
			i++
			all = append(all, row{old: i})
		}
		for range strings.Count(edit.New, "\n") {
			j++
			added = append(added, row{new: j})
		}
		at = edit.End
	}
	stay(len(before))
	return append(all, added...)
}
