package urls

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// ReverseOptions is what a URL is made with. The zero value, or nil, is a URL
// without arguments.
type ReverseOptions struct {
	// Args or Kwargs fill in the parameters, not both.
	Args   []any
	Kwargs map[string]any

	// CurrentApp is the instance namespace that is preferred where a name asks
	// for an application: "one", "one:two".
	CurrentApp string

	// Query is what follows a question mark. A value that is a slice gives one
	// pair for each of its items. RawQuery is the same, encoded already, as a
	// QueryDict gives it; one of the two is set.
	Query    []web.Keyword
	RawQuery string

	// Fragment is what follows a #, as it is; nil leaves out the # too.
	Fragment *string

	// ScriptPrefix is where the site begins; "" stands for "/". A slash at its
	// end is added. Django: urls/base.py set_script_prefix.
	ScriptPrefix string
}

// tables is what a level knows for reversing.
type tables struct {
	lookups    map[any][]*possibility // by name and by *web.View, the last pattern first
	namespaces map[string]namespace   // by instance
	apps       map[string][]string    // application → its instances, the last one first
}

// namespace is where the patterns of an instance are.
type namespace struct {
	prefix     string // the patterns that lead there
	level      *level
	converters map[string]*converter
}

// possibility is a pattern that a name may stand for.
type possibility struct {
	python     string // from here on, joined, without the ^ of each
	defaults   []web.Keyword
	converters map[string]*converter

	forms  func() []form
	before bool // whether what stands before it counts
	regex  func() (*regex, error)
}

// newTables makes the tables of a level, and of all that it includes. Django:
// urls/resolvers.py URLResolver._populate.
func newTables(l *level) *tables { return (&tabler{known: map[*level]*tables{}}).tables(l) }

// tabler makes tables. One that is in the works counts as empty, so that a
// URLconf may include itself.
type tabler struct{ known map[*level]*tables }

func (b *tabler) tables(l *level) *tables {
	if known := b.known[l]; known != nil {
		return known
	}
	t := &tables{lookups: map[any][]*possibility{}, namespaces: map[string]namespace{}, apps: map[string][]string{}}
	b.known[l] = t
	for _, e := range slices.Backward(l.entries) {
		python := strings.TrimPrefix(e.pattern.python, "^")
		own := map[string]*converter{}
		for _, param := range e.pattern.params {
			if param.converter != nil {
				own[param.name] = param.converter
			}
		}
		if e.sub == nil {
			p := newPossibility(python, e.extra, own)
			t.lookups[e.view] = append(t.lookups[e.view], p)
			if e.named {
				t.lookups[e.name] = append(t.lookups[e.name], p)
			}
			continue
		}
		inner := b.tables(e.sub)
		if e.app != "" {
			t.apps[e.app] = append(t.apps[e.app], e.instance)
			t.namespaces[e.instance] = namespace{python, e.sub, own}
			continue
		}
		for name, possibilities := range inner.lookups {
			for _, p := range possibilities {
				t.lookups[name] = append(t.lookups[name], p.behind(python, e.extra, own))
			}
		}
		for name, n := range inner.namespaces {
			t.namespaces[name] = namespace{python + n.prefix, n.level, over(n.converters, own)}
		}
		for app, instances := range inner.apps {
			t.apps[app] = append(t.apps[app], instances...)
		}
	}
	return t
}

func newPossibility(python string, defaults []web.Keyword, converters map[string]*converter) *possibility {
	p := &possibility{python: python, defaults: defaults, converters: converters}
	p.forms = sync.OnceValue(func() []form { return normalize(python) })
	p.regex = sync.OnceValues(func() (*regex, error) {
		// Each pattern is right, but two may have a parameter of the same name.
		t, err := translate(python, lineEnd, true)
		if err != nil {
			return nil, invalid(python, err)
		}
		p.before = t.before
		return compile("^", python, "", false)
	})
	return p
}

// behind gives the possibility as it is seen from an include around it.
func (p *possibility) behind(python string, defaults []web.Keyword, converters map[string]*converter) *possibility {
	return newPossibility(python+p.python, merge(p.defaults, defaults), over(converters, p.converters))
}

// over lays converters over others.
func over(under, over map[string]*converter) map[string]*converter {
	if len(over) == 0 {
		return under
	}
	if len(under) == 0 {
		return over
	}
	merged := maps.Clone(under)
	maps.Copy(merged, over)
	return merged
}

