package handler

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"basehandler/wsgi"
)

// The site: the launch log of a small rocket club. It grows with the steps.

// DefaultSettings are the site's own.
func DefaultSettings() Settings {
	return Settings{
		RootURLConf:  "site.urls",
		RequestClass: "site.LaunchRequest",
		Middleware:   []string{"site.middleware.A", "site.middleware.B", "site.middleware.C"},
		Databases:    []Database{{Alias: "default", AtomicRequests: true}, {Alias: "other"}},
	}
}

func init() {
	Register("site.urls", URLConf{Patterns: []URLPattern{
		Path("", view("index", index)),
		Include("launches/", Path("<int:year>/", view("launches", launches))),
		Path("card/<int:year>/", view("card", card)),
		Path("entries/", view("entries", entries)),
		Path("entries/unsafe/", unsafeView),
		Path("telemetry/", View{Name: "site.views.telemetry", CallAsync: telemetry}),
		Path("telemetry/atomic/", View{Name: "site.views.atomic", CallAsync: telemetry}),
		Path("unawaited/", view("unawaited", unawaited)),
		Path("echo/", view("echo", echo)),
		Path("report/", view("report", report)),
		Path("countdown/", view("countdown", countdown)),
		Path("slow/", view("slow", slow)),
		Path("fail/", raises("fail", errSensor)),
		Path("forbidden/", raises("forbidden", &PermissionDenied{Message: "for the range officer only"})),
		Path("missing/", raises("missing", &Http404{Message: "this page has been taken away"})),
		Path("bad/", raises("bad", &DisallowedHost{Host: "evil.example.org"})),
		Path("closing/", view("closing", closing)),
		Path("nothing/", view("nothing", func(*Request, Kwargs) (Response, error) { return nil, nil })),
		Path("exit/", raises("exit", &SystemExit{Code: 3})),
		Path("panic/", view("panic", func(*Request, Kwargs) (Response, error) { panic("the fuse is wet") })),
	}, Handlers: map[int]ErrorView{http.StatusNotFound: notFound}})
	Register("site.broken", URLConf{Handlers: map[int]ErrorView{http.StatusNotFound: broken, http.StatusInternalServerError: broken}})
	Register("site.apologies", URLConf{Handlers: map[int]ErrorView{http.StatusNotFound: apology}})
	Register("site.archive", URLConf{Patterns: []URLPattern{Path("<int:year>/", view("launches", launches))}})
	Register("site.LaunchRequest", RequestClass(NewLaunchRequest))
	Register("handler.WSGIRequest", RequestClass(NewWSGIRequest))
	Register("site.middleware.A", layer("A"))
	Register("site.middleware.B", layer("B"))
	Register("site.middleware.C", layer("C"))
	Register("site.middleware.Sync", layer("Sync"))
	Register("site.middleware.Async", layer("Async"))
	Register("site.middleware.Neither", layer("Neither"))
	Register("site.middleware.RangeClosed", function(rangeClosed))
	Register("site.middleware.Counter", MiddlewareFactory(counter))
	Register("site.middleware.Nothing", MiddlewareFactory(nothing))
	Register("site.middleware.ArchiveHost", function(archiveHost))
	Register("site.middleware.DevLog", MiddlewareFactory(devLog))
	Register("site.middleware.Badge", function(badge))
	Register("site.middleware.Hold", MiddlewareFactory(hold))
	Register("site.middleware.Sensor", MiddlewareFactory(sensor))
	Register("site.middleware.Plain", MiddlewareFactory(plain))
	Register("site.middleware.Unrendered", function(unrendered))
	Register("site.middleware.CountEntries", function(countEntries))
	Register("site.middleware.Forgetful", MiddlewareFactory(forgetful))
	RequestStarted.Connect(func(sent Sent) { trace(sent.Environ, "signal request_started") })
	RequestFinished.Connect(func(sent Sent) { trace(sent.Environ, "signal request_finished") })
	RequestFinished.Connect(watch)
	GotRequestException.Connect(func(sent Sent) { trace(sent.Environ, "signal got_request_exception "+sent.Err.Error()) })
}

