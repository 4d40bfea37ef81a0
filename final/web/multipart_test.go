package web_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// form writes parts as a body with the boundary B; each part is its headers and
// its content, with an empty line between.
func form(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString("--B\r\n" + strings.ReplaceAll(part, "\n", "\r\n") + "\r\n")
	}
	return b.String() + "--B--\r\n"
}

const (
	fieldA = "Content-Disposition: form-data; name=\"a\"\n\n1"
	fileF  = "Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\nContent-Type: Text/Plain; charset=UTF-8\n\nhello"
)

// parsed says what a form holds, in one line.
func parsed(t testing.TB, r *web.Request) string {
	t.Helper()
	q, err := r.POST()
	if err != nil {
		return fmt.Sprintf("%s: %v", exceptions.Kind(err), err)
	}
	files, err := r.FILES()
	if err != nil {
		t.Fatal(err)
	}
	text := listsOf(q)
	for field, uploads := range files.Lists() {
		for _, upload := range uploads {
			content, err := io.ReadAll(upload)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := upload.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if int64(len(content)) != upload.Size {
				t.Errorf("%s has %d bytes, not %d", upload.Name, len(content), upload.Size)
			}
			text += fmt.Sprintf(" %s:%s %s %q", field, upload.Name, upload.ContentType, content)
		}
	}
	return strings.TrimSpace(text)
}

const formType = "multipart/form-data; boundary=B"

