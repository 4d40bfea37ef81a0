package web_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basehandler/asgi"
	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
)

func query(t testing.TB, text string, mutable bool) *web.QueryDict {
	t.Helper()
	q, err := web.NewQueryDict(text, mutable, "", conf.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// listsOf writes a dictionary as text.
func listsOf(q *web.QueryDict) string {
	var b strings.Builder
	for key, values := range q.Lists() {
		fmt.Fprintf(&b, "%s=%q ", key, values)
	}
	return strings.TrimSpace(b.String())
}

// raises asks for an error of type T, and gives its message.
func raises[T error](t testing.TB, err error) string {
	t.Helper()
	var want T
	if !errors.As(err, &want) {
		t.Errorf("the error is %T (%v), want %T", err, err, want)
		return ""
	}
	return want.Error()
}

//
func TestQueryParsing(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{"", ""},
		{"a&b=&=c", `a=[""] b=[""] =["c"]`},
		{"a=1&a=2&b=3&a=4", `a=["1" "2" "4"] b=["3"]`},
		{"a+b=c+d&e=%2B", `a b=["c d"] e=["+"]`},
		{"a=1;b=2", `a=["1;b=2"]`},
		{"&&a=1&&", `a=["1"]`},
		{"a=b=c", `a=["b=c"]`},
		{"a=%&b=%4&c=%zz", `a=["%"] b=["%4"] c=["%zz"]`},
		{"a=%E2%82&b=%ED%A0%80&c=%FF%FE&d=%E2%82%41", `a=["�"] b=["���"] c=["��"] d=["�A"]`},
		{"caf%C3%A9=1", `café=["1"]`},
		{"caf\xc3\xa9=1", `café=["1"]`}, // W-29: raw UTF-8
		{"caf\xe9=1", `café=["1"]`},     // W-29: no UTF-8, so latin-1
		{"caf%E9=1", `caf�=["1"]`},      // W-29: an escape is of the encoding
		{"%E2\xe2%82%AC", "�â��=[\"\"]"},
	} {
		if got := listsOf(query(t, test.query, false)); got != test.want {
			t.Errorf("%q: %s, want %s", test.query, got, test.want)
		}
	}
	latin, err := web.NewQueryDict("caf%E9=\xe9", false, "ISO_8859-1", nil)
	if err != nil || listsOf(latin) != `café=["é"]` {
		t.Errorf("latin-1: %s, %v", listsOf(latin), err)
	}
	ascii, err := web.NewQueryDict("a=%E9", false, "us-ascii", nil)
	if err != nil || listsOf(ascii) != `a=["�"]` {
		t.Errorf("ascii: %s, %v", listsOf(ascii), err)
	}
	_, err = web.NewQueryDict("a", false, "x-nonsense", nil)
	raises[*web.LookupError](t, err)
	if _, err := web.NewQueryDict("", false, "x-nonsense", nil); err != nil {
		t.Errorf("nothing is of no charset: %v", err)
	}
}

//
func TestQueryLimit(t *testing.T) {
	settings := conf.Defaults()
	settings.DataUploadMaxNumberFields = new(2)
	if _, err := web.NewQueryDict("a&b", false, "", settings); err != nil {
		t.Error(err)
	}
	_, err := web.NewQueryDict("a&b&", false, "", settings)
	message := raises[*exceptions.TooManyFieldsSent](t, err)
	if message != "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS." {
		t.Error(message)
	}
	raises[*exceptions.SuspiciousOperation](t, err)
	settings.DataUploadMaxNumberFields = nil
	q, err := web.NewQueryDict(strings.Repeat("a&", 5000), false, "", settings)
	if err != nil || len(q.List("a")) != 5000 {
		t.Error("there is a limit without one")
	}
}

//
func TestQueryReading(t *testing.T) {
	q := query(t, "a=1&b=2&a=3", true)
	if err := q.SetList("empty", nil); err != nil {
		t.Fatal(err)
	}
	if q.Get("a") != "3" || q.Get("missing") != "" {
		t.Error("Get")
	}
	if value, ok := q.Lookup("empty"); ok || value != "" {
		t.Error("an empty list has a last value")
	}
	if value, err := q.Item("empty"); err != nil || value != "" {
		t.Error(err)
	}
	_, err := q.Item("missing")
	raises[*web.MultiValueDictKeyError](t, err)
	raises[*web.KeyError](t, err)
	if !slices.Equal(q.List("a"), []string{"1", "3"}) || q.List("missing") != nil {
		t.Error("List")
	}
	if !q.Has("empty") || q.Has("missing") || q.Len() != 3 {
		t.Error("Has, Len")
	}
	if keys := slices.Collect(q.Keys()); !slices.Equal(keys, []string{"a", "b", "empty"}) {
		t.Errorf("Keys: %q", keys)
	}
	var items []string
	for key, value := range q.Items() {
		items = append(items, key+"="+value)
	}
	if !slices.Equal(items, []string{"a=3", "b=2", "empty="}) {
		t.Errorf("Items: %q", items)
	}
}

//
func TestQueryImmutable(t *testing.T) {
	for _, q := range []*web.QueryDict{query(t, "a=1", false), {}} {
		_, err1 := q.SetDefault("a", "1")
		_, err2 := q.SetListDefault("a", nil)
		_, err3 := q.Pop("a")
		_, _, err4 := q.PopItem()
		for _, err := range []error{
			q.Set("a", "1"), q.SetList("a", nil), q.AppendList("a", "1"), q.Delete("a"), q.Clear(), q.Update(query(t, "b", false)),
			err1, err2, err3, err4,
		} {
			if message := raises[*exceptions.AttributeError](t, err); message != "This QueryDict instance is immutable" {
				t.Error(message)
			}
		}
	}
	q := query(t, "a=1&a=2", false)
	c := q.Copy()
	if !c.Mutable() || c.AppendList("a", "3") != nil || listsOf(q) != `a=["1" "2"]` || listsOf(c) != `a=["1" "2" "3"]` {
		t.Error("a copy shares with the original")
	}
}

//
func TestQueryChanges(t *testing.T) {
	q := query(t, "a=1&b=2&c=3", true)
	steps := []struct {
		name string
		do   func() error
		want string
	}{
		{"set keeps the place", func() error { return q.Set("a", "9") }, `a=["9"] b=["2"] c=["3"]`},
		{"delete", func() error { return q.Delete("b") }, `a=["9"] c=["3"]`},
		{"a new key comes last", func() error { return q.Set("b", "2") }, `a=["9"] c=["3"] b=["2"]`},
		{"update extends", func() error { return q.Update(query(t, "a=8&z=1", false)) }, `a=["9" "8"] c=["3"] b=["2"] z=["1"]`},
		{"pop gives the list", func() error {
			values, err := q.Pop("a")
			if !slices.Equal(values, []string{"9", "8"}) {
				t.Errorf("Pop: %q", values)
			}
			return err
		}, `c=["3"] b=["2"] z=["1"]`},
		{"popitem takes the last", func() error {
			key, values, err := q.PopItem()
			if key != "z" || !slices.Equal(values, []string{"1"}) {
				t.Errorf("PopItem: %s %q", key, values)
			}
			return err
		}, `c=["3"] b=["2"]`},
		{"setdefault", func() error {
			value, err := q.SetDefault("c", "x")
			if value != "3" {
				t.Error(value)
			}
			_, err2 := q.SetDefault("d", "4")
			return errors.Join(err, err2)
		}, `c=["3"] b=["2"] d=["4"]`},
		{"setlistdefault", func() error {
			_, err := q.SetListDefault("e", []string{"5", "6"})
			return err
		}, `c=["3"] b=["2"] d=["4"] e=["5" "6"]`},
		{"clear", q.Clear, ""},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := listsOf(q); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	_, err := q.Pop("a")
	raises[*web.KeyError](t, err)
	_, _, err = q.PopItem()
	raises[*web.KeyError](t, err)
	raises[*web.KeyError](t, q.Delete("a"))
	if got := listsOf(web.QueryDictFromKeys([]string{"a", "b", "a"}, "1", false, "")); got != `a=["1" "1"] b=["1"]` {
		t.Errorf("fromkeys: %s", got)
	}
}

// Many keys are found as few are, also after some were taken away.
func TestQueryManyKeys(t *testing.T) {
	q := query(t, "", true)
	for i := range 100 {
		if err := q.AppendList(fmt.Sprint(i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < 100; i += 3 {
		if err := q.Delete(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := q.PopItem(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if want := i%3 != 0 && i != 98; q.Has(fmt.Sprint(i)) != want {
			t.Errorf("%d is there: %v", i, !want)
		}
	}
}

//
func TestURLEncode(t *testing.T) {
	for _, test := range []struct{ query, safe, want string }{
		{"next=/a%26b/", "", "next=%2Fa%26b%2F"},
		{"next=/a%26b/", "/", "next=/a%26b/"},
		{"a b=%2B~", "", "a+b=%2B~"},
		{"a b=1", "/", "a%20b=1"},
		{"a b=1", " ", "a b=1"},
		{"é=1&é=2&b", "", "%C3%A9=1&%C3%A9=2&b="},
		{"", "/", ""},
	} {
		if got, err := query(t, test.query, false).URLEncode(test.safe); got != test.want || err != nil {
			t.Errorf("%q, %q: %s, %v, want %s", test.query, test.safe, got, err, test.want)
		}
	}
	q, err := web.NewQueryDict("", true, "latin-1", nil)
	if err != nil || q.Set("é", "ü") != nil {
		t.Fatal(err)
	}
	if got, err := q.URLEncode(""); got != "%E9=%FC" || err != nil {
		t.Errorf("latin-1: %s, %v", got, err)
	}
	if err := q.Set("a", "€"); err != nil {
		t.Fatal(err)
	}
	_, err = q.URLEncode("")
	raises[*web.UnicodeEncodeError](t, err)
	raises[*exceptions.ValueError](t, err)
}

// Of many parameters, too, the last of a name counts, in the place of the first.
func TestManyParameters(t *testing.T) {
	var line strings.Builder
	line.WriteString("a/b")
	for i := range 90 {
		fmt.Fprintf(&line, "; p%d=%d", i%30, i)
	}
	_, params, err := web.ParseHeaderParameters(line.String())
	if err != nil || len(params) != 30 {
		t.Fatalf("%d parameters, %v", len(params), err)
	}
	for i, p := range params {
		if p.Name != fmt.Sprintf("p%d", i) || p.Value != strconv.Itoa(60+i) {
			t.Errorf("parameter %d is %s=%s", i, p.Name, p.Value)
		}
	}
}

// linear asks that work on an input of eight times the size takes no more than
// some thirty times as long, and tries again before it complains: the machine may be busy.
func linear(t *testing.T, name string, work func(size int)) {
	t.Helper()
	measure := func(size int) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			work(size)
			best = min(best, time.Since(start))
		}
		return best
	}
	var small, large time.Duration
	for range 5 {
		small, large = measure(1<<13), measure(1<<16)
		if large < 30*small+time.Millisecond {
			return
		}
	}
	t.Errorf("%s: %v for 8 KiB, %v for 64 KiB", name, small, large)
}

func TestLinearTime(t *testing.T) {
	settings := conf.Defaults()
	settings.DataUploadMaxNumberFields = nil
	parse := func(text string) {
		if _, err := web.NewQueryDict(text, false, "", settings); err != nil {
			t.Fatal(err)
		}
	}
	linear(t, "separators", func(n int) { parse(strings.Repeat("&", n)) })
	linear(t, "escapes", func(n int) { parse(strings.Repeat("%C3é", n/5)) })
	linear(t, "different keys", func(n int) {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "%d&", i)
		}
		parse(b.String())
	})
	linear(t, "cookies", func(n int) { web.ParseCookie(strings.Repeat("a=1;", n/4)) })
	linear(t, "a quoted cookie", func(n int) { web.ParseCookie(`a="` + strings.Repeat(`\\`, n/2) + `"`) })
	linear(t, "quotes in parameters", func(n int) {
		if _, _, err := web.ParseHeaderParameters(`a; b="` + strings.Repeat(`\";`, n/3)); err != nil {
			t.Fatal(err)
		}
	})
	linear(t, "different parameters", func(n int) {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, ";%s=", strconv.FormatInt(int64(i), 36))
		}
		if _, _, err := web.ParseHeaderParameters(b.String()); err != nil {
			t.Fatal(err)
		}
	})
	linear(t, "a header that comes many times", func(n int) {
		scope := &asgi.Scope{Method: "GET", Path: "/", Headers: slices.Repeat([]asgi.Header{{Name: "accept", Value: "a/b"}}, n)}
		r, err := web.NewASGIRequest(t.Context(), scope, nil, settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(r.Header("Accept")); got != 4*n-1 {
			t.Fatalf("%d bytes", got)
		}
	})
	linear(t, "many headers, asked for all", func(n int) {
		scope := &asgi.Scope{Method: "GET", Path: "/"}
		for i := range n / 16 {
			scope.Headers = append(scope.Headers, asgi.Header{Name: fmt.Sprintf("x-%06d", i), Value: "v"})
		}
		r, err := web.NewASGIRequest(t.Context(), scope, nil, settings)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for range r.Headers().All() {
			count++
		}
		if count != n/16 || r.Header("X-000007") != "v" {
			t.Fatalf("%d headers", count)
		}
	})
	linear(t, "a host", func(n int) { web.SplitDomainPort(strings.Repeat("a.", n/2)) })
}

// What List and Lists give is the caller's.
func TestListsAreCopies(t *testing.T) {
	q, err := web.NewQueryDict("a=1&a=2", false, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.List("a")[0] = "x"
	for _, values := range q.Lists() {
		values[1] = "y"
	}
	if got := q.List("a"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("got %q", got)
	}
}
