package main

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ line, rows string }{
		{"", ""},
		{"twenty columns, all.\n", "twenty columns, all.\n"}, // the end of a line takes none
		{"twenty columns, all.", "twenty columns, all."},
		{"one column more than that", "one column more than\n  that"},
		{"    if a { return b, nil }", "    if a { return b,\n      nil }"},
		{"+   if a { return b, nil }", "+   if a { return b,\n      nil }"},
		{"- x := 1             // one", "- x := 1\n    // one"},
		{"a := \"ein Löffel Öl\" // ü", "a := \"ein Löffel Öl\"\n  // ü"},
		// A word that does not fit stays whole, and so does a line of one word.
		{"see https://example.org/a/b/c/d there", "see\n  https://example.org/a/b/c/d\n  there"},
		{"    https://example.org/a/b/c/d", "    https://example.org/a/b/c/d"},
		// An indentation that leaves no room is given up.
		{"            deep(a, b, c, d)", "            deep(a,\n  b, c, d)"},
		// Colours take no place, and are not cut.
		{"\x1b[36m// \x1b[1mtwenty\x1b[0m columns, a\x1b[0m", "\x1b[36m// \x1b[1mtwenty\x1b[0m columns, a\x1b[0m"},
		{"\x1b[36m    // one two three four\x1b[0m", "\x1b[36m    // one two three\n      four\x1b[0m"},
	} {
		if got := strings.Join(fold(c.line, 20), "\n"); got != c.rows {
			t.Errorf("%q\n got %q\nwant %q", c.line, got, c.rows)
		}
	}
}
