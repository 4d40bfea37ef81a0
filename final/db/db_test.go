package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/exceptions"
	"basehandler/internal/tracedb"

	_ "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/vfs/memdb"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	number atomic.Int64
	errNo  = errors.New("no")
)

// open gives two databases in memory, each with an empty table.
func open(t *testing.T) *db.Connections {
	t.Helper()
	var databases []conf.Database
	for _, alias := range []string{"default", "other"} {
		name := fmt.Sprintf("db-%d-%s", number.Add(1), alias)
		memdb.Create(name, nil) // it stays, also when nobody is connected
		t.Cleanup(func() { memdb.Delete(name) })
		databases = append(databases, conf.Database{Alias: alias, Driver: "sqlite3",
			DSN: fmt.Sprintf("file:/%s?vfs=memdb&_txlock=immediate&_pragma=busy_timeout(5000)", name)})
	}
	connections, err := db.Open(databases)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connections.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, alias := range []string{"default", "other"} {
		pool, err := connections.From(t.Context(), alias)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.ExecContext(t.Context(), "CREATE TABLE notes (text TEXT)"); err != nil {
			t.Fatal(err)
		}
	}
	return connections
}

func insert(ctx context.Context, c *db.Connections, alias, text string) error {
	database, err := c.From(ctx, alias)
	if err != nil {
		return err
	}
	_, err = database.ExecContext(ctx, "INSERT INTO notes VALUES (?)", text)
	return err
}

