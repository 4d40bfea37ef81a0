package deck

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/godecl"
	"basehandler/internal/page"
)

// line is a line of a state: one of its own, or one that the state before had
// and this one lacks.
type line struct {
	text   string
	html   template.HTML
	key    string // the same in two states of a figure where the line stays
	change change
	head   bool // the first line of a declaration, which says what we look at
	decl   decl // the declaration; the zero value for an empty line between two
}

// decl is a declaration of a file.
type decl struct{ file, name string }

// change is what happened to a line since the state before. Its values are
// classes.
type change string

const (
	same    change = ""
	added   change = "add"
	removed change = "del"
)

// text gives the lines of a state, as they stand at an address.
func (b *builder) text(address string, state *State) ([]line, error) {
	var lines []line
	for _, file := range state.Files {
		source, err := b.file(address, file.Name)
		if err != nil {
			return nil, err
		}
		for _, name := range file.Decls {
			text, err := godecl.Cut(file.Name, source, []string{name}, state.Comments)
			if err != nil {
				if _, ok := errors.AsType[*godecl.UnknownError](err); ok {
					err = fmt.Errorf("%s: %w", address, err)
				}
				return nil, err
			}
			html, err := page.Lines("go", text)
			if err != nil {
				return nil, err
			}
			if len(lines) > 0 {
				lines = append(lines, line{})
			}
			begin := len(lines)
			for i, text := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
				lines = append(lines, line{text: text, html: html[i], decl: decl{file.Name, name}})
			}
			for i := begin; i < len(lines); i++ {
				if !strings.HasPrefix(lines[i].text, "//") {
					lines[i].head = true
					break
				}
			}
		}
	}
	return lines, nil
}

// file gives a file of an address, or of the complete handler.
func (b *builder) file(address, name string) ([]byte, error) {
	if address != "final" {
		a, err := course.ParseAddress(address)
		if err != nil {
			return nil, err
		}
		source, err := b.Library.Source(a)
		if err != nil {
			return nil, err
		}
		return source.File(name)
	}
	source, err := fs.ReadFile(b.Final, name)
	if errors.Is(err, fs.ErrNotExist) {
		siblings, _ := fs.Glob(b.Final, path.Dir(name)+"/*.go")
		message := fmt.Sprintf("final has no file %q", name)
		if near := course.Nearest(name, siblings); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, errors.New(message)
	}
	return source, err
}