// A Layer does nothing but to say when it is entered and left, and to sign the
// response: X-Via names the layers that a response came through, the innermost
// first.
type Layer struct {
	name        string
	getResponse GetResponse

	getResponseAsync GetResponseAsync
}

// layer gives the factory of the layer called name, which is both sync and
// async code, unless its name says something else.
func layer(name string) MiddlewareFactory {
	return func(Settings) (class MiddlewareClass) {
		if name != "Async" && name != "Neither" {
			class.New = func(getResponse GetResponse) (Middleware, error) {
				return &Layer{name: name, getResponse: getResponse}, nil
			}
		}
		if name != "Sync" && name != "Neither" {
			class.NewAsync = func(getResponse GetResponseAsync) (AsyncMiddleware, error) {
				return &Layer{name: name, getResponseAsync: getResponse}, nil
			}
		}
		return class
	}
}

// CallAsync is the layer at work as async code. It waits for what is inside by
// calling it. Its events end in "@loop".
func (l *Layer) CallAsync(ctx context.Context, request *Request) (Response, error) {
	trace(request.META, l.name+" request @loop")
	response, err := l.getResponseAsync(ctx, request)
	if err != nil {
		return nil, err
	}
	trace(request.META, fmt.Sprintf("%s response %d @loop", l.name, response.Base().StatusCode))
	l.sign(response.Base())
	return response, nil
}

// Call is the layer at work. The early return is Go's way to pass on what
// Python raises: it jumps over the response half.
func (l *Layer) Call(request *Request) (Response, error) {
	trace(request.META, l.name+" request")
	response, err := l.getResponse(request)
	if err != nil {
		return nil, err
	}
	trace(request.META, fmt.Sprintf("%s response %d", l.name, response.Base().StatusCode))
	l.sign(response.Base())
	return response, nil
}

// sign adds the layer's name to the response.
func (l *Layer) sign(base *HttpResponseBase) {
	via := l.name
	if inner := base.Get("X-Via"); inner != "" {
		via = inner + "," + via
	}
	base.Set("X-Via", via)
}

// ProcessView says that the layer was asked before the view is called.
func (l *Layer) ProcessView(request *Request, view View, kwargs Kwargs) (Response, error) {
	trace(request.META, fmt.Sprintf("%s process_view %s", l.name, view.Name))
	return nil, nil
}

// ProcessException says that the layer was asked about an error.
func (l *Layer) ProcessException(request *Request, exception error) (Response, error) {
	trace(request.META, fmt.Sprintf("%s process_exception %v", l.name, exception))
	return nil, nil
}

// ProcessTemplateResponse signs the context, for the template to show.
func (l *Layer) ProcessTemplateResponse(request *Request, response Response) (Response, error) {
	trace(request.META, l.name+" process_template_response")
	if page, ok := response.(*TemplateResponse); ok {
		marks, _ := page.Context["Marks"].([]string)
		page.Context["Marks"] = append(marks, l.name)
	}
	return response, nil
}

// function gives the factory of a layer that is a function.
func function(call func(*Request, GetResponse) (Response, error)) MiddlewareFactory {
	return func(Settings) MiddlewareClass {
		return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
			return MiddlewareFunc(func(request *Request) (Response, error) { return call(request, getResponse) }), nil
		}}
	}
}

// rangeClosed answers by itself while the range is closed: what lies inside is
// never called.
func rangeClosed(request *Request, getResponse GetResponse) (Response, error) {
	trace(request.META, "RangeClosed request")
	if request.GET().Get("range") == "closed" {
		return text("Launch log: the range is closed.\n", http.StatusServiceUnavailable), nil
	}
	return getResponse(request)
}

