package urls

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"basehandler/final/web"
)

// The reference: Django's resolver, put down as plainly as can be. It compares
// a path with one regular expression after the other, and knows no tree.

// answer is all that a match says.
type answer struct {
	View       string
	Positional []any
	Keywords   []web.Keyword
	Captured   []web.Keyword
	Extra      []web.Keyword
	Route      string
	AppNames   []string
	Namespaces []string
	Tried      [][]web.TriedPattern
	Err        string
}

func set(dict []web.Keyword, name string, value any) []web.Keyword {
	for i := range dict {
		if dict[i].Name == name {
			dict[i].Value = value
			return dict
		}
	}
	return append(dict, web.Keyword{Name: name, Value: value})
}

func setAll(dict []web.Keyword, others []web.Keyword) []web.Keyword {
	for _, keyword := range others {
		dict = set(dict, keyword.Name, keyword.Value)
	}
	return dict
}

// values gives what a pattern took out of the path.
func (m *matched) values() (dict []web.Keyword) {
	for i := range m.keywords {
		var args web.Args
		m.keywords[i].set(&args)
		for name, value := range args.Keywords() {
			dict = set(dict, name, value)
		}
	}
	return dict
}

// resolveLinear gives nil if nothing matches.
func resolveLinear(l *level, text string) (found *answer, tried [][]web.TriedPattern, err error) {
	tried = [][]web.TriedPattern{}
	for _, e := range l.entries {
		self := web.TriedPattern{Route: e.pattern.text, Name: e.name}
		m, ok, err := e.pattern.match(text)
		if err != nil {
			return nil, tried, err
		}
		if !ok {
			tried = append(tried, []web.TriedPattern{self})
			continue
		}
		if e.sub == nil {
			tried = append(tried, []web.TriedPattern{self})
			return &answer{
				View: e.view.Name, Positional: m.positional, Keywords: setAll(m.values(), e.extra),
				Captured: m.values(), Extra: e.extra, Route: e.pattern.text,
			}, tried, nil
		}
		inner, innerTried, err := resolveLinear(e.sub, text[m.end:])
		for _, chain := range innerTried {
			tried = append(tried, append([]web.TriedPattern{self}, chain...))
		}
		if err != nil {
			return nil, tried, err
		}
		if inner == nil {
			continue
		}
		inner.Keywords = setAll(setAll(m.values(), e.extra), inner.Keywords)
		if len(inner.Keywords) == 0 {
			inner.Positional = append(m.positional, inner.Positional...)
		}
		inner.Extra = setAll(slices.Clone(e.extra), inner.Extra)
		if e.pattern.text != "" {
			inner.Route = e.pattern.text + strings.TrimPrefix(inner.Route, "^")
		}
		if e.app != "" {
			inner.AppNames = append([]string{e.app}, inner.AppNames...)
			inner.Namespaces = append([]string{e.instance}, inner.Namespaces...)
		}
		return inner, tried, nil
	}
	return nil, tried, nil
}

// wanted is what the reference says of a path.
func wanted(r *Resolver, path string) *answer {
	rest, found := strings.CutPrefix(path, "/")
	if !found {
		return &answer{Err: "404 " + path}
	}
	a, tried, err := resolveLinear(r.root, rest)
	switch {
	case err != nil:
		return &answer{Err: err.Error()}
	case a == nil:
		return &answer{Err: "404 " + rest, Tried: tried}
	}
	a.Tried = tried
	return a
}

// got is what the resolver says of a path.
func got(r *Resolver, path string) *answer {
	match, err := r.Resolve(path)
	if missed, ok := err.(*Resolver404); ok {
		return &answer{Err: "404 " + missed.Path, Tried: missed.Tried()}
	} else if err != nil {
		return &answer{Err: err.Error()}
	}
	a := &answer{
		View: match.View.Name, Positional: match.Args.Positional(),
		Captured: match.CapturedKwargs(), Extra: match.ExtraKwargs,
		Route: match.Route, AppNames: match.AppNames, Namespaces: match.Namespaces, Tried: match.Tried(),
	}
	for name, value := range match.Args.Keywords() {
		a.Keywords = append(a.Keywords, web.Keyword{Name: name, Value: value})
	}
	return a
}

// same compares two answers; an empty list is as good as none.
func same(a, b *answer) bool {
	return fmt.Sprintf("%#v", *a) == fmt.Sprintf("%#v", *b) ||
		reflect.DeepEqual(plainAnswer(a), plainAnswer(b))
}

