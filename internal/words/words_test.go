package words

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		rows  string
	}{
		{"", 5, ""},
		{"  ab \n cd ", 5, "ab cd"},
		{"ab cd e", 5, "ab cd|e"},
		{"ab cde", 5, "ab|cde"},
		{"äö üß", 5, "äö üß"}, // columns, not bytes
		{"a abcdefgh b", 5, "a|abcdefgh|b"},
	} {
		if got := strings.Join(Wrap(c.text, c.width), "|"); got != c.rows {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.rows)
		}
	}
}

func TestList(t *testing.T) {
	for names, want := range map[string]string{"": "", "A": "A", "A B": "A and B", "A B C": "A, B and C"} {
		if got := List(strings.Fields(names)); got != want {
			t.Errorf("%q is %q, want %q", names, got, want)
		}
	}
}
