package urls_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

func checkReverse(t *testing.T, r *urls.Resolver, name any, options urls.ReverseOptions, want string) {
	t.Helper()
	got, err := r.Reverse(name, &options)
	if err != nil {
		got = exceptions.Kind(err) + ": " + err.Error()
	}
	if got != want {
		t.Errorf("%v %+v:\n got %s\nwant %s", name, options, got, want)
	}
}

// U-25 to U-32.
func TestReverse(t *testing.T) {
	type o = urls.ReverseOptions
	type kw = map[string]any
	v, w := view("v"), view("w")
	id, err := urls.ParseUUID("075194D3-6885-417e-a8a8-6c931e272f00")
	if err != nil {
		t.Fatal(err)
	}
	r := resolver(t,
		urls.Path("first/<int:a>/", v, urls.Name("x")),
		urls.Path("second/<str:a>/", v, urls.Name("x")),
		urls.Path("third/<int:b>/", v, urls.Name("x")),
		urls.Path("none/", w, urls.Name("x")),
		urls.Path("é b/<str:s>", v, urls.Name("quoted")),
		urls.Path("<path:p>", v, urls.Name("path")),
		urls.Path("u/<uuid:u>", v, urls.Name("uuid")),
		urls.Path("k/", v, urls.Name("k"), urls.Kwarg("k", 1)),
		urls.Path("clash/<int:n>/", v, urls.Name("clash"), urls.Kwarg("n", 1)),
	)
	for _, test := range []struct {
		name    any
		options o
		want    string
	}{
		{"x", o{Kwargs: kw{"a": "7"}}, "/second/7/"},
		{"x", o{Kwargs: kw{"b": 7}}, "/third/7/"},
		{"x", o{}, "/none/"},
		{"x", o{Args: []any{"q"}}, "/second/q/"},
		{"x", o{Args: []any{"007"}}, "/third/007/"},
		{"x", o{Args: []any{new(big.Int).Lsh(big.NewInt(1), 70)}}, "/third/1180591620717411303424/"},
		{"quoted", o{Args: []any{"a %?#é~:@!$&'()*+,;="}}, "/%C3%A9%20b/a%20%25%3F%23%C3%A9~:@!$&'()*+,;="},
		{"uuid", o{Args: []any{id}}, "/u/075194d3-6885-417e-a8a8-6c931e272f00"},
		{"path", o{Args: []any{"/x"}}, "/%2Fx"},
		{"k", o{}, "/k/"},
		{"k", o{Kwargs: kw{"k": true}}, "/k/"}, // True == 1
		{"k", o{Kwargs: kw{"k": "1"}}, `NoReverseMatch: Reverse for 'k' with keyword arguments '{'k': '1'}' not found. 1 pattern(s) tried: ['k/\\Z']`},
		{"clash", o{}, `NoReverseMatch: Reverse for 'clash' with no arguments not found. 1 pattern(s) tried: ['clash/(?P<n>[0-9]+)/\\Z']`},
		{"uuid", o{Args: []any{"a'b"}}, `NoReverseMatch: Reverse for 'uuid' with arguments '("a'b",)' not found. 1 pattern(s) tried: ` +
			`['u/(?P<u>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\Z']`},
		{"y", o{}, "NoReverseMatch: Reverse for 'y' not found. 'y' is not a valid view function or pattern name."},
		{view("other"), o{}, "NoReverseMatch: Reverse for 'site.views.other' not found. 'site.views.other' is not a valid view function or pattern name."},
		{w, o{}, "/none/"},
		{v, o{}, "/k/"},
		{"x", o{Args: []any{1}, Kwargs: kw{"a": 1}}, "ValueError: Don't mix *args and **kwargs in call to reverse()!"},
		{"x", o{ScriptPrefix: "/a b%"}, "/a%20b%25/none/"},
		{"x", o{ScriptPrefix: "//"}, "/%2Fnone/"},
		{"x", o{Query: []web.Keyword{{Name: "q", Value: "é &"}, {Name: "l", Value: []string{"1", "2"}}, {Name: "n", Value: 3}}}, "/none/?q=%C3%A9+%26&l=1&l=2&n=3"},
		{"x", o{RawQuery: "a=1", Fragment: new("é #")}, "/none/?a=1#é #"},
		{"x", o{Query: []web.Keyword{{Name: "l", Value: []string{}}}, Fragment: new("")}, "/none/#"},
	} {
		checkReverse(t, r, test.name, test.options, test.want)
	}
	if got, err := r.Reverse("x", nil); got != "/none/" || err != nil {
		t.Error(got, err)
	}
}