// counter counts the responses that it has seen since it was made.
func counter(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		var seen atomic.Int64
		return MiddlewareFunc(func(request *Request) (Response, error) {
			response, err := getResponse(request)
			if err == nil {
				response.Base().Set("X-Count", fmt.Sprint(seen.Add(1)))
			}
			return response, err
		}), nil
	}}
}

// nothing is a factory that forgot to return its layer.
func nothing(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(GetResponse) (Middleware, error) { return nil, nil }}
}

// archiveHost serves another table of URLs under the name of the archive.
func archiveHost(request *Request, getResponse GetResponse) (Response, error) {
	if request.Headers().Get("Host") == "archive.example.org" {
		request.URLConf = "site.archive"
	}
	return getResponse(request)
}

// devLog writes every request to the server's log, while the site is developed.
func devLog(settings Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		if !settings.Debug {
			return nil, &MiddlewareNotUsed{Reason: "DEBUG is off"}
		}
		return MiddlewareFunc(func(request *Request) (Response, error) {
			trace(request.META, "DevLog request")
			fmt.Fprintln(request.META.Errors(), request.Method, request.Path)
			return getResponse(request)
		}), nil
	}}
}

// badge lets nobody in whose badge has expired, by an error of its own.
func badge(request *Request, getResponse GetResponse) (Response, error) {
	trace(request.META, "Badge request")
	if request.GET().Get("badge") == "expired" {
		return nil, &PermissionDenied{Message: "this badge has expired"}
	}
	return getResponse(request)
}

// Hold stops whatever view has a year to show, while the log is being checked.
type Hold struct{ MiddlewareFunc }

// hold gives the class of Hold. On the way in and out it does nothing.
func hold(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		return Hold{MiddlewareFunc(getResponse)}, nil
	}}
}

// ProcessView answers in place of the view.
func (Hold) ProcessView(request *Request, view View, kwargs Kwargs) (Response, error) {
	trace(request.META, "Hold process_view "+view.Name)
	if _, dated := kwargs["year"]; dated && request.GET().Get("hold") != "" {
		return text("The log is being checked.\n", http.StatusServiceUnavailable), nil
	}
	return nil, nil
}

var errSensor = errors.New("the pad's sensor does not answer")

// Sensor knows what to say when the sensor does not answer.
type Sensor struct{ MiddlewareFunc }

// sensor gives the class of Sensor. On the way in and out it does nothing.
func sensor(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		return Sensor{MiddlewareFunc(getResponse)}, nil
	}}
}

// ProcessException answers for the one error it knows.
func (Sensor) ProcessException(request *Request, exception error) (Response, error) {
	trace(request.META, fmt.Sprintf("Sensor process_exception %v", exception))
	if errors.Is(exception, errSensor) {
		return text("The sensor is being repaired.\n", http.StatusServiceUnavailable), nil
	}
	return nil, nil
}

// Plain forgets that a hook has to give something that can be rendered.
type Plain struct{ MiddlewareFunc }

// plain gives the class of Plain. On the way in and out it does nothing.
func plain(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		return Plain{MiddlewareFunc(getResponse)}, nil
	}}
}

// ProcessTemplateResponse gives a response of another kind.
func (Plain) ProcessTemplateResponse(request *Request, response Response) (Response, error) {
	trace(request.META, "Plain process_template_response")
	return text("A plain page.\n", http.StatusOK), nil
}

// Forgetful is a layer whose template hook forgets to return.
type Forgetful struct{ MiddlewareFunc }

// forgetful gives the class of Forgetful. On the way in and out it does nothing.
func forgetful(Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		return Forgetful{MiddlewareFunc(getResponse)}, nil
	}}
}

// ProcessTemplateResponse gives a pointer that is nil.
func (Forgetful) ProcessTemplateResponse(*Request, Response) (Response, error) {
	var page *TemplateResponse
	return page, nil
}

// unrendered answers by itself, with a response that nobody will render.
func unrendered(request *Request, _ GetResponse) (Response, error) {
	trace(request.META, "Unrendered request")
	return NewTemplateResponse(apologyTemplate, map[string]any{"Path": request.Path}, http.StatusServiceUnavailable), nil
}

