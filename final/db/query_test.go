package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"basehandler/final/db"
)

// Exec and Query go to the transaction that their context is in, and FetchAll
// reads what Query gives.
func TestQuery(t *testing.T) {
	connections := open(t)
	texts := func(ctx context.Context) []string {
		t.Helper()
		all, err := db.FetchAll[string](connections.Query(ctx, "default", "SELECT text FROM notes ORDER BY rowid"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := texts(t.Context()); all != nil {
		t.Errorf("an empty table gives %q", all)
	}
	if _, err := connections.Exec(t.Context(), "default", "INSERT INTO notes VALUES (?), (?)", "a", "b"); err != nil {
		t.Fatal(err)
	}
	err := connections.Atomic(t.Context(), "default", db.Options{}, func(ctx context.Context) error {
		if _, err := connections.Exec(ctx, "default", "DELETE FROM notes WHERE text = ?", "a"); err != nil {
			return err
		}
		if all := texts(ctx); !slices.Equal(all, []string{"b"}) {
			t.Errorf("inside of the transaction: %q", all)
		}
		return errNo
	})
	if !errors.Is(err, errNo) {
		t.Fatal(err)
	}
	if all := texts(t.Context()); !slices.Equal(all, []string{"a", "b"}) {
		t.Errorf("after the transaction was undone: %q", all)
	}
}

// What is wrong with a query comes out of FetchAll, whenever it is found.
func TestFetchAllFails(t *testing.T) {
	connections := open(t)
	var none *db.ConnectionDoesNotExist
	if _, err := db.FetchAll[int](connections.Query(t.Context(), "nowhere", "SELECT 1")); !errors.As(err, &none) {
		t.Errorf("an alias that is none: %v", err)
	}
	if _, err := connections.Exec(t.Context(), "nowhere", "SELECT 1"); !errors.As(err, &none) {
		t.Errorf("an alias that is none: %v", err)
	}
	for _, query := range []string{
		"SELECT nothing",                       // at once
		"SELECT 'x'",                           // no int
		"SELECT 1, 2",                          // two columns
		"SELECT abs(-9223372036854775807 - 1)", // an overflow, found when the row is read
	} {
		if all, err := db.FetchAll[int](connections.Query(t.Context(), "default", query)); err == nil {
			t.Errorf("%s gives %v", query, all)
		}
	}
}
