package site

import (
	"html/template"
	"path"

	"basehandler/internal/course"
)

// change is what happens to one file between two states of the code.
type change struct {
	Name           string
	Status         string // "new", "removed", "changed" or "the same"
	Added, Removed int    // lines of code, as course.ChangedLines counts
	Parts          []part
}

// part is a run of lines; one that is folded has nothing new in it.
type part struct {
	Folded bool
	Lines  []codeLine
}

// codeLine is one line of code on a page.
type codeLine struct {
	Sign   string // "+", "−", or a space
	Class  string // "add", "del" or ""
	Number int    // in the newer file, from 1; 0 for a line that it does not have
	Code   template.HTML
	Gone   int // how many lines were removed right before this one, where they are not shown
}

// around is how many unchanged lines are shown before and behind changed ones.
const around = 3

// changes compares two states, file by file; files that are the same are left
// out.
func changes(before, after course.Source) ([]change, error) {
	var all []change
	for _, name := range course.Names(before, after) {
		if statusOf(name, before, after) == same {
			continue
		}
		c, err := newChange(name, before, after)
		if err != nil {
			return nil, err
		}
		c.Parts = fold(c.Parts[0].Lines)
		all = append(all, c)
	}
	return all, nil
}

const same = "the same"

// newChange compares one file, which both, one or none of the states have. All
// lines are in one part.
func newChange(name string, before, after course.Source) (change, error) {
	c := change{Name: name, Status: statusOf(name, before, after)}
	c.Added, c.Removed = course.ChangedLines(only(before, name), only(after, name))
	lines, err := compareLines(language(name), string(before.Files[name]), string(after.Files[name]))
	c.Parts = []part{{Lines: lines}}
	return c, err
}

// statusOf says what happens to a file from one state to the other.
func statusOf(name string, before, after course.Source) string {
	old, had := before.Files[name]
	current, has := after.Files[name]
	switch {
	case !had:
		return "new"
	case !has:
		return "removed"
	case string(old) == string(current):
		return same
	}
	return "changed"
}

// only is a state as if it had just one file.
func only(source course.Source, name string) course.Source {
	files := map[string][]byte{}
	if text, found := source.Files[name]; found {
		files[name] = text
	}
	return course.Source{Files: files}
}

func compareLines(language, before, after string) ([]codeLine, error) {
	old, err := coloured(language, before)
	if err != nil {
		return nil, err
	}
	current, err := coloured(language, after)
	if err != nil {
		return nil, err
	}
	var all []codeLine
	for _, row := range rows(before, after) {
		switch {
		case row.old == 0:
			all = append(all, codeLine{Sign: "+", Class: "add", Number: row.new, Code: current[row.new-1]})
		case row.new == 0:
			all = append(all, codeLine{Sign: "−", Class: "del", Code: old[row.old-1]})
		default:
			all = append(all, codeLine{Sign: " ", Number: row.new, Code: current[row.new-1]})
		}
	}
	return all, nil
}

// fold puts long runs of unchanged lines into parts of their own.
func fold(lines []codeLine) []part {
	keep := make([]bool, len(lines))
	for i, line := range lines {
		if line.Class == "" {
			continue
		}
		for j := max(0, i-around); j <= min(len(lines)-1, i+around); j++ {
			keep[j] = true
		}
	}
	var parts []part
	for i := 0; i < len(lines); {
		end := i
		for end < len(lines) && keep[end] == keep[i] {
			end++
		}
		folded := !keep[i] && end-i > 1 // the line that says it is folded takes a line, too
		if n := len(parts); n > 0 && !folded && !parts[n-1].Folded {
			parts[n-1].Lines = append(parts[n-1].Lines, lines[i:end]...)
		} else {
			parts = append(parts, part{Folded: folded, Lines: lines[i:end:end]})
		}
		i = end
	}
	return parts
}

// language is that of a file, as page knows it.
func language(name string) string {
	switch path.Ext(name) {
	case ".go":
		return "go"
	case ".md":
		return "markdown"
	}
	return "text"
}
