package linediff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	"github.com/google/go-cmp/cmp"
)

// numbers writes the numbers from 1 to n as lines, some of them changed.
func numbers(n int, change func(i int) string) string {
	var text strings.Builder
	for i := 1; i <= n; i++ {
		text.WriteString(change(i))
	}
	return text.String()
}

func line(i int) string { return fmt.Sprintln(i) }

func TestUnified(t *testing.T) {
	before := numbers(30, line)
	after := numbers(30, func(i int) string {
		switch i {
		case 5:
			return "five\nfive and a half\n"
		case 8:
			return ""
		case 9:
			return "nine\nnine and a half\n"
		case 25:
			return "twenty-five\n"
		}
		return line(i)
	})
	const want = `--- a
+++ b
@@ -2,11 +2,12 @@
 2
 3
 4
-5
+five
+five and a half
 6
 7
-8
-9
+nine
+nine and a half
 10
 11
 12
@@ -22,7 +23,7 @@
 22
 23
 24
-25
+twenty-five
 26
 27
 28
`
	if diff := cmp.Diff(want, Unified("a", "b", before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Unified("a", "b", before, before); got != "" {
		t.Errorf("equal texts differ by %q", got)
	}
	if got, want := Unified("/dev/null", "b", "", "1\n2\n"), "--- /dev/null\n+++ b\n@@ -0,0 +1,2 @@\n+1\n+2\n"; got != want {
		t.Errorf("a new file: got %q, want %q", got, want)
	}
}

// However much differs, what is the same is not called changed.
func TestEditsAreFew(t *testing.T) {
	before := numbers(900, line)
	after := numbers(900, func(i int) string {
		if i%3 == 0 {
			return fmt.Sprintln("new", i)
		}
		return line(i)
	})
	edits := Edits(before, after)
	changed := 0
	for _, edit := range edits {
		changed += strings.Count(before[edit.Start:edit.End], "\n") + strings.Count(edit.New, "\n")
	}
	if changed != 600 {
		t.Errorf("%d lines removed or added, and 600 are enough", changed)
	}
	if got, err := udiff.Apply(before, edits); err != nil || got != after {
		t.Errorf("the edits do not lead to the new text (%v)", err)
	}
}