func plainAnswer(a *answer) answer {
	b := *a
	for _, list := range []*[]web.Keyword{&b.Keywords, &b.Captured, &b.Extra} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(b.Positional) == 0 {
		b.Positional = nil
	}
	for _, list := range []*[]string{&b.AppNames, &b.Namespaces} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	return b
}

// maker makes random URLconfs in which much overlaps, and paths that may match.
type maker struct {
	*rand.Rand
	names int
}

func pick[T any](m *maker, list ...T) T { return list[m.IntN(len(list))] }

func (m *maker) name() string {
	m.names++
	if m.IntN(4) == 0 {
		return pick(m, "a", "b") // now and then the same one again
	}
	return fmt.Sprintf("n%d", m.names)
}

// route gives a route with a path that it may match.
func (m *maker) route() (route, sample string) {
	used := map[string]bool{}
	for range m.IntN(4) {
		text := pick(m, "", "a", "b", "/", "a/", "b/", "-", "1", "é", "日/", ".html", "a.b(")
		route, sample = route+text, sample+text
		if m.IntN(2) == 0 {
			continue
		}
		name := m.name()
		if used[name] {
			continue
		}
		used[name] = true
		kind := pick(m, "int", "str", "slug", "path", "uuid", "odd", "year", "word")
		route += "<" + kind + ":" + name + ">"
		sample += m.sample(kind)
	}
	end := pick(m, "", "/", "/", "b", "-a/")
	return route + end, sample + end
}

func (m *maker) sample(kind string) string {
	switch kind {
	case "int":
		return pick(m, "0", "7", "007", "123456789012345678901234567890")
	case "path":
		return pick(m, "a", "a/b", "/", "b/1/")
	case "uuid":
		return "075194d3-6885-417e-a8a8-6c931e272f00"
	case "odd":
		return pick(m, "1", "2", "33", "44")
	case "year":
		return pick(m, "1999", "2021", "203")
	default:
		return pick(m, "a", "b1", "a-b", "é", "1", "x.y", "a\n")
	}
}

// regex gives a regular expression with a path that it may match.
func (m *maker) regex() (regex, sample string) {
	named := m.IntN(2) == 0
	for range 1 + m.IntN(4) {
		atom, text := pick(m, [2]string{"a", "a"}, [2]string{"b", "b"}, [2]string{"/", "/"}, [2]string{"[ab]", "a"},
			[2]string{"[0-9]", "7"}, [2]string{`\d`, "1"}, [2]string{`\w`, "é"}, [2]string{".", "x"}, [2]string{"[^/]", "é"},
			[2]string{"(?:a|b)", "b"}, [2]string{`\.`, "."}), ""
		count := pick(m, "", "", "+", "*", "?", "{2}", "{1,3}", "+?")
		text = strings.Repeat(atom[1], pick(m, 1, 1, 2, 3))
		piece := atom[0] + count
		switch m.IntN(4) {
		case 0:
			if named {
				piece = "(?P<" + fmt.Sprintf("g%d", len(regex)) + ">" + piece + ")"
			} else {
				piece = "(" + piece + ")"
			}
		case 1:
			if named {
				break
			}
			piece = "(" + piece + ")" + pick(m, "", "?")
		}
		regex, sample = regex+piece, sample+text
	}
	if m.IntN(5) > 0 {
		regex = "^" + regex
	}
	if m.IntN(2) == 0 {
		regex, sample = regex+"/", sample+"/"
	}
	return regex + pick(m, "", "$"), sample
}

func (m *maker) patterns(depth int) (patterns Patterns, samples []string) {
	for range 1 + m.IntN(6) {
		var options []Option
		if m.IntN(5) == 0 {
			options = append(options, Kwarg(pick(m, "a", "k"), pick[any](m, 1, "v", nil)))
		}
		text, sample, isRegex := "", "", m.IntN(3) == 0
		if isRegex {
			text, sample = m.regex()
		} else {
			text, sample = m.route()
		}
		if depth < 3 && m.IntN(3) == 0 {
			inner, more := m.patterns(depth + 1)
			if m.IntN(3) == 0 {
				options = append(options, AppName("app"), Namespace(pick(m, "one", "two")))
			}
			if isRegex {
				patterns = append(patterns, ReInclude(text, inner, options...))
			} else {
				patterns = append(patterns, Include(text, inner, options...))
			}
			for _, other := range more {
				samples = append(samples, sample+other)
			}
			continue
		}
		view := &web.View{Name: fmt.Sprintf("views.v%d", m.names)}
		m.names++
		if isRegex {
			patterns = append(patterns, RePath(text, view, options...))
		} else {
			patterns = append(patterns, Path(text, view, options...))
		}
		samples = append(samples, sample)
	}
	return patterns, append(samples, "")
}

