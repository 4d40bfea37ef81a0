package weave

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"basehandler/internal/course"
	"basehandler/internal/golden"

	"github.com/google/go-cmp/cmp"
)

const handlerOne = `package handler

import "errors"

// Handler is the
// handler.
type Handler struct{ view func() } // of one view

const (
	// A is first.
	A = 1
	B = 2
)

// Call is the application.
func (h *Handler) Call() error {
	return errors.New("no")
}

func (h Handler) name() string { return "h" }

// call is no method.
func call[T any]() {}

func init() { call[int]() }

func init() {}
`

// weaver weaves from two steps, of which the second says yes.
func weaver(t *testing.T) *Weaver {
	t.Helper()
	handlerTwo := strings.Replace(handlerOne, `errors.New("no")`, "nil", 1)
	library := &course.Library{Files: fstest.MapFS{
		"01-hello-wsgi/handler.go":                  {Data: []byte(handlerOne)},
		"01-hello-wsgi/example_test.go":             {Data: []byte("package handler_test\n\nfunc Example() {}\n")},
		"02-request/handler.go":                     {Data: []byte(handlerTwo)},
		"02-request/request.go":                     {Data: []byte("package handler\n\ntype Request struct{}\n")},
		"02-request/_mistakes/old-words/handler.go": {Data: []byte(handlerOne)},
		"02-request/_mistakes/old-words/absent":     {Data: []byte("request.go\n")},
	}}
	onion, err := golden.Parse("01-hello-wsgi/hello", []byte("steps: 01\ntitle: t\n-- request --\nGET / HTTP/1.1\n-- trace --\nA request\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &Weaver{
		Root:   fstest.MapFS{"wsgi/wsgi.go": {Data: []byte("package wsgi\n")}, "fence.md": {Data: []byte("a\n  ```\nb\n")}},
		Source: library.Source,
		Golden: func(name string) (*golden.Case, error) {
			if name != onion.Name {
				return nil, fmt.Errorf("there is no case %q", name)
			}
			return onion, nil
		},
		Walkthrough: func(args []string) (string, error) {
			if args[0] == "test" {
				return "", errors.New("exit status 1")
			}
			return fmt.Sprintf("ran %q\n\n", args), nil
		},
		Check: func(args []string) error {
			if len(args) == 0 || args[0] != "request" && args[0] != "list" && args[0] != "test" {
				return fmt.Errorf("unexpected argument")
			}
			return nil
		},
	}
}

func TestWeave(t *testing.T) {
	for _, test := range []struct{ directive, want string }{
		{"code handler.go", handlerOne},
		{"code 02 request.go", "package handler\n\ntype Request struct{}\n"},
		{"code 02~old-words handler.go init", "func init() { call[int]() }\n\nfunc init() {}\n"},
		{"code hello-wsgi example_test.go Example", "func Example() {}\n"},
		{"code handler.go Handler", "// Handler is the\n// handler.\ntype Handler struct{ view func() } // of one view\n"},
		{"code handler.go Handler.name (*Handler).Call", "func (h Handler) name() string { return \"h\" }\n\n// Call is the application.\nfunc (h *Handler) Call() error {\n\treturn errors.New(\"no\")\n}\n"},
		{"code handler.go (*Handler).Call nocomment", "func (h *Handler) Call() error {\n\treturn errors.New(\"no\")\n}\n"},
		{"code handler.go B", "const (\n\t// A is first.\n\tA = 1\n\tB = 2\n)\n"},
		{"code handler.go call", "// call is no method.\nfunc call[T any]() {}\n"},
		{"diff 01 02 handler.go (*Handler).Call", "@@ -1,4 +1,4 @@\n // Call is the application.\n func (h *Handler) Call() error {\n-\treturn errors.New(\"no\")\n+\treturn nil\n }\n"},
		{"diff 01 02 handler.go (*Handler).Call nocomment", "@@ -1,3 +1,3 @@\n func (h *Handler) Call() error {\n-\treturn errors.New(\"no\")\n+\treturn nil\n }\n"},
		{"diff 01 02 request.go", "@@ -0,0 +1,3 @@\n+package handler\n+\n+type Request struct{}\n"},
		{"diff 02 02~old-words request.go Request", "@@ -1 +0,0 @@\n-type Request struct{}\n"},
		{"golden 01-hello-wsgi/hello trace", "A request\n"},
		{"golden 01-hello-wsgi/hello request", "GET / HTTP/1.1\n"},
		{"walkthrough request 01 GET '/a b'", "$ walkthrough request 01 GET '/a b'\nran [\"request\" \"01\" \"GET\" \"/a b\"]\n"},
		{"file wsgi/wsgi.go", "package wsgi\n"},
	} {
		t.Run(test.directive, func(t *testing.T) {
			for _, content := range []string{"", "old\n", "several\n\nold lines\n"} {
				before := "# Title\n\ntext\n<!-- " + test.directive + " -->\n```go\n"
				after := "```\n\nMore `text`.\n"
				woven := weaver(t).Weave("README.md", course.Address{Step: 1}, []byte(before+content+after))
				if len(woven.Problems) != 0 {
					t.Fatal(woven.Problems)
				}
				if diff := cmp.Diff(before+test.want+after, string(woven.Woven)); diff != "" {
					t.Errorf("woven (-want +got):\n%s", diff)
				}
				if len(woven.Stale) != 1 || woven.Stale[0].Line != 4 {
					t.Errorf("stale: %v", woven.Stale)
				}
				again := weaver(t).Weave("README.md", course.Address{Step: 1}, woven.Woven)
				if len(again.Stale) != 0 || len(again.Problems) != 0 {
					t.Errorf("a second time: %v %v", again.Stale, again.Problems)
				}
			}
		})
	}
}

// Several blocks, with and without a language, beside one another.
func TestWeaveSeveral(t *testing.T) {
	const source = `# Title
<!-- file wsgi/wsgi.go -->
` + "```" + `
` + "```" + `
<!-- a comment of no interest: don't -->
<!-- golden
     01-hello-wsgi/hello
     trace -->

` + "~~~~ text" + `
old
` + "~~~~" + `

<!-- drawing -->
` + "```text" + `
 A -> B
` + "```" + `
` + "```sh" + `
go run ./cmd/walkthrough list
` + "```" + `
`
	const want = `# Title
<!-- file wsgi/wsgi.go -->
` + "```" + `
package wsgi
` + "```" + `
<!-- a comment of no interest: don't -->
<!-- golden
     01-hello-wsgi/hello
     trace -->

` + "~~~~ text" + `
A request
` + "~~~~" + `

<!-- drawing -->
` + "```text" + `
 A -> B
` + "```" + `
` + "```sh" + `
go run ./cmd/walkthrough list
` + "```" + `
`
	woven := weaver(t).Weave("README.md", course.Address{}, []byte(source))
	if len(woven.Problems) != 0 {
		t.Fatal(woven.Problems)
	}
	if diff := cmp.Diff(want, string(woven.Woven)); diff != "" {
		t.Errorf("woven (-want +got):\n%s", diff)
	}
	directives := [][]string{{"file", "wsgi/wsgi.go"}, {"golden", "01-hello-wsgi/hello", "trace"}, {"drawing"}}
	if diff := cmp.Diff(directives, Directives([]byte(source))); diff != "" {
		t.Errorf("directives (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Title"}, Headings([]byte(source))); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
}

func TestStale(t *testing.T) {
	woven := weaver(t).Weave("README.md", course.Address{}, []byte("<!-- golden 01-hello-wsgi/hello trace -->\n```\nB request\n```\n"))
	const want = "README.md:1: <!-- golden 01-hello-wsgi/hello trace -->: the block is not what it is taken from:\n" +
		"--- block\n+++ source\n@@ -1 +1 @@\n-B request\n+A request\n"
	if len(woven.Stale) != 1 || woven.Stale[0].Error() != want {
		t.Errorf("got %v, want %s", woven.Stale, want)
	}
}

func TestProblems(t *testing.T) {
	block := func(directive string) string { return "\n<!-- " + directive + " -->\n```go\nold\n```\n" }
	for _, test := range []struct{ source, want string }{
		{block("code handler.go Cal"), `x.md:2: <!-- code handler.go Cal -->: handler.go declares no "Cal"; did you mean "(*Handler).Call"?`},
		{block("code handler.go Call"), `x.md:2: <!-- code handler.go Call -->: handler.go declares no "Call"; did you mean "(*Handler).Call"?`},
		{block("code handler.go name"), `x.md:2: <!-- code handler.go name -->: handler.go declares no "name"; did you mean "Handler.name"?`},
		{block("code handlers.go"), `x.md:2: <!-- code handlers.go -->: 01 has no file "handlers.go"; did you mean "handler.go"?`},
		{block("code"), `x.md:2: <!-- code -->: takes a file and perhaps declarations: code 05.1 handler.go (*WSGIHandler).Call`},
		{block("code 02"), `x.md:2: <!-- code 02 -->: takes a file and perhaps declarations: code 05.1 handler.go (*WSGIHandler).Call`},
		{block("code 99 handler.go"), `x.md:2: <!-- code 99 handler.go -->: there is no step "99"; the steps go from 01 to 14`},
		{block("code 02~new handler.go"), `x.md:2: <!-- code 02~new handler.go -->: there is no mistake "02~new"; those of step 02 are: old-words`},
		{block("diff 01 handler.go"), `x.md:2: <!-- diff 01 handler.go -->: takes two addresses, a file and perhaps declarations: diff 05.1 05.2 handler.go (*WSGIHandler).Call`},
		{block("diff 01 01 handler.go"), `x.md:2: <!-- diff 01 01 handler.go -->: nothing differs`},
		{block("diff 01 02 views.go"), `x.md:2: <!-- diff 01 02 views.go -->: 01 has no file "views.go"`},
		{block("diff 01 02 handler.go Nobody"), `x.md:2: <!-- diff 01 02 handler.go Nobody -->: handler.go declares no "Nobody"`},
		{block("golden hello trace"), `x.md:2: <!-- golden hello trace -->: there is no case "hello"`},
		{block("golden hello"), `x.md:2: <!-- golden hello -->: takes the name of a case and of a section: golden 05-middleware/onion trace`},
		{block("golden 01-hello-wsgi/hello log"), `x.md:2: <!-- golden 01-hello-wsgi/hello log -->: 01-hello-wsgi/hello has no section "log"`},
		{block("walkthrough reqest 05"), `x.md:2: <!-- walkthrough reqest 05 -->: unexpected argument`},
		{block("walkthrough test 05"), `x.md:2: <!-- walkthrough test 05 -->: exit status 1`},
		{block("file nowhere.go"), `x.md:2: <!-- file nowhere.go -->: open nowhere.go: file does not exist`},
		{block("file"), `x.md:2: <!-- file -->: takes one path`},
		{block("file fence.md"), "x.md:2: <!-- file fence.md -->: the content holds a line that begins with ```: use a longer fence"},
		{block("cod handler.go"), `x.md:2: <!-- cod handler.go -->: unknown directive "cod" (known: code, diff, golden, walkthrough, file, drawing)`},
		{"text\n\n<!-- file wsgi/wsgi.go -->\n\ntext\n\n```sh\nls\n```\n", `x.md:3: <!-- file wsgi/wsgi.go -->: no fenced block follows`},
		{"<!-- file wsgi/wsgi.go -->\n", `x.md:1: <!-- file wsgi/wsgi.go -->: no fenced block follows`},
		{"text\n```go\nx := 1\n```\n", `x.md:2: a block without a directive: say where it comes from, <!-- code FILE DECL --> and the like, or make it sh if it is a command to type`},
		{"text\n\n    x := 1\n", `x.md:3: an indented block of code: put it between fences`},
		{"- a\n\n  <!-- file wsgi/wsgi.go -->\n  ```go\n  ```\n", `x.md:3: <!-- file wsgi/wsgi.go -->: a directive stands at the left margin, not inside a list or a quotation`},
		{"text\n```sh\n$ go run ./cmd/walkthrough reqest 05\n```\n", `x.md:2: walkthrough reqest 05: unexpected argument`},
		{"text\n```sh\necho 'a\n```\n", `x.md:2: "echo 'a": a quotation mark is not closed`},
	} {
		woven := weaver(t).Weave("x.md", course.Address{Step: 1}, []byte(test.source))
		if len(woven.Problems) != 1 || woven.Problems[0].Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.source, woven.Problems, test.want)
		}
		if string(woven.Woven) != test.source {
			t.Errorf("%q was changed to %q", test.source, woven.Woven)
		}
	}
	woven := weaver(t).Weave("x.md", course.Address{}, []byte(block("code handler.go")))
	const want = `x.md:2: <!-- code handler.go -->: says no address, and this text is no step's chapter`
	if len(woven.Problems) != 1 || woven.Problems[0].Error() != want {
		t.Errorf("got %v, want %s", woven.Problems, want)
	}
}

func TestCalls(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"walkthrough list", "list"},
		{"go run ./cmd/walkthrough run 05 --addr :8000 # and wait", "run 05 --addr :8000"},
		{"cd /tmp && NO_COLOR=1 walkthrough diff 8 | less", "diff 8"},
		{"walkthrough list; echo 'walkthrough nothing'", "list"},
		{"walkthrough show 5 && walkthrough read 5", "show 5\nread 5"},
		{"go test ./...", ""},
		{"# walkthrough is a command", ""},
		{`walkthrough request 06 POST /echo/ --data "a=1 2"`, "request 06 POST /echo/ --data a=1 2"},
	} {
		words, err := split(test.line)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, args := range calls(words) {
			got = append(got, strings.Join(args, " "))
		}
		if strings.Join(got, "\n") != test.want {
			t.Errorf("%s: got %q, want %q", test.line, got, test.want)
		}
	}
}

func TestQuote(t *testing.T) {
	words := []string{"plain", "two words", "it's", "", `"`, "a;b"}
	back, err := split(strings.Join(quote(words), " "))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words, back); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