// nsKey names what was looked up inside a namespace.
type nsKey struct {
	prefix string
	level  *level
	view   any
}

// Reverse gives the URL of a view, by the name of its route, which may have
// namespaces before it ("shop:detail"), or by the *web.View itself. The error is
// a *NoReverseMatch, an *exceptions.ValueError for arguments of both kinds, or
// an *exceptions.ImproperlyConfigured for a regular expression that is wrong.
// Django: urls/base.py reverse.
func (r *Resolver) Reverse(viewname any, options *ReverseOptions) (string, error) {
	if options == nil {
		options = &ReverseOptions{}
	}
	view, here, prefix := viewname, r.root, ""
	var converters map[string]*converter
	if name, ok := viewname.(string); ok {
		path := strings.Split(name, ":")
		view = path[len(path)-1]
		path = path[:len(path)-1]
		var current []string
		if options.CurrentApp != "" {
			current = strings.Split(options.CurrentApp, ":")
		}
		for i, ns := range path {
			tables, err := r.tables(here)
			if err != nil {
				return "", err
			}
			wanted := ""
			if i < len(current) {
				wanted = current[i]
			}
			// A name may be that of an application: then it stands for the
			// preferred instance of it, the one called like it, or the last.
			if instances := tables.apps[ns]; instances != nil {
				if wanted != "" && slices.Contains(instances, wanted) {
					ns = wanted
				} else if !slices.Contains(instances, ns) {
					ns = instances[0]
				}
			}
			if i >= len(current) || ns != wanted {
				current = nil
			}
			next, ok := tables.namespaces[ns]
			if !ok {
				message := pyRepr(ns) + " is not a registered namespace"
				if i > 0 {
					message += " inside '" + strings.Join(path[:i], ":") + "'"
				}
				return "", &NoReverseMatch{message}
			}
			path[i] = ns
			here, prefix, converters = next.level, prefix+next.prefix, over(converters, next.converters)
		}
	}
	if len(options.Args) > 0 && len(options.Kwargs) > 0 {
		return "", &exceptions.ValueError{Message: "Don't mix *args and **kwargs in call to reverse()!"}
	}
	possibilities, err := r.possibilities(here, prefix, converters, view)
	if err != nil {
		return "", err
	}
	script := options.ScriptPrefix
	if !strings.HasSuffix(script, "/") {
		script += "/"
	}
	for _, p := range possibilities {
		text, ok, err := p.reverse(script, options)
		if err != nil {
			return "", err
		}
		if ok {
			return options.finish(web.EscapeLeadingSlashes(web.QuoteURL(text))), nil
		}
	}
	return "", noReverse(view, options, possibilities)
}

// tables gives the tables of a level. They are made of regular expressions that
// are right only.
func (r *Resolver) tables(l *level) (*tables, error) {
	r.checked.Do(func() { r.wrong = r.root.check(map[*level]bool{}) })
	if len(r.wrong) > 0 {
		return nil, r.wrong[0]
	}
	return l.reverses(), nil
}

// possibilities gives the patterns that a name may stand for on a level, seen
// from the root.
func (r *Resolver) possibilities(l *level, prefix string, converters map[string]*converter, view any) ([]*possibility, error) {
	tables, err := r.tables(l)
	if err != nil || prefix == "" {
		if err != nil {
			return nil, err
		}
		return tables.lookups[view], nil
	}
	key := nsKey{prefix, l, view}
	if cached, ok := r.cache.Load(key); ok {
		return cached.([]*possibility), nil
	}
	var found []*possibility
	for _, p := range tables.lookups[view] {
		found = append(found, p.behind(prefix, nil, converters))
	}
	if found != nil { // names that do not exist have no end
		r.cache.Store(key, found)
	}
	return found, nil
}

// reverse fills a pattern in, if the arguments fit it. Django: urls/resolvers.py
// URLResolver._reverse_with_prefix.
func (p *possibility) reverse(script string, options *ReverseOptions) (text string, ok bool, err error) {
	for _, form := range p.forms() {
		values, ok, err := p.values(form.params(), options)
		if err != nil {
			return "", false, err
		}
		if !ok {
			continue
		}
		filled, ok := form.fill(values)
		if !ok {
			continue // Django fails with a KeyError
		}
		ok, err = p.matches(script, filled)
		if ok || err != nil {
			return script + filled, ok, err
		}
	}
	return "", false, nil
}