// countEntries looks into the databases when the view is done, from outside.
func countEntries(request *Request, getResponse GetResponse) (Response, error) {
	response, err := getResponse(request)
	if err != nil {
		return nil, err
	}
	for _, alias := range []string{"default", "other"} {
		notes, err := readEntries(request, alias)
		if err != nil {
			return nil, err
		}
		response.Base().Set("X-Entries-"+alias, strconv.Itoa(len(notes)))
	}
	return response, nil
}

// LaunchRequest is the site's own request class.
type LaunchRequest struct {
	*Request
}

// NewLaunchRequest builds on the handler's class and says who it is.
func NewLaunchRequest(environ *wsgi.Environ) *Request {
	request := NewWSGIRequest(environ)
	request.Self = &LaunchRequest{request}
	return request
}

// Rocket is the rocket that the request is about: the one in the URL, else the
// one that the browser remembers.
func (r *LaunchRequest) Rocket() string {
	if rocket := r.GET().Get("rocket"); rocket != "" {
		return rocket
	}
	return r.COOKIES()["rocket"]
}

// echo shows what was sent.
func echo(request *Request, _ Kwargs) (Response, error) {
	page := text("Launch log: thank you.\n", http.StatusOK)
	describe(page, request)
	remember(page, request)
	if err := note(page, request); err != nil {
		return nil, err
	}
	return page, nil
}

// describe writes what the request says about itself.
func describe(page io.Writer, request *Request) {
	fmt.Fprintf(page, "You sent %s %s\n", request.Method, request.Path)
	if agent := request.Headers().Get("user-agent"); agent != "" {
		fmt.Fprintf(page, "with %s\n", agent)
	}
	if launch, ok := request.Self.(*LaunchRequest); ok && launch.Rocket() != "" {
		fmt.Fprintf(page, "about the rocket %s\n", launch.Rocket())
	}
}

// remember gives the browser a cookie with the rocket that was asked about.
func remember(page *HttpResponse, request *Request) {
	if rocket := request.GET().Get("rocket"); rocket != "" {
		page.SetCookie(&http.Cookie{Name: "rocket", Value: rocket, Path: "/"})
	}
}

// note writes what was reported by form, with the photos of it.
func note(page io.Writer, request *Request) error {
	post, err := request.POST()
	if err != nil {
		return err
	}
	if note := post.Get("note"); note != "" {
		fmt.Fprintf(page, "noting: %s\n", note)
	}
	files, err := request.FILES()
	for _, photo := range files["photo"] {
		fmt.Fprintf(page, "with the photo %s, %d bytes\n", photo.Filename, photo.Size)
	}
	return err
}

// countdown streams: each line is sent before the next one exists.
func countdown(request *Request, _ Kwargs) (Response, error) {
	page := NewStreamingHttpResponse(func(yield func([]byte, error) bool) {
		for left := 3; left > 0; left-- {
			trace(request.META, fmt.Sprintf("count %d", left))
			if !yield(fmt.Appendf(nil, "%d\n", left), nil) {
				return
			}
		}
		yield([]byte("Lift-off.\n"), nil)
	}, http.StatusOK)
	page.Set("Content-Type", "text/plain; charset=utf-8")
	return page, nil
}

// view gives a function its dotted name, and reports each call.
func view(name string, call func(*Request, Kwargs) (Response, error)) View {
	return View{Name: "site.views." + name, Call: func(request *Request, kwargs Kwargs) (Response, error) {
		trace(request.META, "view site.views."+name)
		return call(request, kwargs)
	}}
}

// index shows the way to the other pages, the ones that go wrong included.
func index(*Request, Kwargs) (Response, error) {
	page := NewHttpResponse("<!doctype html>\n<title>Launch log</title>\n<h1>The pad is clear.</h1>\n", http.StatusOK)
	for _, link := range []string{"launches/2021/", "card/2021/", "entries/", "telemetry/", "echo/", "report/", "countdown/", "slow/?ms=2000", "fail/", "forbidden/", "missing/", "nowhere/"} {
		fmt.Fprintf(page, "<p><a href=\"%[1]s\">%[1]s</a>\n", link)
	}
	return page, nil
}

