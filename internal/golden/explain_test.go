package golden

import (
	"strings"
	"testing"
)

// Each test gives two traces, events separated by commas, and the sentence
// that a learner reads.
func TestExplain(t *testing.T) {
	const full = "signal request_started,A request,B request,A process_view v,B process_view v,view v,B response 200,A response 200,start_response 200 OK,chunk 5,close,signal request_finished"
	for _, test := range []struct{ name, want, got, meaning string }{
		{"reversed", full, "signal request_started,B request,A request,view v",
			"event 2: want \"A request\", got \"B request\"\nB was entered before A: is the chain built from the first layer on, and not from the last?"},
		{"responses in the order of the list", "A request,B request,view v,B response 200,A response 200", "A request,B request,view v,A response 200,B response 200",
			"event 4: want \"B response 200\", got \"A response 200\"\nthe response half of A ran before that of B: the layer further in comes first on the way out."},
		{"error passed on", "A request,B request,view v,B response 404,A response 404,start_response 404 Not Found", "A request,B request,view v,start_response 404 Not Found",
			"event 4: want \"B response 404\", got \"start_response 404 Not Found\"\nthe response half of B never ran: was its error passed on instead of answered?"},
		{"half of the layers", "view v,B response 404,A response 404,start_response 404 Not Found", "view v,B response 404,start_response 404 Not Found",
			"event 3: want \"A response 404\", got \"start_response 404 Not Found\"\nthe response half of A never ran: was its error passed on instead of answered?"},
		{"no close", "chunk 5,close,signal request_finished", "chunk 5",
			"event 2: want \"close\", got nothing more\nclose never came: whoever is given a body closes it, however the request ends."},
		{"no close, but the signal", "chunk 5,close,signal request_finished", "chunk 5,signal request_finished",
			"event 2: want \"close\", got \"signal request_finished\"\nclose never came: whoever is given a body closes it, however the request ends."},
		{"close twice", "chunk 5,close,signal request_finished", "chunk 5,close,signal request_finished,close",
			"event 4: want nothing more, got \"close\"\nclose came twice: a body is closed exactly once."},
		{"start_response twice", "start_response 200 OK,chunk 5,close", "start_response 200 OK,start_response 200 OK,chunk 5,close",
			"event 2: want \"chunk 5\", got \"start_response 200 OK\"\nstart_response came twice."},
		{"no start_response", "view v,start_response 200 OK,chunk 5", "view v,close",
			"event 2: want \"start_response 200 OK\", got \"close\"\nstart_response never came: without it the server has no status line to send and answers 500."},
		{"another status", "start_response 403 Forbidden,chunk 5", "start_response 200 OK,chunk 5",
			"event 1: want \"start_response 403 Forbidden\", got \"start_response 200 OK\"\nthe status line is \"200 OK\" instead of \"403 Forbidden\"."},
		{"another status in a layer", "B response 404,A response 404", "B response 500,A response 500",
			"event 1: want \"B response 404\", got \"B response 500\"\nB saw a response with status 500 instead of 404."},
		{"chunk of another size", "chunk 5,close", "chunk 4,close",
			"event 1: want \"chunk 5\", got \"chunk 4\"\nthe chunk has 4 bytes instead of 5."},
		{"missing chunk", "chunk 5,chunk 6,close", "chunk 5,close",
			"event 2: want \"chunk 6\", got \"close\"\na chunk never came: does the body give all its parts?"},
		{"exception hooks outside in", "view v,B process_exception E,A process_exception E,B response 500", "view v,A process_exception E,B process_exception E,B response 500",
			"event 2: want \"B process_exception E\", got \"A process_exception E\"\nprocess_exception of A came before B: exception hooks run from the inside out."},
		{"template hooks outside in", "B process_template_response,A process_template_response,render", "A process_template_response,B process_template_response,render",
			"event 1: want \"B process_template_response\", got \"A process_template_response\"\nprocess_template_response of A came before B: template hooks run from the inside out."},
		{"view hooks inside out", full, "signal request_started,A request,B request,B process_view v,A process_view v,view v",
			"event 4: want \"A process_view v\", got \"B process_view v\"\nprocess_view of B came before A: view hooks run from the outside in."},
		{"view after an answer", "A process_view v,B process_view v,B response 403", "A process_view v,B process_view v,view v,B response 403",
			"event 3: want \"B response 403\", got \"view v\"\nview ran although B's hook had answered: the first response wins."},
		{"view after all", "signal request_started,start_response 404 Not Found", "signal request_started,view v,start_response 404 Not Found",
			"event 2: want \"start_response 404 Not Found\", got \"view v\"\nview ran although it should not have: something before it had answered."},
		{"view twice", "A request,view v,A response 200", "A request,view v,view v,A response 200",
			"event 3: want \"A response 200\", got \"view v\"\nthe view ran twice: does a layer call get_response more than once?"},
		{"no view", "A request,view v,A response 200", "A request,A response 200",
			"event 2: want \"view v\", got \"A response 200\"\nthe view never ran: did a layer or a hook answer before it, or did no URL match?"},
		{"another view", "view site.views.status", "view site.views.echo",
			"event 1: want \"view site.views.status\", got \"view site.views.echo\"\nanother view ran: site.views.echo instead of site.views.status."},
		{"layer not entered", "A request,B request,view v", "A request,view v",
			"event 2: want \"B request\", got \"view v\"\nB was never entered: is it in MIDDLEWARE, and does the layer around it call get_response?"},
		{"layer entered twice", "A request,view v", "A request,A request,view v",
			"event 2: want \"view v\", got \"A request\"\nA was entered twice: is the chain built once, and does each layer call get_response once?"},
		{"layer entered after an answer", "A request,A response 403", "A request,B request,A response 403",
			"event 2: want \"A response 403\", got \"B request\"\nB was entered although it should not have been: had a layer around it answered?"},
		{"response half that is too much", "view v,start_response 404 Not Found", "view v,A response 404,start_response 404 Not Found",
			"event 2: want \"start_response 404 Not Found\", got \"A response 404\"\nthe response half of A ran although the error should have gone past it, or it was never entered."},
		{"hook after an answer", "B process_exception E,B response 200", "B process_exception E,A process_exception E,B response 200",
			"event 2: want \"B response 200\", got \"A process_exception E\"\nprocess_exception of A was called although it should not have been: the first hook that answers ends the round."},
		{"no view hook", "A process_view v,view v", "view v",
			"event 1: want \"A process_view v\", got \"view v\"\nprocess_view of A was never called: are view hooks collected at load, and called after resolution?"},
		{"no exception hook", "view v,A process_exception E,A response 500", "view v,A response 500",
			"event 2: want \"A process_exception E\", got \"A response 500\"\nprocess_exception of A was never called: did the view's error go past the hooks, or did a hook further in answer?"},
		{"no template hook", "view v,A process_template_response,render", "view v,render",
			"event 2: want \"A process_template_response\", got \"render\"\nprocess_template_response of A was never called: it is, before rendering, for a response that has a Render method."},
		{"finished too early", "view v,start_response 200 OK,chunk 5,close,signal request_finished", "view v,signal request_finished,start_response 200 OK,chunk 5,close",
			"event 2: want \"start_response 200 OK\", got \"signal request_finished\"\nrequest_finished was sent before start_response: a request is over when the server closes the response."},
		{"not finished", "close,signal request_finished", "close",
			"event 2: want \"signal request_finished\", got nothing more\nrequest_finished was never sent: the response sends it when the server closes it."},
		{"not started", "signal request_started,view v", "view v",
			"event 1: want \"signal request_started\", got \"view v\"\nrequest_started was never sent: the handler sends it first of all."},
		{"no exception signal", "view v,signal got_request_exception E,A response 500", "view v,A response 500",
			"event 2: want \"signal got_request_exception E\", got \"A response 500\"\ngot_request_exception was never sent: it is, for an error that no handler and no hook knows how to answer."},
		{"not rendered", "view v,render,start_response 200 OK", "view v,start_response 200 OK",
			"event 2: want \"render\", got \"start_response 200 OK\"\nthe response was never rendered: that comes after the last template hook."},
		{"no transaction", "atomic begin default,view v", "view v",
			"event 1: want \"atomic begin default\", got \"view v\"\nno transaction was opened: is the view wrapped by make_view_atomic?"},
		{"committed after an error", "view v,atomic rollback default", "view v,atomic commit default",
			"event 2: want \"atomic rollback default\", got \"atomic commit default\"\nthe transaction was committed although something failed inside it: does the error reach make_view_atomic?"},
		{"rolled back for nothing", "view v,atomic commit default", "view v,atomic rollback default",
			"event 2: want \"atomic commit default\", got \"atomic rollback default\"\nthe transaction was rolled back although nothing failed inside it."},
		{"logged twice", "log a INFO b,close", "log a INFO b,log a INFO b,close",
			"event 2: want \"close\", got \"log a INFO b\"\nlog a INFO b came twice."},
		{"chunk too many", "chunk 5,close", "chunk 5,chunk 5,close",
			"event 2: want \"close\", got \"chunk 5\"\na part of the body came that should not have: is one given twice?"},
		{"not logged", "log django.request WARNING Not Found: /x/,close", "close",
			"event 1: want \"log django.request WARNING Not Found: /x/\", got \"close\"\na record was never logged: django.request WARNING Not Found: /x/"},
		{"order of the rest", "view v,render", "render,view v",
			"event 1: want \"view v\", got \"render\"\nrender came before the view."},
		{"unknown and missing", "lift off", "",
			"event 1: want \"lift off\", got nothing more\nlift off never came."},
		{"unknown and too much", "", "lift off",
			"event 1: want nothing more, got \"lift off\"\nlift off came although it should not have."},
		{"unknown details", "lift 200", "lift 404",
			"event 1: want \"lift 200\", got \"lift 404\"\nthe event is the right one, its details are not."},
		{"no start", "send http.response.start 200,send http.response.body 5", "send http.response.body 5",
			"event 1: want \"send http.response.start 200\", got \"send http.response.body 5\"\nthe response was never started: under ASGI status and headers are an event of their own, before the body."},
		{"two starts", "send http.response.start 200,send http.response.body 5", "send http.response.start 200,send http.response.start 200",
			"event 2: want \"send http.response.body 5\", got \"send http.response.start 200\"\nthe response was started twice."},
		{"another start", "send http.response.start 200", "send http.response.start 404",
			"event 1: want \"send http.response.start 200\", got \"send http.response.start 404\"\nthe response starts with status 404 instead of 200."},
		{"ended too early", "send http.response.body 5 more,send http.response.body 5", "send http.response.body 5",
			"event 1: want \"send http.response.body 5 more\", got \"send http.response.body 5\"\nthe response ended too early: this part says that no more comes."},
		{"never ended", "send http.response.body 5 more,send http.response.body 0", "send http.response.body 5 more",
			"event 2: want \"send http.response.body 0\", got nothing more\na part of the body was never sent: the last one says that no more comes, and without it the client waits."},
		{"more at the end", "send http.response.body 5", "send http.response.body 5 more",
			"event 1: want \"send http.response.body 5\", got \"send http.response.body 5 more\"\nthe last part of the body says that more comes."},
		{"part of another size", "send http.response.body 5", "send http.response.body 4",
			"event 1: want \"send http.response.body 5\", got \"send http.response.body 4\"\nthe part of the body has another size."},
		{"deaf", "receive http.disconnect", "",
			"event 1: want \"receive http.disconnect\", got nothing more\nnobody heard that the client left: somebody has to go on receiving while the view runs."},
		{"sync for async", "A request @loop", "A request",
			"event 1: want \"A request @loop\", got \"A request\"\nthe request half of A ran as sync code and not as async code: what can it do, and was it adapted without need?"},
		{"async for sync", "view site.views.status", "view site.views.status @loop",
			"event 1: want \"view site.views.status\", got \"view site.views.status @loop\"\nthe view ran as async code and not as sync code: was it adapted to the kind of the layer around it?"},
		{"equal", full, full, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := told(Explain(events(test.want), events(test.got))); got != test.meaning {
				t.Errorf("got\n%s\nwant\n%s", got, test.meaning)
			}
		})
	}
}

