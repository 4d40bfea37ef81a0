package site

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/html"

	"basehandler/internal/course"
	"basehandler/internal/play"
	"basehandler/wsgi"
)

// Every step's site works below its prefix: what its first page links to is
// there, and answers as the name says.
func TestSitesOfSteps(t *testing.T) {
	s := sharedSite(t)
	statuses := map[string]int{"fail/": 500, "forbidden/": 403, "missing/": 404, "nowhere/": 404}
	for _, step := range course.Steps {
		root := prefix(step.Number) + "/"
		answer := get(s, root)
		if answer.Code != http.StatusOK || !strings.Contains(strings.ToLower(answer.Body.String()), "pad is clear") {
			t.Errorf("%s: %d %s", root, answer.Code, answer.Body)
			continue
		}
		if step.Number < 6 {
			continue
		}
		document, err := html.Parse(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		links := 0
		base, _ := url.Parse(root)
		for node := range document.Descendants() {
			if node.Data != "a" || len(node.Attr) == 0 {
				continue
			}
			links++
			link := node.Attr[0].Val
			to, err := base.Parse(link)
			if err != nil || !strings.HasPrefix(to.Path, root) {
				t.Errorf("%s: the link %q leads away, to %v", root, link, to)
				continue
			}
			to.RawQuery = strings.ReplaceAll(to.RawQuery, "ms=2000", "ms=1")
			want := 200
			if status, found := statuses[link]; found {
				want = status
				if step.Number == 6 { // before errors become responses
					want = 500
				}
			}
			if got := get(s, to.String()).Code; got != want {
				t.Errorf("%s: %d, want %d", to, got, want)
			}
		}
		if links < 9 {
			t.Errorf("%s: %d links", root, links)
		}
	}
}

// A step's databases live as long as the server, and each step has its own.
func TestSitesHaveTheirDatabases(t *testing.T) {
	s := newSite(t, needs(t))
	answer := ask(s, "POST", "/run/11/entries/", "note=Cygnus&to=default", "Content-Type: application/x-www-form-urlencoded")
	if answer.Code >= 400 {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if text := get(s, "/run/11/entries/").Body.String(); !strings.Contains(text, "Cygnus") {
		t.Errorf("the entry is not there: %s", text)
	}
	if text := get(s, "/run/12/entries/").Body.String(); strings.Contains(text, "Cygnus") {
		t.Errorf("the entry is in another step's database: %s", text)
	}
}

// A cookie of one step is not sent to another.
func TestSitesKeepTheirCookies(t *testing.T) {
	answer := get(newSite(t, needs(t)), "/run/03/?rocket=Aster")
	if got, want := answer.Header().Values("Set-Cookie"), "rocket=Aster; Path=/run/03/"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStep14IsServedThroughASGI(t *testing.T) {
	asked := map[int]bool{}
	n := needs(t)
	n.Open = func(step int) play.Opener {
		open := play.Linked(step)
		return func(settings []byte, services play.Services) (play.Site, error) {
			asked[step] = services.ASGI
			return open(settings, services)
		}
	}
	s := newSite(t, n)
	get(s, "/run/13/")
	get(s, "/run/14/")
	get(s, "/run/14/countdown/")
	if fmt.Sprint(asked) != "map[13:false 14:true]" {
		t.Errorf("got %v", asked)
	}
}

// What a step does wrong is its own affair.
func TestAPanicEndsOneRequest(t *testing.T) {
	n := needs(t)
	n.Log = io.Discard
	n.Open = func(step int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			switch step {
			case 2:
				return play.Site{}, fmt.Errorf("no view")
			case 3:
				panic("the opener fails")
			}
			return play.Site{WSGI: func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				panic("the fuse is wet")
			}}, nil
		}
	}
	s := newSite(t, n)
	root := served(t, s)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, at := range []string{"/run/01/", "/run/02/", "/run/03/", "/run/01/"} {
		response, err := client.Get(root + at)
		if err != nil {
			t.Errorf("%s: %v", at, err)
			continue
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d %s", at, response.StatusCode, text)
		}
	}
	if got := get(newSite(t, needs(t)), "/run/07/panic/").Code; got != http.StatusInternalServerError {
		t.Errorf("a view that panics: %d", got)
	}
}

// A length that was only claimed is not believed: no more than a body may have is
// taken. Added up as it is, it would pass the largest number, and the bound.
func TestMountsCountWhatCanBeTaken(t *testing.T) {
	s := newSite(t, needs(t))
	for _, length := range []int64{-1, math.MaxInt64, math.MaxInt64, 5} {
		r := httptest.NewRequest("POST", "/run/05/", nil)
		r.ContentLength = length
		s.mounts.mount(5, r).users.Done()
	}
	if got, want := s.mounts.steps[5].taken, int64(3*maxMountBody+5); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// Databases in memory do not grow for ever: a site that was sent very much
// begins anew, when the requests to the one before are answered.
func TestMountBeginsAnew(t *testing.T) {
	made, released := 0, make(chan bool, 1)
	busy, done := make(chan struct{}), make(chan struct{})
	n := needs(t)
	n.Open = func(int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			made++
			number := made
			return play.Site{
				WSGI: func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
					if environ.Get("PATH_INFO") == "/busy/" {
						close(busy)
						<-done
					}
					return wsgi.Bytes(fmt.Sprint("site ", number)), start("200 OK", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil)
				},
			}, nil
		}
	}
	s := newSite(t, n)
	answered := make(chan string)
	go func() { answered <- get(s, "/run/05/busy/").Body.String() }()
	<-busy
	first := s.mounts.steps[5]
	first.taken = maxTaken - 3
	release := first.release
	first.release = func() { release(); released <- true }
	for _, test := range []struct{ body, want string }{{"abc", "site 1"}, {"", "site 1"}, {"d", "site 2"}, {"e", "site 2"}} {
		if got := ask(s, "POST", "/run/05/", test.body, "Origin: http://127.0.0.1:8000").Body.String(); got != test.want {
			t.Errorf("%q: %q, want %q", test.body, got, test.want)
		}
	}
	select {
	case <-released:
		t.Error("the first site ended while it was used")
	default:
	}
	close(done)
	if got := <-answered; got != "site 1" {
		t.Errorf("got %q", got)
	}
	select {
	case <-released:
	case <-time.After(5 * time.Second):
		t.Error("the first site did not end")
	}
}

// A request under way is waited for, but a view that goes on although its request
// is over does not hold up the end.
func TestMountsEndInTime(t *testing.T) {
	for _, test := range []struct{ takes, want time.Duration }{{time.Second, time.Second}, {time.Hour, closeTime}} {
		synctest.Test(t, func(t *testing.T) {
			m := newMounts(nil, nil, nil)
			used := &mount{}
			m.steps[5] = used
			used.users.Add(1)
			time.AfterFunc(test.takes, used.users.Done)
			begun := time.Now()
			m.close()
			if took := time.Since(begun); took != test.want {
				t.Errorf("%v: it took %v, want %v", test.takes, took, test.want)
			}
			time.Sleep(test.takes) // until all has ended
		})
	}
}
