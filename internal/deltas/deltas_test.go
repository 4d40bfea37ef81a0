package deltas

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// Four small steps: 02 changes the body, 03 adds a file, 04 drops one.
const course = `
-- steps/01-one/doc.go --
package handler // one
-- steps/01-one/handler.go --
package handler

// Status is what every response says.
const Status = 200

// Name is the site's.
const Name = "launch log"

func body() string {
	return "clear"
}
-- steps/02-two/doc.go --
package handler // two
-- steps/02-two/handler.go --
package handler

// Status is what every response says.
const Status = 200

// Name is the site's.
const Name = "launch log"

func body(path string) string {
	return "clear: " + path
}
-- steps/03-three/handler.go --
package handler

// Status is what every response says.
const Status = 200

// Name is the site's.
const Name = "launch log"

func body(path string) string {
	return "clear: " + path
}
-- steps/03-three/urls.go --
package handler

var urls []string
-- steps/03-three/_beats/1-first/handler.go --
package handler
-- steps/04-four/handler.go --
package handler

// Status is what every response says.
const Status = 200

// Name is the site's.
const Name = "launch log"

// From here on the path says it all.
func body(path string) string {
	return "clear: " + path
}
`

// checkout writes the course with its deltas to a folder of its own.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range txtar.Parse([]byte(course)).Files {
		write(t, root, file.Name, string(file.Data))
	}
	lock(t, root)
	return root
}

