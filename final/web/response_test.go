package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/final/conf"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// panics gives the error that f panics with.
func panics(t testing.TB, f func()) (err error) {
	t.Helper()
	defer func() {
		value := recover()
		if err, _ = value.(error); err == nil {
			t.Errorf("it panics with %v, not with an error", value)
		}
	}()
	f()
	return nil
}

// headers writes the headers of a response as text.
func headers(response web.Response) string {
	var list []string
	for name, value := range response.Base().Items() {
		list = append(list, fmt.Sprintf("%s: %s", name, value))
	}
	return strings.Join(list, ", ")
}

//
func TestStatus(t *testing.T) {
	for _, status := range []string{"404", " 404 ", "+404", "4_04"} {
		if got := web.NewHttpResponse("", web.Status(status)).StatusLine(); got != "404 Not Found" {
			t.Errorf("%q: %s", status, got)
		}
	}
	for _, status := range []int{99, 600, 0, -1} {
		err := panics(t, func() { web.NewHttpResponse("", web.Status(status)) })
		if message := raises[*exceptions.ValueError](t, err); message != "HTTP status code must be an integer from 100 to 599." {
			t.Error(message)
		}
	}
	for _, status := range []string{"", "x", "4.5", "_4", "4__4", "--4"} {
		err := panics(t, func() { web.NewHttpResponse("", web.Status(status)) })
		if message := raises[*exceptions.TypeError](t, err); message != "HTTP status code must be an integer." {
			t.Error(message)
		}
	}
	err := panics(t, func() { web.NewHttpResponse("", web.Status("99999999999999999999")) })
	raises[*exceptions.ValueError](t, err)
}

