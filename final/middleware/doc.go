// Package middleware holds the middleware that comes along, and what one's own is
// made with: a function (SyncOnlyMiddleware and its sisters), or an object with
// ProcessRequest and ProcessResponse (MiddlewareMixin).
//
// What comes along is found under the names that it has in Django, such as
// "django.middleware.common.CommonMiddleware", in every program that imports
// this package:
//
//	import _ "basehandler/final/middleware"
//
// Django: middleware/, utils/deprecation.py MiddlewareMixin, utils/decorators.py.
package middleware
