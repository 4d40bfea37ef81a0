package template_test

import (
	"errors"
	htmltemplate "html/template"
	"io"
	"strings"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/template"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// request makes a request of a site with the templates a.html and b.html.
func request(t *testing.T) *web.Request {
	t.Helper()
	settings := conf.Defaults()
	settings.Templates = htmltemplate.Must(htmltemplate.New("a.html").Parse("a {{.x}}"))
	htmltemplate.Must(settings.Templates.New("b.html").Parse("b {{.x}}"))
	r, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/"}), settings)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// render renders and gives the content.
func render(t *testing.T, response *template.Response) string {
	t.Helper()
	result, err := response.Render()
	if err != nil {
		t.Fatal(err)
	}
	if result != web.Response(response) {
		t.Fatalf("another response came out: %v", result)
	}
	return content(t, response)
}

func content(t *testing.T, response *template.Response) string {
	t.Helper()
	content, err := response.Content()
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

type context = map[string]any

// counted is a template that counts how often it is executed.
type counted struct {
	times int
	err   error
}

func (c *counted) Execute(w io.Writer, data any) error {
	c.times++
	if _, err := io.WriteString(w, "half"); err != nil {
		return err
	}
	if c.err != nil {
		return c.err
	}
	_, err := io.WriteString(w, strings.Repeat("!", c.times))
	return err
}

// T-01
func TestNothingBeforeRender(t *testing.T) {
	tmpl := &counted{}
	response := template.New(request(t), tmpl, nil, web.Status(202), web.Header("X-A", "b"))
	missing := template.Named(request(t), []string{"nowhere.html"}, nil)
	if tmpl.times != 0 || response.IsRendered() || missing.IsRendered() {
		t.Error("something was rendered")
	}
	if response.StatusCode() != 202 || response.Get("X-A") != "b" || response.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("the response is %v", response)
	}
	_, err := missing.Render()
	var notFound *template.TemplateDoesNotExist
	if !errors.As(err, &notFound) || err.Error() != "nowhere.html" || missing.IsRendered() {
		t.Errorf("a missing template: %v", err)
	}
}

// T-02
func TestTemplates(t *testing.T) {
	r := request(t)
	for want, response := range map[string]*template.Response{
		"a 1":              template.Named(r, []string{"a.html"}, context{"x": 1}),
		"b 1":              template.Named(r, []string{"nowhere.html", "b.html", "a.html"}, context{"x": 1}),
		"c 1":              template.New(r, htmltemplate.Must(htmltemplate.New("").Parse("c {{.x}}")), context{"x": 1}),
		"a &lt;script&gt;": template.Named(r, []string{"a.html"}, context{"x": "<script>"}),
	} {
		if got := render(t, response); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for name, response := range map[string]*template.Response{
		"none of several": template.Named(r, []string{"x.html", "y.html"}, nil), "no request": template.Named(nil, []string{"x.html", "y.html"}, nil),
	} {
		if _, err := response.Render(); err == nil || err.Error() != "x.html, y.html" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// T-03
func TestRenderOnce(t *testing.T) {
	tmpl := &counted{}
	response := template.New(request(t), tmpl, nil)
	var called []string
	for _, name := range []string{"first", "second"} {
		if err := response.AddPostRenderCallback(func(r web.Response) (web.Response, error) {
			called = append(called, name+" "+content(t, r.(*template.Response)))
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if got := render(t, response); got != "half!" {
			t.Errorf("got %q", got)
		}
	}
	if got := strings.Join(called, ", "); got != "first half!, second half!" || tmpl.times != 1 {
		t.Errorf("called %s, and the template %d times", got, tmpl.times)
	}
}

// T-03: a template that fails half-way leaves nothing behind.
func TestRenderFails(t *testing.T) {
	tmpl := &counted{err: io.ErrUnexpectedEOF}
	response := template.New(request(t), tmpl, nil)
	if result, err := response.Render(); result != nil || err != io.ErrUnexpectedEOF || response.IsRendered() {
		t.Errorf("got %v, %v", result, err)
	}
	tmpl.err = nil
	if got := render(t, response); got != "half!!" {
		t.Errorf("the second time: %q", got)
	}
}

// T-04
func TestChangesBeforeAndAfter(t *testing.T) {
	response := template.Named(request(t), []string{"a.html"}, context{"x": 1})
	response.Context["x"] = 2
	response.Names = []string{"b.html"}
	if got, err := response.RenderedContent(); err != nil || string(got) != "b 2" || response.IsRendered() {
		t.Errorf("RenderedContent: %q, %v", got, err)
	}
	if got := render(t, response); got != "b 2" {
		t.Errorf("before: %q", got)
	}
	response.Context["x"] = 3
	if got := render(t, response); got != "b 2" {
		t.Errorf("after: %q", got)
	}
	if got, err := response.RenderedContent(); err != nil || string(got) != "b 3" || content(t, response) != "b 2" {
		t.Errorf("RenderedContent: %q, %v", got, err)
	}
}

// T-05
func TestNotRendered(t *testing.T) {
	response := template.Named(request(t), []string{"a.html"}, context{"x": 1})
	const accessed, iterated = "The response content must be rendered before it can be accessed.", "The response content must be rendered before it can be iterated over."
	ask := map[string]func() (string, error){
		"Content":   func() (string, error) { b, err := response.Content(); return string(b), err },
		"GetValue":  func() (string, error) { b, err := response.GetValue(); return string(b), err },
		"Text":      response.Text,
		"Serialize": func() (string, error) { b, err := response.Serialize(); return string(b), err },
		"Tell":      func() (string, error) { n, err := response.Tell(); return strings.Repeat("x", n), err },
		"Next":      func() (string, error) { b, err := response.Next(); return string(b), err },
	}
	for name, call := range ask {
		want := accessed
		if name == "Next" {
			want = iterated
		}
		_, err := call()
		var notRendered *template.ContentNotRenderedError
		if !errors.As(err, &notRendered) || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	render(t, response)
	for name, want := range map[string]string{
		"Content": "a 1", "GetValue": "a 1", "Text": "a 1", "Next": "a 1", "Tell": "xxx", "Serialize": "Content-Type: text/html; charset=utf-8\r\n\r\na 1",
	} {
		if got, err := ask[name](); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// T-06
func TestSetContent(t *testing.T) {
	for name, set := range map[string]func(*template.Response) error{
		"SetContent": func(r *template.Response) error { return r.SetContent([]byte("mine")) },
		"SetText":    func(r *template.Response) error { return r.SetText("mine") },
		"Consume":    func(r *template.Response) error { return r.Consume(wsgi.List([]byte("mi"), []byte("ne"))) },
	} {
		tmpl := &counted{}
		response := template.New(request(t), tmpl, nil)
		if err := set(response); err != nil || !response.IsRendered() {
			t.Errorf("%s: rendered %v, %v", name, response.IsRendered(), err)
		}
		if got := render(t, response); got != "mine" || tmpl.times != 0 {
			t.Errorf("%s: %q, rendered %d times", name, got, tmpl.times)
		}
	}
	latin := template.New(request(t), &counted{}, nil, web.ContentType("text/html; charset=ascii"))
	if err := latin.SetText("é"); err == nil || latin.IsRendered() {
		t.Errorf("text that has no bytes: %v", err)
	}
}

// T-07
func TestPostRenderCallbacks(t *testing.T) {
	response := template.Named(request(t), []string{"a.html"}, context{"x": 1})
	second := web.NewHttpResponse("second")
	third := web.NewHttpResponse("third")
	var got []web.Response
	answer := func(r web.Response) func(web.Response) (web.Response, error) {
		return func(current web.Response) (web.Response, error) {
			got = append(got, current)
			return r, nil
		}
	}
	for _, r := range []web.Response{nil, second, nil, third} {
		if err := response.AddPostRenderCallback(answer(r)); err != nil {
			t.Fatal(err)
		}
	}
	result, err := response.Render()
	if err != nil || result != web.Response(third) {
		t.Errorf("got %v, %v", result, err)
	}
	want := []web.Response{response, response, second, second}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("the callbacks got %v", got)
		}
	}
	// Of one that comes late the answer is ignored.
	got = nil
	if err := response.AddPostRenderCallback(answer(second)); err != nil || len(got) != 1 || got[0] != web.Response(response) {
		t.Errorf("a late one got %v, %v", got, err)
	}
	if result, err := response.Render(); result != web.Response(response) || err != nil {
		t.Errorf("then Render gives %v, %v", result, err)
	}
	// An error is Render's, and that of AddPostRenderCallback.
	failing := template.New(request(t), &counted{}, nil)
	fails := func(web.Response) (web.Response, error) { return nil, io.ErrNoProgress }
	if err := failing.AddPostRenderCallback(fails); err != nil {
		t.Error(err)
	}
	if _, err := failing.Render(); err != io.ErrNoProgress || !failing.IsRendered() {
		t.Errorf("Render: %v", err)
	}
	if err := failing.AddPostRenderCallback(fails); err != io.ErrNoProgress {
		t.Errorf("AddPostRenderCallback: %v", err)
	}
}

// T-10
func TestWriteBeforeRender(t *testing.T) {
	response := template.Named(request(t), []string{"a.html"}, context{"x": 1})
	if _, err := response.Write([]byte("lost")); err != nil || response.IsRendered() {
		t.Errorf("rendered %v, %v", response.IsRendered(), err)
	}
	if got := render(t, response); got != "a 1" {
		t.Errorf("got %q", got)
	}
	if _, err := response.Write([]byte(" more")); err != nil || content(t, response) != "a 1 more" {
		t.Errorf("after: %q, %v", content(t, response), err)
	}
}

// A response must not be copied, so it is made where it stays.
func TestOneAllocation(t *testing.T) {
	var response *template.Response
	if got := testing.AllocsPerRun(100, func() { response = template.New(nil, nil, nil) }); got != 1 {
		t.Errorf("%v allocations", got)
	}
	if got := response.String(); got != `<HttpResponse status_code=200, "text/html; charset=utf-8">` {
		t.Errorf("got %s", got)
	}
}