//
func TestMultipart(t *testing.T) {
	disposition := func(rest string) string { return "Content-Disposition: form-data; " + rest + "\n\nx" }
	for _, test := range []struct{ name, body, want string }{
		{"a field and a file", form(fieldA, fileF), `a=["1"] f:x.txt text/plain "hello"`},
		{"several values", form(fieldA, fieldA), `a=["1" "1"]`},
		{"no name", form(disposition(`filename="x"`), fieldA), `a=["1"]`},
		{"an empty file name is a field", form(disposition(`name=a; filename=""`)), `a=["x"]`},
		{"a name that is none", form(disposition(`name=a; filename=".."`), disposition(`name=a; filename="/"`)), ``},
		{"a path", form(disposition(`name=f; filename="C:\\x\\y/z\\q.txt"`)), `f:q.txt  "x"`},
		{"HTML and what is not printable", form(disposition("name=f; filename=\"&lt;\x01é\x7f&gt;\"")), `f:<é>  "x"`},
		{"HTML numbers", form(disposition("name=f; filename=\"&#4x&#x41&#0066;&#99999999999;&#x;&#38;lt;&amp;lt;\"")), `f:xAB�&#x;&lt;&lt;  "x"`},
		{"RFC 2231", form(disposition(`name*=utf-8''%C3%A9; filename*=utf-8''%E2%82%AC.txt`)), `é:€.txt  "x"`},
		{"a long name", form(disposition(`name=f; filename="` + strings.Repeat("é", 300) + `.txt"`)), `f:` + strings.Repeat("é", 251) + `.txt  "x"`},
		{"bad UTF-8 in a header skips it", form("X: \xff\n" + fieldA), `a=["1"]`},
		{"bad UTF-8 in a value", form("Content-Disposition: form-data; name=a\n\n\xff\xe2\x82"), `a=["��"]`},
		{"spaces around the name", form(disposition(`name=" a "`)), `a=["x"]`},
		{"no headers", form("\nx", fieldA), `a=["1"]`},
		{"a header only", form("Content-Disposition: form-data; name=a", fieldA), `a=["1"]`},
		{"a preamble and an epilogue", "preamble\r\n" + form(fieldA) + "epilogue", `a=["1"]`},
		{"newlines of the content stay", form(fieldA + "\n\n"), `a=["1\r\n\r\n"]`},
		{"a boundary in the middle of a line", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx--B--\r\n", `a=["x"]`},
		{"cut off in a field", strings.TrimSuffix(form(fieldA), "\r\n--B--\r\n"), `a=["1"]`},
		{"cut off in a file", strings.TrimSuffix(form(fieldA, fileF), "\r\n--B--\r\n"), `a=["1"]`},
		{"a file after which nothing comes", strings.TrimSuffix(form(fileF), "--\r\n"), ``},
		{"base64", form("Content-Transfer-Encoding: base64\nContent-Disposition: form-data; name=a\n\naGVs\nbG8=", "Content-Transfer-Encoding: base64\n"+strings.Replace(fileF, "hello", "aGVs bG8", 1)+"="), `a=["hello"] f:x.txt text/plain "hello"`},
		{"base64 that is none, in a field", form("Content-Transfer-Encoding: base64\nContent-Disposition: form-data; name=a\n\nabc"), `a=["abc"]`},
		{"of two dispositions the second counts", form("Content-Disposition: form-data; name=a; filename=x\n"+fieldA, fieldA+"\n"), `a=["1" "1\r\n"]`},
		{"also if it is a file's", form("Content-Disposition: form-data; name=a\n" + fileF), `f:x.txt text/plain "hello"`},
		{"a file without a field", form(strings.Replace(fileF, `"f"`, `""`, 1), fieldA), `a=["1"]`},
	} {
		r := post(t, formType, test.body)
		if got := parsed(t, r); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if q, _ := r.POST(); q.Mutable() {
			t.Errorf("%s: POST can be changed", test.name)
		}
		// One byte at a time there is no difference.
		r = post(t, formType, test.body)
		r.META.Set(wsgi.KeyInput, iotest.OneByteReader(strings.NewReader(test.body)))
		if got := parsed(t, r); got != test.want {
			t.Errorf("%s, byte by byte: %s, want %s", test.name, got, test.want)
		}
		// Neither after the body was read.
		r = post(t, formType, test.body)
		body(t, r)
		if got := parsed(t, r); got != test.want {
			t.Errorf("%s, from the body: %s, want %s", test.name, got, test.want)
		}
	}
}

//
func TestMultipartErrors(t *testing.T) {
	for _, test := range []struct{ contentType, body, want string }{
		{"multipart/form-data", form(fieldA), "MultiPartParserError: Invalid boundary in multipart: None"},
		{"multipart/form-data; boundary=", form(fieldA), "MultiPartParserError: Invalid boundary in multipart: "},
		{"multipart/form-data; boundary=" + strings.Repeat("x", 202), form(fieldA), "MultiPartParserError: Invalid boundary in multipart: " + strings.Repeat("x", 202)},
		{"multipart/form-data; boundary=B; x=\xe9", form(fieldA), "MultiPartParserError: Invalid non-ASCII Content-Type in multipart: multipart/form-data; boundary=B; x=é"},
		{"Multipart/form-data; boundary=B", form(fieldA), "MultiPartParserError: Invalid Content-Type: Multipart/form-data; boundary=B"},
		{formType, form("Content-Transfer-Encoding: base64\n" + fileF + "!"), "MultiPartParserError: Could not decode base64 data."},
		{formType, form("X: " + strings.Repeat("x", 1100) + "\n" + fieldA), "MultiPartParserError: Request max total header size exceeded."},
		{formType, strings.Repeat("x", 1100) + form(fieldA), "MultiPartParserError: Request max total header size exceeded."},
	} {
		r := post(t, test.contentType, test.body)
		if got := parsed(t, r); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
		if got := parsed(t, r); got != "" {
			t.Errorf("%s: the second time it is %s", test.want, got)
		}
	}
	r := post(t, formType, form(fieldA))
	r.META.Set("CONTENT_LENGTH", "-3")
	if got := parsed(t, r); got != "MultiPartParserError: Invalid content length: -3" {
		t.Error(got)
	}
	r = post(t, formType, form(fieldA))
	r.META.Set("CONTENT_LENGTH", "0")
	r.META.Set(wsgi.KeyInput, iotest.ErrReader(errors.New("it was read")))
	if got := parsed(t, r); got != "" {
		t.Error(got)
	}
	r = post(t, formType, form(fieldA))
	r.META.Set(wsgi.KeyInput, iotest.ErrReader(errors.New("the line is dead")))
	if got := parsed(t, r); got != "UnreadablePostError: the line is dead" {
		t.Error(got)
	}
	r = post(t, formType, form(fieldA))
	parsed(t, r)
	_, err := r.Body()
	raises[*web.RawPostDataException](t, err)
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("the parser left %q, %v", rest, err)
	}
}

