package handler

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Database is what the settings say of a database. They are a list, because
// their order counts and a Go map has none.
type Database struct {
	Alias          string `json:"ALIAS"`
	AtomicRequests bool   `json:"ATOMIC_REQUESTS"` // wrap each view in a transaction
}

// DB is a connection or a transaction, whichever a request is in.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ConnectionDoesNotExist is the error for an alias that nobody has set up.
type ConnectionDoesNotExist struct{ Alias string }

func (e *ConnectionDoesNotExist) Error() string {
	return fmt.Sprintf("The connection '%s' doesn't exist.", e.Alias)
}

// DB gives the database called alias: inside an atomic view the transaction,
// else the connection. In Django both are the same object, one for each thread.
// In Go a connection is a pool, so who works in a transaction has to say so.
func (r *Request) DB(alias string) (DB, error) {
	if transaction := r.transactions[alias]; transaction != nil {
		return transaction, nil
	}
	if connection := r.connections[alias]; connection != nil {
		return connection, nil
	}
	return nil, &ConnectionDoesNotExist{Alias: alias}
}

// makeViewAtomic wraps a view in one transaction for each database that asks
// for it, the first one innermost. Django: make_view_atomic.
//
// Async code may do several things at once, and a transaction must not, so a
// view that is async code has to ask for none.
func (h *BaseHandler) makeViewAtomic(view View) (View, error) {
	for _, database := range h.settings.Databases {
		if database.AtomicRequests && !slices.Contains(view.NonAtomic, database.Alias) {
			if view.CallAsync != nil {
				return View{}, &RuntimeError{Message: "You cannot use ATOMIC_REQUESTS with async views."}
			}
			view.Call = h.atomic(database.Alias, view.Call)
		}
	}
	return view, nil
}

// atomic runs a view in a transaction. Only an error undoes it, a response does
// not, not even one that says 500.
func (h *BaseHandler) atomic(alias string, call ViewFunc) ViewFunc {
	return func(request *Request, kwargs Kwargs) (Response, error) {
		connection := h.settings.Connections[alias]
		if connection == nil {
			return nil, &ConnectionDoesNotExist{Alias: alias}
		}
		transaction, err := connection.BeginTx(request.Context(), nil)
		if err != nil {
			return nil, err
		}
		request.transactions[alias] = transaction
		defer func() {
			delete(request.transactions, alias)
			// After Commit this does nothing. After an error, and while a panic
			// is on its way to the layer that makes a response of it, it undoes
			// what the view did.
			_ = transaction.Rollback()
		}()
		response, err := call(request, kwargs)
		if err != nil {
			return nil, err
		}
		if err := transaction.Commit(); err != nil {
			// If the client has gone, that is why.
			return nil, errors.Join(err, request.Context().Err())
		}
		return response, nil
	}
}