// testConverters are one that refuses, one that is fixed, and one whose regular
// expression is no simple part.
var testConverters = map[string]Converter{
	"odd": {Regex: "[0-9]+", ToValue: func(text string) (any, error) {
		value := toInt(text)
		if n, ok := value.(int); ok && n%2 == 0 {
			_, err := ParseUUID(text) // any ValueError
			return nil, err
		}
		return value, nil
	}},
	"year": {Regex: "[0-9]{4}"},
	"word": {Regex: "(a|b)+|x"},
}

// mutate changes a letter here and there.
func (m *maker) mutate(path string) string {
	letters := []rune(path)
	for range m.IntN(3) {
		at := m.IntN(len(letters) + 1)
		letter := pick(m, 'a', 'b', '/', '1', '-', 'é', '\n')
		switch {
		case m.IntN(2) == 0 || at == len(letters):
			letters = slices.Insert(letters, at, letter)
		default:
			letters[at] = letter
		}
	}
	return string(letters)
}

// compare holds the tree against the reference for random paths. It gives the
// number of those that led to a view.
func compare(t *testing.T, seed uint64, paths ...string) (hits int) {
	t.Helper()
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 1))}
	patterns, samples := m.patterns(0)
	resolver, err := NewResolver(&URLConf{Patterns: patterns, Converters: testConverters})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for range 12 {
		paths = append(paths, "/"+m.mutate(pick(m, samples...)))
	}
	for _, path := range paths {
		want := wanted(resolver, path)
		if have := got(resolver, path); !same(want, have) {
			t.Fatalf("seed %d, path %q:\nwant %+v\n got %+v\n%s", seed, path, *want, *have, resolver.root.print(""))
		}
		if want.Err == "" {
			hits++
		}
	}
	return hits
}

// RaceDetector tells whether the tests run with -race, which makes them ten
// times as slow.
var RaceDetector bool

func TestTreeAgreesWithLinearResolver(t *testing.T) {
	rounds := uint64(4000)
	if testing.Short() || RaceDetector {
		rounds = 400
	}
	hits := 0
	for seed := range rounds {
		hits += compare(t, seed)
	}
	if uint64(hits) < rounds*2 {
		t.Errorf("only %d of %d paths led anywhere: the test has become blunt", hits, rounds*12)
	}
}

func FuzzResolve(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, "/a/1/b-a/")
	}
	f.Fuzz(func(t *testing.T, seed uint64, path string) {
		if utf8.ValidString(path) {
			compare(t, seed, path)
		}
	})
}

// A regular expression that the tree takes apart must match as before.
func FuzzRePath(f *testing.F) {
	for _, regex := range []string{`^a/(?P<n>\d{2,3})/$`, `^([^/]+)/(.*)$`, `^x*(y)`, `a|b$`, `^(?P<d>\d{4}-\d\d)[a-c]?/$`,
		`(?i)^Aé$`, `^[\w.-]+@`, `^(.+)-$`, `^a{,2}[]x]*\Z`, `^a*\Z`} {
		f.Add(regex, "/a/12/")
		f.Add(regex, "/ab1999-12/\n")
	}
	f.Fuzz(func(t *testing.T, regex, path string) {
		regex, path = strings.ToValidUTF8(regex, "é"), strings.ToValidUTF8(path, "é")
		for _, pattern := range []Pattern{
			RePath(regex, &web.View{Name: "v"}),
			ReInclude(regex, Patterns{RePath("", &web.View{Name: "v"})}),
		} {
			resolver, err := NewResolver(&URLConf{Patterns: []Pattern{pattern}})
			if err != nil {
				t.Fatal(err)
			}
			if want, have := wanted(resolver, path), got(resolver, path); !same(want, have) {
				t.Fatalf("%q, path %q:\nwant %+v\n got %+v", regex, path, *want, *have)
			}
		}
	})
}

