package db

import (
	"context"
	"database/sql"
)

// Exec puts a query that gives no rows to the database called alias, inside the
// transaction that ctx is in, if it is in one.
//
// Django: connections[alias].cursor().execute.
func (c *Connections) Exec(ctx context.Context, alias, query string, args ...any) (sql.Result, error) {
	database, err := c.From(ctx, alias)
	if err != nil {
		return nil, err
	}
	return database.ExecContext(ctx, query, args...)
}

// Query is Exec for a query that gives rows. The caller closes them, or hands
// them to [FetchAll].
func (c *Connections) Query(ctx context.Context, alias, query string, args ...any) (*sql.Rows, error) {
	database, err := c.From(ctx, alias)
	if err != nil {
		return nil, err
	}
	return database.QueryContext(ctx, query, args...)
}

// FetchAll reads rows of one column to their end and closes them. It takes what
// Query gives, the error too:
//
//	names, err := db.FetchAll[string](connections.Query(ctx, "default", "SELECT name FROM launch"))
//
// Django: cursor.fetchall, which gives rows of any number of columns.
func FetchAll[T any](rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
