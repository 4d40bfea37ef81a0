// Launchlog keeps a list of rocket launches in SQLite: a whole site on final, to
// start one's own from. Run it in a checkout, and open http://localhost:8000/ :
//
//	go run ./final/examples/launchlog
//	go run ./final/examples/launchlog -addr localhost:9000 -db launches.sqlite
//
// Ctrl-C ends it when the requests that are under way have been answered. Things
// to try: add a launch; add the same one again (the view fails, its transaction
// is undone, and the page that DEBUG gives shows what was wrong); open /nowhere/.
package main

import (
	"context"
	_ "embed"
	"flag"
	htmltemplate "html/template"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi/gateway"

	_ "github.com/ncruces/go-sqlite3/driver"
)

//go:embed page.html
var page string

// site is what the views share.
type site struct{ connections *db.Connections }

// launches shows the list, and adds to it. It runs in the transaction that
// ATOMIC_REQUESTS has opened, which From finds by the context.
func (s site) launches(request *web.Request, _ *web.Args) (web.Response, error) {
	ctx := request.Context()
	database, err := s.connections.From(ctx, "default")
	if err != nil {
		return nil, err
	}
	if request.Method == "POST" {
		form, err := request.POST()
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(form.Get("name")) == "" {
			return nil, &exceptions.BadRequest{Message: "A launch needs a name."}
		}
		if _, err := database.ExecContext(ctx, "INSERT INTO launch VALUES (trim(?))", form.Get("name")); err != nil {
			return nil, err
		}
		return web.NewHttpResponseRedirect("/") // so that reloading adds nothing
	}
	rows, err := database.QueryContext(ctx, "SELECT name FROM launch ORDER BY rowid")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return template.Named(request, []string{"page.html"}, map[string]any{"launches": names}), rows.Err()
}

// noStore is a middleware that keeps pages out of caches.
func noStore(getResponse handlers.GetResponse) (handlers.Middleware, error) {
	return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) {
		response, err := getResponse(request)
		if err == nil {
			err = response.Base().Set("Cache-Control", "no-store")
		}
		return response, err
	}), nil
}

// sameOrigin is a middleware that lets no other site send the form.
func sameOrigin(getResponse handlers.GetResponse) (handlers.Middleware, error) {
	return handlers.MiddlewareFunc(func(request *web.Request) (web.Response, error) {
		if request.Method == "POST" && request.Header("Sec-Fetch-Site") == "cross-site" {
			return nil, &exceptions.PermissionDenied{Message: "This is the form of another site."}
		}
		return getResponse(request)
	}), nil
}

// run serves the site until ctx ends, and then what is under way.
func run(ctx context.Context, listener net.Listener, file string) error {
	defer listener.Close()
	settings := conf.Defaults()
	settings.Debug = true // not for visitors
	settings.RootURLConf = "launchlog.urls"
	settings.Middleware = []string{"launchlog.noStore", "launchlog.sameOrigin"}
	settings.Databases = []conf.Database{{Alias: "default", Driver: "sqlite3", AtomicRequests: true,
		DSN: "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(5000)"}}
	settings.Templates = htmltemplate.Must(htmltemplate.New("page.html").Parse(page))
	connections, err := db.Open(settings.Databases)
	if err != nil {
		return err
	}
	defer connections.Close()
	conf.Default.Register("launchlog.noStore", handlers.MiddlewareClass{New: noStore})
	conf.Default.Register("launchlog.sameOrigin", handlers.MiddlewareClass{New: sameOrigin})
	conf.Default.Register("launchlog.urls", &urls.URLConf{Patterns: []urls.Pattern{
		urls.Path("", &web.View{Name: "launchlog.launches", Call: site{connections}.launches}, urls.Name("launches")),
	}})
	handler, err := handlers.NewWSGIHandler(settings, handlers.Options{Connections: connections})
	if err != nil {
		return err
	}
	database, err := connections.From(ctx, "default")
	if err == nil {
		_, err = database.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS launch (name TEXT NOT NULL UNIQUE)")
	}
	if err != nil {
		return err
	}
	server := &http.Server{Handler: gateway.New(handler.Application())}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(patience)
	}
}

func main() {
	addr := flag.String("addr", "localhost:8000", "where to listen")
	file := flag.String("db", "launchlog.sqlite", "the file of the database")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", *addr)
	if err == nil {
		log.Printf("http://%s/ (Ctrl-C ends)", listener.Addr())
		err = run(ctx, listener, *file)
	}
	if err != nil {
		log.Fatal(err)
	}
}
