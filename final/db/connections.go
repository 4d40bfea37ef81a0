// Package db is what the handler needs of databases: connections by alias, and
// blocks of work that happen as a whole or not at all. It knows database/sql
// and no driver.
//
// Django: db/utils.py ConnectionHandler, db/transaction.py.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
)

// ConnectionDoesNotExist is the error for an alias that the settings do not
// have. Django: utils/connection.py ConnectionDoesNotExist.
type ConnectionDoesNotExist struct{ Alias string }

func (e *ConnectionDoesNotExist) Error() string {
	return fmt.Sprintf("The connection '%s' doesn't exist.", e.Alias)
}

// Connections are the databases of a site, by alias. In Django a connection
// belongs to a thread, and being inside a transaction is a state of it. In Go a
// connection is a pool, and the transaction that code is inside of travels in
// its context: see [From] and [Atomic].
type Connections struct {
	databases []conf.Database
	pools     map[string]*sql.DB
}

// Open opens the databases of the settings. Nothing is connected before the
// first query. The caller closes them.
func Open(databases []conf.Database) (*Connections, error) {
	c := &Connections{databases: databases, pools: map[string]*sql.DB{}}
	for _, database := range databases {
		pool, err := sql.Open(database.Driver, database.DSN)
		if err == nil && c.pools[database.Alias] != nil {
			err = errors.Join(errors.New("there are two of this alias"), pool.Close())
		}
		if err != nil {
			return nil, errors.Join(&exceptions.ImproperlyConfigured{
				Message: fmt.Sprintf("the database %q: %v", database.Alias, err)}, c.Close())
		}
		c.pools[database.Alias] = pool
	}
	return c, nil
}

// Use takes databases that are open already.
func Use(databases []conf.Database, pools map[string]*sql.DB) *Connections {
	return &Connections{databases: databases, pools: pools}
}

// Databases are what the settings say, in their order.
func (c *Connections) Databases() []conf.Database {
	if c == nil {
		return nil
	}
	return c.databases
}

// Close closes all of them.
func (c *Connections) Close() error {
	if c == nil {
		return nil
	}
	var failures []error
	for _, pool := range c.pools {
		failures = append(failures, pool.Close())
	}
	return errors.Join(failures...)
}

func (c *Connections) pool(alias string) (*sql.DB, error) {
	if c != nil && c.pools[alias] != nil {
		return c.pools[alias], nil
	}
	return nil, &ConnectionDoesNotExist{Alias: alias}
}

// DB is what a query is put to: a transaction or a pool.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// From gives the database called alias: the transaction that ctx is inside of,
// else the pool. In a block that has failed in part it gives a
// *TransactionManagementError.
func (c *Connections) From(ctx context.Context, alias string) (DB, error) {
	pool, err := c.pool(alias)
	if err != nil {
		return nil, err
	}
	if open := c.open(ctx, alias); open != nil {
		if open.needsRollback {
			return nil, &TransactionManagementError{Message: "An error occurred in the current transaction. " +
				"You can't execute queries until the end of the 'atomic' block."}
		}
		return open.tx, nil
	}
	return pool, nil
}
