// Package tracedb opens databases that say when a transaction begins and how
// it ends: what really happens at the driver, not what somebody meant to do.
package tracedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// Report is told "begin", "commit" or "rollback", with the context that the
// transaction was begun with.
type Report func(ctx context.Context, event string)

// Open is sql.Open with a report.
func Open(driverName, dsn string, report Report) (*sql.DB, error) {
	plain, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	opener, ok := plain.Driver().(driver.DriverContext)
	if !ok {
		return nil, fmt.Errorf("tracedb: the driver %q gives no connector", driverName)
	}
	inner, err := opener.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(&connector{inner, report}), nil
}

type connector struct {
	driver.Connector
	report Report
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{inner, c.report}, nil
}

// conn hands everything on. What database/sql asks a connection for it asks by
// interfaces; those that the one inside does not have answer driver.ErrSkip, or
// do nothing, as if they were not there.
type conn struct {
	driver.Conn
	report Report
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	var inner driver.Tx
	var err error
	if beginner, ok := c.Conn.(driver.ConnBeginTx); ok {
		inner, err = beginner.BeginTx(ctx, options)
	} else {
		//lint:ignore SA1019 there are drivers that know no other
		inner, err = c.Conn.Begin()
	}
	if err != nil {
		return nil, err
	}
	c.report(ctx, "begin")
	return &tx{inner, ctx, c.report}, nil
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if preparer, ok := c.Conn.(driver.ConnPrepareContext); ok {
		return preparer.PrepareContext(ctx, query)
	}
	return c.Conn.Prepare(query)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if execer, ok := c.Conn.(driver.ExecerContext); ok {
		return execer.ExecContext(ctx, query, args)
	}
	return nil, driver.ErrSkip
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if queryer, ok := c.Conn.(driver.QueryerContext); ok {
		return queryer.QueryContext(ctx, query, args)
	}
	return nil, driver.ErrSkip
}

func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

func (c *conn) Ping(ctx context.Context) error {
	if pinger, ok := c.Conn.(driver.Pinger); ok {
		return pinger.Ping(ctx)
	}
	return nil
}

func (c *conn) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}
	return nil
}

func (c *conn) IsValid() bool {
	if validator, ok := c.Conn.(driver.Validator); ok {
		return validator.IsValid()
	}
	return true
}

type tx struct {
	driver.Tx
	ctx    context.Context
	report Report
}

func (t *tx) Commit() error {
	err := t.Tx.Commit()
	if err == nil {
		t.report(t.ctx, "commit")
	}
	return err
}

func (t *tx) Rollback() error {
	t.report(t.ctx, "rollback")
	return t.Tx.Rollback()
}
