// Package handler is step 09: exception middleware.
//
// New here: a middleware may have a process_exception method, here
// ProcessException. It is called when the view returns an error, before that is
// turned into a response, and may answer in its place. The hooks are called
// from the inside out, against the order of MIDDLEWARE; the first that answers
// wins. First they are called where the view is (beat 09.1), then in a method
// of their own, which the next step needs a second time (09.2).
//
// In Django: core/handlers/base.py BaseHandler.process_exception_by_middleware
// and the list _exception_middleware.
//
// Still missing: a view can only give a response that is finished. A middleware
// cannot add to what a template will show.
package handler
