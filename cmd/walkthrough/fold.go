package main

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// escapes are the attributes of a terminal, which take no column.
	escapes = regexp.MustCompile("\x1b\\[[\\d;]*m")

	// margin is what a line of code begins with: its indentation, behind the
	// sign of a line of a difference.
	margin = regexp.MustCompile(`^[+-]? *`)
)

// columns is the width of a line that has no control characters but [escapes].
func columns(text string) int {
	return utf8.RuneCountInString(strings.TrimSuffix(escapes.ReplaceAllString(text, ""), "\n"))
}

// fold breaks a line of code at blanks, into rows of up to width columns where
// a word is not longer than that. The rows after the first hang a little deeper
// than the line begins, so that they do not look like lines of their own. A
// colour goes on over a break.
func fold(line string, width int) []string {
	if columns(line) <= width {
		return []string{line}
	}
	begin := len(margin.FindString(escapes.ReplaceAllString(line, "")))
	hang := begin + 2
	if hang > width/2 {
		hang = 2
	}
	var rows []string
	row, column := "", 0
	for i, word := range strings.Split(line, " ") {
		needed := columns(word)
		if i > 0 {
			if column+1+needed > width && needed > 0 && column > begin {
				rows = append(rows, strings.TrimRight(row, " "))
				row, column, begin = strings.Repeat(" ", hang), hang, hang
			} else {
				row, column = row+" ", column+1
			}
		}
		row, column = row+word, column+needed
	}
	return append(rows, row)
}
