// Package shortcuts holds the two lines with which most views end: a page made
// from a template, and a redirect to a view.
//
// Django: shortcuts.py.
package shortcuts

import (
	"errors"
	"strings"

	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// Render makes a page from the template called name. It is rendered at once, so
// the template hooks of middleware do not get it, and what fails does so in the
// view. For a page that is rendered late there is [template.Named].
//
// Django: shortcuts.py render.
func Render(request *web.Request, name string, context map[string]any, options ...web.Option) (web.Response, error) {
	content, err := template.Named(request, []string{name}, context).RenderedContent()
	if err != nil {
		return nil, err
	}
	return web.NewHttpResponse(content, options...), nil
}

// Redirect sends the browser to the view called to, with args for the parameters
// of its route. If there is no such view, to is a URL, which has a slash or a dot
// in it. The status is 302: for another one there is
// [web.NewHttpResponsePermanentRedirect].
//
// Django: shortcuts.py redirect.
func Redirect(request *web.Request, to string, args ...any) (web.Response, error) {
	url, err := resolveURL(request, to, args)
	if err != nil {
		return nil, err
	}
	return web.NewHttpResponseRedirect(url)
}

// resolveURL finds out where to is. Django: shortcuts.py resolve_url.
func resolveURL(request *web.Request, to string, args []any) (string, error) {
	if strings.HasPrefix(to, "./") || strings.HasPrefix(to, "../") {
		return to, nil
	}
	url, err := urls.Reverse(request, to, &urls.ReverseOptions{Args: args})
	var none *urls.NoReverseMatch
	if errors.As(err, &none) && strings.ContainsAny(to, "/.") {
		return to, nil
	}
	return url, err
}
