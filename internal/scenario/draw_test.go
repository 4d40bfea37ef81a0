package scenario

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// all gives every scenario that Django was asked about.
func all(t *testing.T) []*Scenario {
	t.Helper()
	var list []*Scenario
	for _, name := range []string{"public", "more"} {
		text, err := os.ReadFile("../../tests/conformance/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			s, err := Parse(line)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
	}
	return list
}

var noURL = regexp.MustCompile(`No URL of the site fits. (The error became a response with status (404|200)|The site's own page for 404)`)

func uncoloured(_, text string) string { return text }

// The story is told from the events and the actions. Who made the response in
// the end it has to find out as well, and there the response itself says who is
// right.
func TestStoryKnowsWhoAnswered(t *testing.T) {
	for _, s := range all(t) {
		result, err := Run(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		teller := &teller{Scenario: s, result: result}
		teller.tell()
		story := strings.Join(teller.said, " ")
		if strings.Contains(story, "%!") {
			t.Errorf("%s: %s", s.Name, story)
		}
		if result.Response == nil {
			if !strings.Contains(story, "the server was left with it") && !strings.Contains(story, "did not start") {
				t.Errorf("%s: nobody answered (%s), but: %s", s.Name, result.Raised, story)
			}
			continue
		}
		actor := (&drawing{result: result}).header("X-Actor")
		// With DEBUG a site without URLs has a page that says that it works.
		if strings.Contains(story, "No URL") && !noURL.MatchString(story) {
			t.Errorf("%s: status %d, but: %s", s.Name, result.Response.Status, story)
		}
		if teller.by != actor {
			t.Errorf("%s: the response was made by %q, but %q is in: %s\n%s", s.Name, actor, teller.by, story, strings.Join(result.Trace(), "\n"))
		}
	}
}

// No line is wider than it may be, and every event has its line.
func TestDrawingFits(t *testing.T) {
	for i, s := range all(t) {
		result, err := Run(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{60, 80, 120} {
			var out strings.Builder
			if err := Draw(&out, s, result, width, uncoloured); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > width && strings.Contains(strings.Trim(line, " │"), " ") && !strings.HasPrefix(line, "its body") {
					t.Errorf("%d: %s: %d columns of %d: %s", i, s.Name, n, width, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%d: %s: blanks at the end of %q", i, s.Name, line)
				}
			}
			words := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "┌", " ", "└", " ").Replace(out.String())), " ")
			for _, event := range result.Trace() {
				event, _ = strings.CutSuffix(event, " @loop")
				if len(event) < width/2 && !strings.Contains(words, strings.Join(strings.Fields(event), " ")) {
					t.Errorf("%d: %s: the event %q is missing", i, s.Name, event)
				}
			}
		}
	}
}

// A note is red where something fails, whatever its words are: here a layer of
// that name does not.
func TestNotesAreColouredByWhatHappens(t *testing.T) {
	for _, c := range []struct{ request, view, wrong string }{
		{"pass", "respond:200", ""},
		{"raise:ValueError", "respond:200", "fails fails: ValueError"},
		{"pass", "raise:ValueError", "the view fails: ValueError"},
		{"pass", "template:200:ValueError", "making the page fails: ValueError"},
	} {
		s, err := Parse([]byte(`{"name": "a", "middleware": [{"name": "fails", "request": "` + c.request + `"}],
			"urlconfs": {"root": [{"path": "", "view": "v"}]}, "views": {"v": {"does": "` + c.view + `"}}, "request": {"path": "/"}}`))
		if err != nil {
			t.Fatal(err)
		}
		result, err := Run(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		d := &drawing{Scenario: s, result: result, paint: uncoloured, width: 80, noted: map[string]bool{}}
		d.events()
		var wrong []string
		for _, l := range d.lines {
			if l.note != "" && l.noteKind() == "error" {
				wrong = append(wrong, l.note)
			}
		}
		if got := strings.Join(wrong, "; "); got != c.wrong {
			t.Errorf("request %s, view %s: painted as errors: %q, want %q", c.request, c.view, got, c.wrong)
		}
	}
}
