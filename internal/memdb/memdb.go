// Package memdb is a database in memory, for a copy of a step that should run
// without a download. It understands the three statements that the site uses,
// and transactions: one at a time, undone by a rollback.
//
//	CREATE TABLE IF NOT EXISTS entries (note TEXT NOT NULL)
//	INSERT INTO entries (note) VALUES (?)
//	SELECT note FROM entries ORDER BY rowid
//
// For anything else take a real one, such as SQLite: only the line in main.go
// that opens it changes.
package memdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Open makes an empty database. All connections of the pool share it. Each
// report is told "begin", "commit" and "rollback" as they happen.
func Open(reports ...func(event string)) *sql.DB {
	return sql.OpenDB(&database{lock: make(chan struct{}, 1), tables: map[string]table{}, reports: reports})
}

// database is a driver.Connector. Whoever has put a value into lock may use
// tables: for one statement, or for a whole transaction.
type database struct {
	lock    chan struct{}
	tables  map[string]table
	reports []func(event string)
}

func (db *database) report(event string) {
	for _, report := range db.reports {
		report(event)
	}
}

// table only ever grows, so that a copy of the struct is a copy of its state.
type table struct {
	columns []string
	rows    [][]driver.Value
}

func (d *database) Connect(context.Context) (driver.Conn, error) { return &conn{db: d}, nil }
func (d *database) Driver() driver.Driver                        { return d }
func (d *database) Open(string) (driver.Conn, error)             { return &conn{db: d}, nil }

// patience is how long a statement waits for a transaction of somebody else,
// as SQLite's busy_timeout.
const patience = 5 * time.Second

func (d *database) acquire(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case d.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errors.New("memdb: the database is locked")
	}
}

func (d *database) release() { <-d.lock }

// conn is one connection of the pool.
type conn struct {
	db    *database
	saved map[string]table // the tables as they were when the transaction began; nil outside
}

// BeginTx takes the lock at once, as BEGIN IMMEDIATE does in SQLite.
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.db.acquire(ctx); err != nil {
		return nil, err
	}
	c.saved = maps.Clone(c.db.tables)
	c.db.report("begin")
	return c, nil
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Commit ends a transaction and keeps what it did.
func (c *conn) Commit() error {
	c.db.report("commit")
	return c.end()
}

func (c *conn) end() error {
	c.saved = nil
	c.db.release()
	return nil
}

// Rollback ends a transaction and undoes what it did.
func (c *conn) Rollback() error {
	c.db.tables = c.saved
	c.db.report("rollback")
	return c.end()
}

func (c *conn) Close() error { return nil }

func (c *conn) Prepare(query string) (driver.Stmt, error) { return stmt{c, query}, nil }

// in runs a statement: inside the transaction if there is one.
func (c *conn) in(ctx context.Context, statement func() error) error {
	if c.saved != nil {
		return statement()
	}
	if err := c.db.acquire(ctx); err != nil {
		return err
	}
	defer c.db.release()
	return statement()
}

var (
	create = regexp.MustCompile(`(?is)^\s*CREATE TABLE IF NOT EXISTS (\w+) \((.*)\)\s*$`)
	insert = regexp.MustCompile(`(?is)^\s*INSERT INTO (\w+) \(([\w\s,]+)\) VALUES \(([?\s,]+)\)\s*$`)
	choose = regexp.MustCompile(`(?is)^\s*SELECT ([\w\s,]+) FROM (\w+)(?: ORDER BY rowid)?\s*$`)
)

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	var changed driver.RowsAffected
	err := c.in(ctx, func() error {
		if m := create.FindStringSubmatch(query); m != nil {
			if _, exists := c.db.tables[m[1]]; !exists {
				c.db.tables[m[1]] = table{columns: firstWords(m[2])}
			}
			return nil
		}
		m := insert.FindStringSubmatch(query)
		if m == nil {
			return unknown(query)
		}
		t, exists := c.db.tables[m[1]]
		if !exists {
			return fmt.Errorf("memdb: no such table: %s", m[1])
		}
		row := make([]driver.Value, len(t.columns))
		for i, name := range firstWords(m[2]) {
			column := slices.Index(t.columns, name)
			if column < 0 || i >= len(args) {
				return fmt.Errorf("memdb: table %s has no column %s, or it got no value", m[1], name)
			}
			row[column] = args[i].Value
		}
		t.rows = append(t.rows, row)
		c.db.tables[m[1]] = t
		changed = 1
		return nil
	})
	return changed, err
}

func (c *conn) QueryContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	var found *rows
	err := c.in(ctx, func() error {
		m := choose.FindStringSubmatch(query)
		if m == nil {
			return unknown(query)
		}
		t, exists := c.db.tables[m[2]]
		if !exists {
			return fmt.Errorf("memdb: no such table: %s", m[2])
		}
		found = &rows{names: firstWords(m[1]), left: t.rows}
		for _, name := range found.names {
			column := slices.Index(t.columns, name)
			if column < 0 {
				return fmt.Errorf("memdb: no such column: %s", name)
			}
			found.columns = append(found.columns, column)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// firstWords gives the names in "note TEXT NOT NULL, at TEXT".
func firstWords(list string) []string {
	var words []string
	for part := range strings.SplitSeq(list, ",") {
		if fields := strings.Fields(part); len(fields) > 0 {
			words = append(words, fields[0])
		}
	}
	return words
}

func unknown(query string) error {
	return fmt.Errorf("memdb: it does not understand %q; see the comment of package memdb for what it does", query)
}

// rows is what a SELECT has found and not given yet.
type rows struct {
	names   []string
	columns []int
	left    [][]driver.Value
}

func (r *rows) Columns() []string { return r.names }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(into []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	for i, column := range r.columns {
		into[i] = r.left[0][column]
	}
	r.left = r.left[1:]
	return nil
}

// stmt is a prepared statement: only its text.
type stmt struct {
	conn  *conn
	query string
}

func (s stmt) Close() error  { return nil }
func (s stmt) NumInput() int { return -1 }

func (s stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.conn.ExecContext(context.Background(), s.query, named(args))
}

func (s stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.conn.QueryContext(context.Background(), s.query, named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return values
}
