package site

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"basehandler/internal/play"
	"basehandler/wsgi"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	for _, at := range []string{"/", "/steps/05/", "/nowhere/", "/static/base.css", "/slides/45/", "/run/05/", "/run/06/", "/run/06/fail/", "/run/07/panic/", "/run/15/", "/try/05/", "/api/try", "/favicon.ico"} {
		header := get(s, at).Header()
		want := policy
		if strings.HasPrefix(at, "/run/0") { // not 15, which is a page of ours
			want = mountPolicy
		}
		if got := header["Content-Security-Policy"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: the policy is %q", at, got)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: got %v", at, header)
		}
		if header.Get("Content-Type") == "" {
			t.Errorf("%s: no Content-Type", at)
		}
	}
	for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'self'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, directive) {
			t.Errorf("the policy lacks %s", directive)
		}
	}
	if strings.Contains(policy+mountPolicy, "unsafe") {
		t.Error("the policy allows what is unsafe")
	}
}

// A page of another site must not reach the server under a name of its own.
func TestHosts(t *testing.T) {
	private := newSite(t, needs(t))
	open := needs(t)
	open.Public, open.Names = true, []string{"teacher.local"}
	public := newSite(t, open)
	for host, want := range map[string][2]int{
		"127.0.0.1:8000":         {200, 200},
		"127.0.0.2":              {200, 200},
		"localhost:8000":         {200, 200},
		"LOCALHOST":              {200, 200},
		"[::1]:8000":             {200, 200},
		"[::1]":                  {200, 200},
		"192.168.1.5:8000":       {421, 200},
		"teacher.local:8000":     {421, 200},
		"Teacher.Local":          {421, 200},
		"evil.example.org":       {421, 421},
		"evil.example.org:8000":  {421, 421},
		"localhost.evil.example": {421, 421},
		"127.0.0.1.nip.example":  {421, 421},
		"":                       {421, 421},
		"localhost:8000:1":       {421, 421},
	} {
		for i, s := range []http.Handler{private, public} {
			if got := get(s, "/steps/05/", "Host: "+host).Code; got != want[i] {
				t.Errorf("host %q (public: %v): %d, want %d", host, i == 1, got, want[i])
			}
		}
	}
	if answer := get(private, "/api/try", "Host: evil.example.org"); !strings.HasPrefix(answer.Body.String(), `{"error":"`) {
		t.Errorf("got %s", answer.Body)
	}
}

func TestOtherSitesCannotSend(t *testing.T) {
	s := sharedSite(t)
	const form = "request=GET+/+HTTP/1.1"
	const kind = "Content-Type: application/x-www-form-urlencoded"
	for _, test := range []struct {
		header string
		want   int
	}{
		{"X-None: 1", 200}, // no browser
		{"Sec-Fetch-Site: same-origin", 200},
		{"Sec-Fetch-Site: none", 200},
		{"Sec-Fetch-Site: cross-site", 403},
		{"Sec-Fetch-Site: same-site", 403},
		{"Origin: http://127.0.0.1:8000", 200},
		{"Origin: http://127.0.0.1:9000", 403},
		{"Origin: https://evil.example.org", 403},
		{"Origin: null", 403},
	} {
		for at, body := range map[string]string{"/try/05/": form, "/run/05/": "a=1"} {
			if got := ask(s, "POST", at, body, kind, test.header).Code; got != test.want {
				t.Errorf("%s with %s: %d, want %d", at, test.header, got, test.want)
			}
		}
		if got := ask(s, "POST", "/api/try", `{"step":"05","request":"GET / HTTP/1.1"}`, "Content-Type: application/json", test.header).Code; got != test.want {
			t.Errorf("/api/try with %s: %d, want %d", test.header, got, test.want)
		}
		if got := get(s, "/", test.header).Code; got != 200 {
			t.Errorf("GET with %s: %d", test.header, got)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := sharedSite(t)
	large := strings.Repeat("x", maxBody+1)
	answer := ask(s, "POST", "/api/try", large, "Content-Type: application/json")
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "larger than 65536 bytes") {
		t.Errorf("/api/try: %d %s", answer.Code, answer.Body)
	}
	answer = ask(s, "POST", "/try/05/", "request="+large, "Content-Type: application/x-www-form-urlencoded")
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "larger than 65536 bytes") {
		t.Errorf("/try/05/: %d", answer.Code)
	}
	// The photos of a step's site may be larger, but not endless.
	for size, want := range map[int]int{maxBody + 1: 200, maxMountBody + 1: 500} {
		body := "note=" + strings.Repeat("x", size)
		if got := ask(s, "POST", "/run/06/echo/", body, "Content-Type: application/x-www-form-urlencoded").Code; got != want {
			t.Errorf("/run/06/echo/ with %d bytes: %d, want %d", size, got, want)
		}
	}
}