func told(d *Difference) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func events(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func TestExplainResponse(t *testing.T) {
	const want = "HTTP/1.1 200 OK\nContent-Type: text/plain\nX-A: 1\n\nHello\n"
	for _, test := range []struct{ name, got, meaning string }{
		{"equal", want, ""},
		{"status", strings.Replace(want, "200 OK", "403 Forbidden", 1), "response, line 1: want \"HTTP/1.1 200 OK\", got \"HTTP/1.1 403 Forbidden\"\nthe status line differs."},
		{"header", strings.Replace(want, "X-A: 1", "X-A: 2", 1), "response, line 3: want \"X-A: 1\", got \"X-A: 2\"\na header differs."},
		{"missing header", strings.Replace(want, "X-A: 1\n", "", 1), "response, line 3: want \"X-A: 1\", got \"\"\na header is missing or one too many came."},
		{"new header", strings.Replace(want, "Content", "Allow: GET\nContent", 1), "response, line 2: want \"Content-Type: text/plain\", got \"Allow: GET\"\na header is missing or one too many came."},
		{"body", strings.Replace(want, "Hello", "Good-bye", 1), "response, line 5: want \"Hello\", got \"Good-bye\"\nthe body differs."},
		{"cut off", strings.Replace(want, "Hello\n", "", 1), "response, line 5: want \"Hello\", got \"\"\nthe body differs."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := told(ExplainResponse(want, test.got)); got != test.meaning {
				t.Errorf("got\n%s\nwant\n%s", got, test.meaning)
			}
		})
	}
}

