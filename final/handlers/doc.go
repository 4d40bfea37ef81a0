// Package handlers turns requests into responses. It is the heart of the whole:
// read it beside Django's core/handlers.
//
//	here            Django
//	base.go         core/handlers/base.py        BaseHandler
//	exception.go    core/handlers/exception.py   convert_exception_to_response …
//	wsgi.go         core/handlers/wsgi.py        WSGIHandler
//	asgi.go         core/handlers/asgi.py        ASGIHandler
//	adapt.go        asgiref/sync.py              sync_to_async, async_to_sync
//	middleware.go   what Django tells of a middleware by its attributes
//	urlconf.go      urls/base.py                 get_urlconf, set_urlconf
//	log.go          utils/log.py                 log_response
//	defaults.go     views/defaults.py            the error views that come along
//	spool.go        the body of an ASGI request, in memory or on disk
//	observe.go      what an observer is told
//
// # What happens to a request
//
// The middlewares A and B, all hooks present, sync:
//
//	request_started → A → B → resolve → A.process_view → B.process_view
//	→ [transaction: view] → (after an error: B.process_exception → A.process_exception)
//	→ check → B.process_template_response → A.process_template_response → render
//	→ B → A → log if >= 400 → start_response → body → close → request_finished
//
// # Sync and async
//
// Go has no coloured functions. Async code is an ordinary function with a
// context, which whoever waits for it simply calls. What remains of the
// difference, and is kept, is in adapt.go.
package handlers