// launches lists what flew in a year.
func launches(_ *Request, kwargs Kwargs) (Response, error) {
	if kwargs["year"] != 2021 {
		return nil, &Http404{Message: fmt.Sprintf("nothing flew in %d", kwargs["year"])}
	}
	return text("Aurora: 340 m, recovered\nBorealis: 90 m, lost in the wood\n", http.StatusOK), nil
}

// report is a form with an upload, which goes to echo.
func report(*Request, Kwargs) (Response, error) {
	return NewHttpResponse(`<!doctype html><title>Report a launch</title>
<form action="/echo/" method="post" enctype="multipart/form-data">
<p><label>What happened? <input name="note"></label> <label>A photo: <input name="photo" type="file"></label>
<button>Report</button></form>
`, http.StatusOK), nil
}

var cardTemplate = template.Must(template.New("card").Parse(`<!doctype html>
<title>Launches of {{.Year}}</title>
{{range .Launches}}<p>{{.}}
{{end}}<p>Apogee: {{call .Apogee}} m
<p>Signed:{{range .Marks}} {{.}}{{end}}
`))

// card is the page of a year by a template, which asks the sensor for the
// apogee. It answers for one year only.
func card(_ *Request, kwargs Kwargs) (Response, error) {
	apogee := func() (int, error) {
		if kwargs["year"] != 2021 {
			return 0, errSensor
		}
		return 340, nil
	}
	context := map[string]any{"Year": kwargs["year"], "Launches": []string{"Aurora", "Borealis <lost>"}, "Apogee": apogee}
	return NewTemplateResponse(cardTemplate, context, http.StatusOK), nil
}

const (
	createEntries = "CREATE TABLE IF NOT EXISTS entries (note TEXT NOT NULL)"
	insertEntry   = "INSERT INTO entries (note) VALUES (?)"
	selectEntries = "SELECT note FROM entries ORDER BY rowid"
)

// entries writes an entry into the log, then shows all of them. It may fail
// after it has written: the field "then" says how.
func entries(request *Request, _ Kwargs) (Response, error) {
	post, err := request.POST()
	if err != nil {
		return nil, err
	}
	for _, alias := range post["to"] {
		if err := writeEntry(request, alias, post.Get("note")); err != nil {
			return nil, err
		}
	}
	switch post.Get("then") {
	case "fail":
		return nil, errSensor
	case "panic":
		panic("the fuse is wet")
	case "refuse":
		return text("Written, but not welcome.\n", http.StatusConflict), nil
	}
	notes, err := readEntries(request, "default")
	if err != nil {
		return nil, err
	}
	return NewTemplateResponse(entriesTemplate, map[string]any{"Notes": notes}, http.StatusOK), nil
}

var unsafeView = View{Name: "site.views.unsafe", Call: view("unsafe", entries).Call, NonAtomic: []string{"default"}}

var entriesTemplate = template.Must(template.New("entries").Parse(`<!doctype html>
<title>Entries</title>
{{range .Notes}}<p>{{.}}
{{end}}<form method="post"><p><label>Entry <input name="note"></label> <input type="hidden" name="to" value="default">
<label><input type="checkbox" name="then" value="fail"> fail after writing</label> <button>Write</button></form>
`))

func writeEntry(request *Request, alias, note string) error {
	db, err := request.DB(alias)
	if err != nil {
		return err
	}
	ctx := request.Context()
	if _, err := db.ExecContext(ctx, createEntries); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, insertEntry, note)
	return err
}

func readEntries(request *Request, alias string) (notes []string, err error) {
	db, err := request.DB(alias)
	if err != nil {
		return nil, err
	}
	ctx := request.Context()
	if _, err := db.ExecContext(ctx, createEntries); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, selectEntries)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, rows.Err()
}