func TestExplainCase(t *testing.T) {
	parse := func(keys, sections string) *Case {
		t.Helper()
		c, err := Parse("05-middleware/onion", []byte("steps: 05\ntitle: The onion\n"+keys+"\n"+sections))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	get := parse("", "-- request --\nGET / HTTP/1.1\nHost: localhost\n-- response --\nHTTP/1.1 200 OK\n\n-- trace --\nA request\n")
	two := parse("", "-- request --\nGET / HTTP/1.1\n-- trace --\nview v\n-- request 2 --\nGET / HTTP/1.1\n-- trace 2 --\nview v\n")
	refused := parse("", "-- request --\nGET / HTTP/1.1\n-- error --\nno module has the name \"x\"\n")
	for _, test := range []struct {
		name string
		c    *Case
		got  Outcome
		want string
	}{
		{"equal", get, get.Outcome, ""},
		{"trace and response", get, Outcome{Results: []Result{{Response: "HTTP/1.1 500 Internal Server Error\n\n", Log: []string{"boom"}}}},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"event 1: want \"A request\", got nothing more\n" +
				"A was never entered: is it in MIDDLEWARE, and does the layer around it call get_response?\n" +
				"response, line 1: want \"HTTP/1.1 200 OK\", got \"HTTP/1.1 500 Internal Server Error\"\n" +
				"the status line differs.\n" +
				"log, line 1: want nothing more, got \"boom\"\n" +
				"The server had something to complain about that it should not have had.\n" +
				"See it: go run ./cmd/walkthrough request 05 GET /"},
		{"second request", two, Outcome{Results: []Result{{Trace: []string{"view v"}}, {Trace: []string{"view w"}}}},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"request 2, event 1: want \"view v\", got \"view w\"\n" +
				"another view ran: w instead of v.\n" +
				"See it: go test ./tests -run 'TestGolden/05-middleware/onion/05$'"},
		{"one response too few", two, Outcome{Results: []Result{{Trace: []string{"view v"}}}},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"requests: 2, responses: 1\n" +
				"See it: go test ./tests -run 'TestGolden/05-middleware/onion/05$'"},
		{"not made", get, Outcome{Error: "no"},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"the application could not be made: no\n" +
				"See it: go run ./cmd/walkthrough request 05 GET /"},
		{"made", refused, Outcome{Results: []Result{{Response: "HTTP/1.1 200 OK\n\n"}}},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"the application was made, and should have been refused: no module has the name \"x\"\n" +
				"See it: go test ./tests -run 'TestGolden/05-middleware/onion/05$'"},
		{"refused otherwise", refused, Outcome{Error: "no"},
			"05-middleware/onion does not hold for 05: The onion\n" +
				"the application was refused for another reason\nwant no module has the name \"x\"\ngot  no\n" +
				"See it: go test ./tests -run 'TestGolden/05-middleware/onion/05$'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.c.Explain("05", test.got); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	const run = "go run ./cmd/walkthrough request 05.1 "
	const again = "go test ./tests -run 'TestGolden/05-middleware/onion/05.1$'"
	for _, test := range []struct{ keys, request, want string }{
		{"", "GET /launches/2024/?page=2 HTTP/1.1\nHost: localhost\n", run + "GET '/launches/2024/?page=2'"},
		{"", "GET / HTTP/1.1\nHost: archive.example.org\nX-Who: it's me\nAccept: */*\n", run + `GET / --header 'Host: archive.example.org' --header 'X-Who: it'\''s me' --header 'Accept: */*'`},
		{"", "POST /echo/ HTTP/1.1\n\na=1&b=2\n", run + "POST /echo/ --data 'a=1&b=2'"},
		{"", "POST /echo/ HTTP/1.1\n\na\nb\n", again},
		{"gateway: asgi\n", "GET / HTTP/1.1\n", run + "GET / --asgi"},
		{"", "POST /echo/ HTTP/1.1\nContent-Length: 99\n\na=1\n", again},
		{"", "GET / HTTP/1.0\n", again},
		{"", "GET /?" + strings.Repeat("a", 160) + " HTTP/1.1\n", again},
		{"", "GET / HTTP/1.1\n-- settings --\n{\"MIDDLEWARE\":\n  [\"it's\"]}\n", run + `GET / --settings '{"MIDDLEWARE":["it'\''s"]}'`},
		{"", "GET / HTTP/1.1\n-- settings --\nno JSON\n", again},
	} {
		c, err := Parse("05-middleware/onion", []byte("steps: 05\ntitle: t\n"+test.keys+"-- request --\n"+test.request))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Command(Walkthrough, "05.1"); got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.request, got, test.want)
		}
	}
}
