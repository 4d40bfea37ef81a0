package web

// kind is the class of a response, for messages and its default status.
type kind uint8

const (
	kindBase kind = iota
	kindHttpResponse
	kindStreaming
	kindFile
	kindRedirect
	kindPermanentRedirect
	kindNotModified
	kindBadRequest
	kindNotFound
	kindForbidden
	kindNotAllowed
	kindGone
	kindServerError
	kindJSON
)

var kinds = [...]struct {
	name   string
	status int32
}{
	kindBase:              {"HttpResponseBase", 200},
	kindHttpResponse:      {"HttpResponse", 200},
	kindStreaming:         {"StreamingHttpResponse", 200},
	kindFile:              {"FileResponse", 200},
	kindRedirect:          {"HttpResponseRedirect", 302},
	kindPermanentRedirect: {"HttpResponsePermanentRedirect", 301},
	kindNotModified:       {"HttpResponseNotModified", 304},
	kindBadRequest:        {"HttpResponseBadRequest", 400},
	kindNotFound:          {"HttpResponseNotFound", 404},
	kindForbidden:         {"HttpResponseForbidden", 403},
	kindNotAllowed:        {"HttpResponseNotAllowed", 405},
	kindGone:              {"HttpResponseGone", 410},
	kindServerError:       {"HttpResponseServerError", 500},
	kindJSON:              {"JsonResponse", 200},
}