// U-23, U-24: names with namespaces.
func TestReverseNamespaces(t *testing.T) {
	type o = urls.ReverseOptions
	v := view("v")
	sub := func(route string, options ...urls.Option) urls.Pattern {
		return urls.Include(route, urls.Patterns{urls.Path("w/", v, urls.Name("w"))}, append(options, urls.AppName("sub"))...)
	}
	one := urls.Include("one/", urls.Patterns{urls.Path("v/", v, urls.Name("v")), sub("in/")}, urls.AppName("app"), urls.Namespace("one"))
	two := urls.Include("two/<int:k>/", urls.Patterns{urls.Path("v/", v, urls.Name("v")), sub("in/", urls.Namespace("sub2"))},
		urls.AppName("app"), urls.Namespace("two"))
	plain := urls.Include("d/", urls.Patterns{urls.Path("<int:n>/", v, urls.Name("v"))}, urls.AppName("app"))
	outer := urls.Include("<slug:lang>/", urls.Patterns{urls.Include("shop/", urls.Patterns{urls.Path("", v, urls.Name("v"))}, urls.AppName("shop"))})

	r := resolver(t, plain, one, two, outer)
	checkReverse(t, r, "app:v", o{Args: []any{3}}, "/d/3/") // the default instance
	checkReverse(t, r, "app:v", o{CurrentApp: "one"}, "/one/v/")
	checkReverse(t, r, "app:v", o{CurrentApp: "zz", Args: []any{3}}, "/d/3/")
	checkReverse(t, r, "two:v", o{Args: []any{3}}, "/two/3/v/")
	checkReverse(t, r, "app:sub:w", o{CurrentApp: "two:sub2", Args: []any{3}}, "/two/3/in/w/")
	checkReverse(t, r, "one:sub:w", o{}, "/one/in/w/")
	checkReverse(t, r, "shop:v", o{Args: []any{"en"}}, "/en/shop/")
	checkReverse(t, r, "zz:v", o{}, "NoReverseMatch: 'zz' is not a registered namespace")
	checkReverse(t, r, "one:zz:v", o{}, "NoReverseMatch: 'zz' is not a registered namespace inside 'one'")
	checkReverse(t, r, "one:y", o{}, "NoReverseMatch: Reverse for 'y' not found. 'y' is not a valid view function or pattern name.")
	checkReverse(t, r, "v", o{}, "NoReverseMatch: Reverse for 'v' not found. 'v' is not a valid view function or pattern name.")

	r = resolver(t, one, two) // without a default, the last one
	checkReverse(t, r, "app:v", o{Args: []any{4}}, "/two/4/v/")
}

