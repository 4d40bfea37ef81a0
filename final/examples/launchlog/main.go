// Launchlog keeps a list of rocket launches in SQLite: a whole site on final, to
// start one's own from. Run it in a checkout, and open http://localhost:8000/ :
//
//	go run ./final/examples/launchlog
//	go run ./final/examples/launchlog -addr localhost:9000 -db launches.sqlite
//
// Ctrl-C ends it when the requests that are under way have been answered.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	htmltemplate "html/template"
	"log"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/shortcuts"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi/gateway"

	_ "github.com/ncruces/go-sqlite3/driver"
)

//go:embed page.html
var page string

type site struct{ *db.Connections }

// launches shows the list and adds to it, in the transaction that
// ATOMIC_REQUESTS has opened: Query and Exec find it by the context.
func (s site) launches(request *web.Request, _ *web.Args) (web.Response, error) {
	ctx := request.Context()
	names, err := db.FetchAll[string](s.Query(ctx, "default", "SELECT name FROM launch ORDER BY rowid"))
	if err != nil {
		return nil, err
	}
	form, err := request.POST() // empty for GET
	if err != nil {
		return nil, err
	}
	name, message := strings.TrimSpace(form.Get("name")), ""
	switch {
	case request.Method != "POST":
	case name == "":
		message = "A launch needs a name."
	case slices.Contains(names, name):
		message = "That one is on the list."
	default:
		if _, err := s.Exec(ctx, "default", "INSERT INTO launch VALUES (?)", name); err != nil {
			return nil, err
		}
		return shortcuts.Redirect(request, "launches") // so that reloading adds nothing
	}
	return shortcuts.Render(request, "page.html", map[string]any{"launches": names, "name": name, "message": message})
}

// sameOrigin is a middleware that lets no other site send the form.
func sameOrigin(getResponse handlers.GetResponse) handlers.GetResponse {
	return func(request *web.Request) (web.Response, error) {
		from := request.Header("Sec-Fetch-Site") // every browser says it
		if request.Method == "POST" && (from == "cross-site" || from == "same-site") {
			return nil, &exceptions.PermissionDenied{Message: "This is the form of another site."}
		}
		return getResponse(request)
	}
}

// run serves the site until ctx ends.
func run(ctx context.Context, addr, file string) error {
	settings := conf.Defaults()
	settings.Debug = true // a page for each error, which is not for visitors
	settings.RootURLConf = "launchlog.urls"
	settings.Middleware = []string{"django.middleware.security.SecurityMiddleware", "launchlog.sameOrigin"}
	settings.Templates = htmltemplate.Must(htmltemplate.New("page.html").Parse(page))
	settings.Databases = []conf.Database{{Alias: "default", Driver: "sqlite3", AtomicRequests: true,
		DSN: "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(5000)"}}
	connections, err := db.Open(settings.Databases)
	if err != nil {
		return err
	}
	defer connections.Close()
	if _, err := connections.Exec(ctx, "default", "CREATE TABLE IF NOT EXISTS launch (name TEXT NOT NULL UNIQUE)"); err != nil {
		return err
	}
	conf.Default.Register("launchlog.sameOrigin", middleware.SyncOnlyMiddleware(sameOrigin))
	conf.Default.Register("launchlog.urls", &urls.URLConf{Patterns: []urls.Pattern{
		urls.Path("", &web.View{Name: "launchlog.launches", Call: site{connections}.launches}, urls.Name("launches")),
	}})
	handler, err := handlers.NewWSGIHandler(settings, handlers.Options{Connections: connections})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; listen elsewhere, such as with -addr localhost:9000", err)
	}
	log.Printf("http://%s/ (Ctrl-C ends)", listener.Addr())
	return gateway.Serve(ctx, listener, handler.Application())
}

func main() {
	addr := flag.String("addr", "localhost:8000", "where to listen")
	file := flag.String("db", "launchlog.sqlite", "the file of the database")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *addr, *file); err != nil {
		log.Fatal(err)
	}
}
