package web

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// View is the part of an application that knows what a page is about. Python
// finds the name of a function and the attributes that decorators left on it by
// itself; here they stand beside it.
type View struct {
	Name string // dotted, as messages show it: "site.views.index"

	// One of the two is set: Call for sync code, CallAsync for async code.
	Call      func(request *Request, args *Args) (Response, error)
	CallAsync func(ctx context.Context, request *Request, args *Args) (Response, error)

	NonAtomic     []string       // aliases of the databases that non_atomic_requests names
	IsObject      bool           // a callable object, no function: messages add .__call__ to the name
	NoAppendSlash bool           // should_append_slash = False
	Attributes    map[string]any // whatever else a decorator sets, such as csrf_exempt
}

// Args are the arguments of a view, positional and by keyword. View hooks and
// the view share one object, so a hook that changes it changes the call. It
// must not be copied.
//
// A value that came out of the path is kept as the text it was, and is made an
// int only for whoever asks: that costs no allocation.
type Args struct {
	positional *[]any // nil for none, as most routes have
	keywords   []keyword
}

// keyword is one argument with a name. The value is what isText or a Lazy make
// of text, any other value is what it is.
type keyword struct {
	name, text string
	value      any
}

type isText struct{}

// Lazy makes the value of a text that was found in a path. It is called each
// time the value is asked for, so it has to be cheap, and it cannot fail.
type Lazy func(text string) any

// NewArgs gives arguments by position; Set adds those by keyword.
func NewArgs(positional ...any) *Args { return &Args{positional: &positional} }

// Positional gives the arguments by position. A group that took no part in a
// match is nil.
func (a *Args) Positional() []any {
	if a.positional == nil {
		return nil
	}
	return *a.positional
}

// SetPositional replaces the arguments by position.
func (a *Args) SetPositional(values ...any) { a.positional = &values }

// Len is the number of arguments, of both kinds.
func (a *Args) Len() int { return len(a.Positional()) + len(a.keywords) }

// find gives the index of a keyword, -1 if there is none.
func (a *Args) find(name string) int {
	for i := range a.keywords {
		if a.keywords[i].name == name {
			return i
		}
	}
	return -1
}

// get makes the value.
func (k *keyword) get() any {
	switch value := k.value.(type) {
	case isText:
		return k.text
	case Lazy:
		return value(k.text)
	default:
		return value
	}
}

// Get gives a keyword argument.
func (a *Args) Get(name string) (value any, ok bool) {
	i := a.find(name)
	if i < 0 {
		return nil, false
	}
	return a.keywords[i].get(), true
}

// Int gives a keyword argument that is an int, else 0.
func (a *Args) Int(name string) int {
	i := a.find(name)
	if i < 0 {
		return 0
	}
	switch value := a.keywords[i].value.(type) {
	case int:
		return value
	case Lazy: // no need to make an interface of it first
		if n, err := strconv.Atoi(a.keywords[i].text); err == nil {
			return n
		}
	}
	return 0
}

// String gives a keyword argument that is text, else "".
func (a *Args) String(name string) string {
	i := a.find(name)
	if i < 0 {
		return ""
	}
	switch value := a.keywords[i].value.(type) {
	case isText:
		return a.keywords[i].text
	case string:
		return value
	}
	return ""
}

// Set gives a keyword argument a value. A new one comes last.
func (a *Args) Set(name string, value any) { a.put(keyword{name: name, value: value}) }

// SetText is Set with text, without an allocation for it.
func (a *Args) SetText(name, text string) { a.put(keyword{name, text, isText{}}) }

// SetLazy is Set with what value makes of a text.
func (a *Args) SetLazy(name, text string, value Lazy) { a.put(keyword{name, text, value}) }

func (a *Args) put(k keyword) {
	if i := a.find(k.name); i >= 0 {
		a.keywords[i] = k
		return
	}
	a.keywords = append(a.keywords, k)
}

// Delete takes a keyword argument away, if it is there.
func (a *Args) Delete(name string) {
	if i := a.find(name); i >= 0 {
		a.keywords = slices.Delete(a.keywords, i, i+1)
	}
}

// Keywords goes through the keyword arguments in order.
func (a *Args) Keywords() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range a.keywords {
			if !yield(a.keywords[i].name, a.keywords[i].get()) {
				return
			}
		}
	}
}