// U-26: what a regular expression becomes.
func TestReverseRegex(t *testing.T) {
	for regex, wants := range map[string]map[string]string{ // arguments → URL
		`^opt(?:/(?P<n>[0-9]+))?/$`:          {"": "/opt/", "n=7": "/opt/7/", "7": "/opt/7/"},
		`^opt(?:/(?P<n>[0-9]+)?)?/$`:         {"": "/opt/", "n=7": "no"}, // Django sees no group in it either
		`^nest/(a([0-9])b)/$`:                {"a1b": "/nest/a1b/", "a1b 1": "no"},
		`^esc/\d\D\s\S\w\W\.\-[xyz]+y{2}z*$`: {"": "/esc/0x%20xx!.-xyy"},
		`^alt/(?:a|b)/$`:                     {"": "no"},
		`^a|b$`:                              {"": "no"},
		`^grp/(foo|bar)/$`:                   {"foo": "/grp/foo/", "baz": "no"},
		`^([a-z])?([0-9])?$`:                 {"": "/", "a": "/a", "a 1": "/a1", "1": "/1"},
		`^(?:([a-z])-){2}$`:                  {"a a": "/a-a-", "a": "no"},
		`^any/...$`:                          {"": "/any/..."},
		`^f(?#c)[0-9]+\(x\)(?P<y>[^)]*)\?$`:  {"y=a": "/f0(x)a%3F", "y=)": "no"},
		`^[^a]{2,3}b??$`:                     {"": "/%5E%5E"},
		`^[]a]$`:                             {"": "/%5D"},
		`^[\d]{x}$`:                          {"": "/0%7Bx%7D"},
		`^(\))(\([(])$`:                      {") ((": "/)(("},
		`tail$`:                              {"": "/tail"},
		`^\Aa\b$ignored`:                     {"": "no"},
		`\Aa/`:                               {"": "no"}, // the slash of the root is before it
		`^b/(?:^a)?$`:                        {"": "/b/"},
	} {
		r := resolver(t, urls.RePath(regex, view("v"), urls.Name("x")))
		for _, arguments := range slices.Sorted(maps.Keys(wants)) {
			var options urls.ReverseOptions
			for argument := range strings.FieldsSeq(arguments) {
				if name, value, found := strings.Cut(argument, "="); found {
					options.Kwargs = map[string]any{name: value}
				} else {
					options.Args = append(options.Args, argument)
				}
			}
			got, err := r.Reverse("x", &options)
			if exceptions.Is[*urls.NoReverseMatch](err) {
				got = "no"
			} else if err != nil {
				got = err.Error()
			}
			if got != wants[arguments] {
				t.Errorf("%s with %q: got %s, want %s", regex, arguments, got, wants[arguments])
			}
		}
	}
}

// However long the path, the time is linear in it: hostile expressions are
// compared without going back.
func TestHostilePaths(t *testing.T) {
	r := resolver(t,
		urls.RePath(`^(a+)+$`, view("v")),
		urls.Path("<path:a>/<path:b>/<path:c>/<path:d>!", view("v")),
		urls.Path("<str:a>-<str:b>-<str:c>!", view("v")),
		urls.Path("i/<int:n>/", view("v")),
	)
	// The time for a path of so many letters of a kind.
	measure := func(unit, end string, letters int) time.Duration {
		path := "/" + strings.Repeat(unit, letters/len(unit)) + end
		start := time.Now()
		if _, err := r.Resolve(path); err == nil {
			t.Fatalf("%.20s matches", path)
		}
		return time.Since(start)
	}
	// Package regexp has a faster way for texts of some thousand letters, which
	// would spoil the comparison.
	const some, times, limit = 16 << 10, 16, 5 * 16 // times² would be quadratic
	for _, path := range [][2]string{{"a", "!"}, {"a/", ""}, {"a-", ""}, {"9", "/"}} {
		if urls.RaceDetector { // no measure of time
			measure(path[0], path[1], some)
			continue
		}
		// The shortest of all runs, since the machine may be busy.
		short, long := time.Hour, time.Hour
		for range 20 {
			for range 5 {
				short = min(short, measure(path[0], path[1], some))
			}
			long = min(long, measure(path[0], path[1], times*some))
			if long < limit*short {
				break
			}
		}
		if long >= limit*short {
			t.Errorf("%s…%s: %v, and for %d times as long %v", path[0], path[1], short, times, long)
		}
	}
}

func Example() {
	launches := &web.View{Name: "site.views.launches"}
	resolver, err := urls.NewResolver(&urls.URLConf{Patterns: []urls.Pattern{
		urls.Path("launches/<int:year>/", launches, urls.Name("launches")),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	match, err := resolver.Resolve("/launches/2021/")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(match.ViewName(), match.Args.Int("year"), match.Route)

	path, err := resolver.Reverse("launches", &urls.ReverseOptions{Args: []any{1969}})
	fmt.Println(path, err)

	_, err = resolver.Resolve("/launches/never/")
	fmt.Println(err)
	// Output:
	// launches 2021 launches/<int:year>/
	// /launches/1969/ <nil>
	// No URL pattern matches "launches/never/".
}
