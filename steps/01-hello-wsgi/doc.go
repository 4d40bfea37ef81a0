// Package handler is step 01: hello, WSGI.
//
// New here: an application is a function of environ and start_response
// (beat 01.1), then a handler object whose call method is that function
// (01.2), then a handler that takes its body from a view, THE_VIEW, which it
// finds by a dotted name in the settings (01.3).
//
// In Django: core/wsgi.py get_wsgi_application, core/handlers/wsgi.py
// WSGIHandler.__call__, utils/module_loading.py import_string.
//
// Still missing: the view does not learn what was asked. Every request gets
// the same bytes, with the same status and the same headers.
package handler
