package engine

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"

	"basehandler/internal/tracedb"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

// Aliases are the databases that a step finds in its settings.
var Aliases = []string{"default", "other"}

var databases atomic.Int64

// openDatabases makes an empty database in memory for each alias, shared by
// the connections of its pool and gone when the pool is closed. Nothing is
// opened before a step asks for it.
//
// A transaction takes its lock when it begins (immediate), and a connection
// waits for a lock for 5 seconds: else two requests at a time would fail with
// "database is locked" rather than queue.
func openDatabases() (connections map[string]*sql.DB, closeAll func(), err error) {
	connections = map[string]*sql.DB{}
	closeAll = func() {
		for _, db := range connections {
			db.Close()
		}
	}
	number := databases.Add(1)
	for _, alias := range Aliases {
		name := fmt.Sprintf("file:/walkthrough-%d-%s?vfs=memdb&_txlock=immediate&_pragma=busy_timeout(5000)", number, alias)
		db, err := tracedb.Open("sqlite3", name, func(ctx context.Context, event string) {
			if r := recorderOf(ctx); r != nil {
				r.record("atomic " + event + " " + alias)
			}
		})
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		connections[alias] = db
	}
	return connections, closeAll, nil
}
