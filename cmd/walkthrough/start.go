package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"basehandler/asgi"
	"basehandler/internal/course"
	"basehandler/internal/memdb"
	"basehandler/internal/play"
	"basehandler/wsgi"
)

type startCommand struct {
	Place place  `arg:"" name:"NN" help:"Which step, beat or mistake to copy."`
	Dir   string `arg:"" name:"DIR" type:"path" help:"A folder that is empty or does not exist yet."`
}

func (startCommand) Help() string {
	return `The copy is a Go module of its own, with the step in handler, the contract in wsgi and asgi, and a main that serves it. It needs nothing but Go: no download, no network. Nothing is ever overwritten.

Examples:

    walkthrough start 05 my-middleware
    cd my-middleware && go run . -trace`
}

// goVersion is the oldest Go that has all that the copied packages use. A test
// asks go vet.
const goVersion = "1.24"

func (c *startCommand) Run(e *env) error {
	a := c.Place.Address
	source, err := e.library.Source(a)
	if err != nil {
		return err
	}
	files, err := e.copyOf(source)
	if err != nil {
		return err
	}
	if err := claim(c.Dir); err != nil {
		return err
	}
	for name, text := range files {
		if err := create(filepath.Join(c.Dir, filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	dir := c.Dir
	if relative, err := filepath.Rel(e.dir, dir); err == nil && len(relative) < len(dir) {
		dir = relative
	}
	fmt.Fprintf(e.stdout, "%s is in %s:\n\n", upperFirst(title(a)), dir)
	for _, part := range [][2]string{
		{"handler/", "the step; handler.go and site.go are where to begin"},
		{"wsgi/", "the WSGI contract, and the gateway to net/http"},
		{"asgi/", "the ASGI contract, and its gateway"},
		{"memdb/", "a database in memory, for want of a driver"},
		{"main.go", fmt.Sprintf("serves it at http://127.0.0.1:%d/", 8000+a.Step)},
	} {
		for name := range files {
			if strings.HasPrefix(name, part[0]) {
				fmt.Fprintf(e.stdout, "  %-9s %s\n", part[0], part[1])
				break
			}
		}
	}
	fmt.Fprintf(e.stdout, "\nNow: cd %s && go run . -trace\n", dir)
	return nil
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// copyOf gives the files of the module, by their paths in it.
func (e *env) copyOf(source course.Source) (map[string][]byte, error) {
	needs, err := play.Inspect(source)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"go.mod": []byte("module " + course.Module + "\n\ngo " + goVersion + "\n")}
	for name, text := range source.Files {
		files["handler/"+name] = text
	}
	packages := map[string]fs.FS{"wsgi": e.contract("wsgi", wsgi.Files)}
	if needs.ASGI || imports(source, "asgi") {
		packages["asgi"] = e.contract("asgi", asgi.Files)
	}
	if needs.Connections {
		packages["memdb"] = memdb.Files
	}
	for name, from := range packages {
		if err := copyPackage(files, name, from); err != nil {
			return nil, err
		}
	}
	step, _ := course.Find(source.Address.Step)
	var text bytes.Buffer
	err = startTemplate.Execute(&text, map[string]any{
		"Needs": needs, "Title": title(source.Address), "Port": 8000 + step.Number,
	})
	if err != nil {
		return nil, err
	}
	files["main.go"], err = format.Source(text.Bytes())
	return files, err
}

// contract is a folder of the checkout, if there is one, else what is embedded.
func (e *env) contract(folder string, files fs.FS) fs.FS {
	if e.library.Checkout == "" {
		return files
	}
	return os.DirFS(filepath.Join(e.library.Checkout, folder))
}

func imports(source course.Source, name string) bool {
	for _, text := range source.Files {
		if bytes.Contains(text, []byte(`"`+course.Module+"/"+name)) {
			return true
		}
	}
	return false
}

// copyPackage takes the Go files that are compiled, but not the one that
// embeds the others for this command.
func copyPackage(files map[string][]byte, folder string, from fs.FS) error {
	return fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") ||
			strings.HasSuffix(name, "_test.go") || path.Base(name) == "embed.go" {
			return err
		}
		files[path.Join(folder, name)], err = fs.ReadFile(from, name)
		return err
	})
}

// claim makes the folder, or finds it empty.
func claim(dir string) error {
	err := os.MkdirAll(dir, 0o777)
	if err != nil {
		return fmt.Errorf("the folder cannot be made: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty, and nothing is overwritten: name a folder that does not exist yet", dir)
	}
	return nil
}

// create writes a file that must not exist.
func create(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

var startTemplate = template.Must(template.New("main.go").Parse(`// This is {{.Title}} of the walkthrough, to change as you like:
//
//	go run . -trace
package main

import (
{{if .Needs.ASGI}}	"context"
{{end}}{{if .Needs.Connections}}	"database/sql"
{{end}}	"flag"
	"fmt"
	"log"
{{if .Needs.Logger}}	"log/slog"
{{end}}	"net"
	"net/http"
{{if .Needs.Logger}}	"os"
{{end}}
{{if .Needs.ASGI}}	"basehandler/asgi"
	asgigateway "basehandler/asgi/gateway"
{{end}}	"basehandler/handler"
{{if .Needs.Connections}}	"basehandler/memdb"
{{end}}	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

var (
	addr  = flag.String("addr", "127.0.0.1:{{.Port}}", "where to listen")
	trace = flag.Bool("trace", false, "print what happens to each request")
{{if .Needs.ASGI}}	serveASGI = flag.Bool("asgi", false, "serve the ASGI application")
{{end}})

func main() {
	flag.Parse()
	settings := handler.DefaultSettings()
{{if .Needs.Connections}}	settings.Connections = map[string]*sql.DB{"default": database("default"), "other": database("other")}
{{end}}{{if .Needs.Logger}}	settings.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
{{end}}{{if .Needs.ASGI}}	if *serveASGI {
		application, err := handler.NewASGIApplication(settings)
		if err != nil {
			log.Fatal(err)
		}
		serve(asgigateway.New(tracedASGI(application)))
		return
	}
{{end}}	application, err := handler.NewApplication(settings)
	if err != nil {
		log.Fatal(err)
	}
	// The validator says when the application breaks the contract.
	application = wsgi.Validate(traced(application), func(err error) { log.Print(err) })
	serve(gateway.New(application))
}

func serve(h http.Handler) {
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatalf("%v (choose another port with -addr)", err)
	}
	fmt.Printf("Serving at http://%s/ until Ctrl-C\n", listener.Addr())
	log.Fatal(http.Serve(listener, h))
}

{{if .Needs.Connections}}// database opens a database that tells of its transactions.
func database(alias string) *sql.DB {
	return memdb.Open(func(event string) {
		if *trace {
			report("atomic " + event + " " + alias)
		}
	})
}

{{end}}// report is called by the site with what it does, in order.
func report(event string) { fmt.Println("   ", event) }

// traced lets the site report what it does, and shows what the server sees.
func traced(application wsgi.Application) wsgi.Application {
	if !*trace {
		return application
	}
	return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		fmt.Println(environ.Get("REQUEST_METHOD"), environ.Get("PATH_INFO"))
		environ.Set("walkthrough.trace", report)
		body, err := application(environ, func(status string, headers []wsgi.Header, excInfo error) error {
			event := "start_response " + status
			if excInfo != nil {
				event += " exc_info"
			}
			report(event)
			return start(status, headers, excInfo)
		})
		if body == nil {
			return nil, err
		}
		if sized, ok := body.(wsgi.Lener); ok {
			return struct {
				tracedBody
				wsgi.Lener
			}{tracedBody{body}, sized}, err
		}
		return tracedBody{body}, err
	}
}

// tracedBody shows what the server does with a body.
type tracedBody struct{ wsgi.Body }

func (b tracedBody) Next() ([]byte, error) {
	chunk, err := b.Body.Next()
	if err == nil {
		report(fmt.Sprintf("chunk %d", len(chunk)))
	}
	return chunk, err
}

func (b tracedBody) Close() error {
	report("close")
	return b.Body.Close()
}
{{if .Needs.ASGI}}
// tracedASGI is the same for ASGI.
func tracedASGI(application asgi.Application) asgi.Application {
	if !*trace {
		return application
	}
	return func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		fmt.Println(scope.Method, scope.Path)
		traced := *scope
		traced.Extensions = map[string]any{"walkthrough.trace": report}
		return application(ctx, &traced,
			func(ctx context.Context) (asgi.Event, error) {
				event, err := receive(ctx)
				if err == nil {
					report("receive " + describe(event))
				}
				return event, err
			},
			func(ctx context.Context, event asgi.Event) error {
				report("send " + describe(event))
				return send(ctx, event)
			})
	}
}

// describe is an ASGI event in its own words: type, and size or status.
func describe(event asgi.Event) string {
	var text string
	var more bool
	switch e := event.(type) {
	case asgi.Request:
		text, more = fmt.Sprintf("http.request %d", len(e.Body)), e.MoreBody
	case asgi.Disconnect:
		text = "http.disconnect"
	case asgi.ResponseStart:
		text = fmt.Sprintf("http.response.start %d", e.Status)
	case asgi.ResponseBody:
		text, more = fmt.Sprintf("http.response.body %d", len(e.Body)), e.MoreBody
	default:
		text = fmt.Sprintf("%T", event)
	}
	if more {
		text += " more"
	}
	return text
}
{{end}}`))
