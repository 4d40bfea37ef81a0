// Package middleware holds the middleware that comes along, and what one's own is
// made with: a function (SyncOnlyMiddleware and its sisters), or an object with
// ProcessRequest and ProcessResponse (MiddlewareMixin).
//
// Django: middleware/, utils/deprecation.py MiddlewareMixin, utils/decorators.py.
package middleware