// R-02, W-06
func TestReason(t *testing.T) {
	response := web.NewHttpResponse("", web.Status(404))
	check := func(want string) {
		t.Helper()
		if got := response.StatusLine(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	check("404 Not Found")
	response.SetStatusCode(410)
	check("410 Gone")
	response.SetStatusCode(299)
	check("299 Unknown Status Code")
	response.SetStatusCode(418)
	check("418 I'm a Teapot")
	response.SetReasonPhrase("")
	check("418 ")
	response.SetReasonPhrase("Fine")
	response.SetStatusCode(200)
	check("200 Fine")
	if got := web.NewHttpResponse("", web.Reason("So so")).ReasonPhrase(); got != "So so" {
		t.Error(got)
	}
	var zero web.HttpResponse
	if got := zero.StatusLine(); got != "200 OK" {
		t.Error(got)
	}
}

//
func TestContentTypeAndCharset(t *testing.T) {
	for _, test := range []struct {
		options []web.Option
		headers string
		charset string
	}{
		{nil, "Content-Type: text/html; charset=utf-8", "utf-8"},
		{[]web.Option{web.ContentType("text/plain")}, "Content-Type: text/plain", "utf-8"},
		{[]web.Option{web.ContentType("")}, "Content-Type: ", "utf-8"},
		{[]web.Option{web.Charset("latin-1")}, "Content-Type: text/html; charset=latin-1", "latin-1"},
		{[]web.Option{web.ContentType(`a/b;Charset="iso-8859-1" ;x`)}, `Content-Type: a/b;Charset="iso-8859-1" ;x`, "iso-8859-1"},
		{[]web.Option{web.ContentType("a/b; xcharset=x; charset= y")}, "Content-Type: a/b; xcharset=x; charset= y", "utf-8"},
		{[]web.Option{web.Header("content-TYPE", "a/b")}, "content-TYPE: a/b", "utf-8"},
		{[]web.Option{web.Header("X-A", "1"), web.ContentType("a/b")}, "X-A: 1, Content-Type: a/b", "utf-8"},
	} {
		response := web.NewHttpResponse("x", test.options...)
		if got := headers(response); got != test.headers || response.Charset() != test.charset {
			t.Errorf("%s and %s, want %s and %s", got, response.Charset(), test.headers, test.charset)
		}
	}
	err := panics(t, func() { web.NewHttpResponse("", web.ContentType("a/b"), web.Header("Content-Type", "c/d")) })
	if message := raises[*exceptions.ValueError](t, err); message != "'headers' must not contain 'Content-Type' when the 'content_type' parameter is provided." {
		t.Error(message)
	}
	response := web.NewHttpResponse("é", web.ContentType("text/plain; charset=iso-8859-1"))
	if string(response.Content()) != "\xe9" {
		t.Errorf("%q", response.Content())
	}
	response.SetCharset("utf-8")
	if _, err := response.WriteString("é"); err != nil || string(response.Content()) != "\xe9é" {
		t.Errorf("%q, %v", response.Content(), err)
	}
	response.SetCharset("ascii")
	_, err = response.WriteString("é")
	raises[*web.UnicodeEncodeError](t, err)
	response.SetCharset("x-nonsense")
	raises[*web.LookupError](t, response.SetText("x"))
	response = web.NewHttpResponse("")
	response.Delete("content-type")
	if response.Charset() != "utf-8" {
		t.Error(response.Charset())
	}
}

//
func TestResponseHeaders(t *testing.T) {
	response := web.NewHttpResponse("")
	set := func(name, value string) {
		t.Helper()
		if err := response.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	set("X-A", "1")
	set("X-B", "2")
	set("x-a", "\x003\x7f")
	if got := headers(response); got != "Content-Type: text/html; charset=utf-8, x-a: \x003\x7f, X-B: 2" {
		t.Error(got)
	}
	if value, ok := response.Lookup("X-a"); value != "\x003\x7f" || !ok || response.Get("X-C") != "" || response.Has("X-C") {
		t.Error("lookup")
	}
	response.Delete("X-C")
	response.Delete("X-A")
	set("X-A", "")
	if err := response.SetDefault("x-a", "default"); err != nil || !response.Has("X-A") {
		t.Error(err)
	}
	if err := response.SetDefault("X-D", "4"); err != nil {
		t.Error(err)
	}
	if got := headers(response); got != "Content-Type: text/html; charset=utf-8, X-B: 2, X-A: , X-D: 4" {
		t.Error(got)
	}
	if got := string(response.Serialize()); got != "Content-Type: text/html; charset=utf-8\r\nX-B: 2\r\nX-A: \r\nX-D: 4\r\n\r\n" {
		t.Errorf("%q", got)
	}
}

// many headers behave as few do.
func TestManyHeaders(t *testing.T) {
	response := web.NewHttpResponse("")
	response.Delete("Content-Type")
	var want []string
	for i := range 40 {
		name := fmt.Sprintf("X-%d", i)
		if err := response.Set(name, "1"); err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
	}
	for i := 0; i < 40; i += 7 {
		name := fmt.Sprintf("x-%d", i)
		response.Delete(name)
		want = slices.DeleteFunc(want, func(other string) bool { return strings.EqualFold(other, name) })
	}
	response.Delete("X-39")
	want = want[:len(want)-1]
	if err := errors.Join(response.Set("X-39", "2"), response.Set("x-38", "2")); err != nil {
		t.Fatal(err)
	}
	want = append(want, "X-39")
	want[slices.Index(want, "X-38")] = "x-38"
	var got []string
	for _, header := range response.HeaderList() {
		got = append(got, header.Name)
		if response.Get(strings.ToUpper(header.Name)) != header.Value {
			t.Errorf("%s is not found", header.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

//
func TestHeaderValidation(t *testing.T) {
	response := web.NewHttpResponse("")
	for _, pair := range [][2]string{{"X", "a\nb"}, {"X", "a\r"}, {"X\n", "a"}, {"é\n", "a"}, {"X", "日\n"}} {
		err := response.Set(pair[0], pair[1])
		raises[*web.BadHeaderError](t, err)
		raises[*exceptions.ValueError](t, err)
	}
	raises[*web.BadHeaderError](t, response.SetBytes("X", []byte("\xff\n")))
	raises[*web.BadHeaderError](t, response.SetBytes("X\r", nil))
	if message := raises[*web.UnicodeEncodeError](t, response.Set("é", "a")); !strings.HasSuffix(message, ", HTTP response headers must be in ascii format") {
		t.Error(message)
	}
	for value, want := range map[string]string{
		"é":               "\xe9",
		"€":               "=?utf-8?b?4oKs?=",
		"a€b":             "=?utf-8?b?YeKCrGI=?=",
		"abcdefghijkl€ m": "=?utf-8?q?abcdefghijkl=E2=82=AC_m?=",
		"日本語":             "=?utf-8?b?5pel5pys6Kqe?=",
		"\xff":            "\xff",
	} {
		if err := response.Set("X", value); err != nil || response.Get("X") != want {
			t.Errorf("%q: %q, %v, want %q", value, response.Get("X"), err, want)
		}
	}
	if err := response.SetBytes("X", []byte("\xff")); err != nil || response.Get("X") != "\xff" {
		t.Error(err)
	}
}

func chunks(t testing.TB, body wsgi.Body) []string {
	t.Helper()
	var list []string
	for chunk, err := range wsgi.Chunks(body) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(chunk))
	}
	return list
}

//
func TestContent(t *testing.T) {
	response := web.NewHttpResponse("one")
	if _, err := response.Write([]byte(" two")); err != nil {
		t.Fatal(err)
	}
	if _, err := response.WriteString(" é"); err != nil {
		t.Fatal(err)
	}
	position, err := response.Tell()
	if string(response.Content()) != "one two é" || string(response.GetValue()) != "one two é" || position != 10 || err != nil || response.Len() != 3 {
		t.Errorf("%q, %d, %v", response.Content(), position, err)
	}
	if !response.Writable() || response.Readable() || response.Seekable() || response.Streaming() {
		t.Error("it is not what it should be")
	}
	if text, err := response.Text(); text != "one two é" || err != nil {
		t.Error(text, err)
	}
	if got := chunks(t, response); !slices.Equal(got, []string{"one", " two", " é"}) {
		t.Errorf("%q", got)
	}
	if err := response.SetText("new"); err != nil {
		t.Fatal(err)
	}
	if text, err := response.Text(); text != "new" || err != nil {
		t.Error(text, err)
	}
	closed := 0
	response.AddCloser(func() error { closed++; return nil })
	body := &parts{list: []string{"a", "b"}}
	if err := response.Consume(body); err != nil || string(response.Content()) != "ab" || body.closed != 1 || closed != 0 {
		t.Errorf("%q, %v, closed %d times", response.Content(), err, body.closed)
	}
	if got := chunks(t, response); !slices.Equal(got, []string{"ab"}) {
		t.Errorf("%q", got)
	}
	broken := errors.New("no more")
	if err := response.Consume(&parts{list: []string{"x"}, err: broken}); err != broken || string(response.Content()) != "ab" {
		t.Errorf("%q, %v", response.Content(), err)
	}
	if err := response.SetContent([]byte("\xff")); err != nil {
		t.Fatal(err)
	}
	_, err = response.Text()
	raises[*web.UnicodeDecodeError](t, err)
	long := strings.Repeat("é", 1000)
	if got := web.NewHttpResponse(long).Content(); string(got) != long {
		t.Error("long content")
	}
}

// parts is a body that counts how often it is closed.
type parts struct {
	list   []string
	err    error // at the end, in place of io.EOF
	closed int
}

func (p *parts) Next() ([]byte, error) {
	if len(p.list) == 0 {
		if p.err != nil {
			return nil, p.err
		}
		return nil, io.EOF
	}
	first := p.list[0]
	p.list = p.list[1:]
	return []byte(first), nil
}

func (p *parts) Close() error { p.closed++; return nil }

//
func TestStreaming(t *testing.T) {
	first, second := &parts{list: []string{"a", "é"}}, &parts{list: []string{"b"}}
	response := web.NewStreamingHttpResponse(first, web.Status(206))
	if _, err := response.Write([]byte("x")); raises[*web.OSError](t, err) != "This StreamingHttpResponse instance is not writable" {
		t.Error(err)
	}
	if _, err := response.Tell(); raises[*web.OSError](t, err) != "This StreamingHttpResponse instance cannot tell its position" {
		t.Error(err)
	}
	if _, err := response.Content(); raises[*exceptions.AttributeError](t, err) != "This StreamingHttpResponse instance has no `content` attribute. Use `streaming_content` instead." {
		t.Error(err)
	}
	if _, err := response.Text(); raises[*exceptions.AttributeError](t, err) != "This StreamingHttpResponse instance has no `text` attribute." {
		t.Error(err)
	}
	if !response.Streaming() || response.Writable() || response.IsAsync() || response.StatusLine() != "206 Partial Content" {
		t.Error("it is not what it should be")
	}
	if got := chunks(t, response); !slices.Equal(got, []string{"a", "é"}) || first.closed != 0 {
		t.Errorf("%q, closed %d times", got, first.closed)
	}
	response.SetStreamingContent(second)
	if value, err := response.GetValue(); string(value) != "b" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
	if _, err := response.Next(); err != io.EOF {
		t.Error("it can be consumed twice")
	}
	if err := response.Close(); err != nil || first.closed != 1 || second.closed != 1 {
		t.Errorf("closed %d and %d times, %v", first.closed, second.closed, err)
	}
	inner := web.NewStreamingHttpResponse(&parts{list: []string{"a", "b"}})
	content := inner.StreamingContent()
	inner.WrapStreamingContent(func() ([]byte, error) {
		chunk, err := content.Next()
		return bytes.ToUpper(chunk), err
	})
	if got := chunks(t, inner); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("%q", got)
	}
}

func asyncOf(list ...string) web.AsyncIterator {
	return func(ctx context.Context) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, io.EOF
		}
		first := list[0]
		list = list[1:]
		return []byte(first), nil
	}
}

// W-13, A-28
func TestAsyncStreaming(t *testing.T) {
	response := web.NewAsyncStreamingHttpResponse(asyncOf("a", "b"))
	if !response.IsAsync() || response.StreamingContent() != nil {
		t.Error("it is not async")
	}
	response.SetAsyncStreamingContent(asyncOf("c"))
	if !response.IsAsync() {
		t.Error("new content is not async")
	}
	if got := chunks(t, response); !slices.Equal(got, []string{"c"}) || response.IsAsync() {
		t.Errorf("served by WSGI: %q", got)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	// What WSGI gives the iterator is the context of the request.
	served := web.NewAsyncStreamingHttpResponse(asyncOf("a"))
	served.MarkHandled(nil, request(t, map[string]any{wsgi.KeyContext: cancelled}))
	if _, err := served.Next(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// W-11, W-12
func TestClose(t *testing.T) {
	var events []string
	connection := dispatch.RequestFinished.Connect(func(_ context.Context, event dispatch.Event) (any, error) {
		events = append(events, fmt.Sprintf("finished %v %v", event.Sender, event.Request))
		return nil, nil
	})
	defer connection.Disconnect()
	response := web.NewHttpResponse("")
	response.AddCloser(func() error { events = append(events, "one"); return errors.New("ignored") })
	response.AddResource(&closing{})
	response.AddCloser(func() error { events = append(events, fmt.Sprint("two ", response.Closed())); return nil })
	for range 2 {
		if err := response.Close(); err != nil {
			t.Error(err)
		}
	}
	if !response.Closed() {
		t.Error("it is not closed")
	}
	response = web.NewHttpResponse("")
	r := request(t, nil)
	response.MarkHandled("WSGIHandler", r)
	if err := response.Close(); err != nil {
		t.Error(err)
	}
	want := []string{"one", "two false", "finished <nil> <nil>", "finished <nil> <nil>", "finished WSGIHandler <WSGIRequest: GET '/'>"}
	if !slices.Equal(events, want) {
		t.Errorf("%q, want %q", events, want)
	}
}

// A closer that panics keeps none of the others, nor the signal, from their work.
func TestPanickingCloser(t *testing.T) {
	var events []string
	connection := dispatch.RequestFinished.Connect(func(context.Context, dispatch.Event) (any, error) {
		events = append(events, "request_finished")
		return nil, nil
	})
	defer connection.Disconnect()
	response := web.NewHttpResponse("")
	for i := range 4 {
		response.AddCloser(func() error {
			events = append(events, fmt.Sprint(i))
			if i%2 == 0 {
				panic(fmt.Sprint("panic ", i))
			}
			return nil
		})
	}
	var value any
	func() {
		defer func() { value = recover() }()
		response.Close() //nolint:errcheck // it panics
	}()
	if got := strings.Join(events, " "); got != "0 1 2 3 request_finished" || value != "panic 2" || !response.Closed() {
		t.Errorf("it went %s, and %v came out", got, value)
	}
}

// W-10
func TestFileResponse(t *testing.T) {
	file := func(content string) io.Reader { return strings.NewReader(content) }
	for _, test := range []struct {
		name    string
		file    io.Reader
		options []web.Option
		want    string
	}{
		{"a buffer", file("hello"), nil, "Content-Type: application/octet-stream, Content-Length: 5"},
		{"a name", file("hello"), []web.Option{web.Filename("/a/x.txt")}, `Content-Type: text/plain, Content-Length: 5, Content-Disposition: inline; filename="x.txt"`},
		{"an attachment", file(""), []web.Option{web.Filename(`a"b\.tar.gz`), web.AsAttachment()}, `Content-Type: application/gzip, Content-Length: 0, Content-Disposition: attachment; filename="a\"b\\.tar.gz"`},
		{"no name", file(""), []web.Option{web.AsAttachment()}, "Content-Type: application/octet-stream, Content-Length: 0, Content-Disposition: attachment"},
		{"not ASCII", file(""), []web.Option{web.Filename("é b.PDF")}, "Content-Type: application/pdf, Content-Length: 0, Content-Disposition: inline; filename*=utf-8''%C3%A9%20b.PDF"},
		{"a control character", file(""), []web.Option{web.Filename("a\x01.txt")}, "Content-Type: text/plain, Content-Length: 0, Content-Disposition: inline; filename*=utf-8''a%01.txt"},
		{"a type", file(""), []web.Option{web.Filename("x.txt"), web.ContentType("a/b")}, `Content-Type: a/b, Content-Length: 0, Content-Disposition: inline; filename="x.txt"`},
		{"a header gives way", file(""), []web.Option{web.Header("Content-Type", "a/b")}, "Content-Type: application/octet-stream, Content-Length: 0"},
		{"a pipe", struct{ io.Reader }{file("x")}, nil, "Content-Type: application/octet-stream"},
		{"nothing", nil, nil, "Content-Type: text/html; charset=utf-8"},
	} {
		response, err := web.NewFileResponse(test.file, test.options...)
		if err != nil {
			t.Fatal(err)
		}
		if got := headers(response); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if response.FileToStream() != test.file {
			t.Errorf("%s: another file", test.name)
		}
	}
	for name, want := range map[string]string{"x": "", ".txt": "", "x.zzz": "", "x.TXT": "text/plain", "x.Z": "application/x-compress", "x.z": "", "x.tgz": "application/gzip", "x.svg.br": "application/x-brotli", "x.": ""} {
		if got := web.GuessType(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	path := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 10000), 0o600); err != nil {
		t.Fatal(err)
	}
	real, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := real.Seek(100, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	response, err := web.NewFileResponse(real)
	if err != nil {
		t.Fatal(err)
	}
	if got := headers(response); got != `Content-Type: text/csv, Content-Length: 9900, Content-Disposition: inline; filename="data.csv"` {
		t.Error(got)
	}
	var sizes []int
	for _, chunk := range chunks(t, response) {
		sizes = append(sizes, len(chunk))
	}
	if !slices.Equal(sizes, []int{4096, 4096, 1708}) {
		t.Errorf("%d", sizes)
	}
	if err := response.Close(); err != nil {
		t.Error(err)
	}
	if _, err := real.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file is open: %v", err)
	}
	if _, err := web.NewFileResponse(real); err != nil { // it cannot seek any more
		t.Error(err)
	}
	for name, file := range map[string]*brokenFile{"a status": {}, "the end": {fails: true}} {
		options := []web.Option{web.Status(999)}
		if file.fails {
			options = nil
		}
		if response, err := web.NewFileResponse(file, options...); response != nil || err == nil || file.closed != 1 {
			t.Errorf("%s that is wrong: %v, %v, and the file was closed %d times", name, response, err, file.closed)
		}
	}
	other := &parts{list: []string{"a"}}
	response, err = web.NewFileResponse(file("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.SetStreamingContent(other)
	if got := chunks(t, response); !slices.Equal(got, []string{"a"}) || response.FileToStream() != nil {
		t.Errorf("%q", got)
	}
}

// brokenFile is a file whose end cannot be found, if it fails.
type brokenFile struct {
	strings.Reader
	fails  bool
	closed int
}

func (f *brokenFile) Close() error { f.closed++; return nil }

func (f *brokenFile) Seek(offset int64, whence int) (int64, error) {
	if f.fails && whence == io.SeekEnd {
		return 0, io.ErrUnexpectedEOF
	}
	return f.Reader.Seek(offset, whence)
}

//
func TestRedirect(t *testing.T) {
	for _, test := range []struct {
		permanent bool
		to        string
		options   []web.Option
		status    int
		location  string
	}{
		{false, "/x y/é?q#f%zz", nil, 302, "/x%20y/%C3%A9?q#f%zz"},
		{true, "//evil.com", nil, 301, "//evil.com"},
		{false, "HTTPS://X", []web.Option{web.PreserveRequest()}, 307, "HTTPS://X"},
		{true, "ftp://x", []web.Option{web.PreserveRequest()}, 308, "ftp://x"},
		{true, strings.Repeat("é", 16384), nil, 301, strings.Repeat("%C3%A9", 16384)},
		{false, "1:2", nil, 302, "1:2"},
		{false, "", nil, 302, ""},
	} {
		create := web.NewHttpResponseRedirect
		if test.permanent {
			create = web.NewHttpResponsePermanentRedirect
		}
		response, err := create(test.to, test.options...)
		if err != nil || response.StatusCode() != test.status || response.URL() != test.location {
			t.Errorf("%.20q: %v, %v", test.to, response, err)
		}
	}
	for to, want := range map[string]string{
		"javascript:alert(1)": "Unsafe redirect to URL with protocol 'javascript'", "mailto:x": "Unsafe redirect to URL with protocol 'mailto'",
		"java\nscript:x":           "Unsafe redirect to URL with protocol 'javascript'",
		strings.Repeat("x", 16385): "Unsafe redirect exceeding 16384 characters",
	} {
		_, err := web.NewHttpResponseRedirect(to)
		if message := raises[*exceptions.DisallowedRedirect](t, err); message != want {
			t.Errorf("%s, want %s", message, want)
		}
		raises[*exceptions.SuspiciousOperation](t, err)
	}
	_, err := web.NewHttpResponseRedirect("/", web.Status(600))
	raises[*exceptions.ValueError](t, err)
}

//
func TestSubclasses(t *testing.T) {
	notModified := web.NewHttpResponseNotModified()
	if notModified.StatusLine() != "304 Not Modified" || headers(notModified) != "" || notModified.SetText("") != nil {
		t.Error(notModified)
	}
	for _, err := range []error{notModified.SetText("x"), notModified.SetContent([]byte("x")), notModified.Consume(&parts{})} {
		if message := raises[*exceptions.AttributeError](t, err); message != "You cannot set content to a 304 (Not Modified) response" {
			t.Error(message)
		}
	}
	notAllowed := web.NewHttpResponseNotAllowed([]string{"GET", "POST"})
	if notAllowed.StatusCode() != 405 || notAllowed.Get("allow") != "GET, POST" {
		t.Error(notAllowed)
	}
	for want, response := range map[string]web.Response{
		"400 HttpResponseBadRequest":  web.NewHttpResponseBadRequest("x"),
		"403 HttpResponseForbidden":   web.NewHttpResponseForbidden("x"),
		"404 HttpResponseNotFound":    web.NewHttpResponseNotFound("x"),
		"410 HttpResponseGone":        web.NewHttpResponseGone([]byte("x")),
		"500 HttpResponseServerError": web.NewHttpResponseServerError("x"),
	} {
		if got := fmt.Sprint(response.Base().StatusCode(), " ", response.Base().Class()); got != want || !slices.Equal(chunks(t, response), []string{"x"}) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

//
func TestResponseString(t *testing.T) {
	redirect, err := web.NewHttpResponseRedirect("/x")
	if err != nil {
		t.Fatal(err)
	}
	bare := web.NewHttpResponse("", web.Status(404))
	bare.Delete("Content-Type")
	own := web.NewHttpResponse("")
	own.SetClass("TemplateResponse")
	for want, response := range map[string]fmt.Stringer{
		`<HttpResponse status_code=404, "text/html; charset=utf-8">`:                      web.NewHttpResponse("", web.Status(404)),
		`<HttpResponse status_code=404>`:                                                  bare,
		`<HttpResponseRedirect status_code=302, "text/html; charset=utf-8", url="/x">`:    redirect,
		`<HttpResponseNotAllowed [GET, PUT] status_code=405, "text/html; charset=utf-8">`: web.NewHttpResponseNotAllowed([]string{"GET", "PUT"}),
		`<HttpResponseNotModified status_code=304>`:                                       web.NewHttpResponseNotModified(),
		`<StreamingHttpResponse status_code=200, "a/b">`:                                  web.NewStreamingHttpResponse(wsgi.List(), web.ContentType("a/b")),
		`<TemplateResponse status_code=200, "text/html; charset=utf-8">`:                  own,
	} {
		if got := response.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

//
func TestJsonResponse(t *testing.T) {
	at := time.Date(2020, 1, 2, 3, 4, 5, 123999000, time.UTC)
	type point struct {
		Y int    `json:"y"`
		X string `json:"x,omitempty"`
	}
	for _, test := range []struct {
		data   any
		params web.JSONParams
		want   string
	}{
		{map[string]any{"b": 1, "a": []any{1.0, 1e16, -1e-5, nil, true, "é😀\x7f<&\u2028"}}, web.JSONParams{}, `{"a": [1.0, 1e+16, -1e-05, null, true, "\u00e9\ud83d\ude00\u007f<&\u2028"], "b": 1}`},
		{web.JSONObject{{"b", 1}, {"a", "\"\\\n\x1f"}}, web.JSONParams{}, `{"b": 1, "a": "\"\\\n\u001f"}`},
		{web.JSONObject{{"b", 1}, {"a", 2}}, web.JSONParams{SortKeys: true}, `{"a": 2, "b": 1}`},
		{web.JSONObject{{"é", "\x7f"}}, web.JSONParams{KeepUnicode: true}, "{\"é\": \"\x7f\"}"},
		{map[string]any{"a": []any{1, 2}, "b": map[string]any{}, "c": []any{}}, web.JSONParams{Indent: new(2)}, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": []\n}"},
		{map[string]any{"a": []any{1, 2}}, web.JSONParams{Indent: new(0)}, "{\n\"a\": [\n1,\n2\n]\n}"},
		{map[string]any{"a": []any{1, 2}}, web.JSONParams{Separators: &[2]string{",", ":"}}, `{"a":[1,2]}`},
		{map[string]any{"t": at, "u": at.Truncate(time.Second).In(time.FixedZone("", -3600*3-1800))}, web.JSONParams{}, `{"t": "2020-01-02T03:04:05.123Z", "u": "2020-01-01T23:34:05-03:30"}`},
		{point{2, ""}, web.JSONParams{}, `{"y": 2}`},
		{map[string]point{"p": {1, "a"}}, web.JSONParams{}, `{"p": {"y": 1, "x": "a"}}`},
		{map[string]int{"b": 1, "a": 2}, web.JSONParams{}, `{"a": 2, "b": 1}`},
	} {
		response, err := web.NewJsonResponseWith(test.data, test.params)
		if err != nil || string(response.Content()) != test.want || response.Get("Content-Type") != "application/json" {
			t.Errorf("%s, %v, want %s", response.Content(), err, test.want)
		}
	}
	for _, data := range []any{[]any{1}, "x", nil, 1, at} {
		_, err := web.NewJsonResponse(data)
		if message := raises[*exceptions.TypeError](t, err); message != "In order to allow non-dict objects to be serialized set the safe parameter to False." {
			t.Error(message)
		}
		if response, err := web.NewJsonResponse(data, web.Unsafe()); err != nil || response.Class() != "JsonResponse" {
			t.Error(err)
		}
	}
	circle := map[string]any{}
	circle["in"] = []any{circle}
	_, err := web.NewJsonResponse(circle)
	if message := raises[*exceptions.ValueError](t, err); message != "Circular reference detected" {
		t.Error(message)
	}
	for depth, bad := range map[int]bool{999: false, 1 << 20: true} {
		if _, err := web.ReadJSON(strings.NewReader(strings.Repeat("[", depth) + strings.Repeat("]", depth))); (err != nil) != bad {
			t.Errorf("JSON of depth %d: %v", depth, err)
		}
	}
	_, err = web.NewJsonResponse(map[string]any{"a": make(chan int)})
	raises[*exceptions.TypeError](t, err)
	_, err = web.NewJsonResponse(map[string]any{}, web.Header("Content-Type", "a/b"))
	raises[*exceptions.ValueError](t, err)
	response, err := web.NewJsonResponse(map[string]any{"a": "é"}, web.Charset("latin-1"))
	if err != nil || string(response.Content()) != `{"a": "\u00e9"}` {
		t.Errorf("%s, %v", response.Content(), err)
	}
}

// A coroutine that nobody awaited gives no content.
func TestCoroutine(t *testing.T) {
	_, err := web.NewCoroutine().Next()
	raises[*exceptions.TypeError](t, err)
}

// W-07, W-08, C-01: the list is the headers and then the cookies; nothing is
// added or taken away.
func TestHeaderList(t *testing.T) {
	response := web.NewHttpResponse("body", web.Status(204))
	if err := errors.Join(response.SetCookie("b", "1"), response.Set("X", "1"), response.SetCookie("a", "2"), response.SetCookie("b", "3")); err != nil {
		t.Fatal(err)
	}
	want := []wsgi.Header{{Name: "Content-Type", Value: "text/html; charset=utf-8"}, {Name: "X", Value: "1"}, {Name: "Set-Cookie", Value: " b=3; Path=/"}, {Name: "Set-Cookie", Value: " a=2; Path=/"}}
	for range 2 {
		if got := response.HeaderList(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !slices.Equal(chunks(t, response), []string{"body"}) {
		t.Error("the body")
	}
	var names []string
	for morsel := range response.Cookies().All() {
		names = append(names, morsel.Name)
	}
	if !slices.Equal(names, []string{"b", "a"}) {
		t.Errorf("%q", names)
	}
}

// What a server holds keeps its cookies when a header is added afterwards.
func TestHeaderListIsKept(t *testing.T) {
	for _, names := range [][]string{nil, {"A"}, {"A", "B", "C", "D", "E"}} { // without room of its own, and with
		response := web.NewHttpResponse("")
		response.Delete("Content-Type")
		for _, name := range names {
			if err := response.Set(name, "1"); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(response.SetCookie("a", "1"), response.SetCookie("b", "2")); err != nil {
			t.Fatal(err)
		}
		held := response.HeaderList()
		want := slices.Clone(held)
		if err := errors.Join(response.Set("Late", "1"), response.Set("Later", "1")); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(held, want) {
			t.Errorf("%d headers: %q, want %q", len(names), held, want)
		}
		if got := len(response.HeaderList()); got != len(names)+4 {
			t.Errorf("%d headers: then there are %d", len(names), got)
		}
	}
}

// What the handlers rely on: a plain request and a plain response are one
// allocation each, and so is a value on the request the first time.
func TestAllocations(t *testing.T) {
	e := wsgi.View(plainGET)
	settings := conf.Defaults()
	for _, test := range []struct {
		name string
		want float64
		do   func()
	}{
		{"a request", 1, func() {
			if _, err := web.NewWSGIRequest(e, settings); err != nil {
				t.Error(err)
			}
		}},
		{"a response", 1, func() {
			response := web.NewHttpResponse("Hello, world!\n")
			if response.StatusLine() == "" || len(response.HeaderList()) != 1 {
				t.Error("wrong")
			}
			response.AddResource(closer{})
		}},
		{"a response of bytes", 1, func() { web.NewHttpResponse(kibibyte) }},
	} {
		if got := testing.AllocsPerRun(100, test.do); got > test.want {
			t.Errorf("%s: %v allocations, want %v", test.name, got, test.want)
		}
	}
	r := request(t, nil)
	if got := testing.AllocsPerRun(100, func() { user.Set(r, nil); user.Get(r) }); got != 0 {
		t.Errorf("a value on the request: %v allocations", got)
	}
}

type closer struct{}

func (closer) Close() error { return nil }

var kibibyte = make([]byte, 1024)
