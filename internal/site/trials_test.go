package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/play"
	"basehandler/wsgi"
)

// try sends a message to /api/try.
func try(t *testing.T, s http.Handler, m map[string]any) (answers, string) {
	t.Helper()
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	answer := ask(s, "POST", "/api/try", string(body), "Content-Type: application/json")
	var a answers
	var failure struct{ Error string }
	if answer.Code == http.StatusOK {
		err = json.Unmarshal(answer.Body.Bytes(), &a)
	} else {
		err = json.Unmarshal(answer.Body.Bytes(), &failure)
		failure.Error = fmt.Sprintf("%d %s", answer.Code, failure.Error)
	}
	if err != nil {
		t.Fatalf("%v in %s", err, answer.Body)
	}
	return a, failure.Error
}

const hello = "GET / HTTP/1.1\nHost: localhost\n"

func TestTryBesideTheStepBefore(t *testing.T) {
	s := sharedSite(t)
	got, failure := try(t, s, map[string]any{"step": "05", "request": hello, "settings": nil, "asgi": false, "beside": true})
	if failure != "" {
		t.Fatal(failure)
	}
	want := answers{
		Here: &answer{Step: "05", Log: []string{},
			Response: "HTTP/1.1 200 OK\nContent-Length: 45\nContent-Type: text/plain; charset=utf-8\nX-Via: C,B,A\n\nLaunch log: the pad is clear.\nYou sent GET /\n",
			Trace: []string{"signal request_started", "A request", "B request", "C request", "view site.views.status", "C response 200",
				"B response 200", "A response 200", "start_response 200 OK", "chunk 45", "close", "signal request_finished"}},
		Before: &answer{Step: "04", Log: []string{},
			Response: "HTTP/1.1 200 OK\nContent-Length: 45\nContent-Type: text/plain; charset=utf-8\n\nLaunch log: the pad is clear.\nYou sent GET /\n",
			Trace:    []string{"signal request_started", "view site.views.status", "start_response 200 OK", "chunk 45", "close", "signal request_finished"}},
		Summary: "Step 05 answers HTTP/1.1 200 OK. Step 05 differs from step 04 in 1 line of the response and 6 events.",
	}
	want.Here.Marks.Response, want.Here.Marks.Trace = []int{3}, []int{1, 2, 3, 5, 6, 7}
	want.Before.Marks.Response, want.Before.Marks.Trace = []int{}, []int{}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Error(diff)
	}
}

// What is not shown is not counted.
func TestTrySummary(t *testing.T) {
	s := sharedSite(t)
	for show, want := range map[string]string{
		"response": "Step 05 differs from step 04 in 1 line of the response.",
		"trace":    "Step 05 differs from step 04 in 6 events.",
		"both":     "Step 05 differs from step 04 in 1 line of the response and 6 events.",
	} {
		got, failure := try(t, s, map[string]any{"step": "05", "request": hello, "beside": true, "show": show})
		if failure != "" || got.Summary != "Step 05 answers HTTP/1.1 200 OK. "+want {
			t.Errorf("%s: %q %s", show, got.Summary, failure)
		}
	}
}

