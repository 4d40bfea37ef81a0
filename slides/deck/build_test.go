package deck

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"basehandler/internal/course"

	"github.com/rogpeppe/go-internal/txtar"
)

// smallCourse is steps 01 and 02 with little in them.
const smallCourse = `
-- 01-hello-wsgi/handler.go --
package handler

// Handler is
// documented.
type Handler struct {
	view func()
}

// Call calls.
func (h *Handler) Call(name string) error {
	view, err := find(name)
	if err != nil {
		return err
	}
	view()
	return nil
}

func find(name string) (func(), error) { return nil, nil }
-- 01-hello-wsgi/_beats/1-function/handler.go --
package handler

func Call(name string) error {
	return nil
}
-- 01-hello-wsgi/_beats/2-handler-object/handler.go --
package handler

type Handler struct{}

func (h *Handler) Call(name string) error {
	return nil
}
-- 02-request/handler.go --
package handler

// Handler is
// documented better.
type Handler struct {
	view func()
	long int
}

// Call calls.
func (h *Handler) Call(name string) error {
	for i := range 3 {
		view, err := find(name)
		if err != nil {
			return err
		}

		switch i {
		case 0:
			view()
		case 1:
			view()
			view()
		case 2:
			view()
			view()
			view()
		}
	}
	return nil
}
-- 02-request/request.go --
package handler

type Request struct{ path string }
-- 02-request/_beats/1-environ/handler.go --
package handler

type Handler struct{}

func (h *Handler) Call(name string) error { return nil }
-- 02-request/_mistakes/read-twice/handler.go --
package handler

// Handler is
// documented better.
type Handler struct {
	view func()
	long int
}
`

func smallBuilder(t testing.TB) Builder {
	t.Helper()
	files := fstest.MapFS{}
	for _, file := range txtar.Parse([]byte(smallCourse)).Files {
		files[file.Name] = &fstest.MapFile{Data: file.Data}
	}
	return Builder{
		Library: &course.Library{Files: files},
		Final:   fstest.MapFS{"handlers/base.go": {Data: []byte("package handlers\n\n// BaseHandler is the whole.\ntype BaseHandler struct{}\n")}},
		Golden: fstest.MapFS{
			"01-hello-wsgi/hello.txtar": {Data: []byte("steps: 01.1, 01-\ntitle: t\n-- settings --\n{\"DEBUG\": true}\n-- request --\nGET /case HTTP/1.1\n-- response --\nHTTP/1.1 200 OK\n\nfrom the file\n-- trace --\nclose\n")},
			"01-hello-wsgi/beat.txtar":  {Data: []byte("steps: 01.1\ntitle: t\n-- request --\nGET /1 HTTP/1.1\n-- request 2 --\nGET /2 HTTP/1.1\n-- response --\nHTTP/1.1 200 OK\n\none\n-- response 2 --\nHTTP/1.1 200 OK\n\ntwo\n-- trace --\nchunk 1\n-- trace 2 --\nchunk 2\n")},
			"01-hello-wsgi/stop.txtar":  {Data: []byte("steps: 01.2\ntitle: t\n-- request --\nGET / HTTP/1.1\n-- error --\nno such view\n")},
		},
		Run: func(_ context.Context, r Request) (Result, error) {
			if strings.Contains(r.Text, "/unsent") {
				return Result{}, errors.New("the request could not be sent")
			}
			if strings.Contains(r.Text, "/unmade") {
				return Result{Error: "it <cannot> be made"}, nil
			}
			return Result{
				Response: fmt.Sprintf("HTTP/1.1 200 OK\n\nstep %d asgi %t settings %s\n", r.Step, r.ASGI, r.Settings),
				Trace:    []string{"start_response 200 OK", "chunk 1", "close"},
			}, nil
		},
		Check: func(args []string) error {
			if len(args) == 0 || args[0] != "run" {
				return fmt.Errorf("there is no such verb")
			}
			return nil
		},
	}
}

// TestBuild builds slides, and prints what a state shows: a line for a row,
// with its sign, key, and the positions at which it stands out.
func TestBuild(t *testing.T) {
	archives(t, "testdata/build/*.txtar", func(t *testing.T, archive *txtar.Archive) string {
		section, problems := Parse(archive.Files[0].Name, string(archive.Files[0].Data))
		if problems != nil {
			t.Fatal(problems)
		}
		builder := smallBuilder(t)
		deck, err := builder.Build(t.Context(), []*Section{section})
		if err != nil {
			return err.Error() + "\n"
		}
		if archive.Files[len(archive.Files)-1].Name == "out.html" {
			var out strings.Builder
			for _, slide := range section.Slides {
				built := deck.slides[slide]
				fmt.Fprintf(&out, "%s, positions %d\n%s\n%s%s", slide.ID, built.Positions, built.Heading, built.Content, built.Speaker)
			}
			return out.String()
		}
		var out strings.Builder
		work := &builderOf{builder: builder}
		for _, slide := range section.Slides {
			for _, part := range slide.Parts {
				if code, ok := part.(*Code); ok {
					work.print(t, &out, slide, code)
				}
			}
		}
		return out.String()
	})
}

// builderOf prints the figures that a builder makes.
type builderOf struct{ builder Builder }

func (b *builderOf) print(t *testing.T, out *strings.Builder, slide *Slide, code *Code) {
	t.Helper()
	f, err := (&builder{Builder: b.builder}).figure(&sheet{Slide: slide}, code)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "slide %s, figure %s\n", slide.ID, f.Label)
	for _, v := range f.Views {
		fmt.Fprintf(out, "\n%d to %d: %s %s %s (%s)\n", v.From, v.To, v.Address, v.Files, v.Link, v.Size)
		for _, r := range v.Rows {
			sign := map[string]string{"line": " ", "line add": "+", "line del": "-", "line fold": "~"}[r.Class]
			fmt.Fprintf(out, "%-4s %-5s %s %s\n", r.Key, r.Marks, sign, textOf(string(r.HTML)))
		}
	}
	for _, c := range f.Captions {
		fmt.Fprintf(out, "\n%d to %d: %s\n", c.From, c.To, c.HTML)
	}
	out.WriteByte('\n')
}

// textOf takes the tags out of a line of code.
func textOf(html string) string {
	var out strings.Builder
	for _, piece := range strings.Split(html, "<") {
		_, text, found := strings.Cut(piece, ">")
		if !found {
			text = piece
		}
		out.WriteString(text)
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(out.String())
}
