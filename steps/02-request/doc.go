// Package handler is step 02: the request class.
//
// New here: the view learns what was asked. First it gets environ itself
// (beat 02.1), then a Request made from it (02.2), whose expensive parts (GET,
// POST, FILES, COOKIES, the headers) are made when they are first asked for.
// The handler takes the request class as a value, so that a site can bring one
// with methods of its own (02.3).
//
// In Django: core/handlers/wsgi.py WSGIRequest and WSGIHandler.request_class,
// http/request.py HttpRequest, QueryDict and HttpHeaders.
//
// Still missing: the answer. Status and headers are the same for every
// request; a view cannot say 403.
package handler
