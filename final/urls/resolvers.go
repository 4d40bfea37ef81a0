package urls

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// Resolver finds the view of a path, and the path of a view. It is made of a
// URLconf once, and may be used by many goroutines. Django: urls/resolvers.py
// URLResolver.
type Resolver struct {
	table *URLConf
	root  *level
	tree  *tree // of root

	cache   sync.Map // of reversals inside namespaces: nsKey → []*possibility
	checked sync.Once
	wrong   []error // what Check says, found out before the first reversal
}

// level is the patterns of one URLconf.
type level struct {
	entries  []*entry
	tree     func() *tree   // built when it is first needed
	reverses func() *tables // likewise
}

// entry is one pattern of a level: it leads to a view or to a level.
type entry struct {
	pattern  *pattern
	view     *web.View
	sub      *level // nil for a view
	name     string
	named    bool
	extra    []web.Keyword
	app      string
	instance string
}

// NewResolver compiles a root URLconf. The error is an
// *exceptions.ImproperlyConfigured, or an *exceptions.TypeError for a pattern
// without a view. As in Django, a regular expression that is wrong is an error
// only when it is used for the first time; Check finds it before.
func NewResolver(root *URLConf) (*Resolver, error) {
	if root == nil {
		return nil, noPatterns("None")
	}
	r := &Resolver{table: root}
	b := builder{resolver: r, root: root, levels: map[*URLConf]*level{}}
	var err error
	if r.root, err = b.level(root, nil); err != nil {
		return nil, err
	}
	r.tree = r.root.tree()
	return r, nil
}

// URLConf gives the table that the resolver is made of.
func (r *Resolver) URLConf() *URLConf { return r.table }

func noPatterns(name string) error {
	return improper(fmt.Sprintf("The included URLconf '%s' does not appear to have any patterns in it. "+
		"If you see the 'Patterns' field with valid patterns in it then the issue is probably caused by a nil URLconf.", name))
}

// builder makes levels of URLconfs, one of each, so that a URLconf may include
// itself.
type builder struct {
	resolver *Resolver
	root     *URLConf
	levels   map[*URLConf]*level
}

func (b *builder) level(urlconf *URLConf, inherited map[string]*converter) (*level, error) {
	if known := b.levels[urlconf]; known != nil {
		return known, nil
	}
	l := &level{}
	l.tree = sync.OnceValue(func() *tree { return newTree(l, b.resolver) })
	l.reverses = sync.OnceValue(func() *tables { return newTables(l) })
	b.levels[urlconf] = l
	converters := inherited
	if converters == nil {
		converters = getConverters(b.root.Converters, urlconf.Converters)
	}
	for i := range urlconf.Patterns {
		e, err := b.entry(&urlconf.Patterns[i], converters)
		if err != nil {
			return nil, err
		}
		l.entries = append(l.entries, e)
	}
	return l, nil
}

func (b *builder) entry(p *Pattern, converters map[string]*converter) (*entry, error) {
	e := &entry{view: p.view, name: p.name, named: p.named, extra: p.extra}
	var err error
	switch {
	case p.included != nil:
		urlconf, err := b.included(p)
		if err != nil {
			return nil, err
		}
		if e.app = p.app; urlconf.AppName != "" {
			e.app = urlconf.AppName
		}
		if e.instance = p.instance; e.instance == "" {
			e.instance = e.app
		} else if e.app == "" {
			return nil, improper("Specifying a namespace in include() without providing an app_name is not supported. " +
				"Set the AppName field in the included URLconf, or give the AppName option to Include.")
		}
		// A bare list stands among the converters of the URLconf around it.
		inherited := converters
		if _, bare := p.included.(Patterns); !bare {
			inherited = nil
		}
		if e.sub, err = b.level(urlconf, inherited); err != nil {
			return nil, err
		}
	case p.view == nil:
		return nil, &exceptions.TypeError{Message: "view must be a callable or a list/tuple in the case of include()."}
	}
	if p.isRegex {
		e.pattern = newRegex(p.text, e.sub == nil)
	} else if e.pattern, err = newRoute(p.text, e.sub == nil, converters); err != nil {
		return nil, err
	}
	return e, nil
}

