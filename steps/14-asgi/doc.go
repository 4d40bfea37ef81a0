// Package handler is step 14: ASGI.
//
// New here: a second handler, ASGIHandler, which is called with a scope, a
// receive and a send. It makes the same kind of request out of them, runs the
// same chain, loaded as async code, and sends the response as events. The sync
// code of a request still runs in one place: a goroutine that the handler keeps
// for it. When the client goes, the async code stops waiting; the sync code
// runs to its end, and the handler waits for that.
//
// In Django: core/asgi.py get_asgi_application, core/handlers/asgi.py
// ASGIRequest and ASGIHandler.
//
// Still missing: what package final has and these steps leave out.
package handler
