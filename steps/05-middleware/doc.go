// Package handler is step 05: middleware, the onion.
//
// New here: what many views have in common goes around the view, in layers. A
// layer is made once, with what lies inside it (getResponse), and called for
// each request: it does something before, calls getResponse, does something
// after. With A, B and C listed the way is A, B, C, view, C, B, A.
//
// First getResponse builds the whole chain for each request (beat 05.1); then
// loadMiddleware builds it once, at the start (05.2); then a factory that
// returns nothing is an error that says which one it was (05.3).
//
// In Django: core/handlers/base.py BaseHandler.load_middleware, get_response.
//
// Still missing: there is one view for all URLs.
package handler