func (b *builder) included(p *Pattern) (*URLConf, error) {
	modules := b.root.Modules
	if modules == nil {
		modules = &conf.Default
	}
	urlconf, err := p.included.urlconf(modules)
	if err == nil && urlconf == nil {
		err = noPatterns("None")
	}
	return urlconf, err
}

// Check compiles all regular expressions, and gives the errors of those that
// are wrong. Django: urls/resolvers.py URLResolver.check.
func (r *Resolver) Check() error { return errors.Join(r.root.check(map[*level]bool{})...) }

func (l *level) check(seen map[*level]bool) (errs []error) {
	if seen[l] {
		return nil
	}
	seen[l] = true
	for _, e := range l.entries {
		// A simple pattern has been read already, so its expression is right.
		if !e.pattern.parsed.simple {
			if _, err := e.pattern.regex(); err != nil {
				errs = append(errs, err)
			}
		}
		if e.sub != nil {
			errs = append(errs, e.sub.check(seen)...)
		}
	}
	return errs
}

// Resolve finds the view of a path, which begins with a slash. The error is a
// *Resolver404, an *exceptions.ImproperlyConfigured for a regular expression
// that is wrong, or what a converter said other than that it refuses. Django:
// urls/resolvers.py URLResolver.resolve.
func (r *Resolver) Resolve(path string) (*web.ResolverMatch, error) {
	return r.resolveFor(path, nil)
}

// ResolveRequest is Resolve for the path of a request, which has room for the
// match: it costs no allocation.
func (r *Resolver) ResolveRequest(request *web.Request) (*web.ResolverMatch, error) {
	return r.resolveFor(request.PathInfo, request)
}

func (r *Resolver) resolveFor(path string, request *web.Request) (*web.ResolverMatch, error) {
	rest, found := strings.CutPrefix(path, "/")
	if found {
		match, err := r.resolve(r.tree, path, rest, nil, request)
		if match != nil || err != nil {
			return match, err
		}
	}
	return nil, &Resolver404{Path: rest, path: path, source: r}
}

