package main

import (
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"basehandler/final"
	"basehandler/internal/httpd"
	"basehandler/internal/play"
	"basehandler/internal/site"
	"basehandler/slides"
	"basehandler/tests"
)

// serverFlags are those of the verbs that serve the course.
type serverFlags struct {
	Addr string `default:"127.0.0.1:8000" placeholder:"HOST:PORT" help:"Where to listen. Default: ${default}, on this machine only."`
	Open bool   `help:"Open a browser there."`
}

type serveCommand struct{ serverFlags }

func (serveCommand) Help() string {
	return `One page leads to everything: the chapters with their differences and files, the slides, requests to try, and the site of each step. Nothing is fetched from the network, and no checkout is needed: all of it is in this program.

The server runs until Ctrl-C, and then finishes the requests in flight, for at most 10 seconds; a second Ctrl-C stops it at once.

Examples:

    walkthrough serve
    walkthrough serve --open
    walkthrough serve --addr 127.0.0.1:9000
    walkthrough serve --addr 0.0.0.0:8000     for others in the room, too

Whoever reaches the last one can read the course and send requests to the steps, which run inside this program; the code is theirs to read, not to change.`
}

func (c *serveCommand) Run(e *env) error { return e.serve(c.serverFlags, "serve", "/") }

// serve serves the course until Ctrl-C, and leads people to start. The command
// is what was typed, without its flags.
func (e *env) serve(flags serverFlags, command, start string) error {
	addr, err := hostPort(flags.Addr)
	if err != nil {
		return err
	}
	cases, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		return err
	}
	listener, err := httpd.Listen(addr, self+" "+command)
	if err != nil {
		return err
	}
	defer listener.Close()
	host, _, _ := net.SplitHostPort(addr)
	public := !listener.Addr().(*net.TCPAddr).IP.IsLoopback()
	s, err := site.New(site.Needs{
		Library: embedded,
		Final:   final.Files,
		Golden:  cases,
		Slides:  slides.Files,
		Open:    play.Linked,
		Public:  public,
		Names:   names(host),
		Log:     e.stderr,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	s.Warm()
	server := &http.Server{
		Handler:           s,
		ErrorLog:          log.New(e.stderr, "", log.Ltime),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}

	url := "http://" + httpd.Browsable(listener.Addr().String())
	fmt.Fprintf(e.stdout, "The course:  %s/\nThe slides:  %s/slides/\n", url, url)
	if start != "/" && start != "/slides/" {
		fmt.Fprintf(e.stdout, "Begin here:  %s%s\n", url, start)
	}
	if public {
		for _, other := range httpd.Reachable(listener.Addr().String()) {
			fmt.Fprintf(e.stdout, "For others:  http://%s/\n", other)
		}
		fmt.Fprintf(e.stderr, "Warning: --addr %s opens this to the network. Whoever reaches it can read the course and send requests to the steps, and nobody is asked who they are. Without --addr it is for this machine only.\n", flags.Addr)
	}
	fmt.Fprintln(e.stdout, "Ctrl-C stops it.")

	ctx, abort, stop := interrupts()
	defer stop()
	if flags.Open {
		openBrowser(url+start, func(err error) {
			if ctx.Err() == nil {
				fmt.Fprintf(e.stderr, "No browser could be opened (%v). Open this page in one: %s%s\n", err, url, start)
			}
		})
	}
	return httpd.Serve(ctx, abort, server, listener, e.stdout)
}

// names are those that the server goes by besides its addresses.
func names(host string) []string {
	all := []string{host}
	if name, err := os.Hostname(); err == nil {
		all = append(all, name, name+".local")
	}
	return all
}

// hostPort reads the flag --addr, of which the host may be left out.
func hostPort(typed string) (string, error) {
	addr := typed
	if !strings.Contains(addr, ":") {
		addr = "127.0.0.1:" + addr
	}
	_, port, err := net.SplitHostPort(addr)
	if number, convErr := strconv.Atoi("0" + port); err != nil || convErr != nil || number > 65535 {
		return "", usageError{fmt.Errorf("--addr is a host and a port, such as 127.0.0.1:9000, and not %q", typed)}
	}
	return addr, nil
}