//
func TestMultipartLimits(t *testing.T) {
	size := func(n int64) func(*conf.Settings) { return func(s *conf.Settings) { s.DataUploadMaxMemorySize = &n } }
	fields := func(n int) func(*conf.Settings) { return func(s *conf.Settings) { s.DataUploadMaxNumberFields = &n } }
	files := func(n int) func(*conf.Settings) { return func(s *conf.Settings) { s.DataUploadMaxNumberFiles = &n } }
	const (
		tooBig        = "RequestDataTooBig: Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE."
		tooManyFields = "TooManyFieldsSent: The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."
		tooManyFiles  = "TooManyFilesSent: The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES."
	)
	for _, test := range []struct {
		name   string
		change func(*conf.Settings)
		body   string
		want   string
	}{
		{"the value, the name and two are as large as allowed", size(4), form(fieldA, fileF), `a=["1"] f:x.txt text/plain "hello"`},
		{"one more", size(3), form(fieldA), tooBig},
		{"a name counts characters", size(4), form(strings.Replace(fieldA, `"a"`, `"é"`, 1)), `é=["1"]`},
		{"together", size(7), form(fieldA, fieldA), tooBig},
		{"files do not count", size(0), form(fileF), `f:x.txt text/plain "hello"`},
		{"fields, with the margin of two", fields(1), form(fieldA, fieldA), tooManyFields},
		{"fields", fields(1), form(fieldA, fileF), `a=["1"] f:x.txt text/plain "hello"`},
		{"files", files(1), form(fileF, fileF), tooManyFiles},
		{"as many files as allowed", files(2), form(fileF, fileF), `f:x.txt text/plain "hello" f:x.txt text/plain "hello"`},
		{"files without a name count", files(0), form(strings.Replace(fileF, "x.txt", "..", 1)), tooManyFiles},
	} {
		if got := parsed(t, post(t, formType, test.body, test.change)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// what is over the memory limit lies on disk until the request is closed.
func TestUploadOnDisk(t *testing.T) {
	dir := t.TempDir()
	onDisk := func(s *conf.Settings) { s.FileUploadMaxMemorySize, s.FileUploadTempDir = 10, dir }
	left := func() []string {
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	r := post(t, formType, form(fileF, fileF), onDisk)
	if err := r.Close(); err != nil || len(left()) != 0 { // it does not parse for that
		t.Error(err, left())
	}
	if got := parsed(t, r); got != `f:x.txt text/plain "hello" f:x.txt text/plain "hello"` {
		t.Error(got)
	}
	files, err := r.FILES()
	if err != nil {
		t.Fatal(err)
	}
	if uploads := files.List("f"); !slices.Contains(left(), uploads[0].TemporaryFilePath()) || uploads[0].String() != "<TemporaryUploadedFile: x.txt (text/plain)>" {
		t.Errorf("%v is none of %q", uploads[0], left())
	}
	if err := os.Remove(files.List("f")[1].TemporaryFilePath()); err != nil { // as if it had been moved
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil || len(left()) != 0 {
			t.Error(err, left())
		}
	}
	// An error leaves nothing behind.
	for _, bad := range []string{"Content-Transfer-Encoding: base64\n" + fileF + "!", strings.Replace(fileF, "hello", strings.Repeat("x", 100), 1)} {
		text := form(fileF, bad)
		r := post(t, formType, text, onDisk)
		r.META.Set(wsgi.KeyInput, io.MultiReader(strings.NewReader(text[:len(text)-30]), iotest.ErrReader(errors.New("gone"))))
		if _, err := r.FILES(); err == nil || len(left()) != 0 {
			t.Error(err, left())
		}
	}
	r = post(t, formType, strings.TrimSuffix(form(fileF), "\r\n--B--\r\n"), onDisk) // and neither does a file that is cut off
	if got := parsed(t, r); got != "" || len(left()) != 0 {
		t.Error(got, left())
	}
}

// A file in memory is closed as well.
func TestUploadInMemory(t *testing.T) {
	r := post(t, formType, form(fileF))
	files, err := r.FILES()
	if err != nil {
		t.Fatal(err)
	}
	upload := files.Get("f")
	if upload.TemporaryFilePath() != "" || upload.String() != "<InMemoryUploadedFile: x.txt (text/plain)>" || upload.Charset != "UTF-8" {
		t.Errorf("%v", upload)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := upload.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if _, err := upload.Seek(0, io.SeekStart); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

//
func TestUploadsAreParsedOnce(t *testing.T) {
	r := post(t, formType, form(fieldA))
	body(t, r)
	parsed(t, r)
	if err := r.SetEncoding("latin-1"); err != nil {
		t.Fatal(err)
	}
	_, err := r.POST()
	if message := raises[*exceptions.AttributeError](t, err); message != "You cannot set the upload handlers after the upload has been processed." {
		t.Error(message)
	}
	r.SetEmptyForm()
	if got := parsed(t, r); got != "" {
		t.Error(got)
	}
}

// endless gives parts of a form for as long as somebody reads.
type endless struct {
	part []byte
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.part[(e.read+n)%len(e.part):])
	}
	e.read += n
	return n, nil
}

// Large forms are refused, or go to disk, before they are in memory.
func TestMultipartMemory(t *testing.T) {
	const total = 64 << 20
	for _, test := range []struct{ name, part, want string }{
		{"one file", "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" + strings.Repeat("x", total), ""},
		{"one field", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n" + strings.Repeat("x", total), "RequestDataTooBig"},
		{"many fields", form(fieldA)[:len(form(fieldA))-8] + "\r\n", "TooManyFieldsSent"},
		{"many files", form(fileF)[:len(form(fileF))-8] + "\r\n", "TooManyFilesSent"},
		{"a part without a name", "--B\r\nContent-Disposition: form-data\r\n\r\n" + strings.Repeat("x", total), ""},
		{"newlines", "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" + strings.Repeat("\r\n--", total/4), ""},
	} {
		r := request(t, map[string]any{
			"REQUEST_METHOD": "POST", "CONTENT_TYPE": formType, "CONTENT_LENGTH": fmt.Sprint(total), wsgi.KeyInput: &endless{part: []byte(test.part)},
		}, func(s *conf.Settings) { s.FileUploadTempDir = t.TempDir() })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := r.FILES()
		runtime.ReadMemStats(&after)
		kind := ""
		if err != nil {
			kind = exceptions.Kind(err)
		}
		if kind != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 24<<20 { // in all, what grows and is thrown away included
			t.Errorf("%s: %d bytes were allocated", test.name, used)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMultipartLinearTime(t *testing.T) {
	unlimited := func(s *conf.Settings) {
		s.DataUploadMaxNumberFields, s.DataUploadMaxNumberFiles, s.DataUploadMaxMemorySize = nil, nil, nil
	}
	for name, part := range map[string]string{
		"boundaries": "--B", "newlines": "\r\n", "nearly boundaries": "\r\n--", "fields": "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n",
	} {
		linear(t, name, func(n int) {
			text := "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" + strings.Repeat(part, n/len(part))
			if _, err := post(t, formType, text, unlimited).POST(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