// telemetry asks two instruments, and then the database, by sync code. It is
// async code, so it can ask both and then wait, and stops waiting when the
// client has gone.
func telemetry(ctx context.Context, request *Request, _ Kwargs) (Response, error) {
	trace(request.META, "view site.views.telemetry @loop")
	for _, answer := range []<-chan time.Time{ask(request, "wind"), ask(request, "temperature")} {
		select {
		case <-answer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	trace(request.META, "both answered")
	notes, err := syncToAsync(ctx, func() ([]string, error) { return readEntries(request, "default") })
	return text(fmt.Sprintf("wind: 3 m/s\ntemperature: 12 degrees\nentries: %d\n", len(notes)), http.StatusOK), err
}

// ask asks an instrument, which takes its time: as many milliseconds as the
// request says, two seconds at most.
func ask(request *Request, instrument string) <-chan time.Time {
	trace(request.META, "ask "+instrument)
	ms, _ := strconv.Atoi(request.GET().Get("ms"))
	return time.After(time.Duration(min(ms, 2000)) * time.Millisecond)
}

// unawaited gives what will be a response, if somebody awaits it.
func unawaited(request *Request, kwargs Kwargs) (Response, error) {
	return Coroutine{Await: func() (Response, error) { return telemetry(request.Context(), request, kwargs) }}, nil
}

// closing streams, and watches what is closed when. The recorder of its end is
// in environ, so that the receiver of request_finished knows about it.
func closing(request *Request, _ Kwargs) (Response, error) {
	page, err := countdown(request, nil)
	if err != nil {
		return nil, err
	}
	page.Base().AddCloser(func() error {
		trace(request.META, fmt.Sprintf("closer, urlconf %q", getURLConf(request.META)))
		return nil
	})
	request.META.Set("site.watch", true)
	return page, nil
}

// watch tells what is left of a request that was watched.
func watch(sent Sent) {
	if sent.Environ.Value("site.watch") != nil {
		trace(sent.Environ, fmt.Sprintf("the end, urlconf %q", getURLConf(sent.Environ)))
	}
}

// slow waits as many milliseconds as it is asked to, ten seconds at most, and
// no longer than the client does.
func slow(request *Request, _ Kwargs) (Response, error) {
	ms, _ := strconv.Atoi(request.GET().Get("ms"))
	select {
	case <-time.After(time.Duration(min(ms, 10_000)) * time.Millisecond):
		return text("Done.\n", http.StatusOK), nil
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

// raises is a view that does nothing but fail.
func raises(name string, err error) View {
	return view(name, func(*Request, Kwargs) (Response, error) { return nil, err })
}

// apology is an error page by a template.
func apology(request *Request, _ error) (Response, error) {
	trace(request.META, "error view apology")
	return NewTemplateResponse(apologyTemplate, map[string]any{"Path": request.Path}, http.StatusNotFound), nil
}

var apologyTemplate = template.Must(template.New("apology").Parse("<!doctype html>\n<p>Sorry, there is no {{.Path}}\n"))

// notFound is the site's own page for 404.
func notFound(request *Request, _ error) (Response, error) {
	trace(request.META, "error view 404")
	return text("Nothing has landed here.\n", http.StatusNotFound), nil
}

// broken is an error view that fails itself.
func broken(request *Request, _ error) (Response, error) {
	trace(request.META, "error view broken")
	return nil, errors.New("the error page is broken too")
}

// text is a page without markup.
func text(content string, status int) *HttpResponse {
	response := NewHttpResponse(content, status)
	response.Set("Content-Type", "text/plain; charset=utf-8")
	return response
}

// trace reports an event to whoever left a recorder in environ. Only the site
// reports; the handler does not know that it is watched.
func trace(environ *wsgi.Environ, event string) {
	if record, ok := environ.Value("walkthrough.trace").(func(string)); ok {
		record(event)
	}
}