// What resolves can be reversed, and gives the path that it was, but for the
// zeros at the front of a number.
func FuzzConverters(f *testing.F) {
	for _, path := range []string{"i/007", "i/99999999999999999999", "s/é %", "g/a-b_1", "p/a//b/", "u/075194d3-6885-417e-a8a8-6c931e272f00",
		"m/1-a/b.html", "i/", "p/\n"} {
		f.Add(path)
	}
	view := &web.View{Name: "v"}
	resolver, err := NewResolver(&URLConf{Patterns: []Pattern{
		Path("i/<int:v>", view, Name("i")), Path("s/<str:v>", view, Name("s")), Path("g/<slug:v>", view, Name("g")),
		Path("p/<path:v>", view, Name("p")), Path("u/<uuid:v>", view, Name("u")), Path("m/<int:v>-<path:w>.html", view, Name("m")),
	}})
	if err != nil {
		f.Fatal(err)
	}
	zeros := regexp.MustCompile(`^([im]/)0+([0-9])`)
	f.Fuzz(func(t *testing.T, path string) {
		path = strings.ToValidUTF8(path, "é")
		match, err := resolver.Resolve("/" + path)
		if err != nil {
			if _, ok := err.(*Resolver404); !ok {
				t.Fatal(err)
			}
			return
		}
		url, err := resolver.Reverse(match.URLName, &ReverseOptions{Kwargs: maps.Collect(match.Args.Keywords())})
		if want := "/" + web.QuoteURL(zeros.ReplaceAllString(path, "$1$2")); err != nil || url != want {
			t.Errorf("%q: want %q, got %q, %v", path, want, url, err)
		}
	})
}

// print shows the tree of a level.
func (l *level) print(indent string) string {
	var out strings.Builder
	var walk func(n *node, indent string)
	show := func(leaves []*leaf, how, indent string) {
		for _, leaf := range leaves {
			fmt.Fprintf(&out, "%s%d %s %s\n", indent, leaf.order, how, cmp.Or(leaf.endpoint.Route, "."))
			if leaf.opaque != nil && leaf.opaque.sub != nil {
				out.WriteString(leaf.opaque.sub.print(indent + "    | "))
			}
		}
	}
	walk = func(n *node, indent string) {
		show(n.ends, "ends", indent)
		for i, leaf := range n.opens {
			how := "open"
			if leaf.opaque != nil {
				how = "opaque"
			}
			show(n.opens[i:i+1], how, indent)
		}
		for _, edge := range n.runs {
			fmt.Fprintf(&out, "%s%s\n", indent, edge.part.show())
			walk(edge.node, indent+"    ")
		}
		for _, below := range n.literals {
			fmt.Fprintf(&out, "%s%q\n", indent, below.text)
			walk(below, indent+"    ")
		}
	}
	walk(l.tree().root, indent)
	return out.String()
}

func (p *part) show() string {
	switch p.kind {
	case fixed:
		return fmt.Sprintf("fixed %d", len(p.fixed))
	case tail:
		return fmt.Sprintf("run %d,%d up to %q at the end", p.min, p.max, p.literal)
	default:
		var letters strings.Builder
		for b := range byte(utf8.RuneSelf) {
			if p.class.hasByte(b) && strings.IndexByte("/09az-_.\n", b) >= 0 {
				letters.WriteByte(b)
			}
		}
		return fmt.Sprintf("run %d,%d of %q", p.min, p.max, letters.String())
	}
}

func TestTree(t *testing.T) {
	view := &web.View{Name: "v"}
	api := Patterns{Path("", view), Path("<slug:s>/", view), RePath(`^x(a|b)?$`, view)}
	resolver, err := NewResolver(&URLConf{Patterns: []Pattern{
		Path("launches/", view),
		Path("launches/<int:year>/", view),
		Path("launches/<slug:site>/", view),
		Path("launcher", view),
		RePath(`^launches/(?P<year>[0-9]+)/all/$`, view),
		Path("wiki/<path:page>/edit/", view),
		Path("u/<uuid:id>", view),
		Include("api/", api),
		Include("<str:s>-<str:t>/", api),
		RePath(`nowhere in particular`, view),
		RePath(`^pre`, view),
	}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `
10 opaque <str:s>-<str:t>/
    | 0 ends .
    | run 1,-1 of "-09_az"
    |     "/"
    |         1 ends <slug:s>/
    | "x"
    |     2 opaque ^x(a|b)?$
11 opaque nowhere in particular
"launche"
    "s/"
        0 ends launches/
        run 1,-1 of "09"
            "/"
                1 ends launches/<int:year>/
                "all/"
                    4 ends ^launches/(?P<year>[0-9]+)/all/$
        run 1,-1 of "-09_az"
            "/"
                2 ends launches/<slug:site>/
    "r"
        3 ends launcher
"wiki/"
    run 1,-1 up to "/edit/" at the end
        5 ends wiki/<path:page>/edit/
"u/"
    fixed 36
        6 ends u/<uuid:id>
"api/"
    7 ends api/
    run 1,-1 of "-09_az"
        "/"
            8 ends api/<slug:s>/
    "x"
        9 opaque api/x(a|b)?$
"pre"
    12 open ^pre
`
	if got := "\n" + resolver.root.print(""); got != want {
		t.Errorf("got:%s\nwant:%s", got, want)
	}
}
