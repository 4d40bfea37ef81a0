package site

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"basehandler/internal/course"
)

var tag = regexp.MustCompile(`<[^>]*>`)

func plainText(line codeLine) string {
	return html.UnescapeString(tag.ReplaceAllString(string(line.Code), ""))
}

// A difference holds both texts, line by line.
func TestDifferencesHoldBothStates(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	for _, step := range course.Steps {
		before, after, err := s.pair(step.Address())
		if err != nil {
			t.Fatal(err)
		}
		if raceDetector && step.Number%3 != 2 {
			continue
		}
		all, err := changes(before, after)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range all {
			seen[c.Name] = true
			var old, current strings.Builder
			number := 0
			for _, part := range c.Parts {
				for _, line := range part.Lines {
					if part.Folded && line.Class != "" {
						t.Errorf("%s %s: a changed line is folded", step.Address(), c.Name)
					}
					if line.Class != "add" {
						old.WriteString(plainText(line) + "\n")
					}
					if line.Class != "del" {
						current.WriteString(plainText(line) + "\n")
						if number++; line.Number != number {
							t.Errorf("%s %s: line %d has the number %d", step.Address(), c.Name, number, line.Number)
						}
					}
				}
			}
			if old.String() != string(before.Files[c.Name]) || current.String() != string(after.Files[c.Name]) {
				t.Errorf("%s %s: the difference does not hold the two files", step.Address(), c.Name)
			}
		}
		for _, name := range course.Names(before, after) {
			if differs := string(before.Files[name]) != string(after.Files[name]); differs != seen[name] {
				t.Errorf("%s %s: differs %v, shown %v", step.Address(), name, differs, seen[name])
			}
		}
	}
}

func TestFold(t *testing.T) {
	lines := func(classes string) []codeLine {
		made := make([]codeLine, len(classes))
		for i, c := range classes {
			made[i].Class = map[rune]string{'+': "add", '-': "del"}[c]
		}
		return made
	}
	for classes, want := range map[string]string{
		"+":                       "1",
		"          ":              "(10)",
		"          +":             "(7) 4",
		"+       +":               "9", // the one line between would be a line, too
		"+        +":              "4 (2) 4",
		"-+          +          ": "5 (4) 7 (7)",
		"    +":                   "5",
	} {
		var got []string
		total := 0
		for _, part := range fold(lines(classes)) {
			text := fmt.Sprint(len(part.Lines))
			if part.Folded {
				text = "(" + text + ")"
			}
			got = append(got, text)
			total += len(part.Lines)
		}
		if strings.Join(got, " ") != want || total != len(classes) {
			t.Errorf("%q: %v, want %s", classes, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a\n", "a\n", "1=1"},
		{"", "a\nb\n", "+1 +2"},
		{"a\nb\n", "", "-1 -2"},
		{"a\nb\nc\n", "a\nx\nc\n", "1=1 -2 +2 3=3"},
		{"a\nb\nc\nd\n", "x\ny\nd\n", "-1 -2 -3 +1 +2 4=3"},
	} {
		var got []string
		for _, row := range rows(test.before, test.after) {
			switch {
			case row.old == 0:
				got = append(got, fmt.Sprintf("+%d", row.new))
			case row.new == 0:
				got = append(got, fmt.Sprintf("-%d", row.old))
			default:
				got = append(got, fmt.Sprintf("%d=%d", row.old, row.new))
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q to %q: %v, want %s", test.before, test.after, got, test.want)
		}
	}
}

// A file marks what the state before does not have, in words and signs.
func TestFilesAreMarked(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	text := get(s, "/steps/05.2/files/base.go").Body.String()
	for _, want := range []string{
		"Lines that are not in 05.1 are marked with +.",
		`<span class="line add" data-number="9"><span class="sign">&#43;</span>`,
		`<span class="line" data-number="1"><span class="sign"> </span>`,
		`<span class="sign">−</span><span class="gone-text">5 lines removed here</span>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for at, want := range map[string]string{
		"/steps/05/files/response.go":   "The same as in 04.",
		"/steps/05/files/middleware.go": "New since 04",
		"/steps/01/files/handler.go":    "New: every line",
	} {
		if text := get(s, at).Body.String(); !strings.Contains(text, want) {
			t.Errorf("%s: %q is not there", at, want)
		}
	}
	for _, at := range []string{"/steps/05/files/doc.go", "/steps/05/files/README.md", "/steps/05/files/example_test.go"} {
		if text := get(s, at).Body.String(); strings.Contains(text, `class="line add"`) || !strings.Contains(text, `class="line" data-number="1"`) {
			t.Errorf("%s: has marks, or no lines", at)
		}
	}
}