// notes gives what is in the table, in the order in which it came there.
func notes(t *testing.T, c *db.Connections, alias string) string {
	t.Helper()
	database, err := c.From(t.Context(), alias)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := database.QueryContext(t.Context(), "SELECT text FROM notes ORDER BY rowid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// block is what a test does inside of a transaction.
type block struct {
	*db.Connections
	t   *testing.T
	ctx context.Context
}

func (b block) insert(text string) {
	b.t.Helper()
	if err := insert(b.ctx, b.Connections, "default", text); err != nil {
		b.t.Errorf("inserting %s: %v", text, err)
	}
}

// broken holds From to refusing queries.
func (b block) broken(want bool) {
	b.t.Helper()
	_, err := b.From(b.ctx, "default")
	var management *db.TransactionManagementError
	if got := errors.As(err, &management); got != want {
		b.t.Errorf("queries are refused: %v (%v), want %v", got, err, want)
	}
}

func (b block) atomic(options db.Options, work func(b block) error) error {
	return b.Atomic(b.ctx, "default", options, func(ctx context.Context) error {
		return work(block{b.Connections, b.t, ctx})
	})
}

func TestAtomic(t *testing.T) {
	noSavepoint := db.Options{NoSavepoint: true}
	for _, c := range []struct {
		name  string
		work  func(b block) error // in the outermost block
		err   error
		notes string
	}{
		{"commit", func(b block) error {
			b.insert("a")
			b.insert("b")
			return nil
		}, nil, "a b"},
		{"H-74 rollback", func(b block) error {
			b.insert("a")
			return errNo
		}, errNo, ""},
		{"savepoint kept", func(b block) error {
			b.insert("a")
			if err := b.atomic(db.Options{}, func(b block) error { b.insert("b"); return nil }); err != nil {
				return err
			}
			b.insert("c")
			return nil
		}, nil, "a b c"},
		{"savepoint undone", func(b block) error {
			b.insert("a")
			if err := b.atomic(db.Options{}, func(b block) error { b.insert("b"); return errNo }); err != errNo {
				b.t.Errorf("the inner block gave %v", err)
			}
			b.broken(false)
			b.insert("c")
			return nil
		}, nil, "a c"},
		{"savepoints in savepoints", func(b block) error {
			b.insert("a")
			_ = b.atomic(db.Options{}, func(b block) error {
				b.insert("b")
				_ = b.atomic(db.Options{}, func(b block) error { b.insert("c"); return errNo })
				b.insert("d")
				_ = b.atomic(db.Options{}, func(b block) error { b.insert("e"); return nil })
				return nil
			})
			_ = b.atomic(db.Options{}, func(b block) error {
				_ = b.atomic(db.Options{}, func(b block) error { b.insert("f"); return nil })
				return errNo
			})
			return nil
		}, nil, "a b d e"},
		{"no savepoint, all well", func(b block) error {
			b.insert("a")
			err := b.atomic(noSavepoint, func(b block) error { b.insert("b"); return nil })
			b.broken(false)
			return err
		}, nil, "a b"},
		{"no savepoint, failed: the whole has to be undone", func(b block) error {
			b.insert("a")
			if err := b.atomic(noSavepoint, func(b block) error { b.insert("b"); return errNo }); err != errNo {
				b.t.Errorf("the inner block gave %v", err)
			}
			b.broken(true)
			return nil // the caller has dealt with it, and cannot
		}, nil, ""},
		{"no savepoint, failed: the savepoint around takes it away", func(b block) error {
			b.insert("a")
			if err := b.atomic(db.Options{}, func(b block) error {
				b.insert("b")
				_ = b.atomic(noSavepoint, func(b block) error { b.insert("c"); return errNo })
				b.broken(true)
				return nil
			}); err != nil {
				return err
			}
			b.broken(false)
			b.insert("d")
			return nil
		}, nil, "a d"},
		{"a block inside a broken one has no savepoint", func(b block) error {
			_ = b.atomic(noSavepoint, func(block) error { return errNo })
			if err := b.atomic(db.Options{}, func(b block) error { b.broken(true); return nil }); err != nil {
				b.t.Errorf("the inner block gave %v", err)
			}
			b.broken(true)
			return nil
		}, nil, ""},
		{"set_rollback of the outermost", func(b block) error {
			b.insert("a")
			return b.SetRollback(b.ctx, "default", true)
		}, nil, ""},
		{"set_rollback of a savepoint", func(b block) error {
			b.insert("a")
			if err := b.atomic(db.Options{}, func(b block) error {
				b.insert("b")
				return b.SetRollback(b.ctx, "default", true)
			}); err != nil {
				return err
			}
			b.insert("c")
			return nil
		}, nil, "a c"},
		{"set_rollback taken back", func(b block) error {
			b.insert("a")
			_ = b.atomic(noSavepoint, func(b block) error { return errNo })
			if err := b.SetRollback(b.ctx, "default", false); err != nil {
				return err
			}
			b.insert("b")
			return nil
		}, nil, "a b"},
		{"a savepoint that cannot be released is undone", func(b block) error {
			b.insert("a")
			ctx, cancel := context.WithCancel(b.ctx)
			err := b.Atomic(ctx, "default", db.Options{}, func(ctx context.Context) error {
				block{b.Connections, b.t, ctx}.insert("b")
				cancel() // of the inner block alone
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				b.t.Errorf("the inner block gave %v", err)
			}
			b.broken(false)
			b.insert("c")
			return nil
		}, nil, "a c"},
		{"a statement that fails is an error like any other", func(b block) error {
			b.insert("a")
			err := b.atomic(db.Options{}, func(b block) error {
				database, err := b.From(b.ctx, "default")
				if err != nil {
					return err
				}
				_, err = database.ExecContext(b.ctx, "INSERT INTO nowhere VALUES (1)")
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "nowhere") {
				b.t.Errorf("the inner block gave %v", err)
			}
			b.insert("b")
			return nil
		}, nil, "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			connections := open(t)
			outside := block{connections, t, t.Context()}
			if err := outside.atomic(db.Options{}, c.work); err != c.err {
				t.Errorf("the block gave %v, want %v", err, c.err)
			}
			if got := notes(t, connections, "default"); got != c.notes {
				t.Errorf("there is %q, want %q", got, c.notes)
			}
			if connections.InAtomicBlock(t.Context(), "default") {
				t.Error("it has not ended")
			}
		})
	}
}

// H-74: a panic undoes a block, and passes.
func TestPanic(t *testing.T) {
	connections := open(t)
	b := block{connections, t, t.Context()}
	catch := func(call func()) (value any) {
		defer func() { value = recover() }()
		call()
		return nil
	}
	if value := catch(func() {
		_ = b.atomic(db.Options{}, func(b block) error {
			b.insert("a")
			panic("aua")
		})
	}); value != "aua" {
		t.Errorf("it became %v", value)
	}
	if got := notes(t, connections, "default"); got != "" {
		t.Errorf("there is %q", got)
	}
	if err := b.atomic(db.Options{}, func(b block) error {
		b.insert("a")
		if value := catch(func() {
			_ = b.atomic(db.Options{}, func(b block) error {
				b.insert("b")
				panic("aua")
			})
		}); value != "aua" {
			t.Errorf("the inner one became %v", value)
		}
		b.broken(false)
		b.insert("c")
		return nil
	}); err != nil {
		t.Error(err)
	}
	if got := notes(t, connections, "default"); got != "a c" {
		t.Errorf("there is %q, want %q", got, "a c")
	}
	if catch(func() {
		_ = b.atomic(db.Options{}, func(b block) error {
			catch(func() { _ = b.atomic(db.Options{NoSavepoint: true}, func(block) error { panic("aua") }) })
			b.broken(true)
			return nil
		})
	}) != nil {
		t.Error("a panic that was caught came out")
	}
}

func TestInAtomicBlock(t *testing.T) {
	connections := open(t)
	b := block{connections, t, t.Context()}
	if err := b.atomic(db.Options{}, func(b block) error {
		if !b.InAtomicBlock(b.ctx, "default") || b.InAtomicBlock(b.ctx, "other") || b.InAtomicBlock(t.Context(), "default") {
			t.Error("it does not go by alias and context")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	// Another site's transaction is not this one's.
	second := open(t)
	_ = b.atomic(db.Options{}, func(b block) error {
		if second.InAtomicBlock(b.ctx, "default") {
			t.Error("two sites share a transaction")
		}
		return nil
	})
}

// The work of a transaction is not seen from outside before it is done.
func TestIsolation(t *testing.T) {
	connections := open(t)
	b := block{connections, t, t.Context()}
	if err := b.atomic(db.Options{}, func(b block) error {
		b.insert("a")
		if got := notes(t, connections, "default"); got != "" { // by the pool
			t.Errorf("outside there is %q already", got)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestDurable(t *testing.T) {
	connections := open(t)
	b := block{connections, t, t.Context()}
	if err := b.atomic(db.Options{Durable: true}, func(b block) error {
		b.insert("a")
		err := b.atomic(db.Options{Durable: true}, func(block) error { t.Error("it ran"); return nil })
		if !exceptions.Is[*exceptions.RuntimeError](err) || err.Error() != "A durable atomic block cannot be nested within another atomic block." {
			t.Errorf("got %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if got := notes(t, connections, "default"); got != "a" {
		t.Errorf("there is %q", got)
	}
	// Another database is another matter.
	if err := connections.Atomic(t.Context(), "default", db.Options{}, func(ctx context.Context) error {
		return connections.Atomic(ctx, "other", db.Options{Durable: true}, func(context.Context) error { return nil })
	}); err != nil {
		t.Error(err)
	}
}

func TestSetRollbackOutside(t *testing.T) {
	err := open(t).SetRollback(t.Context(), "default", true)
	var management *db.TransactionManagementError
	if !errors.As(err, &management) || err.Error() != "The rollback flag doesn't work outside of an 'atomic' block." {
		t.Errorf("got %v", err)
	}
}

func TestUnknownAlias(t *testing.T) {
	for name, connections := range map[string]*db.Connections{"some": open(t), "none": nil, "empty": db.Use(nil, nil)} {
		_, err := connections.From(t.Context(), "nowhere")
		for _, err := range []error{err, connections.Atomic(t.Context(), "nowhere", db.Options{}, func(context.Context) error { t.Error("it ran"); return nil })} {
			var unknown *db.ConnectionDoesNotExist
			if !errors.As(err, &unknown) || err.Error() != "The connection 'nowhere' doesn't exist." {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	var none *db.Connections
	if none.Databases() != nil || none.Close() != nil {
		t.Error("no connections are a problem")
	}
}

func TestOpen(t *testing.T) {
	for want, databases := range map[string][]conf.Database{
		`the database "x": sql: unknown driver "nosql" (forgotten import?)`: {{Alias: "ok", Driver: "sqlite3", DSN: ":memory:"}, {Alias: "x", Driver: "nosql"}},
		`the database "x": there are two of this alias`:                     {{Alias: "x", Driver: "sqlite3", DSN: ":memory:"}, {Alias: "x", Driver: "sqlite3", DSN: ":memory:"}},
	} {
		connections, err := db.Open(databases)
		if connections != nil || err == nil || err.Error() != want || exceptions.Kind(err) != "ImproperlyConfigured" {
			t.Errorf("got %v, %v, want %s", connections, err, want)
		}
	}
}

// Two databases: each is undone or kept for itself.
func TestTwoAliases(t *testing.T) {
	connections := open(t)
	err := connections.Atomic(t.Context(), "other", db.Options{}, func(ctx context.Context) error {
		if err := insert(ctx, connections, "other", "outer"); err != nil {
			return err
		}
		_ = connections.Atomic(ctx, "default", db.Options{}, func(ctx context.Context) error {
			return errors.Join(insert(ctx, connections, "other", "inner"), insert(ctx, connections, "default", "inner"), errNo)
		})
		return connections.Atomic(ctx, "default", db.Options{}, func(ctx context.Context) error {
			return insert(ctx, connections, "default", "second")
		})
	})
	if err != nil {
		t.Error(err)
	}
	if got := notes(t, connections, "other"); got != "outer inner" {
		t.Errorf("other has %q", got)
	}
	if got := notes(t, connections, "default"); got != "second" {
		t.Errorf("default has %q", got)
	}
}

// A context that ends undoes the transaction, and the error says that it was
// that.
func TestCancelled(t *testing.T) {
	for name, work := range map[string]func(b block) error{
		"while it commits": func(block) error { return nil },
		"while it queries": func(b block) error { return insert(b.ctx, b.Connections, "default", "b") },
		"inside": func(b block) error {
			return b.atomic(db.Options{}, func(b block) error { return insert(b.ctx, b.Connections, "default", "b") })
		},
		"with an error": func(b block) error { return fmt.Errorf("no: %w", b.ctx.Err()) },
	} {
		t.Run(name, func(t *testing.T) {
			connections := open(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := block{connections, t, ctx}.atomic(db.Options{}, func(b block) error {
				b.insert("a")
				cancel()
				return work(b)
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if got := notes(t, connections, "default"); got != "" {
				t.Errorf("there is %q", got)
			}
		})
	}
	connections := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := connections.Atomic(ctx, "default", db.Options{}, func(context.Context) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("from the beginning: got %v", err)
	}
}

// The same when the transaction is over before it is committed.
func TestCommitTooLate(t *testing.T) {
	undone := make(chan string, 3)
	pool, err := tracedb.Open("sqlite3", ":memory:", func(_ context.Context, event string) { undone <- event })
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	connections := db.Use(nil, map[string]*sql.DB{"default": pool})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = connections.Atomic(ctx, "default", db.Options{}, func(context.Context) error {
		cancel()
		for event := range undone {
			if event == "rollback" {
				break
			}
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, sql.ErrTxDone) {
		t.Errorf("got %v", err)
	}
}

// An error of the site stays what it is, though the client has gone as well.
func TestCancelledButWrong(t *testing.T) {
	connections := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := connections.Atomic(ctx, "default", db.Options{}, func(context.Context) error { cancel(); return errNo })
	if err != errNo {
		t.Errorf("got %v", err)
	}
}

// Many transactions at once, each with a savepoint that is undone; -race looks
// on.
func TestConcurrency(t *testing.T) {
	connections := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 5 {
				keep := (i+j)%2 == 0
				b := block{connections, t, ctx}
				err := b.atomic(db.Options{}, func(b block) error {
					b.insert("x")
					_ = b.atomic(db.Options{}, func(b block) error { b.insert("y"); return errNo })
					if keep {
						return nil
					}
					return errNo
				})
				if keep != (err == nil) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	group.Wait()
	if got, want := notes(t, connections, "default"), strings.TrimSpace(strings.Repeat("x ", 20)); got != want {
		t.Errorf("there is %q", got)
	}
}
