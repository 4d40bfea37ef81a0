package urls_test

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

func view(name string) *web.View { return &web.View{Name: "site.views." + name} }

func resolver(t *testing.T, patterns ...urls.Pattern) *urls.Resolver {
	t.Helper()
	r, err := urls.NewResolver(&urls.URLConf{Patterns: patterns})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// show tells a match in short: view, positional arguments, keyword arguments.
func show(match *web.ResolverMatch, err error) string {
	if err != nil {
		return exceptions.Kind(err) + ": " + err.Error()
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %v", match.ViewName(), match.Args.Positional())
	for name, value := range match.Args.Keywords() {
		fmt.Fprintf(&out, " %s=%v(%T)", name, value, value)
	}
	return out.String()
}

func check(t *testing.T, r *urls.Resolver, path, want string) {
	t.Helper()
	if got := show(r.Resolve(path)); got != want {
		t.Errorf("%s: got %s, want %s", path, got, want)
	}
}

// U-02, U-03: the values of the converters, and one that refuses.
func TestConverters(t *testing.T) {
	even := urls.Converter{
		Regex: "[0-9]+",
		ToValue: func(text string) (any, error) {
			n, _ := new(big.Int).SetString(text, 10)
			if n.Bit(0) == 1 {
				return nil, &exceptions.ValueError{Message: "odd"}
			}
			if n.Sign() == 0 {
				return nil, errors.New("zero is neither here nor there")
			}
			return n.Int64(), nil
		},
		ToURL: func(value any) (string, error) {
			if n, ok := value.(int); ok && n%2 == 0 {
				return fmt.Sprintf("%03d", n), nil
			}
			return "", &exceptions.ValueError{Message: "odd"}
		},
	}
	inner := urls.Patterns{urls.Path("x/", view("x"))}
	r, err := urls.NewResolver(&urls.URLConf{
		Converters: map[string]urls.Converter{"even": even},
		Patterns: []urls.Pattern{
			urls.Path("i/<int:v>/", view("int")), urls.Path("s/<v>/", view("str")), urls.Path("g/<slug:v>/", view("slug")),
			urls.Path("u/<uuid:v>/", view("uuid")), urls.Path("p/<path:v>", view("path")),
			urls.Path("e/<even:v>/", view("even"), urls.Name("even")), urls.Path("e/<v>/", view("odd")),
			urls.Include("n/<even:v>/", inner), urls.Include("n/<int:w>/", inner),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/i/007/":                 "site.views.int [] v=7(int)",
		"/i/9223372036854775808/": "site.views.int [] v=9223372036854775808(*big.Int)",
		"/i/٣/":                   `Resolver404: No URL pattern matches "i/٣/".`,
		"/s/é %;/":                "site.views.str [] v=é %;(string)",
		"/g/a-b_9/":               "site.views.slug [] v=a-b_9(string)",
		"/u/075194d3-6885-417e-a8a8-6c931e272f00/": "site.views.uuid [] v=075194d3-6885-417e-a8a8-6c931e272f00(urls.UUID)",
		"/u/075194D3-6885-417E-A8A8-6C931E272F00/": `Resolver404: No URL pattern matches "u/075194D3-6885-417E-A8A8-6C931E272F00/".`,
		"/p/a//b/":                              "site.views.path [] v=a//b/(string)",
		"/p/":                                   `Resolver404: No URL pattern matches "p/".`,
		"/e/12/":                                "even [] v=12(int64)",
		"/e/13/":                                "site.views.odd [] v=13(string)",
		"/e/0/":                                 "Exception: zero is neither here nor there",
		"/n/2/x/":                               "site.views.x [] v=2(int64)",
		"/n/3/x/":                               "site.views.x [] w=3(int)",
		"/n/0/y/":                               "Exception: zero is neither here nor there", // asked before anybody looks inside
		"/i/" + strings.Repeat("1", 4301) + "/": `Resolver404: No URL pattern matches "i/` + strings.Repeat("1", 4301) + `/".`,
	} {
		check(t, r, path, want)
	}
	for value, want := range map[int]string{12: "/e/012/", 13: "no match"} {
		url, err := r.Reverse("even", &urls.ReverseOptions{Args: []any{value}})
		if exceptions.Is[*urls.NoReverseMatch](err) {
			url = "no match"
		}
		if url != want {
			t.Errorf("%d: got %q, want %q", value, url, want)
		}
	}
}

// U-10: a converter for all URLconfs.
func TestRegisterConverter(t *testing.T) {
	urls.RegisterConverter("urls_test_year", urls.Converter{Regex: "[0-9]{4}"})
	r := resolver(t, urls.Path("<urls_test_year:y>/", view("year")))
	check(t, r, "/2021/", "site.views.year [] y=2021(string)")
	check(t, r, "/20211/", `Resolver404: No URL pattern matches "20211/".`)
}

// U-05, U-08, U-09, U-19, U-22: mistakes in a URLconf.
func TestMistakes(t *testing.T) {
	v := view("v")
	for want, pattern := range map[string]urls.Pattern{
		`ImproperlyConfigured: URL route '<nope:x>/' uses invalid converter 'nope'.`:                                    urls.Path("<nope:x>/", v),
		`ImproperlyConfigured: URL route 'a/<int:1x>/' uses parameter name '1x' which isn't a valid Python identifier.`: urls.Path("a/<int:1x>/", v),
		`ImproperlyConfigured: URL route '<int: x>' cannot contain whitespace in angle brackets <…>.`:                   urls.Path("<int: x>", v),
		`ImproperlyConfigured: URL route '<a><int:a>' uses parameter name 'a' more than once.`:                          urls.Path("<a><int:a>", v),
		`ImproperlyConfigured: URL route '\ufffd' is not valid UTF-8.`:                                                  urls.Path("\xff", v),
		`TypeError: view must be a callable or a list/tuple in the case of include().`:                                  urls.Path("a", nil),
		`ImproperlyConfigured: Specifying a namespace in include() without providing an app_name is not supported. ` +
			`Set the AppName field in the included URLconf, or give the AppName option to Include.`: urls.Include("a", urls.Patterns{}, urls.Namespace("n")),
		`ImproperlyConfigured: The included URLconf 'None' does not appear to have any patterns in it. If you see the 'Patterns' field ` +
			`with valid patterns in it then the issue is probably caused by a nil URLconf.`: urls.Include("a", (*urls.URLConf)(nil)),
		`ImproperlyConfigured: There is nothing called "shop.urls". Is the package imported that registers it?`: urls.Include("a", urls.Module("shop.urls")),
	} {
		_, err := urls.NewResolver(&urls.URLConf{Patterns: []urls.Pattern{pattern}, Modules: &conf.Modules{}})
		if err == nil {
			t.Errorf("no error, want %s", want)
		} else if got := exceptions.Kind(err) + ": " + err.Error(); strings.ReplaceAll(got, "\ufffd", `\ufffd`) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if _, err := urls.NewResolver(nil); !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
		t.Errorf("no URLconf: %v", err)
	}

	// A regular expression is read when it is used for the first time.
	r := resolver(t, urls.Path("good/", v, urls.Name("good")), urls.RePath(`^(a$`, v))
	check(t, r, "/good/", "good []")
	check(t, r, "/bad/", `ImproperlyConfigured: "^(a$" is not a valid regular expression: missing ), unterminated subpattern at position 1`)
	if err := r.Check(); err == nil {
		t.Error("Check finds nothing")
	}
	if _, err := r.Reverse("good", nil); !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
		t.Errorf("reverse: %v", err)
	}
	if err := resolver(t, urls.RePath(`^a$`, v)).Check(); err != nil {
		t.Error(err)
	}
}

// What RE2 cannot express is named.
func TestRegexErrors(t *testing.T) {
	for regex, want := range map[string]string{
		`a(?=b)`: "a lookahead (?=…)", `a(?!b)`: "a negative lookahead (?!…)", `(?<=a)b`: "a lookbehind (?<=…)",
		`(?<!a)b`: "a negative lookbehind (?<!…)", `(a)\1`: `a backreference \1`, `(?P<n>a)(?P=n)`: "a backreference (?P=…)",
		`a++`: "a possessive quantifier", `(?>a)`: "an atomic group (?>…)", `(a)?(?(1)b|c)`: "a conditional (?(…)…)",
		`a{1001}`: "a repetition of more than 1000 times", `(?x)a`: "the flag x", `(?m:a)`: "the flag m",
		`a)`: `unbalanced parenthesis at position 1`, `[a`: `unterminated character set at position 0`,
		`*a`: `nothing to repeat at position 0`, `^*`: `nothing to repeat at position 1`, `a**`: `multiple repeat at position 2`,
		`a{2}{3}`: `multiple repeat at position 4`, `\q`: `bad escape \q at position 0`,
		`[b-a]`: `bad character range b-a at position 1`, `[a-\d]`: `bad character range a-\d at position 1`,
		`(?P<1>a)`:         `bad character in group name '1' at position 4`,
		`(?P<n>a)(?P<n>b)`: `redefinition of group name 'n' as group 2; was group 1 at position 12`,
		`a(?i)`:            `global flags not at the start of the expression at position 1`, `(?P<n`: `missing >, unterminated name at position 4`,
		`\xZZ`: `incomplete escape \x at position 0`, `\x4`: `incomplete escape \x4 at position 0`,
		`\U00110000`: `bad escape \U00110000 at position 0`, `[\400]`: `octal escape value \400 outside of range 0-0o377 at position 1`,
		`a\`: `bad escape (end of pattern) at position 1`, `a{3,2}`: `min repeat greater than max repeat at position 2`,
		`(?#a`: `missing ), unterminated comment at position 0`, `(?<n>a)`: `unknown extension ?<n at position 1`,
		`(?P!)`: `unknown extension ?P! at position 1`, `(?z)`: `unknown extension ?z at position 1`,
		`é(b(c)`: `missing ), unterminated subpattern at position 1`, `日[b-a]`: `bad character range b-a at position 2`,
		`(?P<>a)`: `missing group name at position 4`, `(?`: `unexpected end of pattern at position 2`,
		"\xff": "it is not valid UTF-8",
	} {
		_, err := resolver(t, urls.RePath(regex, view("v"))).Resolve("/x")
		if !exceptions.Is[*exceptions.ImproperlyConfigured](err) || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), `"`+regex+`" is not a valid regular expression: `) {
			t.Errorf("%s: want %q, got %v", regex, want, err)
		}
	}
}

// Python's syntax where it is not RE2's. U-04, U-07.
func TestRegexDialect(t *testing.T) {
	for _, test := range []struct{ regex, path, want string }{
		{`^a$`, "a\n", "404"}, // the whole path has to match
		{`^(a$|b)`, "a\n", "[a]"},
		{`^(a$|b)`, "a\nb", "404"},
		{`^x{,2}(.*)$`, "xxx", "[x]"},
		{`^x{,2}(.*)$`, "x{,2}", "[{,2}]"},
		{`^{(.)}$`, "{a}", "[a]"},
		{`^a{b}(.)$`, "a{b}c", "[c]"},
		{`^(\d+)$`, "٣4", "[٣4]"},
		{`^(\w+)\W$`, "日é_9!", "[日é_9]"},
		{`^([\W\d]+)$`, "!٣", "[!٣]"},
		{`^(\S+)\s(\S+)$`, "a\u00a0b", "[a b]"},
		{`^([]a]+)$`, "]a", "[]a]"},
		{`^([^]a]+)$`, "bc", "[bc]"},
		{`^([[:a]+)$`, ":[a", "[:[a]"},
		{`^(a)\Z`, "a", "[a]"},
		{`^\x41\u00e9\101(.)$`, "AéAz", "[z]"},
		{`^[\x41\n\]-]+(.)$`, "A\n]-z", "[z]"},
		{`(?i)^ÄB(?:c)?(.)$`, "äbz", "[z]"},
		{`^a(?#no comment)(b)$`, "ab", "[b]"},
		{`^(?s:(.))$`, "\n", "[\n]"},
		{`^\é(\-)$`, "é-", "[-]"},
		{`b`, "abc", "[]"},
		{`b$`, "ab", "404"},
		{``, "anything", "[]"},
	} {
		match, err := resolver(t, urls.RePath(test.regex, view("v"))).Resolve("/" + test.path)
		got := "404"
		if err == nil {
			got = fmt.Sprint(match.Args.Positional())
		} else if !exceptions.Is[*exceptions.Http404](err) {
			got = err.Error()
		}
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != test.want {
			t.Errorf("%s on %q: got %s, want %s", test.regex, test.path, got, test.want)
		}
	}
}

// U-12 to U-17: arguments through includes, and what else a match says.
func TestResolverMatch(t *testing.T) {
	r := resolver(t,
		urls.Include("<int:a>/", urls.Patterns{
			urls.Path("<int:a>/<int:b>/", view("deep"), urls.Kwarg("d", 3), urls.Name("deep")),
			urls.Path("", view("unnamed")),
		}, urls.Kwarg("b", 1), urls.Kwarg("c", 2), urls.AppName("app"), urls.Namespace("one")),
		urls.ReInclude(`^p/([0-9]+)/`, urls.Patterns{
			urls.RePath(`^(?P<k>x)/$`, view("named")),
			urls.RePath(`^(y)/$`, view("positional")),
		}),
		urls.ReInclude(`^q/([0-9])?/`, urls.Patterns{urls.RePath(`^(y)/$`, view("maybe"))}),
	)
	check(t, r, "/1/2/3/", "one:deep [] a=2(int) b=3(int) c=2(int) d=3(int)")
	check(t, r, "/1/", "one:site.views.unnamed [] a=1(int) b=1(int) c=2(int)")
	check(t, r, "/p/1/x/", "site.views.named [] k=x(string)")
	check(t, r, "/p/1/y/", "site.views.positional [1 y]")
	check(t, r, "/q//y/", "site.views.maybe [<nil> y]")

	match, err := r.Resolve("/1/2/3/")
	if err != nil {
		t.Fatal(err)
	}
	match.Args.Set("a", 9) // what came out of the path stays known
	got := fmt.Sprint(match.Route, match.AppName(), match.Namespace(), match.CapturedKwargs(), match.ExtraKwargs, match.Tried())
	want := "<int:a>/<int:a>/<int:b>/ app one [{a 2} {b 3}] [{b 1} {c 2} {d 3}] [[{<int:a>/ } {<int:a>/<int:b>/ deep}]]"
	if got = strings.Replace(got, "appone", " app one ", 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// U-01, U-18: the chains that were tried.
func TestResolver404(t *testing.T) {
	r := resolver(t,
		urls.Path("a/", view("a"), urls.Name("a")),
		urls.Include("in/", urls.Patterns{urls.Path("b/", view("b")), urls.Include("c/", urls.Patterns{})}),
	)
	_, err := r.Resolve("/in/x/")
	var missed *urls.Resolver404
	if !errors.As(err, &missed) || missed.Path != "in/x/" || fmt.Sprint(missed.Tried()) != "[[{a/ a}] [{in/ } {b/ }] [{in/ } {c/ }]]" {
		t.Errorf("got %v, %v", err, missed.Tried())
	}
	if !exceptions.Is[*exceptions.Http404](err) {
		t.Error("it is no Http404")
	}
	_, err = r.Resolve("in/x/")
	if !errors.As(err, &missed) || missed.Path != "in/x/" || missed.Tried() != nil {
		t.Errorf("without a slash: %v, %v", err, missed.Tried())
	}
}

// U-11: the first match wins, however the tree is walked; a refusal goes on.
func TestFirstMatchWins(t *testing.T) {
	for _, test := range []struct {
		routes []string
		path   string
		want   int
	}{
		{[]string{"<str:a>/", "x/"}, "/x/", 0},
		{[]string{"x/", "<str:a>/"}, "/x/", 0},
		{[]string{"<int:a>/", "<slug:a>/", "<str:a>/", "<path:a>"}, "/é/", 2},
		{[]string{"<path:a>/y/", "x/<slug:b>/", "x/y/"}, "/x/y/", 0},
		{[]string{"x/<slug:b>/z/", "<path:a>/y/", "x/y/"}, "/x/y/", 1},
		{[]string{"<slug:a>-<slug:b>/", "<str:a>/"}, "/a-b/", 0},
		{[]string{"<slug:a>-<int:b>/", "<str:a>/"}, "/a-b/", 1},
	} {
		var patterns []urls.Pattern
		for i, route := range test.routes {
			patterns = append(patterns, urls.Path(route, view("v"), urls.Name(fmt.Sprint(i))))
		}
		check := show(resolver(t, patterns...).Resolve(test.path))
		if !strings.HasPrefix(check, fmt.Sprint(test.want)+" ") {
			t.Errorf("%v %s: got %s, want %d", test.routes, test.path, check, test.want)
		}
	}
}

// An include takes its own part once, and never gives back.
func TestIncludeIsGreedy(t *testing.T) {
	r := resolver(t,
		urls.Include("<path:a>/", urls.Patterns{urls.Path("b/", view("greedy"))}),
		urls.Path("<path:a>/b/", view("whole")),
	)
	check(t, r, "/x/b/", "site.views.whole [] a=x(string)")
}

// U-21: what can be included, under which names.
func TestIncluded(t *testing.T) {
	shop := &urls.URLConf{AppName: "shop", Patterns: []urls.Pattern{urls.Path("cart/", view("cart"), urls.Name("cart"))}}
	var modules conf.Modules
	modules.Register("shop.urls", shop)
	root := &urls.URLConf{Modules: &modules, Patterns: []urls.Pattern{
		urls.Include("a/", shop),
		urls.Include("b/", urls.Module("shop.urls"), urls.AppName("other"), urls.Namespace("eu")),
		urls.Include("c/", urls.Patterns(shop.Patterns)),
	}}
	r, err := root.Resolver()
	if err != nil {
		t.Fatal(err)
	}
	check(t, r, "/a/cart/", "shop:cart []")
	check(t, r, "/b/cart/", "eu:cart []")
	check(t, r, "/c/cart/", "cart []")
	if again, err := root.Resolver(); again != r || err != nil {
		t.Error("compiled twice")
	}
}

// A URLconf may include itself.
func TestRecursion(t *testing.T) {
	loop := &urls.URLConf{AppName: "loop"}
	loop.Patterns = []urls.Pattern{
		urls.Path("end/<int:n>/", view("end"), urls.Name("end")),
		urls.Include("<slug:s>/", loop, urls.Namespace("again")),
	}
	r, err := loop.Resolver()
	if err != nil {
		t.Fatal(err)
	}
	check(t, r, "/a/b/end/7/", "again:again:end [] s=b(string) n=7(int)")
	url, err := r.Reverse("again:again:end", &urls.ReverseOptions{Args: []any{"a", "b", 7}})
	if !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
		t.Errorf("a name twice in a chain: %q, %v", url, err)
	}
	if url, err = r.Reverse("again:end", &urls.ReverseOptions{Args: []any{"a", 7}}); url != "/a/end/7/" {
		t.Errorf("%q, %v", url, err)
	}
}

// H-39: hooks and the view share the arguments.
func TestArgs(t *testing.T) {
	r := resolver(t, urls.Path("<int:a>/<slug:b>/<uuid:c>/", view("v"), urls.Kwarg("d", 4)))
	match, err := r.Resolve("/12/x/075194d3-6885-417e-a8a8-6c931e272f00/")
	if err != nil {
		t.Fatal(err)
	}
	args := match.Args
	if args.Int("a") != 12 || args.Int("b") != 0 || args.Int("c") != 0 || args.Int("d") != 4 || args.Int("e") != 0 {
		t.Error("Int")
	}
	if args.String("b") != "x" || args.String("a") != "" || args.String("e") != "" {
		t.Error("String")
	}
	if value, ok := args.Get("c"); !ok || fmt.Sprint(value) != "075194d3-6885-417e-a8a8-6c931e272f00" {
		t.Errorf("Get: %v", value)
	}
	if _, ok := args.Get("e"); ok {
		t.Error("Get of nothing")
	}
	args.Set("a", "changed")
	args.Set("e", 5)
	args.Delete("b")
	args.Delete("b")
	args.SetPositional(1, 2)
	if args.Len() != 6 || args.String("a") != "changed" || match.Args != args {
		t.Errorf("%d arguments", args.Len())
	}
	var names []string
	for name := range args.Keywords() {
		names = append(names, name)
		if name == "d" {
			break
		}
	}
	if fmt.Sprint(names, args.Positional()) != "[a c d] [1 2]" {
		t.Error(names, args.Positional())
	}
	fresh := web.NewArgs("x")
	fresh.Set("k", nil)
	if fmt.Sprint(fresh.Positional(), maps.Collect(fresh.Keywords())) != "[x] map[k:<nil>]" {
		t.Error("NewArgs")
	}
}

// Resolvers are used by many goroutines at once, the first time too.
func TestConcurrency(t *testing.T) {
	root := manyRoutes(50)
	root.Patterns = append(root.Patterns,
		urls.Include("<slug:s>-", urls.Patterns{urls.RePath(`^(?P<x>a|b)/$`, view("ab"), urls.Name("ab"))}, urls.AppName("app")))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			r, err := root.Resolver()
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 50 {
				if _, err := r.Resolve(pathOf(i)); err != nil {
					t.Error(err)
				}
				match, err := r.Resolve("/q-a/")
				if err != nil || len(match.Tried()) != 51 {
					t.Error(err)
				}
				if url, err := r.Reverse("app:ab", &urls.ReverseOptions{Kwargs: map[string]any{"s": "q", "x": "b"}}); url != "/q-b/" {
					t.Error(url, err)
				}
			}
		})
	}
	group.Wait()
}

// A hit allocates the match, and nothing else.
func TestAllocations(t *testing.T) {
	r := resolver(t, urls.Path("a/<int:b>/<slug:c>/", view("v")), urls.Include("x/", urls.Patterns{urls.Path("y/", view("y"))}))
	for _, path := range []string{"/a/1234/b/", "/x/y/"} {
		allocs := testing.AllocsPerRun(100, func() {
			match, err := r.Resolve(path)
			if err != nil || match.Args.Int("b") != 1234 && path != "/x/y/" {
				t.Fatal(err)
			}
		})
		if allocs != 1 {
			t.Errorf("%s: %v allocations", path, allocs)
		}
	}
}