// resolve finds the match of a tree for what is left of a path. Both results
// are nil if there is none. The outer frame is that of the include whose tree
// this is. The request has the room for the match, if there is one.
func (r *Resolver) resolve(t *tree, path, rest string, outer *frame, request *web.Request) (*web.ResolverMatch, error) {
	f := frame{outer: outer, search: search{text: rest, after: -1}}
	for f.next(t) {
		leaf := f.leaf
		if len(rest) > leaf.limit {
			if ok, err := f.check(); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		if leaf.opaque != nil {
			start := f.at - leaf.skip
			var ok bool
			var err error
			if f.caught, ok, err = leaf.opaque.pattern.match(rest[start:]); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
			if leaf.opaque.sub != nil {
				kept := new(frame) // f itself can so stay off the heap
				*kept = f
				match, err := r.resolve(leaf.opaque.sub.tree(), path, rest[start+f.caught.end:], kept, request)
				if match != nil || err != nil {
					return match, err
				}
				continue
			}
		}
		return f.match(path, request), nil
	}
	return nil, nil
}

// frame is a leaf that the search has reached, and what was taken out of the
// path on the way to it.
type frame struct {
	search
	outer  *frame
	caught matched // by the leaf's opaque pattern
	made   []any   // what converters that may refuse have made
}

// check asks the converters that may refuse.
func (f *frame) check() (ok bool, err error) {
	f.made = nil
	for i := range f.leaf.steps {
		c := f.leaf.steps[i].converter
		if c == nil || c.max == 0 && !c.eager() {
			continue
		}
		span := f.found[f.leaf.steps[i].span]
		param := param{converter: c}
		value, ok, err := param.take(f.text[span.start:span.end])
		if !ok {
			return false, err
		}
		if value.eager {
			f.made = append(f.made, value.value)
		}
	}
	return true, nil
}

// match makes the match of a view that was reached.
func (f *frame) match(path string, request *web.Request) *web.ResolverMatch {
	if f.outer == nil && f.leaf.opaque == nil {
		match := request.NewResolverMatch(f.leaf.endpoint, path, len(f.leaf.steps))
		f.set(match.Args)
		if f.leaf.positional {
			match.Args.SetPositional(f.positional()...)
		}
		return match
	}
	endpoint, room := f.leaf.endpoint, 0
	for frame := f; frame != nil; frame = frame.outer {
		room += len(frame.leaf.steps) + len(frame.caught.keywords)
		if frame.leaf.opaque != nil {
			room += len(frame.leaf.opaque.extra)
		}
		if frame.outer != nil {
			endpoint = frame.outer.leaf.join(endpoint)
		}
	}
	match := request.NewResolverMatch(endpoint, path, room)
	f.set(match.Args)
	if positional := f.positional(); len(positional) > 0 {
		match.Args.SetPositional(positional...)
	}
	return match
}

// join gives the endpoint that is reached through an opaque include.
func (l *leaf) join(inner *web.Endpoint) *web.Endpoint {
	if joined, ok := l.joined.Load(inner); ok {
		return joined.(*web.Endpoint)
	}
	joined, _ := l.joined.LoadOrStore(inner, join(l.endpoint, inner))
	return joined.(*web.Endpoint)
}

// join gives the endpoint that is reached through an include, which has one
// without a view.
func join(outer, inner *web.Endpoint) *web.Endpoint {
	joined := *inner
	joined.Route = joinRoute(outer.Route, inner.Route)
	joined.AppNames = concat(outer.AppNames, inner.AppNames)
	joined.Namespaces = concat(outer.Namespaces, inner.Namespaces)
	joined.ExtraKwargs = merge(outer.ExtraKwargs, inner.ExtraKwargs)
	return &joined
}

// joinRoute joins two routes, without the ^ that the second may begin with.
// Django: urls/resolvers.py URLResolver._join_route.
func joinRoute(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + strings.TrimPrefix(inner, "^")
}

func concat(outer, inner []string) []string {
	if len(outer) == 0 {
		return inner
	}
	return append(outer[:len(outer):len(outer)], inner...)
}

// merge lays keyword arguments over others, as Python's {**a, **b}.
func merge(under, over []web.Keyword) []web.Keyword {
	merged := under[:len(under):len(under)]
	copied := false
next:
	for _, keyword := range over {
		for i := range merged {
			if merged[i].Name == keyword.Name {
				if !copied {
					merged, copied = append([]web.Keyword(nil), merged...), true
				}
				merged[i] = keyword
				continue next
			}
		}
		merged, copied = append(merged, keyword), true
	}
	return merged
}

// set hands the keyword arguments to a view: from the outside in, and what was
// taken out of the path before what the route adds, so that the later wins.
func (f *frame) set(args *web.Args) {
	if f.outer != nil {
		f.outer.set(args)
	}
	made := f.made
	for i := range f.leaf.steps {
		step := &f.leaf.steps[i]
		if step.span < 0 {
			args.Set(step.name, step.value)
			continue
		}
		span := f.found[step.span]
		text := f.text[span.start:span.end]
		switch c := step.converter; {
		case c == nil:
			args.SetText(step.name, text)
		case c.eager():
			args.Set(step.name, made[0])
			made = made[1:]
		case c.lazy != nil:
			args.SetLazy(step.name, text, c.lazy)
		default:
			args.SetText(step.name, text)
		}
	}
	if f.leaf.opaque != nil {
		for i := range f.caught.keywords {
			f.caught.keywords[i].set(args)
		}
		for _, keyword := range f.leaf.opaque.extra {
			args.Set(keyword.Name, keyword.Value)
		}
	}
}

// positional gives the arguments without names. Those of the innermost pattern
// count always, those of an include only if there are no keyword arguments from
// there on inwards.
func (f *frame) positional() []any {
	var values []any
	bare := true // no keyword arguments so far
	for frame, inmost := f, true; frame != nil; frame = frame.outer {
		if opaque := frame.leaf.opaque; opaque != nil {
			bare = bare && len(frame.caught.keywords) == 0 && len(opaque.extra) == 0
			if bare || inmost {
				values = append(append([]any(nil), frame.caught.positional...), values...)
			}
			inmost = false
		}
		for i := len(frame.leaf.chain) - 1; i >= 0; i-- {
			link := &frame.leaf.chain[i]
			bare = bare && !link.keywords
			if bare || inmost {
				var own []any
				for _, j := range link.positional {
					span := frame.found[j]
					own = append(own, frame.text[span.start:span.end])
				}
				values = append(own, values...)
			}
			inmost = false
		}
	}
	return values
}
