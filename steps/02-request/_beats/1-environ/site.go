package handler

import (
	"bytes"
	"fmt"

	"basehandler/wsgi"
)

// The site: the launch log of a small rocket club. It grows with the steps.

// View is the part of an application that knows what it is about. It is given
// environ and gives the body of the response.
type View func(environ *wsgi.Environ) ([]byte, error)

// DefaultSettings are the site's own.
func DefaultSettings() Settings {
	return Settings{TheView: "site.views.status"}
}

func init() {
	Register("site.views.status", View(status))
}

// status is the page that people look at before they drive to the field. All
// it wants to know it has to dig out of environ, under names from 1993.
func status(environ *wsgi.Environ) ([]byte, error) {
	trace(environ, "view site.views.status")
	var page bytes.Buffer
	page.WriteString("Launch log: the pad is clear.\n")
	fmt.Fprintf(&page, "You sent %s %s\n", environ.Get("REQUEST_METHOD"), environ.Get("PATH_INFO"))
	if agent := environ.Get("HTTP_USER_AGENT"); agent != "" {
		fmt.Fprintf(&page, "with %s\n", agent)
	}
	return page.Bytes(), nil
}

// trace reports an event to whoever left a recorder in environ. Only the site
// reports; the handler does not know that it is watched.
func trace(environ *wsgi.Environ, event string) {
	if record, ok := environ.Value("walkthrough.trace").(func(string)); ok {
		record(event)
	}
}
