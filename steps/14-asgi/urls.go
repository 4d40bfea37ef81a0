package handler

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"basehandler/wsgi"
)

// View is the part of an application that knows what it is about. Python finds
// the name of a function out by itself, a Go function has to be told.
type View struct {
	Name string // dotted: "site.views.index"
	Call ViewFunc

	// CallAsync takes the place of Call in a view that is async code.
	CallAsync func(ctx context.Context, request *Request, kwargs Kwargs) (Response, error)

	// NonAtomic are the databases in which the view wants no transaction
	// around it. Django: the decorator non_atomic_requests.
	NonAtomic []string
}

// ViewFunc is the function that a view is.
type ViewFunc func(request *Request, kwargs Kwargs) (Response, error)

// Kwargs are the values that a route took out of the path, by name.
type Kwargs map[string]any

// URLConf is a table of URLs. They are tried in order, the first match wins.
type URLConf struct {
	Patterns []URLPattern
	Handlers map[int]ErrorView // by status: 400, 403, 404, 500
}

// ErrorView makes the page for an error. Django gives the one for 500 no
// exception; here it is there to be looked at, not to be shown.
type ErrorView func(request *Request, exception error) (Response, error)

// URLPattern is one line of the table: a route that leads to a view, or to
// more patterns.
type URLPattern struct {
	route      string
	regex      *regexp.Regexp
	converters map[string]converter
	view       View
	included   []URLPattern
}

// Path is the pattern of a view. A route is text with parameters in it, such
// as "launches/<int:year>/", without the slash that every path begins with. It
// panics on a route that cannot be read, as regexp.MustCompile does.
func Path(route string, view View) URLPattern {
	return compile(URLPattern{route: route, view: view}, "$")
}

// Include puts patterns behind a common beginning.
func Include(route string, patterns ...URLPattern) URLPattern {
	return compile(URLPattern{route: route, included: patterns}, "")
}

// converter says which texts a parameter takes and what it makes of them. An
// error means that the route does not match after all.
type converter struct {
	regex string
	value func(text string) (any, error)
}

var converters = map[string]converter{
	"int":  {`[0-9]+`, func(text string) (any, error) { return strconv.Atoi(text) }},
	"path": {`.+`, asText},
	"slug": {`[-a-zA-Z0-9_]+`, asText},
	"str":  {`[^/]+`, asText},
}

func asText(text string) (any, error) { return text, nil }

var parameter = regexp.MustCompile(`<[^>]*>`)

// compile makes a regular expression of a pattern's route.
func compile(pattern URLPattern, end string) URLPattern {
	pattern.converters = map[string]converter{}
	regex := parameter.ReplaceAllStringFunc(regexp.QuoteMeta(pattern.route), func(found string) string {
		kind, name, ok := strings.Cut(strings.Trim(found, "<>"), ":")
		if !ok {
			kind, name = "str", kind
		}
		converter, known := converters[kind]
		if !known {
			panic(fmt.Sprintf("URL route %q uses invalid converter %q.", pattern.route, kind))
		}
		pattern.converters[name] = converter
		return fmt.Sprintf("(?P<%s>%s)", name, converter.regex)
	})
	pattern.regex = regexp.MustCompile("^" + regex + end)
	return pattern
}

// match tries a pattern at the beginning of path and gives what is left of it.
func (p *URLPattern) match(path string) (kwargs Kwargs, rest string, ok bool) {
	found := p.regex.FindStringSubmatch(path)
	if found == nil {
		return nil, "", false
	}
	kwargs = Kwargs{}
	for name, converter := range p.converters {
		value, err := converter.value(found[p.regex.SubexpIndex(name)])
		if err != nil {
			return nil, "", false
		}
		kwargs[name] = value
	}
	return kwargs, path[len(found[0]):], true
}

// ResolverMatch says where a path leads.
type ResolverMatch struct {
	View   View
	Kwargs Kwargs
	Route  string // the routes that matched, joined: "launches/<int:year>/"
}

// resolve finds the view of a path. The error is a *Resolver404.
func (c URLConf) resolve(path string) (*ResolverMatch, error) {
	missed := &Resolver404{Path: strings.TrimPrefix(path, "/")}
	if match := missed.try(c.Patterns, missed.Path, ""); match != nil {
		return match, nil
	}
	return nil, missed
}

// try goes through patterns and, where one includes others, into them. What
// did not match is remembered for whoever has to find out why.
func (e *Resolver404) try(patterns []URLPattern, path, before string) *ResolverMatch {
	for _, pattern := range patterns {
		kwargs, rest, ok := pattern.match(path)
		route := before + pattern.route
		if !ok {
			e.Tried = append(e.Tried, route)
		} else if pattern.included == nil {
			return &ResolverMatch{View: pattern.view, Kwargs: kwargs, Route: route}
		} else if match := e.try(pattern.included, rest, route); match != nil {
			maps.Copy(kwargs, match.Kwargs)
			match.Kwargs = kwargs
			return match
		}
	}
	return nil
}

const keyURLConf = "walkthrough.urlconf"

// setURLConf notes which URLconf is the current one. Django keeps it in a
// variable of the thread; here the request carries it, in its environ.
func setURLConf(environ *wsgi.Environ, name string) { environ.Set(keyURLConf, name) }

// resetURLConf forgets it. It is called when the request is finished: until then
// a response that is still being streamed may need to know.
func resetURLConf(sent Sent) { sent.Environ.Delete(keyURLConf) }

// getURLConf gives the current URLconf's dotted name, "" outside a request.
func getURLConf(environ *wsgi.Environ) string { return environ.Get(keyURLConf) }
