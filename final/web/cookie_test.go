package web_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/signing"
	"basehandler/final/web"
)

//
func TestParseCookie(t *testing.T) {
	for _, test := range []struct {
		header string
		want   map[string]string
	}{
		{"", nil},
		{"a=1; b=2", map[string]string{"a": "1", "b": "2"}},
		{"a=1, b=2; c=3 d=4", map[string]string{"a": "1, b=2", "c": "3 d=4"}},
		{"abc; =v; =; ;; d=", map[string]string{"": "v", "d": ""}},
		{"a=1; a=2", map[string]string{"a": "2"}},
		{"\ta = b\x1c; c=d\u00a0", map[string]string{"a": "b", "c": "d"}},
		{"a=b=c", map[string]string{"a": "b=c"}},
		{`a="b c\054d\"e\\"`, map[string]string{"a": `b c,d"e\`}},
		{`a="\351\08\q"`, map[string]string{"a": "é08q"}},
		{`a="open; b="; c=""`, map[string]string{"a": `"open`, "b": `"`, "c": ""}},
		{"日=本", map[string]string{"日": "本"}},
	} {
		if got := web.ParseCookie(test.header); !maps.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.header, got, test.want)
		}
	}
}

// cookies gives the Set-Cookie headers of a response.
func cookies(response web.Response) []string {
	var list []string
	for _, header := range response.Base().HeaderList() {
		if header.Name == "Set-Cookie" {
			list = append(list, header.Value)
		}
	}
	return list
}

// W-07
func TestSetCookie(t *testing.T) {
	for _, test := range []struct {
		name, value string
		attributes  web.Cookie
		want        string
	}{
		{"a", "1", web.Cookie{}, " a=1; Path=/"},
		{"a", "1", web.Cookie{NoPath: true}, " a=1"},
		{"a", "", web.Cookie{Path: new("/x y")}, ` a=""; Path=/x y`},
		{"a", "1", web.Cookie{Domain: new("e.com"), ExpiresText: "tomorrow", HTTPOnly: true, Secure: true, SameSite: "STRICT"},
			" a=1; Domain=e.com; expires=tomorrow; HttpOnly; Path=/; SameSite=STRICT; Secure"},
		{"a", `b c;d"é\` + "\n", web.Cookie{}, ` a="b c\073d\"\351\\\012"; Path=/`},
		{"a", "b:c!", web.Cookie{}, " a=b:c!; Path=/"},
		{"a", "b/c", web.Cookie{}, ` a="b/c"; Path=/`},
		{"a", "1", web.Cookie{Path: new("/é")}, " a=1; Path=/\xe9"},
	} {
		response := web.NewHttpResponse("")
		if err := response.SetCookie(test.name, test.value, test.attributes); err != nil {
			t.Errorf("%s=%s: %v", test.name, test.value, err)
		}
		if got := cookies(response); len(got) != 1 || got[0] != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	response := web.NewHttpResponse("")
	for _, name := range []string{"", "a b", "a;b", "é", "a=b", "Path", "expires", `"`} {
		raises[*web.CookieError](t, response.SetCookie(name, "1"))
	}
	if got := cookies(response); got != nil {
		t.Errorf("an illegal name left %q", got)
	}
	err := response.SetCookie("a", "1", web.Cookie{SameSite: "sometimes"})
	if message := raises[*exceptions.ValueError](t, err); message != `samesite must be "lax", "none", or "strict".` {
		t.Error(message)
	}
	if got := cookies(response); len(got) != 1 || got[0] != " a=1; Path=/" {
		t.Errorf("samesite is looked at last, but there is %q", got)
	}
}

//
func TestCookieTimes(t *testing.T) {
	const form = "Mon, 02 Jan 2006 15:04:05 GMT"
	near := func(text string, want time.Time) bool {
		at, err := time.Parse(form, text)
		return err == nil && at.Sub(want).Abs() <= 2*time.Second
	}
	response := web.NewHttpResponse("")
	if err := response.SetCookie("a", "1", web.Cookie{MaxAge: new(int64(3600))}); err != nil {
		t.Fatal(err)
	}
	a := response.Cookies().Get("a")
	if *a.MaxAge != 3600 || !near(a.Expires, time.Now().Add(time.Hour)) {
		t.Errorf("max_age of an hour: %s", a)
	}
	if err := response.SetCookie("b", "1", web.Cookie{Expires: time.Now().Add(10 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	b := response.Cookies().Get("b")
	if *b.MaxAge != 10 || !near(b.Expires, time.Now().Add(10*time.Second)) {
		t.Errorf("expires in ten seconds: %s", b)
	}
	if err := response.SetCookie("c", "1", web.Cookie{Expires: time.Unix(0, 0), Path: new("/x")}); err != nil {
		t.Fatal(err)
	}
	// 400 years are more than a time.Duration holds.
	if err := response.SetCookie("f", "1", web.Cookie{MaxAge: new(int64(400 * 365 * 24 * 3600))}); err != nil {
		t.Fatal(err)
	}
	if f := response.Cookies().Get("f"); !near(f.Expires, time.Now().AddDate(0, 0, 400*365)) {
		t.Errorf("%+v", f)
	}
	if c := response.Cookies().Get("c"); *c.MaxAge != 0 || !strings.Contains(c.String(), "Max-Age=0") {
		t.Errorf("a time in the past: %s", c)
	}
	if err := response.SetCookie("d", "1", web.Cookie{MaxAge: new(int64(5)), ExpiresText: "Thu, 01 Jan 1970 00:00:00 GMT"}); err != nil {
		t.Fatal(err)
	}
	if d := response.Cookies().Get("d"); d.Expires != "Thu, 01 Jan 1970 00:00:00 GMT" {
		t.Errorf("a text is used as given: %s", d)
	}
	err := response.SetCookie("e", "1", web.Cookie{MaxAge: new(int64(5)), Expires: time.Now()})
	if message := raises[*exceptions.ValueError](t, err); message != "'expires' and 'max_age' can't be used together." {
		t.Error(message)
	}
}

//
func TestDeleteCookie(t *testing.T) {
	const gone = `=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/`
	response := web.NewHttpResponse("")
	for _, test := range []struct {
		name       string
		attributes web.Cookie
		want       string
	}{
		{"a", web.Cookie{}, " a" + gone},
		{"__Host-a", web.Cookie{}, " __Host-a" + gone + "; Secure"},
		{"__Secure-a", web.Cookie{}, " __Secure-a" + gone + "; Secure"},
		{"b", web.Cookie{SameSite: "None"}, " b" + gone + "; SameSite=None; Secure"},
		{"c", web.Cookie{SameSite: "lax", Path: new("/x"), Domain: new("e.com")},
			` c=""; Domain=e.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/x; SameSite=lax`},
	} {
		if err := response.DeleteCookie(test.name, test.attributes); err != nil {
			t.Error(err)
		}
		if got := cookies(response); got[len(got)-1] != test.want {
			t.Errorf("%q, want %q", got[len(got)-1], test.want)
		}
	}
	if err := response.SetCookie("a", "2"); err != nil {
		t.Fatal(err)
	}
	if got := cookies(response)[0]; got != " a=2; Max-Age=0; Path=/" {
		t.Errorf("set after it was deleted: %q", got)
	}
	if n := response.Cookies().Len(); n != 5 {
		t.Errorf("%d cookies", n)
	}
}

// what was signed comes back as it was, for this cookie and salt only, and
// while it is not too old.
func TestSignedCookies(t *testing.T) {
	settings := conf.Defaults()
	settings.SecretKey = "key"
	response := web.NewHttpResponse("")
	for name, value := range map[string]string{"plain": "1", "odd": `b c;d"é\:`, "empty": ""} {
		if err := response.SetSignedCookie(settings, name, value, "salt", web.Cookie{HTTPOnly: true}); err != nil {
			t.Fatal(err)
		}
	}
	header := ""
	for _, cookie := range cookies(response) {
		if !strings.HasSuffix(cookie, "; HttpOnly; Path=/") {
			t.Errorf("the attributes: %s", cookie)
		}
		header += strings.Split(cookie, "; ")[0] + ";"
	}
	same := func(s *conf.Settings) { s.SecretKey = "key" }
	r := request(t, map[string]any{"HTTP_COOKIE": header + "changed=2:" + strings.SplitN(header, ":", 2)[1]}, same)
	for name, want := range map[string]string{"plain": "1", "odd": `b c;d"é\:`, "empty": ""} {
		if got, err := r.GetSignedCookie(name, "salt"); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if got, err := r.GetSignedCookie(name, "salt", time.Minute); got != want || err != nil {
			t.Errorf("%s, of the last minute: %q, %v", name, got, err)
		}
		_, err := r.GetSignedCookie(name, "salt", -time.Hour)
		raises[*signing.SignatureExpired](t, err)
		_, err = r.GetSignedCookie(name, "")
		raises[*signing.BadSignature](t, err)
	}
	_, err := r.GetSignedCookie("changed", "salt")
	raises[*signing.BadSignature](t, err)
	_, err = r.GetSignedCookie("missing", "salt")
	if message := raises[*web.KeyError](t, err); message != "'missing'" {
		t.Error(message)
	}
	raises[*exceptions.ImproperlyConfigured](t, response.SetSignedCookie(conf.Defaults(), "a", "1", ""))
	raises[*web.CookieError](t, response.SetSignedCookie(settings, "a b", "1", ""))
}
