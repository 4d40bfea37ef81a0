package tests

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"basehandler/internal/memdb"
	"basehandler/internal/play"
	handler "basehandler/steps/14-asgi"
)

// upload is a body of more bytes than stay in memory, so a part of it waits in
// a temporary file.
var upload = "--rocket\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"aurora.jpg\"\r\n\r\n" +
	strings.Repeat("x", 3<<20) + "\r\n--rocket--\r\n"

// temporary gives a folder for temporary files, which it counts.
func temporary(t *testing.T) (count func() int) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	return func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
}

// From step 12 on the temporary files of an upload go with the request.
func TestUploadsAreRemoved(t *testing.T) {
	for step, want := range map[int]int{11: 1, 12: 0, 13: 0, 14: 0} {
		t.Run(strconv.Itoa(step), func(t *testing.T) {
			count := temporary(t)
			db := memdb.Open()
			defer db.Close()
			site, err := play.Linked(step)(nil, play.Services{Connections: map[string]*sql.DB{"default": db}})
			if err != nil {
				t.Fatal(err)
			}
			c := &call{path: "/echo/", upload: upload}
			if err := c.serveWSGI(t.Context(), site.WSGI); err != nil {
				t.Fatal(err)
			}
			if got := count(); got != want {
				t.Errorf("%d temporary files are left, want %d", got, want)
			}
		})
	}
}

// They go too if the request gets no response.
func TestUploadsAreRemovedWithoutResponse(t *testing.T) {
	for _, mode := range modes {
		for name, fail := range map[string]func(disconnect func()) error{
			"exit":       func(func()) error { return &handler.SystemExit{Code: 3} },
			"disconnect": func(disconnect func()) error { disconnect(); return context.Canceled },
		} {
			t.Run(mode.name+", "+name, func(t *testing.T) {
				count := temporary(t)
				ctx, disconnect := context.WithCancel(t.Context())
				defer disconnect()
				c := &call{path: "/sync/", upload: upload, environ: map[string]any{
					"tests.sync": syncView(func(request *handler.Request) (handler.Response, error) {
						if files, err := request.FILES(); err != nil || len(files["photo"]) != 1 || count() != 1 {
							t.Errorf("files %v, error %v, %d temporary files", files, err, count())
						}
						return nil, fail(disconnect)
					}),
				}}
				err := c.serve(ctx, mode.async, mode.asgi)
				if want := fail(func() {}); err == nil || err.Error() != want.Error() {
					t.Errorf("got %v, want %v", err, want)
				}
				if got := count(); got != 0 {
					t.Errorf("%d temporary files are left", got)
				}
			})
		}
	}
}

// The transaction of a view ends with the client: what the view wrote is taken
// back, and nobody makes a page of that.
func TestDisconnectRollsBack(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := memdb.Open()
				defer db.Close()
				ctx, disconnect := context.WithCancel(t.Context())
				defer disconnect()
				c := &call{path: "/sync/", databases: map[string]*sql.DB{"default": db}}
				c.environ = map[string]any{"tests.sync": syncView(func(request *handler.Request) (handler.Response, error) {
					transaction, err := request.DB("default")
					if err != nil {
						t.Fatal(err)
					}
					if _, err := transaction.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS entries (note TEXT NOT NULL)"); err != nil {
						t.Error(err)
					}
					disconnect()
					synctest.Wait() // until package sql has noticed as well
					return page("too late"), nil
				})}
				if err := c.serve(ctx, mode.async, mode.asgi); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the context's error", err)
				}
				if slices.Contains(c.events, "signal got_request_exception") || slices.Contains(c.events, "start 200 OK") {
					t.Errorf("events: %q", c.events)
				}
				if rows, err := db.QueryContext(t.Context(), "SELECT note FROM entries ORDER BY rowid"); err == nil {
					rows.Close()
					t.Error("the table is there, so the transaction was committed")
				}
			})
		})
	}
}
