package tests

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// What final does otherwise than Django on purpose says "Departs" in its
// comment, and final/README.md lists it with the file; a list that is not
// complete would be worse than none.
func TestDepartures(t *testing.T) {
	readme, err := os.ReadFile("../final/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(readme), "## Where it departs from Django")
	if !found {
		t.Fatal("final/README.md has no list of what departs")
	}
	said := map[string]int{} // by file: comments, less entries of the list
	files := os.DirFS("../final")
	err = fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(files, name)
		said[name] += strings.Count(string(source), "Departs")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range regexp.MustCompile("`([a-z]+/[a-z_]+\\.go)`").FindAllStringSubmatch(list, -1) {
		name := entry[1]
		if _, ok := said[name]; !ok {
			t.Errorf("final/README.md lists %s, which does not exist", name)
		}
	}
	for name, comments := range said {
		entries := strings.Count(list, "`"+name+"`")
		if comments > entries {
			t.Errorf("final/%s says %d times that it departs from Django, final/README.md lists %d", name, comments, entries)
		}
	}
}
