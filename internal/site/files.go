package site

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"basehandler/internal/course"
)

// folder is the page with the files of an address.
type folder struct {
	Side     side
	Address  course.Address
	From     course.Address
	Files    []fileRow
	Untested []fileRow // that no difference looks at
}

// fileRow is a file in the list.
type fileRow struct {
	change
	Lines int
	Text  string // what it is, where that is not said by what changed
}

func (s *Site) files(w http.ResponseWriter, r *http.Request) (*view, error) {
	a, redirected, err := s.where(w, r)
	if err != nil || redirected {
		return nil, err
	}
	before, after, err := s.pair(a)
	if err != nil {
		return nil, err
	}
	shown := folder{Address: a, From: before.Address}
	for _, name := range course.Names(before, after) {
		current, has := after.Files[name]
		if !has {
			continue
		}
		c := change{Name: name, Status: statusOf(name, before, after)}
		c.Added, c.Removed = course.ChangedLines(only(before, name), only(after, name))
		shown.Files = append(shown.Files, fileRow{change: c, Lines: lineCount(current)})
	}
	if text, found := after.Files[course.Doc]; found {
		shown.Untested = append(shown.Untested, fileRow{change: change{Name: course.Doc}, Lines: lineCount(text), Text: "what is new, where it is in Django, what is missing"})
	}
	for _, name := range slices.Sorted(maps.Keys(after.Beside)) {
		row := fileRow{change: change{Name: name}, Lines: lineCount(after.Beside[name])}
		switch {
		case name == chapterFile:
			row.Text = "the chapter, as it is written"
		case strings.HasSuffix(name, "_test.go"):
			row.Text = "an example that is tested"
		}
		shown.Untested = append(shown.Untested, row)
	}
	if shown.Side, err = s.side(a, statePath(a)+"files/"); err != nil {
		return nil, err
	}
	return &view{Template: "files", Title: "Files of " + a.String(), Section: "/", Main: shown}, nil
}

func lineCount(text []byte) int { return strings.Count(string(text), "\n") }

// pair reads an address and the one before it.
func (s *Site) pair(a course.Address) (before, after course.Source, err error) {
	from, _, err := course.ParseDifference(a.String())
	if err != nil {
		return before, after, err
	}
	if before, err = s.needs.Library.Source(from); err != nil {
		return before, after, err
	}
	after, err = s.needs.Library.Source(a)
	return before, after, err
}

// fileText is the page of a file.
type fileText struct {
	Side    side
	Address course.Address
	From    course.Address
	change
	Marked bool // the lines say what changed
	Names  []link
}

// file is a file with the lines marked that are not in the state before. The
// name is looked up among those of the address, and is never a path.
func (s *Site) file(w http.ResponseWriter, r *http.Request) (*view, error) {
	a, redirected, err := s.where(w, r)
	if err != nil || redirected {
		return nil, err
	}
	before, after, err := s.pair(a)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("file")
	shown := fileText{Address: a, From: before.Address}
	_, compiled := after.Files[name]
	switch content, found := after.Beside[name]; {
	case compiled && name != course.Doc:
		shown.Marked = true
		if shown.change, err = newChange(name, before, after); err != nil {
			return nil, err
		}
		shown.Parts[0].Lines = withoutRemoved(shown.Parts[0].Lines)
	case found || compiled:
		if compiled {
			content = after.Files[name]
		}
		code, err := coloured(language(name), string(content))
		if err != nil {
			return nil, err
		}
		shown.change = change{Name: name, Parts: []part{{}}}
		for i, line := range code {
			shown.Parts[0].Lines = append(shown.Parts[0].Lines, codeLine{Sign: " ", Number: i + 1, Code: line})
		}
	default:
		names := slices.Concat(after.Names(), slices.Sorted(maps.Keys(after.Beside)))
		return nil, &course.UnknownError{Kind: "file", Name: name, Nearest: course.Nearest(name, names),
			Hint: fmt.Sprintf("the files of %s are: %s", a, strings.Join(names, ", "))}
	}
	for _, other := range after.Names() {
		shown.Names = append(shown.Names, link{To: statePath(a) + "files/" + other, Text: other, Current: other == name})
	}
	if shown.Side, err = s.side(a, r.URL.Path); err != nil {
		return nil, err
	}
	return &view{Template: "file", Title: a.String() + " " + name, Section: "/", Main: shown}, nil
}

// withoutRemoved leaves out what the file does not have any more, and notes in
// the line behind it how much that was.
func withoutRemoved(lines []codeLine) []codeLine {
	var kept []codeLine
	gone := 0
	for _, line := range lines {
		if line.Class == "del" {
			gone++
			continue
		}
		line.Gone, gone = gone, 0
		kept = append(kept, line)
	}
	if gone > 0 {
		kept = append(kept, codeLine{Gone: gone, Sign: " "})
	}
	return kept
}
