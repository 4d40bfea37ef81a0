package course

import (
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Doc is the file of a step that only says where the reader is. It belongs to
// one step, so no difference between steps shows it.
const Doc = "doc.go"

// ChangedLines counts the lines of code that come and go from one source to
// another. Comments, blank lines and doc.go do not count.
func ChangedLines(from, to Source) (added, removed int) {
	for _, name := range Names(from, to) {
		a, r := changedLines(from.Files[name], to.Files[name])
		added, removed = added+a, removed+r
	}
	return added, removed
}

// Names gives the files of two sources that a difference between them looks
// at, sorted.
func Names(from, to Source) []string {
	names := map[string]bool{}
	for name := range from.Files {
		names[name] = true
	}
	for name := range to.Files {
		names[name] = true
	}
	delete(names, Doc)
	return slices.Sorted(maps.Keys(names))
}

func changedLines(from, to []byte) (added, removed int) {
	before, after := code(from), code(to)
	for _, edit := range udiff.Lines(before, after) {
		removed += strings.Count(before[edit.Start:edit.End], "\n")
		added += strings.Count(edit.New, "\n")
	}
	return added, removed
}

// code is Go source without its comments and blank lines.
func code(source []byte) string {
	text := slices.Clone(source)
	var s scanner.Scanner
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(source))
	s.Init(file, source, nil, scanner.ScanComments)
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			break
		}
		if kind == token.COMMENT {
			start := file.Offset(pos)
			for i := start; i < start+len(literal); i++ {
				if text[i] != '\n' {
					text[i] = ' '
				}
			}
		}
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			kept.WriteString(line)
			kept.WriteByte('\n')
		}
	}
	return kept.String()
}
