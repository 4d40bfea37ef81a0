package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// coreHandlers are the classes and functions of Django's core/handlers, file by
// file and in their order (5.2). The methods of the two request classes are left
// out: those are values, and stand in package web.
var coreHandlers = map[string][]string{
	"base": {
		"BaseHandler", "BaseHandler.load_middleware", "BaseHandler.adapt_method_mode",
		"BaseHandler.get_response", "BaseHandler.get_response_async",
		"BaseHandler._get_response", "BaseHandler._get_response_async",
		"BaseHandler.resolve_request", "BaseHandler.check_response", "BaseHandler.make_view_atomic",
		"BaseHandler.process_exception_by_middleware", "reset_urlconf",
	},
	"exception": {
		"convert_exception_to_response", "response_for_exception",
		"get_exception_response", "handle_uncaught_exception",
	},
	"wsgi": {
		"LimitedStream", "WSGIRequest.__init__",
		"WSGIHandler", "WSGIHandler.__init__", "WSGIHandler.__call__",
		"get_path_info", "get_script_name", "get_bytes_from_wsgi", "get_str_from_wsgi",
	},
	"asgi": {
		"get_script_prefix", "ASGIRequest.__init__",
		"ASGIHandler", "ASGIHandler.__init__", "ASGIHandler.__call__", "ASGIHandler.handle",
		"ASGIHandler.listen_for_disconnect", "ASGIHandler.run_get_response",
		"ASGIHandler.read_body", "ASGIHandler.create_request",
		"ASGIHandler.handle_uncaught_exception", "ASGIHandler.send_response", "ASGIHandler.chunk_bytes",
	},
}

// Who opens final/handlers beside Django's core/handlers finds the same names
// in the same order. What is not there is in another package of final, which
// then says so, or final/README.md says where it went.
func TestBesideDjango(t *testing.T) {
	readme, err := os.ReadFile("../final/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, gone, found := strings.Cut(string(readme), "## What has no twin")
	if !found {
		t.Fatal("final/README.md does not say what of core/handlers has no twin")
	}
	twins := twinsOf(t, "../final")
	for file, names := range coreHandlers {
		here := 0 // index into names
		for _, twin := range twins {
			if twin.file != "handlers/"+file+".go" || twin.core != file {
				continue
			}
			at := slices.Index(names, twin.django)
			switch {
			case at < 0:
				t.Errorf("final/%s: %s says that it is %s of core/handlers/%s.py, which has none", twin.file, twin.name, twin.django, file)
			case at < here:
				t.Errorf("final/%s: %s stands behind %s, in Django it is before it", twin.file, twin.name, names[here])
			default:
				here = at
			}
			if want := goName(twin.django); twin.name != want {
				t.Errorf("final/%s: %s is the twin of %s, want the name %s", twin.file, twin.name, twin.django, want)
			}
		}
		for _, name := range names {
			has := slices.ContainsFunc(twins, func(t twin) bool { return t.core == file && t.django == name })
			told := strings.Contains(gone, "`"+name+"`")
			if has == told {
				t.Errorf("core/handlers/%s.py %s: has a twin in final: %v, is said to have none in final/README.md: %v", file, name, has, told)
			}
		}
	}
}

// goName is the name that a function of Django has in Go.
func goName(django string) string {
	class, method, isMethod := strings.Cut(django, ".")
	switch method {
	case "__init__":
		return "New" + class
	case "__call__":
		return "Call"
	case "_get_response":
		return "innerGetResponse" // getResponse is there already
	case "_get_response_async":
		return "innerGetResponseAsync"
	}
	if !isMethod {
		method = class
	}
	words := strings.Split(method, "_")
	for i, word := range words[1:] {
		if word == "urlconf" {
			word = "URLConf"
		}
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// twin is a declaration of final whose comment names its twin in core/handlers.
type twin struct {
	file, name   string // of the declaration, below final
	core, django string // "base", "BaseHandler.get_response"
}

var core = regexp.MustCompile(`Django:\s+core/handlers/(\w+)\.py\s+([\w.]+\w)`)

// twinsOf finds them, in the order of the files.
func twinsOf(t *testing.T, root string) []twin {
	var twins []twin
	files := os.DirFS(root)
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			var doc, declared string
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				doc, declared = decl.Doc.Text(), decl.Name.Name
			case *ast.GenDecl:
				if spec, ok := decl.Specs[0].(*ast.TypeSpec); decl.Tok == token.TYPE && ok {
					doc, declared = decl.Doc.Text(), spec.Name.Name
				}
			}
			if match := core.FindStringSubmatch(doc); match != nil {
				twins = append(twins, twin{name, declared, match[1], match[2]})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return twins
}
