package site

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"basehandler/internal/course"
)

//go:embed templates
var templates embed.FS

// views are the templates by name, each within the layout.
type views map[string]*template.Template

var functions = template.FuncMap{
	"address": func(step course.Step) string { return step.Address().String() },
	"plural": func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %s", n, many)
	},
}

// parseViews parses the templates; static is the folder of what pages load.
func parseViews(static string) (views, error) {
	layout, err := template.New("layout.html").Funcs(functions).Funcs(template.FuncMap{"static": func() string { return static }}).ParseFS(templates, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	views := views{}
	for _, file := range files {
		clone, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if views[strings.TrimSuffix(path.Base(file), ".html")], err = clone.ParseFS(templates, file); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// view is what a page shows.
type view struct {
	Template string
	Status   int    // 0 is 200
	Title    string // of the page, without that of the site
	Section  string // the link of the head that leads here, "" for none
	Main     any    // what the template shows
}

// page makes a handler of what gives a view. An error about something that does
// not exist is 404, any other 500; a view that is nil has been answered.
func (s *Site) page(make func(http.ResponseWriter, *http.Request) (*view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		view, err := make(w, r)
		var unknown *course.UnknownError
		switch {
		case errors.As(err, &unknown):
			s.showError(w, r, http.StatusNotFound, sentence(unknown.Error()))
		case err != nil:
			s.log.Printf("%s %s: %v", r.Method, r.URL.EscapedPath(), err)
			s.showError(w, r, http.StatusInternalServerError, "This page cannot be made. The reason is in the log of the server.")
		case view != nil:
			s.show(w, r, view)
		}
	}
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, v *view) {
	var text bytes.Buffer
	if err := s.views[v.Template].ExecuteTemplate(&text, "layout.html", v); err != nil {
		s.log.Printf("%s %s: %v", r.Method, r.URL.EscapedPath(), err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	if v.Status == 0 {
		v.Status = http.StatusOK
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	w.Header().Set("Cache-Control", "no-cache") // the next version of the program may say something else
	w.WriteHeader(v.Status)
	w.Write(text.Bytes())
}

func (s *Site) showError(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.show(w, r, &view{Template: "error", Status: status, Title: http.StatusText(status),
		Main: struct{ Title, Message string }{http.StatusText(status), message}})
}

// sentence begins with a capital and ends in a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimRight(text[1:], ".?") + map[bool]string{true: "?", false: "."}[strings.HasSuffix(text, "?")]
}

// withErrorPages answers what the mux does not know with pages of the site.
func (s *Site) withErrorPages(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		answer := &answered{header: http.Header{}}
		handler.ServeHTTP(answer, r)
		if answer.status != http.StatusMethodNotAllowed {
			s.notFound(w, r)
			return
		}
		allowed := answer.header.Get("Allow")
		w.Header().Set("Allow", allowed)
		s.refuse(w, r, http.StatusMethodNotAllowed, r.URL.Path+" does not take "+r.Method+", but "+allowed+".")
	})
}

// notFound leads who typed the number of a step, such as /05/, to its chapter.
func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	typed := strings.Trim(r.URL.Path, "/")
	address, err := course.ParseAddress(typed)
	switch {
	case err == nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		redirect(w, r, statePath(address))
	case err != nil && beginsWithNumber.MatchString(typed):
		s.refuse(w, r, http.StatusNotFound, sentence(err.Error()))
	default:
		s.refuse(w, r, http.StatusNotFound, "There is nothing at "+r.URL.Path+".")
	}
}

var beginsWithNumber = regexp.MustCompile(`^\d+[^/]*$`)

// answered keeps what the mux says of a request that it has no handler for.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(p []byte) (int, error) { return len(p), nil }
