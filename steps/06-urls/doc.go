// Package handler is step 06: URL resolution.
//
// New here: the view is chosen by the URL, and chosen late, inside the onion,
// so that a middleware can have its say first. The innermost handler becomes
// innerGetResponse (beat 06.1), which resolves the path against the URLconf
// (06.2); the resolving gets a method of its own (06.3). And a middleware that
// has nothing to do can say so once, at the start, with MiddlewareNotUsed,
// rather than find out again at each request (06.4).
//
// In Django: core/handlers/base.py BaseHandler._get_response and
// resolve_request, urls/resolvers.py URLResolver.resolve, urls/converters.py,
// urls/base.py set_urlconf, core/exceptions.py MiddlewareNotUsed.
//
// Still missing: a URL that matches nothing is an error like any other, and
// the server answers every error with 500.
package handler
