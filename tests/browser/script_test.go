package browser_test

import (
	"io/fs"
	"strings"
	"testing"

	"basehandler/slides"
)

// All modules of the player together are small, as they are sent.
func TestScriptSize(t *testing.T) {
	const limit = 60_000
	names, err := fs.Glob(slides.Files, "player/*.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, name := range names {
		content, err := fs.ReadFile(slides.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		sum += len(content)
		if strings.Contains(string(content), "://") {
			t.Errorf("%s names an address outside", name)
		}
	}
	if len(names) < 5 || sum > limit {
		t.Errorf("%d modules have %d bytes, more than %d", len(names), sum, limit)
	}
	t.Logf("%d modules, %d bytes", len(names), sum)
}
