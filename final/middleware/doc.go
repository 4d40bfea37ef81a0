// Package middleware holds the middleware that comes along, and the mixin for
// one's own.
//
// Django: middleware/, utils/deprecation.py MiddlewareMixin.
package middleware
