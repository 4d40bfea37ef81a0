package engine

import (
	"log"
	"log/slog"
	"net/http"
)

// Mount makes the application, with databases of its own, and gives it as a
// handler for what lies below prefix, such as "/run/05": the application is
// told so, as SCRIPT_NAME or root_path. What the server and the application
// log goes to logger. Nothing is traced.
//
// The databases are closed by release, when no request is under way any more.
func Mount(open Opener, prefix string, asgi bool, logger *log.Logger) (handler http.Handler, release func(), err error) {
	connections, closeAll, err := openDatabases()
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if handler == nil { // the opener failed or panicked
			closeAll()
		}
	}()
	site, err := open(nil, Services{
		Connections: connections,
		Logger:      slog.New(slog.NewTextHandler(logger.Writer(), nil)),
		ASGI:        asgi,
	})
	if err != nil {
		return nil, nil, &LoadError{Err: err}
	}
	return gateway(site, prefix, logger), closeAll, nil
}
