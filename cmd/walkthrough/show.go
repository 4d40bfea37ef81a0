package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/words"
)

type showCommand struct {
	Place place  `arg:"" name:"NN" help:"Which step, beat or mistake."`
	What  string `arg:"" optional:"" name:"FILE|NAME" help:"A file, or the name of a function, method or type. Without it: the files."`
}

func (showCommand) Help() string {
	return `Examples:

    walkthrough show 05
    walkthrough show 05 handler.go
    walkthrough show 05 loadMiddleware
    walkthrough show 05.1 '(*WSGIHandler).GetResponse'`
}

func (c *showCommand) Run(e *env) error {
	source, err := e.library.Source(c.Place.Address)
	if err != nil {
		return err
	}
	if c.What == "" {
		return e.showFiles(source)
	}
	for _, name := range []string{c.What, c.What + ".go"} {
		if text, found := source.Files[name]; found {
			return e.highlight(string(text), "go")
		}
		if text, found := source.Beside[name]; found {
			language := "go"
			if strings.HasSuffix(name, ".md") {
				language = "markdown"
			}
			return e.highlight(string(text), language)
		}
	}
	return e.showDeclaration(source, c.What)
}

// showFiles lists the files with what they declare.
func (e *env) showFiles(source course.Source) error {
	declarations, err := declarations(source)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s %s\n", e.sgr("1", source.Address.String()), source.Address.Title())
	for _, name := range source.Names() {
		var names []string
		for _, d := range declarations {
			if d.file == name {
				names = append(names, d.bare()...)
			}
		}
		e.showFile(name, strings.Join(names, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(source.Beside)) {
		what := ""
		if name == "README.md" {
			what = fmt.Sprintf("the chapter: %s read %s", self, source.Address)
		}
		e.showFile(name, what)
	}
	return nil
}

func (e *env) showFile(name, what string) {
	for i, line := range words.Wrap(what, 58) {
		label := fmt.Sprintf("%-18s", name)
		if i > 0 {
			label = strings.Repeat(" ", 18)
		}
		fmt.Fprintln(e.stdout, strings.TrimRight("  "+e.sgr("36", label)+" "+line, " "))
	}
}

// showDeclaration prints every declaration of this name.
func (e *env) showDeclaration(source course.Source, name string) error {
	all, err := declarations(source)
	if err != nil {
		return err
	}
	var found []string
	var candidates []string
	for _, d := range all {
		for _, name := range d.bare() {
			candidates = append(candidates, name, name[strings.LastIndex(name, ".")+1:])
		}
		if d.called(name) {
			found = append(found, fmt.Sprintf("// %s:%d\n\n%s\n", d.file, d.line, d.text))
		}
	}
	if found != nil {
		return e.highlight(strings.Join(found, "\n"), "go")
	}
	candidates = append(candidates, source.Names()...)
	return &course.UnknownError{
		Kind: "file or declaration", Name: name, Nearest: course.Nearest(name, candidates),
		Hint: fmt.Sprintf("what there is: %s show %s", self, source.Address),
	}
}

// declaration is a function, method, type, variable or constant, or a group of
// them that is declared together.
type declaration struct {
	file  string
	line  int
	names []string // a method is "(*WSGIHandler).Call"
	text  string   // with its comment
}

var parentheses = strings.NewReplacer("(", "", ")", "", "*", "")

// bare are the names without parentheses: "WSGIHandler.Call".
func (d declaration) bare() []string {
	names := make([]string, len(d.names))
	for i, name := range d.names {
		names[i] = parentheses.Replace(name)
	}
	return names
}

// called says whether a person who types name may mean the declaration. A
// method can be called Call, WSGIHandler.Call and (*WSGIHandler).Call.
func (d declaration) called(name string) bool {
	name = parentheses.Replace(name)
	return slices.ContainsFunc(d.bare(), func(full string) bool {
		return full == name || strings.HasSuffix(full, "."+name)
	})
}

// declarations gives what a source declares, file by file and from top to
// bottom.
func declarations(source course.Source) ([]declaration, error) {
	var all []declaration
	files := token.NewFileSet()
	for _, name := range source.Names() {
		text := source.Files[name]
		file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, node := range file.Decls {
			d := declaration{file: name, line: files.Position(node.Pos()).Line}
			start := node.Pos()
			switch n := node.(type) {
			case *ast.FuncDecl:
				d.names = []string{receiver(n) + n.Name.Name}
				if n.Doc != nil {
					start = n.Doc.Pos()
				}
			case *ast.GenDecl:
				if n.Tok == token.IMPORT {
					continue
				}
				if n.Doc != nil {
					start = n.Doc.Pos()
				}
				for _, spec := range n.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						d.names = append(d.names, s.Name.Name)
					case *ast.ValueSpec:
						for _, ident := range s.Names {
							d.names = append(d.names, ident.Name)
						}
					}
				}
			}
			d.text = string(text[files.Position(start).Offset:files.Position(node.End()).Offset])
			all = append(all, d)
		}
	}
	return all, nil
}

// receiver is what stands before a method's name: "(*WSGIHandler)." or
// "Response.".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	kind := f.Recv.List[0].Type
	pointer, isPointer := kind.(*ast.StarExpr)
	if isPointer {
		kind = pointer.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok { // of a generic type
		kind = index.X
	}
	ident, ok := kind.(*ast.Ident)
	switch {
	case !ok:
		return ""
	case isPointer:
		return "(*" + ident.Name + ")."
	}
	return ident.Name + "."
}
