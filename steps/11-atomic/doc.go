// Package handler is step 11: one more thing, atomic requests.
//
// New here: for each database with ATOMIC_REQUESTS the view is wrapped in a
// transaction before it is called. It is committed when the view gives a
// response, whatever its status, and rolled back when it gives an error or
// panics. The hooks and the layers run outside of it. A view can be marked to
// go without.
//
// In Django: core/handlers/base.py BaseHandler.make_view_atomic,
// db/transaction.py Atomic and non_atomic_requests, db/utils.py
// ConnectionHandler.
//
// Still missing: checks. A view that returns nothing makes the handler panic,
// nobody writes down what went wrong, and temporary files stay.
package handler
