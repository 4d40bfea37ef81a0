// Package handler is step 04: signals, and the end of a request.
//
// New here: request_started is sent before anything else (beat 04.1). When to
// send request_finished? Not when the handler returns, because the server has
// not sent the body yet. WSGI has one rule for it: the server calls Close when
// the request is over. So the response's Close sends request_finished (04.2).
// Then the handler's work is split in two: Call keeps the protocol, getResponse
// makes the response (04.3).
//
// In Django: dispatch/dispatcher.py Signal, core/signals.py,
// core/handlers/wsgi.py WSGIHandler.__call__, http/response.py
// HttpResponseBase.close and StreamingHttpResponse.
//
// Still missing: a place for what all views have in common. What every request
// needs has to be written into every view.
package handler
