package handler

import (
	"errors"
	"fmt"
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
		Path("echo/", view("echo", echo)),
		Path("report/", view("report", report)),
		Path("countdown/", view("countdown", countdown)),
		Path("slow/", view("slow", slow)),
		Path("fail/", raises("fail", errors.New("the pad's sensor does not answer"))),
		Path("forbidden/", raises("forbidden", &PermissionDenied{Message: "for the range officer only"})),
		Path("missing/", raises("missing", &Http404{Message: "this page has been taken away"})),
	}})
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
	RequestStarted.Connect(func(sent Sent) { trace(sent.Environ, "signal request_started") })
	RequestFinished.Connect(func(sent Sent) { trace(sent.Environ, "signal request_finished") })
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
// Whether it is, it asks at each request.
func devLog(settings Settings) MiddlewareClass {
	return MiddlewareClass{New: func(getResponse GetResponse) (Middleware, error) {
		return MiddlewareFunc(func(request *Request) (Response, error) {
			trace(request.META, "DevLog request")
			if settings.Debug {
				fmt.Fprintln(request.META.Errors(), request.Method, request.Path)
			}
			return getResponse(request)
		}), nil
	}}
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
