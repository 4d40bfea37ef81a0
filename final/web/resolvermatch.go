package web

import "strings"

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
