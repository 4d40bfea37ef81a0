package handlers

import (
	"bytes"
	"html"
	"net/http"
	"net/url"

	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// defaultErrorView makes the page of a site that has none of its own: by the
// template 400.html, 403.html, 404.html or 500.html of Settings.Templates, else
// a small one that is built in. What went wrong is not for visitors, but for
// the text of an Http404 or PermissionDenied, which the templates get.
//
// Django: views/defaults.py page_not_found, server_error, bad_request,
// permission_denied.
func (h *BaseHandler) defaultErrorView(request *web.Request, status int, err error) (web.Response, error) {
	page := errorPages[status]
	if h.settings.Templates != nil {
		if template := h.settings.Templates.Lookup(page.template); template != nil {
			var content bytes.Buffer
			if err := template.Execute(&content, errorContext(request, status, err)); err != nil {
				return nil, err
			}
			return web.NewHttpResponse(content.Bytes(), web.Status(status)), nil
		}
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
		return map[string]any{"request_path": (&url.URL{Path: request.Path}).EscapedPath(), "exception": exception}
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