// lock writes all deltas anew.
func lock(t *testing.T, root string) {
	t.Helper()
	steps, err := Steps(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps[1:] {
		delta, err := Compute(root, step)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(root, step, delta); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces a text that has to be there.
func edit(t *testing.T, root, name, old, new string) {
	t.Helper()
	text := tree(t, root)[name]
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	write(t, root, name, strings.Replace(text, old, new, 1))
}

// tree reads everything below root.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changes lists what differs between two trees, with the new text.
func changes(before, after map[string]string) map[string]string {
	changed := map[string]string{}
	for name, text := range after {
		if old, ok := before[name]; !ok || old != text {
			changed[name] = text
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			changed[name] = "(gone)"
		}
	}
	return changed
}

func TestCompute(t *testing.T) {
	files := tree(t, checkout(t))
	want := map[string]string{
		"tests/deltas/02.diff": `--- 01-one/handler.go
+++ 02-two/handler.go
@@ -6,6 +6,6 @@
 // Name is the site's.
 const Name = "launch log"
 
-func body() string {
-	return "clear"
+func body(path string) string {
+	return "clear: " + path
 }
`,
		"tests/deltas/03.diff": `--- /dev/null
+++ 03-three/urls.go
@@ -0,0 +1,3 @@
+package handler
+
+var urls []string
`,
		"tests/deltas/04.diff": `--- 03-three/handler.go
+++ 04-four/handler.go
@@ -6,6 +6,7 @@
 // Name is the site's.
 const Name = "launch log"
 
+// From here on the path says it all.
 func body(path string) string {
 	return "clear: " + path
 }
--- 03-three/urls.go
+++ /dev/null
@@ -1,3 +0,0 @@
-package handler
-
-var urls []string
`,
	}
	for name := range want {
		if diff := cmp.Diff(want[name], files[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Reversed from the last step down, the deltas give every step.
func TestReverse(t *testing.T) {
	root := checkout(t)
	steps, err := Steps(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(steps) - 1; i > 0; i-- {
		to, err := read(root, steps[i])
		if err != nil {
			t.Fatal(err)
		}
		want, err := read(root, steps[i-1])
		if err != nil {
			t.Fatal(err)
		}
		delta, err := Committed(root, steps[i])
		if err != nil {
			t.Fatal(err)
		}
		got, err := reverse(delta, to)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("step %s taken back (-want +got):\n%s", steps[i], diff)
		}
	}
}

// Whatever two texts are, the way there leads back.
func TestReverseUnusual(t *testing.T) {
	before, step := Step{1, "01-one"}, Step{2, "02-two"}
	for _, test := range []struct{ name, from, to string }{
		{"no newline in the old text", "a\nb", "a\nb\n"},
		{"no newline in the new text", "a\nb\n", "a\nc"},
		{"from nothing", "", "a\n"},
		{"to nothing", "a\n", ""},
		{"lines like heads", "-- a\n++ b\n@@ c\n", "-- a\n-- b\n@@ d\n\\ e\n"},
		{"far apart", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n11\n"},
		{"two changes in a hunk, and one behind it", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n", "1\na\nb\n3\n4\n6\n7\n8\n9\n10\n11\n12\n13\nc\n15\n"},
		{"empty lines", "\n\na\n\n", "\n\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			delta := difference(before, step, files{"f.go": test.from}, files{"f.go": test.to})
			got, err := reverse(delta, files{"f.go": test.to})
			if err != nil {
				t.Fatalf("%v\n%s", err, delta)
			}
			if got["f.go"] != test.from {
				t.Errorf("got %q, want %q\n%s", got["f.go"], test.from, delta)
			}
		})
	}
}

func TestReverseErrors(t *testing.T) {
	const head = "--- 01-one/f.go\n+++ 02-two/f.go\n"
	for _, test := range []struct{ delta, want string }{
		{"@@ -1 +1 @@\n", `line 1 of the delta is not the head of a file: "@@ -1 +1 @@\n"`},
		{head + "@@ -1 +1 @@\n-a\n+c\n", `line 1 of f.go is not "c"`},
		{head + "@@ -9 +9 @@\n-a\n+b\n", `f.go has no line 9`},
		{head + "@@ -1 +1 @@\n-a\n", `the delta ends within a hunk of f.go`},
		{head + "@@ -1 +1 @@\n*a\n", `line 4 of the delta is neither kept nor added nor removed: "a\n"`},
	} {
		if _, err := reverse(test.delta, files{"f.go": "b\n"}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q:\n got %v\nwant %s", test.delta, err, test.want)
		}
	}
}

func TestMerge(t *testing.T) {
	const base = "1\n2\n3\n4\n5\n"
	for _, test := range []struct {
		name, ours, theirs, merged string
		clashes                    []clash
	}{
		{name: "ours", ours: "1\n2\n3\n4\nfive\n", theirs: base, merged: "1\n2\n3\n4\nfive\n"},
		{name: "theirs", ours: base, theirs: "1\n2\n3\n4\nfive\n", merged: "1\n2\n3\n4\nfive\n"},
		{name: "apart", ours: "one\n2\n3\n4\n5\n6\n", theirs: "1\n2\n4\n5\n", merged: "one\n2\n4\n5\n6\n"},
		{name: "the same", ours: "1\n2\nthree\n4\n5\n", theirs: "1\n2\nthree\n4\n5\n", merged: "1\n2\nthree\n4\n5\n"},
		{name: "the same line", ours: "0\n1\n2\nthree\n4\n5\n", theirs: "1\n2\ndrei\n4\n5\n",
			clashes: []clash{{4, 4, "three\n", "drei\n"}}},
		{name: "lines that touch", ours: "1\nzwei\n3\n4\n5\n", theirs: "1\n2\ndrei\n4\n5\n",
			clashes: []clash{{2, 3, "zwei\n3\n", "2\ndrei\n"}}},
		{name: "two insertions at one place", ours: "1\n2\na\n3\n4\n5\n", theirs: "1\n2\nb\n3\n4\n5\n",
			clashes: []clash{{3, 3, "a\n", "b\n"}}},
		{name: "changed and removed", ours: "1\n2\n4\n5\n", theirs: "1\n2\ndrei\n4\n5\n",
			clashes: []clash{{3, 2, "", "drei\n"}}},
		{name: "two clashes", ours: "eins\n2\n3\n4\nfünf\n", theirs: "one\n2\n3\n4\nfive\n",
			clashes: []clash{{1, 1, "eins\n", "one\n"}, {5, 5, "fünf\n", "five\n"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			merged, clashes := merge(base, test.ours, test.theirs)
			if merged != test.merged {
				t.Errorf("merged %q, want %q", merged, test.merged)
			}
			if diff := cmp.Diff(test.clashes, clashes, cmp.AllowUnexported(clash{})); diff != "" {
				t.Errorf("clashes (-want +got):\n%s", diff)
			}
		})
	}
}

// A fix in the first step arrives in all later ones; the deltas stay what they
// are but for the text around them.
func TestPropagate(t *testing.T) {
	root := checkout(t)
	edit(t, root, "steps/01-one/handler.go", "const Status = 200\n", "const Status = 204\n\n// Limit is in bytes.\nconst Limit = 10\n")
	edit(t, root, "steps/01-one/doc.go", "one", "the first one")
	before := tree(t, root)

	report, err := Propagate(root, 1)
	if err != nil {
		t.Fatal(err)
	}
	const want = `Carried from step 01 into 02, 03, 04.
Written, or removed where it is gone:
  steps/02-two/handler.go
  steps/03-three/handler.go
  steps/04-four/handler.go
  tests/deltas/02.diff
  tests/deltas/04.diff`
	if diff := cmp.Diff(want, report.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	after := tree(t, root)
	for _, name := range []string{"steps/02-two/handler.go", "steps/03-three/handler.go", "steps/04-four/handler.go"} {
		want := strings.Replace(before[name], "const Status = 200\n", "const Status = 204\n\n// Limit is in bytes.\nconst Limit = 10\n", 1)
		if diff := cmp.Diff(want, after[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// The deltas moved down by three lines, and nothing else.
	for _, name := range []string{"tests/deltas/02.diff", "tests/deltas/04.diff"} {
		want := strings.NewReplacer("-6,6 +6,6", "-9,6 +9,6", "-6,6 +6,7", "-9,6 +9,7").Replace(before[name])
		if diff := cmp.Diff(want, after[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if report, err := Propagate(root, 1); err != nil || len(report.Files) != 0 {
		t.Errorf("a second time: %v, %v", report, err)
	}
}

func TestPropagateNothing(t *testing.T) {
	root := checkout(t)
	before := tree(t, root)
	for number := 1; number <= 4; number++ {
		report, err := Propagate(root, number)
		if err != nil {
			t.Fatal(err)
		}
		if want := "Nothing to carry on: step 0" + string(rune('0'+number)) + " and the later ones differ by their deltas."; report.String() != want {
			t.Errorf("got %s, want %s", report, want)
		}
	}
	if changed := changes(before, tree(t, root)); len(changed) != 0 {
		t.Errorf("written: %v", changed)
	}
}

func TestPropagateNewAndDeletedFiles(t *testing.T) {
	root := checkout(t)
	write(t, root, "steps/02-two/cookies.go", "package handler\n")
	if _, err := Propagate(root, 2); err != nil {
		t.Fatal(err)
	}
	after := tree(t, root)
	for _, name := range []string{"steps/03-three/cookies.go", "steps/04-four/cookies.go"} {
		if after[name] != "package handler\n" {
			t.Errorf("%s: %q", name, after[name])
		}
	}
	if _, ok := after["steps/01-one/cookies.go"]; ok {
		t.Error("the new file went back to step 01")
	}
	if !strings.Contains(after["tests/deltas/02.diff"], "+++ 02-two/cookies.go") {
		t.Errorf("02.diff does not tell of the new file:\n%s", after["tests/deltas/02.diff"])
	}

	if err := os.Remove(filepath.Join(root, "steps/02-two/cookies.go")); err != nil {
		t.Fatal(err)
	}
	if _, err := Propagate(root, 2); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, root) {
		if strings.HasSuffix(name, "cookies.go") {
			t.Errorf("%s is still there", name)
		}
	}
}

// The edit of 02 fits 03, and meets in 04 what that step did itself.
func TestPropagateConflict(t *testing.T) {
	root := checkout(t)
	for _, folder := range []string{"steps/02-two/", "steps/03-three/"} {
		write(t, root, folder+"site.go", "package handler\n\nvar pad = \"clear\"\n")
	}
	write(t, root, "steps/04-four/site.go", "package handler\n\n// pad is where they lift off.\nvar pad = \"closed\"\n")
	lock(t, root)
	edit(t, root, "steps/02-two/site.go", "clear", "wet")
	before := tree(t, root)

	report, err := Propagate(root, 2)
	const want = `steps/04-four/site.go:3-4: conflict
  this step:
    // pad is where they lift off.
    var pad = "closed"
  the step before:
    var pad = "wet"
Step 04 and the later ones are as they were. Edit 04 by hand, then go on with: walkthrough propagate 4`
	if err == nil || err.Error() != want {
		t.Fatalf("got\n%v\nwant\n%s", err, want)
	}
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Step.Number != 4 {
		t.Errorf("got %#v", err)
	}
	changed := changes(before, tree(t, root))
	for _, name := range []string{"steps/03-three/site.go", "tests/deltas/02.diff"} {
		if _, ok := changed[name]; !ok {
			t.Errorf("%s was not written", name)
		}
		delete(changed, name)
	}
	if len(changed) != 0 {
		t.Errorf("written as well: %v", changed)
	}
	if want := "Carried from step 02 into 03.\n"; !strings.HasPrefix(report.String(), want) {
		t.Errorf("report %q does not begin with %q", report, want)
	}

	// As the message says: by hand, then on.
	edit(t, root, "steps/04-four/site.go", "closed", "closed, since wet")
	if _, err := Propagate(root, 4); err != nil {
		t.Fatal(err)
	}
	before = tree(t, root)
	lock(t, root)
	if changed := changes(before, tree(t, root)); len(changed) != 0 {
		t.Errorf("the deltas are not those of the folders: %v", changed)
	}
}

func TestPropagateFileConflicts(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(t *testing.T, root string)
		from int
		want string
	}{
		{"a file that the later step adds too", func(t *testing.T, root string) {
			write(t, root, "steps/02-two/urls.go", "package handler\n")
		}, 2, "steps/03-three/urls.go: conflict\n  this step:\n    adds a file of this name itself\n  the step before:\n    adds the file\n"},
		{"a file that the later step drops", func(t *testing.T, root string) {
			edit(t, root, "steps/03-three/urls.go", "[]string", "[]int")
		}, 3, "steps/04-four/urls.go: conflict\n  this step:\n    does not have the file any more\n  the step before:\n    changes the file\n"},
		{"a dropped file that the later step changes", func(t *testing.T, root string) {
			if err := os.Remove(filepath.Join(root, "steps/01-one/handler.go")); err != nil {
				t.Fatal(err)
			}
		}, 1, "steps/02-two/handler.go: conflict\n  this step:\n    changes the file\n  the step before:\n    does not have the file any more\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := checkout(t)
			test.edit(t, root)
			if _, err := Propagate(root, test.from); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

// Edits of two steps go forward together, and nobody's is lost.
func TestPropagateTwoEdits(t *testing.T) {
	root := checkout(t)
	edit(t, root, "steps/01-one/handler.go", "200", "204")
	edit(t, root, "steps/02-two/handler.go", "launch log", "flight log")
	if _, err := Propagate(root, 1); err != nil {
		t.Fatal(err)
	}
	after := tree(t, root)
	for _, name := range []string{"steps/02-two/handler.go", "steps/03-three/handler.go", "steps/04-four/handler.go"} {
		if !strings.Contains(after[name], "204") || !strings.Contains(after[name], "flight log") {
			t.Errorf("%s lost an edit:\n%s", name, after[name])
		}
	}
}

// What cannot be told apart is refused.
func TestPropagateRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(t *testing.T, root string)
		from int
		want string
	}{
		{"no such step", func(*testing.T, string) {}, 5, "there is no step 05; the steps go from 01 to 04"},
		{"the step before was edited too", func(t *testing.T, root string) {
			edit(t, root, "steps/02-two/handler.go", "200", "204")
		}, 4, "steps 02 and 03 do not differ by tests/deltas/03.diff: carry on the edit that was made there first, with walkthrough propagate 2 or 3"},
		{"the last step was edited where its delta is", func(t *testing.T, root string) {
			edit(t, root, "steps/04-four/handler.go", "From here on", "Now")
		}, 1, "tests/deltas/04.diff does not fit steps/04-four: line 9 of handler.go is not \"// From here on the path says it all.\"\nWas step 04 edited too? Then refresh the deltas from there first: walkthrough propagate 4"},
		{"the last step was edited elsewhere", func(t *testing.T, root string) {
			edit(t, root, "steps/04-four/handler.go", "200", "204")
		}, 1, "steps 03 and 04 do not differ by tests/deltas/04.diff, so step 04 is as it was. If it was 03 that was edited, go on with walkthrough propagate 3; if it was 04, carry this edit on by hand"},
		{"no delta yet", func(t *testing.T, root string) {
			if err := os.Remove(filepath.Join(root, "tests/deltas/03.diff")); err != nil {
				t.Fatal(err)
			}
		}, 1, "there is no tests/deltas/03.diff yet; write it with: go test ./tests -run TestDeltas/03 -update"},
		{"a gap in the numbers", func(t *testing.T, root string) {
			if err := os.RemoveAll(filepath.Join(root, "steps/02-two")); err != nil {
				t.Fatal(err)
			}
		}, 1, "steps/03-three comes where step 02 should"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := checkout(t)
			test.edit(t, root)
			before := tree(t, root)
			if _, err := Propagate(root, test.from); err == nil || err.Error() != test.want {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
			if changed := changes(before, tree(t, root)); len(changed) != 0 {
				t.Errorf("written: %v", changed)
			}
		})
	}
}