func TestTry(t *testing.T) {
	s := sharedSite(t)
	sent := func(m map[string]any) string {
		got, failure := try(t, s, m)
		if failure != "" {
			return failure
		}
		text := got.Summary + " | " + got.Here.Error
		if got.Before == nil {
			text += "alone"
		}
		return text
	}
	for name, test := range map[string]struct {
		message map[string]any
		want    string
	}{
		"the first step has none before it": {map[string]any{"step": "01", "request": hello, "beside": true}, "Step 01 answers HTTP/1.1 200 OK. | alone"},
		"not beside":                        {map[string]any{"step": "5", "request": hello}, "Step 05 answers HTTP/1.1 200 OK. | alone"},
		"settings as an object":             {map[string]any{"step": "05", "request": "GET /?range=closed HTTP/1.1\nHost: localhost", "settings": map[string]any{"MIDDLEWARE": []string{"site.middleware.RangeClosed"}}}, "Step 05 answers HTTP/1.1 503 Service Unavailable. | alone"},
		"settings as text":                  {map[string]any{"step": "05", "request": "GET /?range=closed HTTP/1.1\nHost: localhost", "settings": `{"MIDDLEWARE": ["site.middleware.RangeClosed"]}`}, "Step 05 answers HTTP/1.1 503 Service Unavailable. | alone"},
		"a layer that does not exist":       {map[string]any{"step": "05", "request": hello, "settings": `{"MIDDLEWARE": ["site.middleware.D"]}`}, `Step 05 does not answer. | The application cannot be made: no module has the name "site.middleware.D"; did you mean "site.middleware.A"?alone`},
		"settings that came later":          {map[string]any{"step": "05", "request": hello, "settings": `{"MIDDLEWARE": []}`, "beside": true}, "Step 05 answers HTTP/1.1 200 OK, and step 04 does not answer. | "},
		"no such setting":                   {map[string]any{"step": "05", "request": hello, "settings": `{"MIDDELWARE": []}`, "beside": true}, `Step 05 does not answer, nor does step 04. | There is no setting MIDDELWARE; did you mean MIDDLEWARE?alone`},
		"only the step before answers":      {map[string]any{"step": "06", "request": hello, "settings": `{"THE_VIEW": "site.views.status"}`, "beside": true}, `Step 06 does not answer, and step 05 does. | Step 06 does not know the setting THE_VIEW any more: step 05 was the last to have it.`},
		"several requests":                  {map[string]any{"step": "12", "request": "GET /forbidden/ HTTP/1.1\nHost: localhost\n\n-- request 2 --\n" + hello, "beside": true}, "Step 12 answers HTTP/1.1 403 Forbidden, then HTTP/1.1 200 OK. Step 12 differs from step 11 in no line of the response and 1 event. | "},
		"the same at both":                  {map[string]any{"step": "12", "request": "GET /launches/2021/ HTTP/1.1\nHost: localhost", "beside": true}, "Step 12 answers HTTP/1.1 200 OK. Step 12 and step 11 do the same. | "},
		"ASGI beside WSGI":                  {map[string]any{"step": "14", "request": hello, "asgi": true, "beside": true}, "Step 14 answers HTTP/1.1 200 OK. Step 14 differs from step 13 in no line of the response and 18 events. | "},
		"no host":                           {map[string]any{"step": "05", "request": "GET / HTTP/1.1", "beside": true}, "Go’s server answers HTTP/1.1 400 Bad Request: missing required Host header. It does so by itself, and nothing of the step was called. | "},
		"a panic":                           {map[string]any{"step": "06", "request": "GET /panic/ HTTP/1.1\nHost: localhost"}, "Step 06 answers HTTP/1.1 500 Internal Server Error. | alone"},
		"no such step":                      {map[string]any{"step": "15", "request": hello}, `400 There is no step "15"; the steps go from 01 to 14.`},
		"an unknown field":                  {map[string]any{"step": "05", "reqest": hello}, `400 The body is not what /api/try takes (json: unknown field "reqest"); send {"step": "05", "request": "GET / HTTP/1.1\n…"}.`},
	} {
		if got := sent(test.message); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
	if answer := ask(s, "POST", "/api/try", "step=05", "Content-Type: application/x-www-form-urlencoded"); answer.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d %s", answer.Code, answer.Body)
	}
}

// Several requests go to one application, so that a later one shows what an
// earlier one left behind.
func TestSeveralRequests(t *testing.T) {
	s := sharedSite(t)
	post := "POST /entries/ HTTP/1.1\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n\nnote=Cygnus&to=default\n"
	got, failure := try(t, s, map[string]any{"step": "11", "request": post + "-- request 2 --\nGET /entries/ HTTP/1.1\nHost: localhost\n"})
	if failure != "" {
		t.Fatal(failure)
	}
	_, second, found := strings.Cut(got.Here.Response, "\n-- response 2 --\n")
	if !found || !strings.Contains(second, "<p>Cygnus\n") {
		t.Errorf("got %s", got.Here.Response)
	}
	if n := strings.Count(strings.Join(got.Here.Trace, "\n"), "-- trace 2 --"); n != 1 {
		t.Errorf("got %q", got.Here.Trace)
	}
}