func TestTimeIsBounded(t *testing.T) {
	s := newSite(t, needs(t))
	var deadline time.Time
	handler := s.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { deadline, _ = r.Context().Deadline() }))
	get(handler, "/")
	if left := time.Until(deadline); left < maxTime/2 || left > maxTime {
		t.Errorf("a request may take %v", left)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequest("POST", "/api/try", strings.NewReader(`{"step":"05","request":"GET / HTTP/1.1"}`)).WithContext(ctx)
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK && answer.Code != http.StatusServiceUnavailable {
		t.Errorf("a client that has gone gets %d", answer.Code)
	}
}

// A body that trickles in is given up, and so is a client that does not read.
func TestSlowClientsAreCutOff(t *testing.T) {
	n := needs(t)
	sent := make(chan error, 1)
	n.Open = func(int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			return play.Site{WSGI: func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return &told{endless{bytes.Repeat([]byte("x"), 1<<20)}, sent}, start("200 OK", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil)
			}}, nil
		}
	}
	s := newSite(t, n)
	s.time, s.writeTime = 200*time.Millisecond, 200*time.Millisecond
	root := served(t, s)
	begin := func(head string) net.Conn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(root, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, head)
		return conn
	}
	slow := begin("POST /api/try HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
	answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatalf("half a body: %v", err)
	}
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(text), "too long to arrive") {
		t.Errorf("half a body: %d %s", answer.StatusCode, text)
	}
	begin("GET /run/05/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
	select {
	case <-sent:
	case <-time.After(10 * time.Second):
		t.Error("a client that does not read is sent to without end")
	}
}

// told is a body that tells when it is closed.
type told struct {
	endless
	closed chan error
}

func (b *told) Close() error {
	b.closed <- nil
	return nil
}

// A few requests to the steps' sites at a time.
func TestMountsAreBounded(t *testing.T) {
	s := newSite(t, needs(t))
	s.mounts.room.wait = time.Millisecond
	for range mountedAtAll {
		s.mounts.room.places <- struct{}{}
	}
	answer := get(s, "/run/05/")
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || !strings.Contains(answer.Body.String(), "try again") {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	<-s.mounts.room.places
	for range 2 { // a place is given back
		if answer := get(s, "/run/05/"); answer.Code != http.StatusOK {
			t.Errorf("with a place: %d %s", answer.Code, answer.Body)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	for at, kind := range map[string]string{
		"/static/base.css":       "text/css; charset=utf-8",
		"/static/site.css":       "text/css; charset=utf-8",
		"/static/code.css":       "text/css; charset=utf-8",
		"/static/onion.css":      "text/css; charset=utf-8",
		"/static/try.js":         "text/javascript; charset=utf-8",
		"/static/slides/deck.js": "text/javascript; charset=utf-8",
		"/static/icon.svg":       "image/svg+xml",
		"/favicon.ico":           "image/svg+xml",
		"/slides/20/":            "text/html; charset=utf-8",
	} {
		answer := get(s, at)
		etag := answer.Header().Get("ETag")
		if answer.Code != 200 || answer.Header().Get("Content-Type") != kind || etag == "" || answer.Body.Len() == 0 {
			t.Errorf("%s: %d, %v, %d bytes", at, answer.Code, answer.Header(), answer.Body.Len())
			continue
		}
		if again := get(s, at, "If-None-Match: "+etag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s: asked again: %d, %d bytes", at, again.Code, again.Body.Len())
		}
	}
	// What a page names may be kept, since other files have other addresses.
	named := regexp.MustCompile(`"(/static/[^"]+)"`)
	for _, page := range []string{"/", "/slides/20/"} {
		files := named.FindAllStringSubmatch(get(s, page).Body.String(), -1)
		for _, file := range files {
			answer := get(s, file[1])
			if caching := answer.Header().Get("Cache-Control"); answer.Code != 200 || answer.Body.Len() == 0 || caching != "max-age=31536000, immutable" {
				t.Errorf("%s names %s: %d, %q", page, file[1], answer.Code, caching)
			}
		}
		if len(files) < 4 {
			t.Errorf("%s names only %q", page, files)
		}
	}
	one, other := assets{}, assets{}
	one.add("/static/a.css", []byte("a"))
	other.add("/static/a.css", []byte("b"))
	if one.folder() == other.folder() {
		t.Errorf("other files are served at %s too", one.folder())
	}
	const limit = 8 << 10
	if size := len(readFile(t, "static/try.js")); size >= limit {
		t.Errorf("try.js has %d bytes, and at most %d are wanted", size, limit)
	}
	for _, name := range []string{"static/try.js", "static/page.js", "static/base.css", "static/site.css"} {
		if text := readFile(t, name); strings.Contains(text, "http://") || strings.Contains(text, "https://") || bytes.Contains([]byte(text), []byte("@import")) {
			t.Errorf("%s loads something from elsewhere", name)
		}
	}
}
