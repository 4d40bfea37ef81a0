package play

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"basehandler/internal/course"
)

// virtual is where the toolchain believes to find the packages and the main
// that [Compile] lays over the checkout. The folder does not exist.
const virtual = "internal/play/built"

// Compile makes a program of the given addresses, from the sources of a
// checkout and with the local Go toolchain, and returns its path. A beat's
// files lie over those of its step in a folder that exists for the compiler
// only (go build -overlay), so nothing in the checkout changes.
//
// Programs are kept in the user's cache by what they are made of, and made
// again only if something differs.
func Compile(ctx context.Context, checkout string, addresses []course.Address) (program string, err error) {
	if _, err := exec.LookPath("go"); err != nil {
		return "", errors.New("the Go toolchain is needed to compile this, and there is no go in PATH: install it from https://go.dev/dl/")
	}
	overlay, origins, err := lay(checkout, addresses)
	if err != nil {
		return "", err
	}
	key, err := fingerprint(ctx, checkout, overlay)
	if err != nil {
		return "", err
	}
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	program = filepath.Join(cache, key)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}

	work, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	replace := map[string]string{}
	for name, text := range overlay {
		file := filepath.Join(work, flat(name))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(checkout, filepath.FromSlash(name))] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	listFile := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(listFile, list, 0o600); err != nil {
		return "", err
	}
	made := filepath.Join(work, "program")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", listFile, "-o", made, "./"+virtual)
	build.Dir = checkout
	if output, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &CompileError{Output: readable(string(output), origins)}
	}
	// Whoever makes the same program at the same time makes the same file.
	if err := os.Rename(made, program); err != nil {
		return "", err
	}
	prune(cache)
	return program, nil
}

// CompileError is what the compiler says of sources that it does not accept.
type CompileError struct{ Output string }

func (e *CompileError) Error() string {
	if !place.MatchString(e.Output) { // such as a module that cannot be downloaded
		return "go build fails:\n" + e.Output
	}
	return "it does not compile:\n" + e.Output
}

// place is how a message of the compiler begins.
var place = regexp.MustCompile(`(?m)^\S+\.go:\d+`)

// lay gives the files that exist only for the compiler, by their path in the
// checkout, and where each really comes from.
func lay(checkout string, addresses []course.Address) (overlay map[string][]byte, origins map[string]string, err error) {
	library := &course.Library{Checkout: checkout, Files: os.DirFS(filepath.Join(checkout, "steps"))}
	overlay, origins = map[string][]byte{}, map[string]string{}
	var packages []compiled
	for i, address := range addresses {
		if slices.Contains(addresses[:i], address) {
			continue
		}
		source, err := library.Source(address)
		if err != nil {
			return nil, nil, err
		}
		needs, err := Inspect(source)
		if err != nil {
			return nil, nil, err
		}
		folder := strings.NewReplacer(".", "_", "~", "_", "-", "_").Replace("b" + address.String())
		p := compiled{Needs: needs, Address: address, Folder: folder}
		packages = append(packages, p)
		for name, text := range source.Files {
			file := path.Join(virtual, p.Folder, name)
			overlay[file] = text
			origins[file] = path.Join("steps", source.Origin[name])
		}
	}
	var text bytes.Buffer
	if err := mainTemplate.Execute(&text, packages); err != nil {
		return nil, nil, err
	}
	main, err := format.Source(text.Bytes())
	if err != nil {
		return nil, nil, err
	}
	overlay[path.Join(virtual, "main.go")] = main
	return overlay, origins, nil
}

// compiled is an address as the generated main sees it.
type compiled struct {
	Needs
	Address course.Address
	Folder  string // and name of the import: "b05_1"
}

// Needs is what a source has places for.
type Needs struct {
	Connections, Logger bool // fields of its Settings
	ASGI                bool // it has a NewASGIApplication

	Settings []string // as one writes them, in the order of the source
}