// What the form of a chapter sends gives what the chapter shows.
func TestGoldenRequestsAnswerAsTold(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	cases, err := golden.Load(s.needs.Golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, text := range c.Addresses(len(course.Steps)) {
			a, err := course.ParseAddress(text)
			if err != nil || !a.IsStep() || c.ASGI && a.Step < asgiStep {
				continue
			}
			got, failure := try(t, s, map[string]any{"step": text, "request": requestsText(c.Requests), "settings": string(c.Settings), "asgi": c.ASGI})
			if failure != "" {
				t.Errorf("%s: %s", c.Name, failure)
				break
			}
			want := ""
			for i, result := range c.Results {
				if i > 0 {
					want += fmt.Sprintf("\n-- response %d --\n", i+1)
				}
				want += strings.ToValidUTF8(result.Response, "\uFFFD")
			}
			if diff := cmp.Diff(want, got.Here.Response); diff != "" {
				t.Errorf("%s at %s:\n%s", c.Name, text, diff)
			}
			break // one of its steps is enough
		}
	}
}

// slowly is a step that answers when it is told to.
func slowly(release <-chan struct{}) func(int) play.Opener {
	return func(int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			<-release
			return play.Site{}, errors.New("released")
		}
	}
}

func TestAFewTrialsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		trials := newTrials(slowly(release), nil)
		what, err := newTrial("05", hello, "", false, false)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, trialsAtAll)
		for range trialsAtAll {
			go func() {
				_, err := trials.send(t.Context(), what)
				done <- err
			}()
		}
		synctest.Wait()
		start := time.Now()
		if _, err := trials.send(t.Context(), what); err != errBusy {
			t.Errorf("with no room left: %v, want %v", err, errBusy)
		}
		if waited := time.Since(start); waited != roomWait {
			t.Errorf("waited %v, want %v", waited, roomWait)
		}
		close(release)
		for range trialsAtAll {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if _, err := trials.send(t.Context(), what); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
}

func TestBusyIs503(t *testing.T) {
	s := newSite(t, needs(t))
	s.trials.room.wait = time.Millisecond
	for range trialsAtAll {
		s.trials.room.places <- struct{}{}
	}
	answer := ask(s, "POST", "/api/try", `{"step":"05","request":"GET / HTTP/1.1"}`, "Content-Type: application/json")
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || !strings.Contains(answer.Body.String(), "try again") {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	answer = ask(s, "POST", "/try/05/", "request=GET+/+HTTP/1.1", "Content-Type: application/x-www-form-urlencoded")
	if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "try again") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// endless is a body that does not end before it is closed.
type endless struct{ chunk []byte }

func (e endless) Next() ([]byte, error) { return e.chunk, nil }
func (endless) Close() error            { return nil }

func TestEndlessResponsesAreCut(t *testing.T) {
	t.Parallel()
	n := needs(t)
	n.Open = func(int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			return play.Site{WSGI: func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return endless{bytes.Repeat([]byte("x"), 500)}, start("200 OK", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil)
			}}, nil
		}
	}
	s := newSite(t, n)
	start := time.Now()
	got, failure := try(t, s, map[string]any{"step": "05", "request": hello, "beside": true})
	if failure != "" {
		t.Fatal(failure)
	}
	if took := time.Since(start); took > trialTime/2 {
		t.Errorf("it took %v", took)
	}
	for _, a := range []*answer{got.Here, got.Before} {
		if size := len(a.Response); size < maxText || size > maxText+100 {
			t.Errorf("%d bytes are shown", size)
		}
		if !strings.Contains(a.Response, "(the first 65536 bytes of ") {
			t.Errorf("the cut is not told: %q", a.Response[len(a.Response)-80:])
		}
		if last := a.Trace[len(a.Trace)-1]; len(a.Trace) != maxLines+1 || !strings.HasPrefix(last, "(the first 1000 of ") {
			t.Errorf("%d events, the last is %q", len(a.Trace), last)
		}
	}
}

