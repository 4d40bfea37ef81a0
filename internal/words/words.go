// Package words lays out text for people: in rows, and as lists and numbers in
// sentences.
package words

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Wrap breaks text between words, into rows of up to width columns where a word
// is not longer than that. No text is one empty row.
func Wrap(text string, width int) []string {
	rows := []string{""}
	for _, word := range strings.Fields(text) {
		last := &rows[len(rows)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			rows = append(rows, word)
		}
	}
	return rows
}

// List is "A, B and C".
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Count is "1 line" or "2 lines".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
