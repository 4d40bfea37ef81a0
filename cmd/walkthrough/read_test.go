package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJoinLines(t *testing.T) {
	const markdown = `Text
  that goes on.

1. One
   and more.
2. Two
   - inside
     it

Text.

- a
` + "```go\n- b\n  c\n```\n" + `  after
no item
  after
`
	const want = `Text that goes on.

1. One and more.
2. Two
   - inside it

Text.

- a
` + "```go\n- b\n  c\n```\n" + `  after no item after
`
	if diff := cmp.Diff(want, joinLines(markdown)); diff != "" {
		t.Error(diff)
	}
	// Of the text of nothing but prose nothing is lost either.
	for _, same := range []string{"", "\n", "\n\n", "a", "a\n\nb", "\n- a\n\n\n", "# a\nb", "| a |\n| b |\n"} {
		if got := joinLines(same); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
}