// Two long answers with no line in common are compared in no time.
func TestLinesAreBounded(t *testing.T) {
	n := needs(t)
	n.Open = func(step int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) {
			var text strings.Builder
			for i := range 10000 {
				fmt.Fprintf(&text, "%d:%d\n", step, i)
			}
			return play.Site{WSGI: func(_ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
				return wsgi.List([]byte(text.String())), start("200 OK", []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}, nil)
			}}, nil
		}
	}
	got, failure := try(t, newSite(t, n), map[string]any{"step": "05", "request": strings.Repeat(hello+"-- request 2 --\n", 2) + hello, "beside": true})
	if failure != "" {
		t.Fatal(failure)
	}
	for _, a := range []*answer{got.Here, got.Before} {
		if lines := strings.Count(a.Response, "\n"); lines != maxLines+1 || !strings.HasSuffix(a.Response, "(the first 1000 lines of 30016)\n") {
			t.Errorf("%d lines, which end in %q", lines, a.Response[len(a.Response)-50:])
		}
	}
}

func TestSlowTrialsAreGivenUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, needs(t))
	s.trials.time = 500 * time.Millisecond
	start := time.Now()
	got, failure := try(t, s, map[string]any{"step": "07", "request": "GET /slow/?ms=9000 HTTP/1.1\nHost: localhost\n-- request 2 --\nGET /slow/?ms=9000 HTTP/1.1\nHost: localhost\n", "beside": true})
	if failure != "" {
		t.Fatal(failure)
	}
	const want = "This took longer than 500ms, and was given up."
	if took := time.Since(start); took > 5*time.Second || got.Here.Error != want || got.Summary != "Step 07 does not answer, nor does step 06." {
		t.Errorf("after %v: %q, %q", took, got.Here.Error, got.Summary)
	}
}

func TestAPanicIsAnAnswer(t *testing.T) {
	n := needs(t)
	n.Open = func(int) play.Opener {
		return func([]byte, play.Services) (play.Site, error) { panic("the fuse is wet") }
	}
	got, failure := try(t, newSite(t, n), map[string]any{"step": "05", "request": hello, "beside": true})
	if failure != "" || got.Here.Error != "panic: the fuse is wet" {
		t.Errorf("got %+v, %s", got.Here, failure)
	}
}

// Without a script the form leads to a page that shows the same.
func TestTryForm(t *testing.T) {
	s := sharedSite(t)
	answer := ask(s, "POST", "/try/05/", "request=GET+/%3Fa%3D<b>+HTTP/1.1%0D%0AHost:+localhost%0D%0A&settings=", "Content-Type: application/x-www-form-urlencoded")
	text := answer.Body.String()
	if answer.Code != 200 {
		t.Fatalf("%d %s", answer.Code, text)
	}
	read(t, "/try/05/", text)
	for _, want := range []string{
		"Step 05 differs from step 04 in 1 line of the response and 6 events.",
		`<span class="line add"><span class="sign">&#43;</span>X-Via: C,B,A`,
		`<span class="line add"><span class="sign">&#43;</span>A request`,
		`<span class="line"><span class="sign"> </span>view site.views.status`,
		"GET /?a=&lt;b&gt; HTTP/1.1\nHost: localhost",
		`aria-label="Answer of step 04"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	answer = ask(s, "POST", "/try/05/", "request=hello", "Content-Type: application/x-www-form-urlencoded")
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), `role="alert">The first line, &#34;hello&#34;,`) || !strings.Contains(answer.Body.String(), ">hello</textarea>") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	answer = ask(s, "POST", "/try/14/", "request=GET+/countdown/+HTTP/1.1%0AHost:+localhost&asgi=true", "Content-Type: application/x-www-form-urlencoded")
	if !strings.Contains(answer.Body.String(), "send http.response.body") || !strings.Contains(answer.Body.String(), `name="asgi" value="true"`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