// values gives the text of the arguments, if they are those that the parameters
// need.
func (p *possibility) values(params []string, options *ReverseOptions) (map[string]string, bool, error) {
	values := make(map[string]string, len(params))
	put := func(name string, value any) (bool, error) {
		c := p.converters[name]
		if c == nil {
			values[name] = pyText(value)
			return true, nil
		}
		text, err := c.toURL(value)
		if err != nil && refuses(err) {
			return false, nil
		}
		values[name] = text
		return err == nil, err
	}
	if len(options.Args) > 0 {
		if len(options.Args) != len(params) {
			return nil, false, nil
		}
		for i, name := range params {
			if ok, err := put(name, options.Args[i]); !ok {
				return nil, false, err
			}
		}
		return values, true, nil
	}
	isDefault := func(name string) bool {
		return slices.ContainsFunc(p.defaults, func(k web.Keyword) bool { return k.Name == name })
	}
	for _, name := range params {
		if _, given := options.Kwargs[name]; !given && !isDefault(name) {
			return nil, false, nil
		}
	}
	for name := range options.Kwargs {
		if !slices.Contains(params, name) && !isDefault(name) {
			return nil, false, nil
		}
	}
	for _, keyword := range p.defaults {
		given, ok := options.Kwargs[keyword.Name]
		if ok && !slices.Contains(params, keyword.Name) && !pyEqual(given, keyword.Value) {
			return nil, false, nil
		}
	}
	for name, value := range options.Kwargs {
		if ok, err := put(name, value); !ok {
			return nil, false, err
		}
	}
	return values, true, nil
}

// matches tells whether the pattern resolves what it was filled in with.
func (p *possibility) matches(script, filled string) (bool, error) {
	regex, err := p.regex()
	if err != nil {
		return false, err
	}
	if p.before {
		// A bar parts the script prefix, too, so that the other side may match
		// anywhere; and behind the prefix there is no start.
		if regex, err = compile("^"+regexp.QuoteMeta(script), p.python, "", false); err != nil {
			return false, err
		}
		filled = script + filled
	}
	return regex.on(filled).MatchString(filled), nil
}

// finish adds the query and the fragment.
func (o *ReverseOptions) finish(path string) string {
	query := o.RawQuery
	for _, keyword := range o.Query {
		for _, value := range items(keyword.Value) {
			if query != "" {
				query += "&"
			}
			query += url.QueryEscape(keyword.Name) + "=" + url.QueryEscape(pyText(value))
		}
	}
	if query != "" {
		path += "?" + query
	}
	if o.Fragment != nil {
		path += "#" + *o.Fragment
	}
	return path
}

// items gives the items of a slice, or the value itself. Python:
// urllib.parse.urlencode with doseq.
func items(value any) []any {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem().Kind() == reflect.Uint8 {
		return []any{value}
	}
	all := make([]any, v.Len())
	for i := range all {
		all[i] = v.Index(i).Interface()
	}
	return all
}

// noReverse makes the error for arguments that fit no pattern, or for a name
// that has none.
func noReverse(view any, options *ReverseOptions, possibilities []*possibility) error {
	name := fmt.Sprint(view)
	if v, ok := view.(*web.View); ok {
		name = v.Name
	}
	if len(possibilities) == 0 {
		return &NoReverseMatch{fmt.Sprintf("Reverse for '%s' not found. '%[1]s' is not a valid view function or pattern name.", name)}
	}
	with := "no arguments"
	if len(options.Args) > 0 {
		var texts []string
		for _, arg := range options.Args {
			texts = append(texts, pyRepr(arg))
		}
		if len(texts) == 1 {
			texts[0] += ","
		}
		with = "arguments '(" + strings.Join(texts, ", ") + ")'"
	} else if len(options.Kwargs) > 0 {
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(options.Kwargs)) {
			texts = append(texts, pyRepr(name)+": "+pyRepr(options.Kwargs[name]))
		}
		with = "keyword arguments '{" + strings.Join(texts, ", ") + "}'"
	}
	var patterns []string
	for _, p := range possibilities {
		patterns = append(patterns, pyRepr(p.python))
	}
	return &NoReverseMatch{fmt.Sprintf("Reverse for '%s' with %s not found. %d pattern(s) tried: [%s]",
		name, with, len(patterns), strings.Join(patterns, ", "))}
}
