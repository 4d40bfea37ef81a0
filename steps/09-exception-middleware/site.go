package handler

import (
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
	}
}

func init() {
	Register("site.urls", URLConf{Patterns: []URLPattern{
		Path("", view("index", index)),
		Include("launches/", Path("<int:year>/", view("launches", launches))),
		Path("card/<int:year>/", view("card", card)),
		Path("echo/", view("echo", echo)),
		Path("report/", view("report", report)),
		Path("countdown/", view("countdown", countdown)),
		Path("slow/", view("slow", slow)),
		Path("fail/", raises("fail", errSensor)),
		Path("forbidden/", raises("forbidden", &PermissionDenied{Message: "for the range officer only"})),
		Path("missing/", raises("missing", &Http404{Message: "this page has been taken away"})),
		Path("bad/", raises("bad", &DisallowedHost{Host: "evil.example.org"})),
		Path("exit/", raises("exit", &SystemExit{Code: 3})),
		Path("panic/", view("panic", func(*Request, Kwargs) (Response, error) { panic("the fuse is wet") })),
	}, Handlers: map[int]ErrorView{http.StatusNotFound: notFound}})
	Register("site.broken", URLConf{Handlers: map[int]ErrorView{http.StatusNotFound: broken, http.StatusInternalServerError: broken}})
	Register("site.archive", URLConf{Patterns: []URLPattern{Path("<int:year>/", view("launches", launches))}})
	Register("site.LaunchRequest", RequestClass(NewLaunchRequest))
	Register("handler.WSGIRequest", RequestClass(NewWSGIRequest))
	Register("site.middleware.A", layer("A"))
	Register("site.middleware.B", layer("B"))
	Register("site.middleware.C", layer("C"))
	Register("site.middleware.RangeClosed", function(rangeClosed))
	Register("site.middleware.Counter", MiddlewareFactory(counter))
	Register("site.middleware.Nothing", MiddlewareFactory(nothing))
	Register("site.middleware.ArchiveHost", function(archiveHost))
	Register("site.middleware.DevLog", MiddlewareFactory(devLog))
	Register("site.middleware.Badge", function(badge))
	Register("site.middleware.Hold", MiddlewareFactory(hold))
	Register("site.middleware.Sensor", MiddlewareFactory(sensor))
	RequestStarted.Connect(func(sent Sent) { trace(sent.Environ, "signal request_started") })
	RequestFinished.Connect(func(sent Sent) { trace(sent.Environ, "signal request_finished") })
	GotRequestException.Connect(func(sent Sent) { trace(sent.Environ, "signal got_request_exception "+sent.Err.Error()) })
}

// A Layer does nothing but to say when it is entered and left, and to sign the
// response: X-Via names the layers that a response came through, the innermost
// first.
type Layer struct {
	name        string
	getResponse GetResponse
}

// layer gives the factory of the layer called name.
func layer(name string) MiddlewareFactory {
	return func(Settings) MiddlewareClass {
		return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
			return &Layer{name: name, getResponse: getResponse}, nil
		}}
	}
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
	for _, link := range []string{"launches/2021/", "echo/", "report/", "countdown/", "slow/?ms=2000", "fail/", "forbidden/", "missing/", "nowhere/"} {
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
	page := NewHttpResponse("", http.StatusOK)
	return page, cardTemplate.Execute(page, context)
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
