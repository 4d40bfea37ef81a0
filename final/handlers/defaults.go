package handlers

import (
	"bytes"
	"html"
	"net/http"

	"basehandler/final/exceptions"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// PageNotFound makes an error view for 404 that shows a template of
// Settings.Templates:
//
//	conf.Handler404 = handlers.PageNotFound("lost.html")
//
// One that does not exist is a *template.TemplateDoesNotExist, but for 404.html,
// in whose place there is a small page that is built in; that is what a site
// without error views has. What went wrong is not for visitors, but for the text
// of an Http404 or PermissionDenied, which the templates get. The three below do
// the same. Django: views/defaults.py page_not_found.
func PageNotFound(template string) func(*web.Request, error) (web.Response, error) {
	return errorView(http.StatusNotFound, template)
}

// PermissionDenied makes an error view for 403. Django: views/defaults.py
// permission_denied.
func PermissionDenied(template string) func(*web.Request, error) (web.Response, error) {
	return errorView(http.StatusForbidden, template)
}

// BadRequest makes an error view for 400. Django: views/defaults.py bad_request.
func BadRequest(template string) func(*web.Request, error) (web.Response, error) {
	return errorView(http.StatusBadRequest, template)
}

// ServerError makes an error view for 500. Django: views/defaults.py
// server_error.
func ServerError(template string) func(*web.Request) (web.Response, error) {
	view := errorView(http.StatusInternalServerError, template)
	return func(request *web.Request) (web.Response, error) { return view(request, nil) }
}

func errorView(status int, template string) func(*web.Request, error) (web.Response, error) {
	return func(request *web.Request, err error) (web.Response, error) {
		return renderErrorView(request, status, err, template)
	}
}

// defaultErrorView is that of a site that has none of its own.
func (h *BaseHandler) defaultErrorView(request *web.Request, status int, err error) (web.Response, error) {
	return renderErrorView(request, status, err, errorPages[status].template)
}

func renderErrorView(request *web.Request, status int, err error, name string) (web.Response, error) {
	page := errorPages[status]
	if templates := request.Settings().Templates; templates != nil {
		if found := templates.Lookup(name); found != nil {
			var content bytes.Buffer
			if err := found.Execute(&content, errorContext(request, status, err)); err != nil {
				return nil, err
			}
			return web.NewHttpResponse(content.Bytes(), web.Status(status)), nil
		}
	}
	if name != page.template {
		return nil, &template.TemplateDoesNotExist{Names: []string{name}}
	}
	details := html.EscapeString(page.details)
	if status == http.StatusNotFound {
		details = "The requested resource was not found on this server."
	}
	content := "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>" + page.title + "</title>\n</head>\n<body>\n  <h1>" +
		page.title + "</h1><p>" + details + "</p>\n</body>\n</html>\n"
	return web.NewHttpResponse(content, web.Status(status)), nil
}

// errorContext is what a template of an error page gets to know.
func errorContext(request *web.Request, status int, err error) map[string]any {
	switch status {
	case http.StatusNotFound:
		// The text of a URL that matched nothing is of use to developers only.
		exception := "Resolver404"
		if !exceptions.Is[*urls.Resolver404](err) {
			if exception = err.Error(); exception == "" {
				exception = exceptions.Kind(err)
			}
		}
		return map[string]any{"request_path": web.Quote(request.Path), "exception": exception}
	case http.StatusForbidden:
		return map[string]any{"exception": err.Error()}
	}
	return nil
}

var errorPages = map[int]struct{ template, title, details string }{
	http.StatusBadRequest:          {"400.html", "Bad Request (400)", ""},
	http.StatusForbidden:           {"403.html", "403 Forbidden", ""},
	http.StatusNotFound:            {"404.html", "Not Found", ""},
	http.StatusInternalServerError: {"500.html", "Server Error (500)", ""},
}
