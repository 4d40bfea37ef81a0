// Package handler is step 03: the response class.
//
// New here: a view can say more than bytes. It returns a response, first just
// an object with content (beat 03.1), which then is itself the body that the
// server iterates (03.2), knows its status (03.3), and has headers by item
// access and cookies (03.4).
//
// In Django: http/response.py HttpResponseBase and HttpResponse,
// core/handlers/wsgi.py WSGIHandler.__call__.
//
// Still missing: nobody learns when a request begins and ends. The server
// calls Close when it is over, and nothing happens.
package handler
