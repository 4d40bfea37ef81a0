package handler

import (
	"bytes"
	"fmt"
	"io"

	"basehandler/wsgi"
)

// The site: the launch log of a small rocket club. It grows with the steps.

// View is the part of an application that knows what it is about. It is given
// the request and gives the body of the response.
type View func(request *Request) ([]byte, error)

// DefaultSettings are the site's own.
func DefaultSettings() Settings {
	return Settings{TheView: "site.views.status", RequestClass: "site.LaunchRequest"}
}

func init() {
	Register("site.views.status", View(status))
	Register("site.LaunchRequest", RequestClass(NewLaunchRequest))
	Register("handler.WSGIRequest", RequestClass(NewWSGIRequest))
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

// status is the page that people look at before they drive to the field.
func status(request *Request) ([]byte, error) {
	trace(request.META, "view site.views.status")
	raw, err := io.ReadAll(request.META.Input()) // for the club's records
	if err != nil {
		return nil, err
	}
	trace(request.META, fmt.Sprintf("kept %d bytes for the records", len(raw)))
	page := bytes.NewBufferString("Launch log: the pad is clear.\n")
	describe(page, request)
	if err := note(page, request); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
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

// trace reports an event to whoever left a recorder in environ. Only the site
// reports; the handler does not know that it is watched.
func trace(environ *wsgi.Environ, event string) {
	if record, ok := environ.Value("walkthrough.trace").(func(string)); ok {
		record(event)
	}
}
