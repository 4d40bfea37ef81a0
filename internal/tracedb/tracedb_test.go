package tracedb_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"

	"basehandler/internal/tracedb"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

func TestTransactionsAreReported(t *testing.T) {
	var events []string
	db, err := tracedb.Open("sqlite3", "file:/tracedb?vfs=memdb", func(_ context.Context, event string) {
		events = append(events, event)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do := func(end func(*sql.Tx) error) {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("CREATE TABLE IF NOT EXISTS a (n INTEGER)"); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO a (n) VALUES (?)", 1); err != nil {
			t.Fatal(err)
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
	}
	do((*sql.Tx).Commit)
	do((*sql.Tx).Rollback)
	if want := []string{"begin", "commit", "begin", "rollback"}; !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", events, want)
	}
	var count int
	if err := db.QueryRow("SELECT count(*) FROM a").Scan(&count); err != nil || count != 1 {
		t.Errorf("%d rows, %v; want the committed one", count, err)
	}
}

func TestUnknownDriver(t *testing.T) {
	if _, err := tracedb.Open("no such driver", "", nil); err == nil {
		t.Error("an unknown driver was opened")
	}
}
