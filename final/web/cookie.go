package web

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"basehandler/final/exceptions"
)

// ParseCookie reads a Cookie header as browsers write it, which is not as the
// specification says: only semicolons separate, what has no equals sign is the
// value of the empty name, the last of several wins, and nothing is an error.
// That is why it is not net/http's. Django: http/cookie.py parse_cookie.
func ParseCookie(header string) map[string]string {
	cookies := map[string]string{}
	for name, value := range cookiesOf(header) {
		cookies[name] = value
	}
	return cookies
}

// cookiesOf gives the cookies of a header in their order.
func cookiesOf(header string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest, more := header, true; more; {
			var chunk string
			chunk, rest, more = strings.Cut(rest, ";")
			name, value, found := strings.Cut(chunk, "=")
			if !found {
				name, value = "", chunk
			}
			name, value = strip(name), strip(value)
			if (name != "" || value != "") && !yield(name, unquoteCookie(value)) {
				return
			}
		}
	}
}

// unquoteCookie takes the quotes off a value, and the backslashes: \054 is a
// comma, \" a quote. Python: http/cookies.py _unquote.
func unquoteCookie(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	value = value[1 : len(value)-1]
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c != '\\' || i+1 == len(value) || value[i+1] == '\n' {
			b.WriteByte(c)
			continue
		}
		if i+3 < len(value) && octal(value[i+1], '3') && octal(value[i+2], '7') && octal(value[i+3], '7') {
			b.WriteRune(rune(value[i+1]-'0')<<6 | rune(value[i+2]-'0')<<3 | rune(value[i+3]-'0'))
			i += 3
			continue
		}
		i++
		b.WriteByte(value[i])
	}
	return b.String()
}

func octal(c, last byte) bool { return '0' <= c && c <= last }