// Endpoint is what is known of a view's place in a URLconf before any path
// comes. All matches of that place share it, so it must not be changed.
type Endpoint struct {
	View        *View
	URLName     string   // the name of the route, for reverse
	Named       bool     // whether it has one; Django's url_name is None if not
	Route       string   // the routes that matched, joined
	AppNames    []string // from the outside in, without those of includes that have none
	Namespaces  []string
	ExtraKwargs []Keyword // the arguments that the routes name, those of the include first
	Source      Source    // the resolver that it belongs to; nil if nobody can say what was tried
}

// Keyword is an argument with its name.
type Keyword struct {
	Name  string
	Value any
}

// ViewName is the name of the route, or of the view if the route has none, behind
// the namespaces: "shop:detail". Django: urls/resolvers.py ResolverMatch.view_name.
func (e *Endpoint) ViewName() string {
	name := e.URLName
	if name == "" {
		name = e.View.Name
	}
	if len(e.Namespaces) == 0 {
		return name
	}
	return e.Namespace() + ":" + name
}

// AppName joins AppNames with colons. Django: urls/resolvers.py
// ResolverMatch.app_name.
func (e *Endpoint) AppName() string { return strings.Join(e.AppNames, ":") }

// Namespace joins Namespaces with colons. Django: urls/resolvers.py
// ResolverMatch.namespace.
func (e *Endpoint) Namespace() string { return strings.Join(e.Namespaces, ":") }

// ResolverMatch says where a path leads. Its View, Route and the like are those
// of the Endpoint. Django: urls/resolvers.py ResolverMatch.
type ResolverMatch struct {
	*Endpoint
	Args *Args

	path string
	args Args
}

// TriedPattern is a pattern that a path was compared with.
type TriedPattern struct{ Route, Name string }

// Source is the resolver that made a match, and can say how it came to it.
type Source interface {
	// Tried gives the chains of patterns that were tried for path, from the
	// outside in, in order; the last one is the match.
	Tried(path string) [][]TriedPattern
	// CapturedKwargs gives what the innermost pattern took out of path.
	CapturedKwargs(path string) []Keyword
}

// roomy is a match with room for the arguments of most routes.
type roomy struct {
	ResolverMatch
	room [2]keyword
}

// NewResolverMatch makes a match of path, with room for so many keyword
// arguments. The source takes the place of the endpoint's unless it is nil.
func NewResolverMatch(endpoint *Endpoint, path string, source Source, room int) *ResolverMatch {
	if source != nil {
		copied := *endpoint
		copied.Source = source
		endpoint = &copied
	}
	switch { // one allocation, and no larger than need be
	case room == 0:
		return new(ResolverMatch).fill(endpoint, path, nil)
	case room <= len(roomy{}.room):
		match := new(roomy)
		return match.fill(endpoint, path, match.room[:0])
	}
	return new(ResolverMatch).fill(endpoint, path, make([]keyword, 0, room))
}

// NewResolverMatch makes a match in the room that the request has for one, so
// that it costs no allocation. A second match, and one of more arguments, is
// made as any other.
func (r *Request) NewResolverMatch(endpoint *Endpoint, path string, room int) *ResolverMatch {
	if r == nil || r.match.Endpoint != nil {
		return NewResolverMatch(endpoint, path, nil, room)
	}
	keywords := r.argument[:0]
	if room > len(r.argument) {
		keywords = make([]keyword, 0, room)
	}
	return r.match.fill(endpoint, path, keywords)
}

func (m *ResolverMatch) fill(endpoint *Endpoint, path string, room []keyword) *ResolverMatch {
	m.Endpoint, m.path = endpoint, path
	m.args.keywords = room
	m.Args = &m.args
	return m
}

// Tried gives the chains of patterns that were tried, from the outside in, in
// order; the last one is the match. It is found out again for each call, since
// hardly anybody asks. Django: urls/resolvers.py ResolverMatch.tried.
func (m *ResolverMatch) Tried() [][]TriedPattern {
	if m.Source == nil {
		return nil
	}
	return m.Source.Tried(m.path)
}

// CapturedKwargs gives what the innermost route took out of the path, whatever
// became of Args since. Django: urls/resolvers.py ResolverMatch.captured_kwargs.
func (m *ResolverMatch) CapturedKwargs() []Keyword {
	if m.Source == nil {
		return nil
	}
	return m.Source.CapturedKwargs(m.path)
}
