// Package godecl finds declarations of a Go file by name, so that a text can
// say which code it means and keep meaning it when lines move.
package godecl

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"basehandler/internal/course"
)

// Cut gives top-level declarations of a Go file by name, in the order asked
// for, an empty line between them: "Call", "(*WSGIHandler).Call", "Settings". A
// name that is declared in a group gives the whole group; init gives every
// init. With comments the doc comments come along; the one at the end of a
// declaration's last line always does. A name that is not declared is an
// [*UnknownError].
func Cut(name string, source []byte, wanted []string, comments bool) (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, want := range wanted {
		found := false
		var known []string
		for _, decl := range file.Decls {
			names := declared(decl)
			known = append(known, names...)
			for _, declared := range names {
				if declared == want {
					texts = append(texts, cut(files, source, decl, comments))
					found = true
					break
				}
			}
		}
		if !found {
			return "", &UnknownError{File: name, Name: want, Nearest: nearest(want, known)}
		}
	}
	return strings.Join(texts, "\n"), nil
}

// UnknownError says that a file has no declaration of this name, and which one
// was perhaps meant.
type UnknownError struct {
	File    string
	Name    string
	Nearest string // "" if nothing is near
}

func (e *UnknownError) Error() string {
	message := fmt.Sprintf("%s declares no %q", e.File, e.Name)
	if e.Nearest != "" {
		message += fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	return message
}

// nearest takes a method without its receiver for the method.
func nearest(want string, known []string) string {
	for _, name := range known {
		if strings.HasSuffix(name, "."+want) {
			return name
		}
	}
	return course.Nearest(want, known)
}

// declared gives the names that a declaration answers to.
func declared(decl ast.Decl) []string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil || len(decl.Recv.List) == 0 {
			return []string{decl.Name.Name}
		}
		return []string{receiver(decl.Recv.List[0].Type) + "." + decl.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
		return names
	}
	return nil
}

// receiver writes a receiver's type as Go does in messages: T, (*T).
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return "(*" + receiver(t.X) + ")"
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// cut takes a declaration out of its source, with the comment before it and
// the one at the end of its last line.
func cut(files *token.FileSet, source []byte, decl ast.Decl, comments bool) string {
	start := decl.Pos()
	var doc *ast.CommentGroup
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		doc = decl.Doc
	case *ast.GenDecl:
		doc = decl.Doc
	}
	if doc != nil && comments {
		start = doc.Pos()
	}
	text := string(source[files.Position(start).Offset:])
	end := files.Position(decl.End()).Offset - files.Position(start).Offset
	rest, _, _ := strings.Cut(text[end:], "\n")
	return text[:end] + strings.TrimRight(rest, " \t\r") + "\n"
}
