package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"basehandler/final/exceptions"
)

// TransactionManagementError is the error for a transaction that is used in a
// way that it cannot be. Django: db/transaction.py TransactionManagementError.
type TransactionManagementError struct{ Message string }

func (e *TransactionManagementError) Error() string { return e.Message }

// transaction is one that is open. Only one goroutine works in it at a time.
type transaction struct {
	tx         *sql.Tx
	savepoints int // how many there were, for their names

	// A block without a savepoint cannot be undone by itself. When it fails the
	// whole transaction has to be: Django's needs_rollback.
	needsRollback bool
}

// key finds the open transaction of a database in a context.
type key struct {
	connections *Connections
	alias       string
}

func (c *Connections) open(ctx context.Context, alias string) *transaction {
	open, _ := ctx.Value(key{c, alias}).(*transaction)
	return open
}

// InAtomicBlock tells whether ctx is inside of a transaction. Django:
// connection.in_atomic_block.
func (c *Connections) InAtomicBlock(ctx context.Context, alias string) bool {
	return c.open(ctx, alias) != nil
}

// Options say what kind of block it is. Django: the arguments of atomic.
type Options struct {
	NoSavepoint bool // join the block around, for good or ill: savepoint=False
	Durable     bool // refuse to be inside another block: durable=True
}

// Atomic runs work in a block that happens as a whole or not at all. The
// outermost block is a transaction, one inside it a savepoint. An error or a
// panic undoes it, a nil error makes it last. work must pass the context it is
// given on to [Connections.From].
//
// A panic is not caught here: what the block did is undone while it passes.
//
// Django: db/transaction.py Atomic.
func (c *Connections) Atomic(ctx context.Context, alias string, options Options, work func(ctx context.Context) error) (err error) {
	if open := c.open(ctx, alias); open != nil {
		if options.Durable {
			return &exceptions.RuntimeError{Message: "A durable atomic block cannot be nested within another atomic block."}
		}
		return open.nested(ctx, options, work)
	}
	pool, err := c.pool(alias)
	if err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	open := &transaction{tx: tx}
	finished := false
	defer func() {
		if !finished {
			_ = tx.Rollback() // a panic is on its way
		}
	}()
	err = work(context.WithValue(ctx, key{c, alias}, open))
	finished = true
	if err != nil || open.needsRollback {
		if failure := tx.Rollback(); failure != nil && !errors.Is(failure, sql.ErrTxDone) && err == nil {
			return failure
		}
		return tooLate(ctx, err)
	}
	return tooLate(ctx, tx.Commit())
}

// tooLate says of a transaction that is over why it is, if that is because ctx
// has ended: a client that has gone is no error of the site.
func tooLate(ctx context.Context, err error) error {
	if gone := ctx.Err(); gone != nil && errors.Is(err, sql.ErrTxDone) {
		return errors.Join(err, gone)
	}
	return err
}

// nested is a block inside the one that is open.
func (t *transaction) nested(ctx context.Context, options Options, work func(ctx context.Context) error) (err error) {
	// Inside a block that has to be undone a savepoint would be in vain.
	savepoint := ""
	if !options.NoSavepoint && !t.needsRollback {
		t.savepoints++
		savepoint = fmt.Sprintf("s%d", t.savepoints)
		if _, err := t.tx.ExecContext(ctx, "SAVEPOINT "+savepoint); err != nil {
			return err
		}
	}
	finished := false
	// undo takes back what failed inside, with the savepoint. The context may be
	// the reason of the failure; the undoing must not be.
	undo := func() error {
		ctx := context.WithoutCancel(ctx)
		_, err := t.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+savepoint)
		if err == nil {
			_, err = t.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+savepoint)
		}
		t.needsRollback = err != nil
		return err
	}
	leave := func(failed bool) error {
		switch {
		case savepoint == "":
			t.needsRollback = t.needsRollback || failed
			return nil
		case failed || t.needsRollback:
			return undo()
		}
		_, err := t.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+savepoint)
		if err != nil {
			_ = undo() // the first error is the one to tell
		}
		return err
	}
	defer func() {
		if !finished {
			_ = leave(true)
		}
	}()
	err = work(ctx)
	finished = true
	if failure := leave(err != nil); failure != nil && err == nil {
		return failure
	}
	return err
}

// SetRollback says whether the innermost block is to be undone at its end
// although it gives no error. Django: transaction.set_rollback.
func (c *Connections) SetRollback(ctx context.Context, alias string, rollback bool) error {
	open := c.open(ctx, alias)
	if open == nil {
		return &TransactionManagementError{Message: "The rollback flag doesn't work outside of an 'atomic' block."}
	}
	open.needsRollback = rollback
	return nil
}