// quoteCookie is the other direction: what may not stand in a value is written
// as an octal escape, within quotes. Python: http/cookies.py _quote.
func quoteCookie(value string) string {
	if legalCookieName(value) {
		return value
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r > 0xff || r < 0x80 && (legalInCookie(byte(r)) || strings.IndexByte(" ()/<=>?@[]{}", byte(r)) >= 0):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\%03o", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func legalInCookie(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("!#$%&'*+-.^_`|~:", c) >= 0
}

func legalCookieName(name string) bool {
	for i := range len(name) {
		if !legalInCookie(name[i]) {
			return false
		}
	}
	return name != ""
}

// SimpleCookie is the cookies that a response sets, in the order in which they
// were first set. Python: http/cookies.py SimpleCookie.
type SimpleCookie struct {
	morsels []*Morsel
	room    [1]*Morsel // one cookie is usual
	first   Morsel
}

// Morsel is one cookie with its attributes. Text that is empty is not sent.
// Python: http/cookies.py Morsel.
type Morsel struct {
	Name, Value                     string
	Expires, Path, Domain, SameSite string
	MaxAge                          *int64 // seconds
	Secure, HTTPOnly                bool
}

// Get gives a cookie, nil if there is none of that name.
func (c *SimpleCookie) Get(name string) *Morsel {
	for _, morsel := range c.morsels {
		if morsel.Name == name {
			return morsel
		}
	}
	return nil
}

// Set sets the value of a cookie, which keeps the attributes it may have
// already. A name that is illegal is a *CookieError.
func (c *SimpleCookie) Set(name, value string) (*Morsel, error) {
	switch strings.ToLower(name) { // attributes, which no cookie may be called
	case "expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite":
		return nil, &CookieError{"Attempt to set a reserved key " + exceptions.Repr(name)}
	}
	if !legalCookieName(name) {
		return nil, &CookieError{"Illegal key " + exceptions.Repr(name)}
	}
	morsel := c.Get(name)
	if morsel == nil {
		if c.morsels == nil {
			c.morsels, morsel = c.room[:0], &c.first
		} else {
			morsel = &Morsel{}
		}
		morsel.Name = name
		c.morsels = append(c.morsels, morsel)
	}
	morsel.Value = value
	return morsel, nil
}

// All gives the cookies in order.
func (c *SimpleCookie) All() iter.Seq[*Morsel] {
	return func(yield func(*Morsel) bool) {
		for _, morsel := range c.morsels {
			if !yield(morsel) {
				return
			}
		}
	}
}

// Len is the number of cookies.
func (c *SimpleCookie) Len() int { return len(c.morsels) }

// output is what stands behind "Set-Cookie:", after the space that Django puts
// there, the attributes in the order of their keys. Text is sent as latin-1
// where that is possible.
func (m *Morsel) output() string {
	b := make([]byte, 0, 160)
	b = append(b, ' ')
	b = append(b, m.Name...)
	b = append(b, '=')
	b = append(b, quoteCookie(m.Value)...)
	b = appendAttribute(b, "; Domain=", m.Domain)
	b = appendAttribute(b, "; expires=", m.Expires)
	if m.HTTPOnly {
		b = append(b, "; HttpOnly"...)
	}
	if m.MaxAge != nil {
		b = strconv.AppendInt(append(b, "; Max-Age="...), *m.MaxAge, 10)
	}
	b = appendAttribute(b, "; Path=", m.Path)
	b = appendAttribute(b, "; SameSite=", m.SameSite)
	if m.Secure {
		b = append(b, "; Secure"...)
	}
	text := string(b)
	if wire, ok := toLatin1(text); ok {
		return wire
	}
	return text
}

func appendAttribute(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return append(append(b, name...), value...)
}

// String is the cookie as it is sent.
func (m *Morsel) String() string { return m.output()[1:] }

// Cookie is the attributes of a cookie to be set: the keyword arguments of
// set_cookie. The zero value is a cookie for the session, with the path "/".
type Cookie struct {
	MaxAge      *int64    // seconds from now
	Expires     time.Time // or a time, which becomes a Max-Age
	ExpiresText string    // or a time as it is to be sent
	Path        *string   // nil: "/"
	NoPath      bool      // leave the path alone: path=None
	Domain      *string
	Secure      bool
	HTTPOnly    bool
	SameSite    string // "Lax", "None" or "Strict", in any case
}

// SetCookie sets a cookie. One that was set before keeps the attributes that
// are not named now. An error leaves what was done until then: an illegal name
// changes nothing. Django: HttpResponseBase.set_cookie.
func (b *HttpResponseBase) SetCookie(name, value string, attributes ...Cookie) error {
	var a Cookie
	if len(attributes) > 0 {
		a = attributes[0]
	}
	morsel, err := b.Cookies().Set(name, value)
	if err != nil {
		return err
	}
	maxAge := a.MaxAge
	expires := a.ExpiresText
	if !a.Expires.IsZero() {
		if maxAge != nil {
			return &exceptions.ValueError{Message: "'expires' and 'max_age' can't be used together."}
		}
		// One second more, so that the date comes out as it was given although
		// a fraction is lost on the way.
		maxAge = new(max(0, int64((time.Until(a.Expires)+time.Second)/time.Second)))
		expires = ""
	} else {
		morsel.Expires = expires
	}
	if maxAge != nil {
		morsel.MaxAge = new(*maxAge)
		if expires == "" { // for browsers that know no Max-Age
			morsel.Expires = HTTPDate(time.Unix(time.Now().Unix()+*maxAge, 0))
		}
	}
	switch {
	case a.NoPath:
	case a.Path != nil:
		morsel.Path = *a.Path
	default:
		morsel.Path = "/"
	}
	if a.Domain != nil {
		morsel.Domain = *a.Domain
	}
	morsel.Secure = morsel.Secure || a.Secure
	morsel.HTTPOnly = morsel.HTTPOnly || a.HTTPOnly
	if a.SameSite != "" {
		switch lower(a.SameSite) {
		case "lax", "none", "strict":
		default:
			return &exceptions.ValueError{Message: `samesite must be "lax", "none", or "strict".`}
		}
		morsel.SameSite = a.SameSite
	}
	return nil
}

// SetCookies makes the cookies of another response those of this one too; both
// share them. Django: response.cookies = other.cookies.
func (b *HttpResponseBase) SetCookies(other *HttpResponseBase) { b.cookies = other.cookies }

// DeleteCookie makes the client forget a cookie. Path, domain and SameSite of
// the attributes have to be those it was set with. Django:
// HttpResponseBase.delete_cookie.
func (b *HttpResponseBase) DeleteCookie(name string, attributes ...Cookie) error {
	var a Cookie
	if len(attributes) > 0 {
		a = attributes[0]
	}
	return b.SetCookie(name, "", Cookie{
		MaxAge:      new(int64(0)),
		ExpiresText: "Thu, 01 Jan 1970 00:00:00 GMT",
		Path:        a.Path,
		NoPath:      a.NoPath,
		Domain:      a.Domain,
		SameSite:    a.SameSite,
		// Browsers drop these if they are not secure.
		Secure: strings.HasPrefix(name, "__Secure-") || strings.HasPrefix(name, "__Host-") || lower(a.SameSite) == "none",
	})
}

// HTTPDate is a time as HTTP writes it. Django: utils/http.py http_date.
func HTTPDate(t time.Time) string {
	return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}
