// Package handler is step 13: async.
//
// New here: a middleware says whether it can be sync code, async code or both
// (MiddlewareClass.New, NewAsync), a view is one of them (View.Call, CallAsync),
// and the handler as a whole is one of them. Where the two kinds meet,
// adaptMethodMode puts a bridge between them: syncToAsync or asyncToSync.
//
// Go has no coloured functions, so async code here is an ordinary function with
// a context, run by whoever waits for it. What remains of the difference, and
// is kept, is this: the sync code of one request runs in one place, one piece
// at a time, since it may share what must not be shared (a transaction); async
// code may wait for several things at once, and stops waiting when the client
// has gone; and crossing from one to the other has a price.
//
// In Django: core/handlers/base.py BaseHandler.load_middleware,
// adapt_method_mode, get_response_async, _get_response_async,
// check_response; asgiref/sync.py.
//
// Still missing: a server that speaks async itself. Under WSGI somebody always
// waits.
package handler
