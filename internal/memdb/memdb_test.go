package memdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	createEntries = "CREATE TABLE IF NOT EXISTS entries (note TEXT NOT NULL, at INTEGER)"
	insertEntry   = "INSERT INTO entries (note) VALUES (?)"
	selectEntries = "SELECT note FROM entries ORDER BY rowid"
)

func open(t *testing.T) *sql.DB {
	t.Helper()
	db := Open()
	t.Cleanup(func() { db.Close() })
	for range 2 { // the second time changes nothing
		if _, err := db.Exec(createEntries); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func notes(t *testing.T, db interface {
	Query(string, ...any) (*sql.Rows, error)
}) string {
	t.Helper()
	rows, err := db.Query(selectEntries)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			t.Fatal(err)
		}
		all = append(all, note)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ",")
}

func TestTransactions(t *testing.T) {
	db := open(t)
	write := func(db interface {
		Exec(string, ...any) (sql.Result, error)
	}, note string) {
		t.Helper()
		if _, err := db.Exec(insertEntry, note); err != nil {
			t.Fatal(err)
		}
	}
	write(db, "a")
	for _, commit := range []bool{false, true} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		write(tx, "b")
		if got := notes(t, tx); got != "a,b" {
			t.Errorf("inside the transaction: %s", got)
		}
		if commit {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{false: "a", true: "a,b"}[commit]
		if got := notes(t, db); got != want {
			t.Errorf("after the transaction (commit: %v): %s, want %s", commit, got, want)
		}
	}
	prepared, err := db.Prepare(insertEntry)
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	if _, err := prepared.Exec("c"); err != nil {
		t.Fatal(err)
	}
	if got := notes(t, db); got != "a,b,c" {
		t.Errorf("after a prepared statement: %s", got)
	}
}

func TestTransactionsQueue(t *testing.T) {
	db := open(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			tx, err := db.Begin()
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := tx.Exec(insertEntry, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				err = tx.Rollback()
			} else {
				err = tx.Commit()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := strings.Count(notes(t, db), ","); got != 9 {
		t.Errorf("%d notes, want 10", got+1)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	db := open(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(ctx, insertEntry, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

func TestWhatItDoesNotUnderstand(t *testing.T) {
	db := open(t)
	for query, want := range map[string]string{
		"DROP TABLE entries":                           "does not understand",
		"INSERT INTO nothing (note) VALUES (?)":        "no such table: nothing",
		"INSERT INTO entries (name) VALUES (?)":        "no column name",
		"INSERT INTO entries (note, at) VALUES (?, ?)": "got no value",
	} {
		if _, err := db.Exec(query, "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	for query, want := range map[string]string{
		"SELECT note FROM nothing":            "no such table: nothing",
		"SELECT name FROM entries":            "no such column: name",
		"SELECT note FROM entries WHERE id=1": "does not understand",
	} {
		if _, err := db.Query(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
}

func TestTransactionsAreReported(t *testing.T) {
	var events []string
	db := Open(func(event string) { events = append(events, event) })
	defer db.Close()
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"begin", "commit", "begin", "rollback"}; !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", events, want)
	}
}
