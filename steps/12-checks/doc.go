// Package handler is step 12: checks, and cleaning up. The sync BaseHandler is
// complete.
//
// New here: what is no response gets an error that says who gave it (beat
// 12.1); every response of 400 and above is logged, once (12.2); a response
// knows what is to be closed at the end of the request, the request itself
// included (12.3); and the URLconf that was current for a request is forgotten
// when it is finished, not before (12.4).
//
// In Django: core/handlers/base.py BaseHandler.check_response, get_response and
// reset_urlconf; utils/log.py log_response; http/response.py
// HttpResponseBase._resource_closers and close.
//
// Still missing: everything waits in line. A view that waits for something
// slow holds what it holds until it is done, even if the client has gone.
package handler
