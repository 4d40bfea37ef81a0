package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// app is an application: layers around routes that all lead to one view.
type app struct {
	layers []layer
	routes []string // "" is the root; {id} stands for a number
	detail bool     // the view reads {id} and gives JSON; else it greets
}

// layer is one middleware. The first is the outermost.
type layer struct {
	does        action
	name, value string
}

type action int

const (
	passOn     action = iota // call what is inside, no more
	setValue                 // leave a user on the request, under the name
	setHeader                // set a header of the response
	readCookie               // leave a user on the request if the cookie name is there
)

// The contents are made once: what is measured is the way to the view and back.
var (
	greeting = []byte("Hello, world!\n")
	document = []byte(`{"items": "` + strings.Repeat("x", 1024-13) + `"}`)
	nothing  = []byte("There is no such page.\n")
)

const (
	html  = "text/html; charset=utf-8"
	json  = "application/json"
	plain = "text/plain; charset=utf-8"
)

// user is what middleware leaves on a request: a pointer, which costs no
// allocation to put into an interface.
type user struct{ name string }

var ada = &user{"ada"}

// benchmark is an application and a request to it. The application is made for
// its own case only: each of ten thousand routes is something that the garbage
// collector has to look at, over and over, and the others would pay for it.
type benchmark struct {
	name   string
	app    func() app
	path   string
	status int
}

func (b benchmark) request() *http.Request {
	r := httptest.NewRequest("GET", b.path, nil)
	if b.app().detail { // as a browser or a client of an API sends it
		r.Header.Set("Cookie", "session=abcdef0123456789")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("User-Agent", "bench")
	}
	return r
}

var benchmarks = []benchmark{
	{"hello", func() app { return app{routes: []string{""}} }, "/", 200},
	{"values", func() app { return app{layers: layers(setValue), routes: []string{""}} }, "/", 200},
	{"headers", func() app { return app{layers: layers(setHeader), routes: []string{""}} }, "/", 200},
	{"typical", typical, "/api/v1/resource42/17/", 200},
	{"last", func() app { return app{routes: sections(10000)} }, "/section9999/7/", 200},
	{"miss", func() app { return app{routes: sections(10000)} }, "/nowhere/7/", 404},
}

// layers are ten that do the same, each for a name of its own.
func layers(does action) []layer {
	list := make([]layer, 10)
	for i := range list {
		list[i] = layer{does, fmt.Sprintf("X-Name-%d", i), "value"}
	}
	return list
}

func sections(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("section%d/{id}/", i)
	}
	return list
}

// typical is what many sites look like: seven layers, sixty routes with a
// parameter, a cookie, a kilobyte of JSON.
func typical() app {
	a := app{detail: true, layers: []layer{
		{passOn, "", ""},
		{setHeader, "X-Content-Type-Options", "nosniff"},
		{setValue, "owner", ""},
		{setHeader, "X-Frame-Options", "DENY"},
		{readCookie, "session", ""},
		{setHeader, "Vary", "Cookie"},
		{passOn, "", ""},
	}}
	for i := range 60 {
		a.routes = append(a.routes, fmt.Sprintf("api/v1/resource%d/{id}/", i))
	}
	return a
}
