// Package handler is step 08: view middleware.
//
// New here: a middleware may have a process_view method, here ProcessView. It
// is called after the URL was resolved and before the view, with the view and
// its arguments. Whatever the layers did on the way in has happened by then.
// The hooks are called in the order of MIDDLEWARE; the first that answers wins,
// and the view is not called.
//
// In Django: core/handlers/base.py BaseHandler.load_middleware (the list
// _view_middleware) and _get_response.
//
// Still missing: a middleware that wants to answer for an error of a view.
package handler
