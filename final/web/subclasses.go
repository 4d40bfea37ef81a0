package web

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"basehandler/final/exceptions"
	"basehandler/wsgi"
)

// The responses with a status of their own. Each is a type, so that middleware
// can tell them apart. Django: http/response.py.
type (
	HttpResponseBadRequest  struct{ *HttpResponse } // 400
	HttpResponseForbidden   struct{ *HttpResponse } // 403
	HttpResponseNotFound    struct{ *HttpResponse } // 404
	HttpResponseGone        struct{ *HttpResponse } // 410
	HttpResponseServerError struct{ *HttpResponse } // 500
)

// NewHttpResponseBadRequest makes a 400. Django: HttpResponseBadRequest.
func NewHttpResponseBadRequest[T string | []byte](content T, options ...Option) HttpResponseBadRequest {
	return HttpResponseBadRequest{newResponse(kindBadRequest, content, options)}
}

// NewHttpResponseForbidden makes a 403. Django: HttpResponseForbidden.
func NewHttpResponseForbidden[T string | []byte](content T, options ...Option) HttpResponseForbidden {
	return HttpResponseForbidden{newResponse(kindForbidden, content, options)}
}

// NewHttpResponseNotFound makes a 404. Django: HttpResponseNotFound.
func NewHttpResponseNotFound[T string | []byte](content T, options ...Option) HttpResponseNotFound {
	return HttpResponseNotFound{newResponse(kindNotFound, content, options)}
}

// NewHttpResponseGone makes a 410. Django: HttpResponseGone.
func NewHttpResponseGone[T string | []byte](content T, options ...Option) HttpResponseGone {
	return HttpResponseGone{newResponse(kindGone, content, options)}
}

// NewHttpResponseServerError makes a 500. Django: HttpResponseServerError.
func NewHttpResponseServerError[T string | []byte](content T, options ...Option) HttpResponseServerError {
	return HttpResponseServerError{newResponse(kindServerError, content, options)}
}

// HttpResponseNotModified is a 304, which has no Content-Type and takes no
// content. Django: HttpResponseNotModified.
type HttpResponseNotModified struct{ *HttpResponse }

// NewHttpResponseNotModified makes one.
func NewHttpResponseNotModified(options ...Option) HttpResponseNotModified {
	response := newResponse(kindNotModified, []byte(nil), options)
	response.Delete("Content-Type")
	return HttpResponseNotModified{response}
}

// HttpResponseNotAllowed is a 405, which names the methods that would be.
// Django: HttpResponseNotAllowed.
type HttpResponseNotAllowed struct{ *HttpResponse }

// NewHttpResponseNotAllowed makes one without content.
func NewHttpResponseNotAllowed(permitted []string, options ...Option) HttpResponseNotAllowed {
	response := newResponse(kindNotAllowed, []byte(nil), options)
	if err := response.Set("Allow", strings.Join(permitted, ", ")); err != nil {
		panic(err)
	}
	return HttpResponseNotAllowed{response}
}

// HttpResponseRedirect sends the client elsewhere, for now (302, or 307 if the
// request is to be preserved) or for good (301, 308). Django:
// HttpResponseRedirectBase.
type HttpResponseRedirect struct{ *HttpResponse }

// URL is where it sends the client. Django: HttpResponseRedirectBase.url.
func (r HttpResponseRedirect) URL() string { return r.Get("Location") }

// PreserveRequest asks for 307 or 308, which repeat the method and the body.
func PreserveRequest() Option { return Option{what: optionPreserve} }

// maxRedirect is the longest URL, in characters. Django: utils/http.py
// MAX_URL_REDIRECT_LENGTH.
const maxRedirect = 16384

// NewHttpResponseRedirect makes a 302. A scheme other than http, https and ftp
// is a *DisallowedRedirect, so that no javascript: gets through; a host is not
// looked at. Django: HttpResponseRedirect.
func NewHttpResponseRedirect(to string, options ...Option) (HttpResponseRedirect, error) {
	return redirect(kindRedirect, 307, to, options)
}

// NewHttpResponsePermanentRedirect makes a 301. Django:
// HttpResponsePermanentRedirect.
func NewHttpResponsePermanentRedirect(to string, options ...Option) (HttpResponseRedirect, error) {
	return redirect(kindPermanentRedirect, 308, to, options)
}

func redirect(class kind, preserved int, to string, options []Option) (HttpResponseRedirect, error) {
	response, err := tryResponse(class, "", []byte(nil), options)
	if err != nil {
		return HttpResponseRedirect{}, err
	}
	if err := response.Set("Location", IRIToURI(to)); err != nil {
		return HttpResponseRedirect{}, err
	}
	if utf8.RuneCountInString(to) > maxRedirect {
		return HttpResponseRedirect{}, &exceptions.DisallowedRedirect{Message: fmt.Sprintf("Unsafe redirect exceeding %d characters", maxRedirect)}
	}
	parts, err := splitURL(to)
	if err != nil {
		return HttpResponseRedirect{}, err
	}
	for _, o := range options {
		if o.what == optionPreserve {
			response.SetStatusCode(preserved)
		}
	}
	switch parts.scheme {
	case "", "http", "https", "ftp":
		return HttpResponseRedirect{response}, nil
	}
	return HttpResponseRedirect{}, &exceptions.DisallowedRedirect{Message: fmt.Sprintf("Unsafe redirect to URL with protocol '%s'", parts.scheme)}
}

var (
	_ Response     = (*HttpResponse)(nil)
	_ wsgi.Lener   = (*HttpResponse)(nil)
	_ Response     = HttpResponseRedirect{}
	_ Response     = (*StreamingHttpResponse)(nil)
	_ fmt.Stringer = (*HttpResponse)(nil)
)