// Inspect finds out what a source needs from whoever runs it.
func Inspect(source course.Source) (Needs, error) {
	var p Needs
	for _, name := range source.Names() {
		file, err := parser.ParseFile(token.NewFileSet(), "steps/"+source.Origin[name], source.Files[name], parser.SkipObjectResolution)
		if err != nil {
			return p, &CompileError{Output: err.Error()}
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				p.ASGI = p.ASGI || d.Recv == nil && d.Name.Name == "NewASGIApplication"
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					s, ok := spec.(*ast.TypeSpec)
					if !ok || s.Name.Name != "Settings" {
						continue
					}
					if fields, ok := s.Type.(*ast.StructType); ok {
						for _, field := range fields.Fields.List {
							if field.Tag != nil {
								tag, _ := strconv.Unquote(field.Tag.Value)
								if name := reflect.StructTag(tag).Get("json"); name != "" && name != "-" {
									p.Settings = append(p.Settings, name)
								}
							}
							for _, name := range field.Names {
								p.Connections = p.Connections || name.Name == "Connections"
								p.Logger = p.Logger || name.Name == "Logger"
							}
						}
					}
				}
			}
		}
	}
	return p, nil
}

var mainTemplate = template.Must(template.New("main").Parse(`// Made by package play. It is compiled and never written to the checkout.
package main

import (
	"basehandler/internal/play/engine"
{{range .}}	{{.Folder}} "basehandler/` + virtual + `/{{.Folder}}"
{{end}})

func main() {
	engine.Main(map[string]engine.Opener{
{{range .}}		"{{.Address}}": engine.Package[{{.Folder}}.Settings]{
			Defaults: {{.Folder}}.DefaultSettings,
			Read:     {{.Folder}}.ReadSettings,
			New:      {{.Folder}}.NewApplication,
{{if .ASGI}}			NewASGI:  {{.Folder}}.NewASGIApplication,
{{end}}{{if or .Connections .Logger}}			Hand: func(settings *{{.Folder}}.Settings, services engine.Services) {
{{if .Connections}}				settings.Connections = services.Connections
{{end}}{{if .Logger}}				settings.Logger = services.Logger
{{end}}			},
{{end}}		}.Open,
{{end}}	})
}
`))

// fingerprint is a hash of all that a program is made of: the overlay, the
// packages of the checkout that it stands on, the toolchain.
func fingerprint(ctx context.Context, checkout string, overlay map[string][]byte) (string, error) {
	hash := sha256.New()
	version := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS")
	version.Dir = checkout
	output, err := version.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go env: %w\n%s", err, output)
	}
	hash.Write(output)
	add := func(name string, text []byte) { fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text) }
	names := make([]string, 0, len(overlay))
	for name := range overlay {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		add(name, overlay[name])
	}
	root := os.DirFS(checkout)
	for _, name := range []string{"go.mod", "go.sum", "wsgi", "asgi", "internal/play/engine", "internal/httpd", "internal/tracedb"} {
		err := fs.WalkDir(root, name, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, name)
			add(name, text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// cacheFolder is where programs are kept: in the user's cache, which nobody
// else can write to.
func cacheFolder() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no place to keep a compiled program: %w", err)
	}
	folder := filepath.Join(base, "basehandler-walkthrough")
	return folder, os.MkdirAll(folder, 0o700)
}

// kept is how many programs stay in the cache.
const kept = 6

// prune removes the oldest programs. It is only tidying, so it may fail.
func prune(cache string) {
	type program struct {
		name string
		info fs.FileInfo
	}
	entries, _ := os.ReadDir(cache)
	var programs []program
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			programs = append(programs, program{entry.Name(), info})
		}
	}
	slices.SortFunc(programs, func(a, b program) int { return b.info.ModTime().Compare(a.info.ModTime()) })
	for i, p := range programs {
		if i >= kept {
			os.Remove(filepath.Join(cache, p.name))
		}
	}
}

// readable replaces the places that exist only for the compiler by those where
// the text can be edited.
func readable(output string, origins map[string]string) string {
	for file, origin := range origins {
		made := regexp.MustCompile(`([A-Za-z]:)?[^\s:]*` + regexp.QuoteMeta(flat(file)))
		output = made.ReplaceAllLiteralString(output, origin)
	}
	var kept strings.Builder
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, "# ") { // the name of a package that nobody wrote
			kept.WriteString(line)
		}
	}
	return strings.TrimRight(kept.String(), "\n")
}

// flat is the name under which a file of the overlay lies in the work folder.
func flat(file string) string { return strings.ReplaceAll(file, "/", "_") }
