package debug

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"strings"

	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

//go:embed technical_500.html
var technical500Source string

//go:embed technical_404.html
var technical404Source string

//go:embed welcome.html
var welcomeSource string

var (
	technical500 = template.Must(template.New("technical_500").Parse(technical500Source))
	technical404 = template.Must(template.New("technical_404").Parse(technical404Source))
	welcome      = template.Must(template.New("welcome").Parse(welcomeSource))
)

// Technical404 is the page for a URL that leads nowhere: which routes were
// tried, in order. A site without any route gets a welcome in its place, with
// status 200.
//
// Django: views/debug.py technical_404_response.
func Technical404(request *web.Request, err error, urlconf string) web.Response {
	page := struct {
		Method, URL, URLConf, Reason, View string
		Tried                              [][]web.TriedPattern
		Resolved                           bool // a view was found, and raised
		Last                               int  // index in Tried
	}{Method: request.Method, URL: request.Path, URLConf: urlconf, Reason: err.Error()}
	var missed *urls.Resolver404
	if errors.As(err, &missed) {
		page.Tried, page.Reason = missed.Tried(), ""
		if len(page.Tried) == 0 {
			return render(welcome, nil, 200)
		}
	} else if request.ResolverMatch != nil {
		page.Tried, page.Resolved = request.ResolverMatch.Tried(), true
		page.View = request.ResolverMatch.View.Name
	}
	page.Last = len(page.Tried) - 1
	return render(technical404, page, 404)
}

// Technical500 is the page for an error: what it was, where, and what the
// request and the settings were. It is plain text for a client that does not
// want HTML. stack is as debug.Stack prints it.
//
// Django: views/debug.py technical_500_response.
func Technical500(request *web.Request, err error, status int, stack []byte) web.Response {
	if reporter, ok := request.META.Value(reporterKey).(Reporter); ok && reporter != nil {
		return reporter(request, err, status, stack)
	}
	filter, _ := request.META.Value(filterKey).(Filter)
	if filter == nil {
		filter = Cleansed
	}
	page := report{
		Method: request.Method, Path: request.Path, URL: absoluteURI(request), Go: runtime.Version(),
		Frames: Frames(stack),
		GET:    filter.query(request.GET()), COOKIES: cookies(request.COOKIES()), META: filter.meta(request),
		Settings: filter.settings(request.Settings()),
	}
	page.describe(err)
	if request.ResolverMatch != nil {
		page.View = request.ResolverMatch.View.Name
	}
	page.POST = filter.query(request.POST())
	if html, err := request.Accepts("text/html"); err != nil || html {
		return render(technical500, page, status)
	}
	return web.NewHttpResponse(page.text(), web.Status(status), web.ContentType("text/plain; charset=utf-8"))
}

// report is what the page shows.
type report struct {
	Kind, Message      string
	Panicked           bool
	Method, Path, URL  string
	View, Go           string
	Causes             []Row // what the error wraps
	Frames             []Frame
	GET, POST, COOKIES []Row
	META, Settings     []Row
}

// describe says what the error is. Of a panic that is the value that somebody
// panicked with.
func (r *report) describe(err error) {
	r.Kind, r.Message = exceptions.Kind(err), err.Error()
	var caught *exceptions.Panic
	if r.Panicked = errors.As(err, &caught); r.Panicked {
		r.Message = fmt.Sprint(caught.Value)
		if inner, ok := caught.Value.(error); ok && exceptions.Kind(inner) != "Exception" {
			r.Kind = exceptions.Kind(inner)
		}
		err = errors.Unwrap(caught)
	}
	if err == nil {
		return
	}
	// The parent of a class says the same once more.
	for cause := errors.Unwrap(err); cause != nil; err, cause = cause, errors.Unwrap(cause) {
		if cause.Error() != err.Error() {
			r.Causes = append(r.Causes, Row{exceptions.Kind(cause), cause.Error()})
		}
	}
}

// text is the page without markup.
func (r report) text() string {
	var b strings.Builder
	how := "a returned error"
	if r.Panicked {
		how = "a panic"
	}
	fmt.Fprintf(&b, "%s at %s\n%s\n\nRequest: %s %s\nView: %s\nHow: %s\nGo: %s\n", r.Kind, r.Path, r.Message, r.Method, r.URL, r.View, how, r.Go)
	for _, cause := range r.Causes {
		fmt.Fprintf(&b, "Caused by %s: %s\n", cause.Name, cause.Value)
	}
	b.WriteString("\nWhere:\n")
	for _, frame := range r.Frames {
		fmt.Fprintf(&b, "  %s\n    %s:%d\n", frame.Function, frame.File, frame.Line)
	}
	for _, table := range []struct {
		name string
		rows []Row
	}{{"GET", r.GET}, {"POST", r.POST}, {"COOKIES", r.COOKIES}, {"META", r.META}, {"Settings", r.Settings}} {
		fmt.Fprintf(&b, "\n%s:\n", table.name)
		for _, row := range table.rows {
			fmt.Fprintf(&b, "  %s = %s\n", row.Name, row.Value)
		}
	}
	return b.String()
}

func render(page *template.Template, data any, status int) web.Response {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return web.NewHttpResponse(fmt.Sprintf("the page for this error failed itself: %v", err),
			web.Status(500), web.ContentType("text/plain; charset=utf-8"))
	}
	return web.NewHttpResponse(b.Bytes(), web.Status(status))
}

func (f Filter) query(q *web.QueryDict, err error) []Row {
	if err != nil {
		return []Row{{exceptions.Kind(err), err.Error()}}
	}
	var rows []Row
	for key, values := range q.Lists() {
		rows = append(rows, Row{key, f(key, strings.Join(values, ", "))})
	}
	return rows
}

func cookies(values map[string]string) []Row {
	var rows []Row
	for _, name := range slices.Sorted(maps.Keys(values)) {
		rows = append(rows, Row{name, substitute}) // a cookie may be a session
	}
	return rows
}

func (f Filter) meta(request *web.Request) []Row {
	var rows []Row
	for key, value := range request.META.All() {
		text, ok := value.(string)
		if !ok {
			continue
		}
		if key == "QUERY_STRING" {
			text = cleansedQuery(text)
		}
		rows = append(rows, Row{key, f(key, text)})
	}
	return rows
}

// cleansedQuery hides in a query what GET hides. Departs: Django shows it.
func cleansedQuery(text string) string {
	pairs := strings.Split(text, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || hidden.MatchString(plain) {
			pairs[i] = name + "=" + substitute
		}
	}
	return strings.Join(pairs, "&")
}

// absoluteURI is the URL of the request, without the host where that is not to
// be trusted. Departs: the page comes out all the same, as it does where the
// query, the form or the URLconf cannot be read; Django's page fails.
func absoluteURI(request *web.Request) string {
	if uri, err := request.BuildAbsoluteURI(""); err == nil {
		return uri
	}
	return request.Path
}
