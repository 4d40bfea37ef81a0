package web_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// allocated is how many bytes some work allocates, those that it gives back
// included.
// A race detector adds its own and empties pools, so nothing is said of memory
// under it.
func allocated(work func()) uint64 {
	if raceDetector {
		work()
		return 0
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// raceDetector tells whether the tests run with -race.
var raceDetector bool

// proportional asks that text repeated eight times as often takes some eight
// times the memory, and not sixty-four. Bytes are counted rather than seconds,
// since a machine that is busy counts the same.
func proportional(t *testing.T, text string, work func(text string)) {
	t.Helper()
	if text == "" || len(text) > 1<<10 {
		return
	}
	times := 1<<10/len(text) + 1
	short, long := strings.Repeat(text, times), strings.Repeat(text, 8*times)
	small, large := allocated(func() { work(short) }), allocated(func() { work(long) })
	if large > 12*small+64<<10 {
		t.Fatalf("%q: %d bytes allocated for %d, %d for %d", text, small, len(short), large, len(long))
	}
}

// What was parsed is encoded to a query that parses to the same, and encoding
// that again changes nothing; a field more than allowed is refused.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a+b=%2B&=&a", "caf%C3%A9=\xe9", "%E2%82%41=%zz&%", "a=%C3\xc3%A9", strings.Repeat("a&", 100), "é=ü;ö"} {
		f.Add(seed)
	}
	settings := conf.Defaults()
	settings.DataUploadMaxNumberFields = nil
	parse := func(t *testing.T, text string) *web.QueryDict {
		q, err := web.NewQueryDict(text, false, "", settings)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return q
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := parse(t, text)
		for _, safe := range []string{"", "/", "~é"} {
			encoded, err := q.URLEncode(safe)
			if err != nil {
				t.Fatal(err)
			}
			again := parse(t, encoded)
			if listsOf(q) != listsOf(again) {
				t.Fatalf("%q: %s became %s by way of %q", text, listsOf(q), listsOf(again), encoded)
			}
			twice, err := again.URLEncode(safe)
			if err != nil || twice != encoded {
				t.Fatalf("%q: %q, then %q, %v", text, encoded, twice, err)
			}
		}
		limited := *settings
		limited.DataUploadMaxNumberFields = new(strings.Count(text, "&"))
		if _, err := web.NewQueryDict(text, false, "", &limited); text != "" && !exceptions.Is[*exceptions.TooManyFieldsSent](err) {
			t.Fatalf("%q: one field more than allowed: %v", text, err)
		}
		proportional(t, text, func(text string) {
			if _, err := parse(t, text).URLEncode(""); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// A cookie that is set and sent back is read as it was, beside others too,
// whatever a view may name a cookie. What a client sends is read without harm;
// where it could be set, setting it and reading that gives the same again.
func FuzzCookie(f *testing.F) {
	f.Add("a", "1", "a=1; b=2")
	f.Add("session", `b c;d"é\`+"\n", `a="\054\"\q"; =x;;`)
	f.Add("__Host-x", "", "\x00=\xff; \u2003=日")
	f.Fuzz(func(t *testing.T, name, value, header string) {
		sent := "" // as the client sends them back
		want := map[string]string{}
		set := func(name, value string) {
			response := web.NewHttpResponse("")
			if response.SetCookie(name, value, web.Cookie{NoPath: true}) != nil {
				return
			}
			if strings.ContainsFunc(value, func(r rune) bool { return r > 0xff }) || strings.ToValidUTF8(value, "") != value {
				return // which Python sends as it is, and no client may
			}
			cookie := cookies(response)[0]
			if strings.ContainsAny(cookie, "\r\n\x00;") {
				t.Fatalf("%q=%q is sent as %q", name, value, cookie)
			}
			sent += cookie + ";"
			want[name] = value
		}
		read := web.ParseCookie(header)
		if len(read) > strings.Count(header, ";")+1 {
			t.Fatalf("%q: %q", header, read)
		}
		for name, value := range read {
			if len(value) > 2*len(header) {
				t.Fatalf("%q: %q is %q", header, name, value)
			}
			set(name, value)
		}
		set(name, value)
		got := web.ParseCookie(sent)
		if len(got) != len(want) {
			t.Fatalf("%q is sent as %q and read as %q", want, sent, got)
		}
		for name, value := range want {
			if got[name] != value {
				t.Fatalf("%q=%q is sent as %q and read as %q", name, value, sent, got[name])
			}
		}
		proportional(t, header, func(text string) { web.ParseCookie(text) })
	})
}

// What a host may be, in one line. Package web does not use it, for speed.
var hostForm = regexp.MustCompile(`^([0-9A-Za-z.-]+|\[[0-9A-Fa-f]*:[0-9A-Fa-f.:]+\])(?::([0-9]+))?$`)

// A host is one exactly if it has the form; its name is what stands there, in
// lower case and without a dot at the end, and is allowed by itself and by its
// domain, and by no other.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"E.com.:80", "[::1]:1", "a_b", "", ".", "[a:.]", "e.com\n", "a:", "[::1", "ſ.com", "\u212a.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		wantDomain, wantPort := "", ""
		if match := hostForm.FindStringSubmatch(host); match != nil {
			wantDomain, wantPort = strings.TrimSuffix(strings.ToLower(match[1]), "."), match[2]
		}
		domain, port := web.SplitDomainPort(host)
		if domain != wantDomain || port != wantPort {
			t.Fatalf("%q: %q %q, want %q %q", host, domain, port, wantDomain, wantPort)
		}
		r := request(t, map[string]any{"HTTP_HOST": host}, func(s *conf.Settings) { s.AllowedHosts = []string{"*"} })
		if got, err := r.GetHost(); (err == nil) != (domain != "") || err == nil && got != host {
			t.Fatalf("%q: %q %v", host, got, err)
		}
		if domain == "" {
			return
		}
		for pattern, allowed := range map[string]bool{domain: true, strings.ToUpper(domain): true, "." + domain: true, "x." + domain: false, "x" + domain: false, "": false} {
			if web.ValidateHost(domain, []string{pattern}) != allowed {
				t.Fatalf("%q allows %q: %v", pattern, domain, !allowed)
			}
		}
		if !web.ValidateHost("x."+domain, []string{"." + domain}) || web.ValidateHost("x"+domain, []string{"." + domain}) {
			t.Fatalf("the domains of %q", domain)
		}
		if n := allocated(func() { web.SplitDomainPort(host) }); n > uint64(4*len(host))+16<<10 {
			t.Fatalf("%q: %d bytes allocated", host, n)
		}
	})
}

var plainToken = regexp.MustCompile("^[!#$%&'+.^_`|~0-9A-Za-z-]+$")

// Each accepted type has a quality above 0; they come in order, the more
// specific first where they are liked the same; and one that is written out is
// read as it was, and accepted by a header of itself.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"*/*;q=0.1, text/*;q=0.5, text/html", `a/b;x="y,z"`, "text/html;q=x,/,;", "a/b;n*=utf-8''%C3%A9", "a/b; X=1; q=1e-3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := request(t, map[string]any{"HTTP_ACCEPT": header})
		types, err := r.AcceptedTypes()
		if err != nil {
			return // RFC 2231 with an unknown charset
		}
		if len(types) > strings.Count(header, ",")+1 {
			t.Fatalf("%q: %v", header, types)
		}
		for i, mediaType := range types {
			if q := mediaType.Quality(); q <= 0 || q > 1 {
				t.Fatalf("%q: %v", header, types)
			} else if i > 0 {
				before := types[i-1]
				if q > before.Quality() || q == before.Quality() && mediaType.Specificity() > before.Specificity() {
					t.Fatalf("%q: %v", header, types)
				}
			}
			plain := (mediaType.Main == "*" || plainToken.MatchString(mediaType.Main)) && (mediaType.Sub == "*" || plainToken.MatchString(mediaType.Sub))
			for _, param := range mediaType.Params {
				plain = plain && plainToken.MatchString(param.Name) && plainToken.MatchString(param.Value)
			}
			if !plain {
				continue // what needs quotes is not written with any
			}
			written := mediaType.String()
			again, err := web.ParseMediaType(written)
			if err != nil || again.Main != mediaType.Main || again.Sub != mediaType.Sub || !slices.Equal(again.Params, mediaType.Params) {
				t.Fatalf("%q: %v was written as %q and read as %v, %v", header, mediaType, written, again, err)
			}
			own := request(t, map[string]any{"HTTP_ACCEPT": written})
			if ok, err := own.Accepts(written); !ok || err != nil {
				t.Fatalf("%q does not accept itself: %v", written, err)
			}
			if got, err := own.GetPreferredType([]string{"x-no/x-such", written}); err != nil || mediaType.Main != "*" && got != written {
				t.Fatalf("%q prefers %q: %v", written, got, err)
			}
		}
		proportional(t, header+",", func(text string) {
			if _, err := request(t, map[string]any{"HTTP_ACCEPT": text}).AcceptedTypes(); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// A header that is accepted has no newline in it; whoever decodes it as latin-1
// and MIME has what was set; and it is the same bytes when it is set again.
func FuzzHeader(f *testing.F) {
	f.Add("X-A", "é")
	f.Add("X", "日本 = _ ?")
	f.Add("é", "a\nb")
	f.Add("x", "\u0100=?utf-8?q?a?=")
	f.Add("x", "two words of ASCII, €")
	f.Fuzz(func(t *testing.T, name, value string) {
		response := web.NewHttpResponse("")
		if response.Set(name, value) != nil {
			if !strings.ContainsAny(name+value, "\r\n") && strings.ToValidUTF8(name, "é") == name && !strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }) {
				t.Fatalf("%q: %q is refused", name, value)
			}
			return
		}
		wire := response.Get(name)
		if strings.ContainsAny(wire, "\r\n") {
			t.Fatalf("%q: %q is sent as %q", name, value, wire)
		}
		if strings.ToValidUTF8(value, "") == value {
			read := ""
			if latin1 := func(r rune) bool { return r > 0xff }; !strings.ContainsFunc(value, latin1) {
				for i := range len(wire) {
					read += string(rune(wire[i]))
				}
			} else if word, err := (&mime.WordDecoder{}).Decode(wire); err != nil {
				t.Fatalf("%q is sent as %q: %v", value, wire, err)
			} else {
				read = word
			}
			if read != value {
				t.Fatalf("%q is sent as %q and read as %q", value, wire, read)
			}
		}
		if err := response.SetBytes(strings.ToUpper(name), []byte(wire)); err != nil || response.Get(name) != wire {
			t.Fatalf("%q: %q, then %q, %v", name, wire, response.Get(name), err)
		}
		proportional(t, value, func(text string) {
			if err := web.NewHttpResponse("").Set("X", text); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// A form that mime/multipart writes is read as it was meant. Whatever else comes
// is read the same in one piece and byte by byte, stays within the limits, and
// gives names that are safe. Files go to disk when the form is larger than
// memory may be, and are gone when the request is closed. However often a form
// is repeated, as long as it is within the limits it takes the same memory.
func FuzzMultipart(f *testing.F) {
	f.Add("a", "x.txt", []byte("hello\r\n--B"), []byte(form(fieldA, fileF)))
	f.Add("é", "日本.txt", []byte{0, 255}, []byte("--B\r\n\r\n--B--\n--B"))
	f.Add(`a"b`, "", []byte("x"), []byte(form("Content-Transfer-Encoding: base64\n"+fileF)))
	f.Add("a", "x", []byte("x"), []byte(form(fieldA, fileF+strings.Repeat("x", 40))))
	f.Add("a", "x", []byte("x"), []byte(form("Content-Disposition: form-data; name=a\n\n"+strings.Repeat("x", 99), fieldA)))
	folder := f.TempDir()
	const inMemory = 200
	limits := func(s *conf.Settings) {
		s.DataUploadMaxMemorySize, s.DataUploadMaxNumberFields, s.DataUploadMaxNumberFiles = new(int64(100)), new(3), new(2)
		s.FileUploadMaxMemorySize, s.FileUploadTempDir = inMemory, folder
	}
	closed := func(t *testing.T, requests ...*web.Request) {
		t.Helper()
		for _, r := range requests {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Fatalf("left on disk: %v, %v", left, err)
		}
	}
	f.Fuzz(func(t *testing.T, name, filename string, content, anything []byte) {
		whole := post(t, formType, string(anything), limits)
		first := parsed(t, whole)
		bytewise := post(t, formType, string(anything), limits)
		bytewise.META.Set(wsgi.KeyInput, iotest.OneByteReader(bytes.NewReader(anything)))
		if second := parsed(t, bytewise); first != second {
			t.Fatalf("%q: %s, byte by byte %s", anything, first, second)
		}
		if q, err := whole.POST(); err == nil {
			files, err := whole.FILES()
			if err != nil {
				t.Fatal(err)
			}
			size, count := 0, 0
			for key, values := range q.Lists() {
				for _, value := range values { // a character is at least a byte
					size += len([]rune(key)) + len([]rune(value)) + len("&=")
				}
			}
			for _, uploads := range files.Lists() {
				count += len(uploads)
				for _, upload := range uploads {
					if upload.Name == "" || upload.Name == "." || upload.Name == ".." || strings.ContainsAny(upload.Name, "/\\\x00\r\n") || len([]rune(upload.Name)) > 255 {
						t.Fatalf("%q is called %q", anything, upload.Name)
					}
					if onDisk := upload.TemporaryFilePath() != ""; onDisk != (len(anything) > inMemory) {
						t.Fatalf("%d bytes, on disk: %v", len(anything), onDisk)
					}
				}
			}
			if size > 100 || count > 2 {
				t.Fatalf("%q: %d characters, %d files", anything, size, count)
			}
		}
		closed(t, whole, bytewise)

		if len(anything) > 0 && len(anything) < 4<<10 {
			const head = "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
			for _, text := range []string{"", head} {
				text += strings.Repeat(string(anything), 1<<18/len(anything))
				long := post(t, formType, text, limits)
				allowed := 192 << 10
				if strings.Count(text, "--B") > 16 {
					// Headers of files without a field name, which do not count
					// as files. They are read and forgotten, one after another.
					allowed += 16 * len(text)
				}
				if n := allocated(func() { long.POST() }); n > uint64(allowed) { //nolint:errcheck // it may fail, cheaply
					t.Fatalf("%q many times: %d bytes allocated for %d", anything, n, len(text))
				}
				closed(t, long)
			}
		}

		awkward := func(text string) bool { // what has to be escaped, which browsers do in several ways
			return strings.ContainsAny(text, "\r\n\"\\%&\x00") || strings.TrimSpace(text) != text || text == "" || strings.ToValidUTF8(text, "") != text
		}
		if awkward(name) || len(name) > 400 || bytes.Contains(content, []byte("--0boundary0")) {
			return
		}
		if awkward(filename) || len(filename) > 255 || strings.ContainsFunc(filename, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ContainsAny(filename, "/") || strings.Trim(filename, ".") == "" {
			filename = "upload.bin"
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if err := w.SetBoundary("0boundary0"); err != nil {
			t.Fatal(err)
		}
		for _, disposition := range []string{fmt.Sprintf(`form-data; name="%s"`, name), fmt.Sprintf(`form-data; name="f"; filename="%s"`, filename)} {
			part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := post(t, w.FormDataContentType(), b.String())
		q, err := r.POST()
		if err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		files, err := r.FILES()
		if err != nil {
			t.Fatal(err)
		}
		upload := files.Get("f")
		if got, err := io.ReadAll(upload); err != nil || !bytes.Equal(got, content) || upload.Name != filename {
			t.Fatalf("%q: %q came as %q: %q, %v", filename, content, upload.Name, got, err)
		}
		if value, err := q.Item(name); q.Len() != 1 || err != nil || value != string(bytes.ToValidUTF8(content, nil)) && bytes.Equal(bytes.ToValidUTF8(content, nil), content) {
			t.Fatalf("%q: %s, %v", b.String(), listsOf(q), err)
		}
		closed(t, r)
	})
}
