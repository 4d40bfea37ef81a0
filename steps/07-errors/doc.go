// Package handler is step 07: errors become responses.
//
// New here: convertExceptionToResponse turns what a handler returns as an
// error into a response: 404, 403, 400, and 500 for the rest, by error views
// that a site can replace. Put around the finished chain only (beat 07.1), an
// error still jumps over the response half of every layer on its way out. So
// it is put around the innermost handler and around each layer (07.2): every
// layer gets a response from the one inside it, always.
//
// In Django: core/handlers/exception.py convert_exception_to_response,
// response_for_exception, get_exception_response, handle_uncaught_exception;
// core/signals.py got_request_exception; views/defaults.py.
//
// Still missing: a middleware cannot know which view will be called, nor see
// the error itself, only the response that was made of it.
package handler
