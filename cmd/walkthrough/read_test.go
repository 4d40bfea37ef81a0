package main

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"basehandler/internal/course"
)

// On a terminal the signs of Markdown give way to colours, and stay where there
// are none.
func TestReadOnATerminal(t *testing.T) {
	t.Setenv("GLAMOUR_STYLE", "")
	library := &course.Library{Files: fstest.MapFS{"01-hello-wsgi/README.md": {Data: []byte(
		"# Step\n\n## Part\n\nA `word` of *it*.\n\n### Beat\n\nEnd.\n")}}}
	read := func(color bool) string {
		var out strings.Builder
		e := &env{stdout: &out, color: color, width: 80, library: library}
		if err := (&readCommand{Place: place{Address: course.Address{Step: 1}}}).Run(e); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	escape := regexp.MustCompile("\x1b\\[([\\d;]*)m")
	lines := func(text string) (lines []string) {
		for line := range strings.Lines(escape.ReplaceAllString(text, "")) {
			if line = strings.TrimSpace(strings.ReplaceAll(line, "\u00a0", " ")); line != "" {
				lines = append(lines, line)
			}
		}
		return lines
	}

	plain := read(false)
	if escape.MatchString(plain) {
		t.Errorf("without colours there are some: %q", plain)
	}
	if diff := cmp.Diff([]string{"# Step", "## Part", "A `word` of *it*.", "### Beat", "End."}, lines(plain)); diff != "" {
		t.Errorf("without colours: %s", diff)
	}

	colored := read(true)
	if diff := cmp.Diff([]string{"Step", "Part", "A  word  of it.", "Beat", "End."}, lines(colored)); diff != "" {
		t.Errorf("in colours: %s", diff)
	}
	// What it looks like, by the first attributes on the line.
	look := map[string]string{}
	for line := range strings.Lines(colored) {
		if found := escape.FindStringSubmatch(line); found != nil {
			look[lines(line)[0]] = found[1]
		}
	}
	if part, beat := look["Part"], look["Beat"]; part == "" || beat == "" || part == beat {
		t.Errorf("the headings do not stand out: %q, %q", part, beat)
	}
}

// On a terminal long lines of code are folded, but not what is to be copied
// into a shell.
func TestReadFoldsCode(t *testing.T) {
	library := &course.Library{Files: fstest.MapFS{"01-hello-wsgi/README.md": {Data: []byte(
		"```go\n\tif aaaaaaaaaaaaaaaaa { // and bbbbbbbbb\n\t}\n```\n\n```sh\nwalkthrough run 01 --addr 127.0.0.1:9000 --trace\n```\n")}}}
	for width, want := range map[int]string{
		40: "        if aaaaaaaaaaaaaaaaa { // and\n          bbbbbbbbb\n        }\n    walkthrough run 01 --addr 127.0.0.1:9000 --trace\n",
		80: "        if aaaaaaaaaaaaaaaaa { // and bbbbbbbbb\n        }\n    walkthrough run 01 --addr 127.0.0.1:9000 --trace\n",
	} {
		var out strings.Builder
		for _, color := range []bool{false, true} {
			out.Reset()
			e := &env{stdout: &out, width: width, color: color, library: library}
			if err := (&readCommand{Place: place{Address: course.Address{Step: 1}}}).Run(e); err != nil {
				t.Fatal(err)
			}
			got := regexp.MustCompile(`(?m)^ *\n`).ReplaceAllString(escapes.ReplaceAllString(out.String(), ""), "")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d columns, colours %t: %s", width, color, diff)
			}
		}
	}
}

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
