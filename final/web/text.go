package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"basehandler/wsgi/field"
)

// What Python's str does and Go's strings do not, or not quite.

func isASCII(s string) bool {
	if field.Printable(s) {
		return true
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fromLatin1 gives the text of bytes of which each stands for one character.
// That is how Python sees what comes over the wire.
func fromLatin1(wire string) string {
	if isASCII(wire) {
		return wire
	}
	var b strings.Builder
	b.Grow(len(wire) + len(wire)/2)
	for i := range len(wire) {
		b.WriteRune(rune(wire[i]))
	}
	return b.String()
}

// toLatin1 gives one byte for each character, and false where a character has
// none. Text that is no UTF-8 is taken for bytes already.
func toLatin1(text string) (string, bool) {
	if isASCII(text) || !utf8.ValidString(text) {
		return text, true
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// decodeUTF8 replaces what is no UTF-8 by U+FFFD, one for each maximal piece
// that begins a sequence and does not end it. Go's own conversions give one for
// each byte.
func decodeUTF8(s string) string {
	if field.Printable(s) || utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			b.WriteRune(utf8.RuneError)
			s = s[brokenLength(s):]
			continue
		}
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}

// brokenLength is the length of the broken sequence that s begins with: its
// lead byte and the continuation bytes that could have followed it.
func brokenLength(s string) int {
	lead := s[0]
	low, high, need := byte(0x80), byte(0xbf), 0
	switch {
	case 0xc2 <= lead && lead <= 0xdf:
		need = 1
	case 0xe0 <= lead && lead <= 0xef:
		need = 2
	case 0xf0 <= lead && lead <= 0xf4:
		need = 3
	}
	switch lead { // no overlong forms, no surrogates, nothing above U+10FFFF
	case 0xe0:
		low = 0xa0
	case 0xed:
		high = 0x9f
	case 0xf0:
		low = 0x90
	case 0xf4:
		high = 0x8f
	}
	n := 1
	for n <= need && n < len(s) && low <= s[n] && s[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

// IsSpace is str.isspace for one character.
func IsSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}

// strip is str.strip(). Most text begins and ends with a character that is plainly
// none to be stripped.
func strip(s string) string {
	if s == "" || plain(s[0]) && plain(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, IsSpace)
}

// plain tells whether a byte is a whole character, and neither a space nor a
// control character.
func plain(c byte) bool { return ' ' < c && c < utf8.RuneSelf }

// lower is str.lower(): Unicode's full mapping, which differs from Go's for two
// letters.
func lower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	if !strings.ContainsAny(s, "\u0130\u03a3") {
		return strings.ToLower(s)
	}
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		switch {
		case r == 0x130:
			b.WriteString("i\u0307")
		case r == 0x3a3 && endsWord(runes, i):
			b.WriteRune(0x3c2)
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// endsWord tells whether a sigma at i is the last letter of its word.
func endsWord(runes []rune, i int) bool {
	before := i - 1
	for before >= 0 && ignorable(runes[before]) {
		before--
	}
	after := i + 1
	for after < len(runes) && ignorable(runes[after]) {
		after++
	}
	return before >= 0 && cased(runes[before]) && (after == len(runes) || !cased(runes[after]))
}

func cased(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)
}

func ignorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:\u00b7\u2018\u2019\u2024\ufe13\ufe52\ufe55\uff07\uff0e\uff1a", r)
}

// upper is str.upper() for what a method can hold.
func upper(s string) string {
	if s == "GET" { // as most methods are
		return s
	}
	for i := range len(s) {
		if c := s[i]; 'a' <= c && c <= 'z' || c >= utf8.RuneSelf {
			return strings.ReplaceAll(strings.ToUpper(fromLatin1(s)), "ß", "SS")
		}
	}
	return s
}

const hexDigits = "0123456789ABCDEF"

// The characters besides letters and digits that Python's quote leaves alone
// always.
const alwaysSafe = "_.-~"

// Django: utils/encoding.py escape_uri_path, iri_to_uri; utils/http.py
// RFC3986_SUBDELS.
var (
	safeInPath = newSafe("/:@&+$,-_.!~*'()")
	safeInIRI  = newSafe("/#%[]=:;$&()+,!?*@'~")
	safeInName = newSafe("/")                    // the default of Python's quote
	safeInURL  = newSafe("/~:@" + "!$&'()*+,;=") // what a path may hold, of RFC 3986 (pchar), and the slash
	safeInForm = newSafe(" ")                    // which becomes a plus sign
)

type safeSet [4]uint64

func newSafe(chars string) *safeSet {
	var set safeSet
	for c := range 128 {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte(alwaysSafe+chars, byte(c)) >= 0 {
			set[c/64] |= 1 << (c % 64)
		}
	}
	return &set
}

func (s *safeSet) has(c byte) bool { return s[c/64]&(1<<(c%64)) != 0 }

// quote is urllib.parse.quote: each byte that is not safe becomes %XX.
func quote(s string, safe *safeSet) string {
	unsafe := 0
	for i := range len(s) {
		if !safe.has(s[i]) {
			unsafe++
		}
	}
	if unsafe == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*unsafe)
	for i := range len(s) {
		if c := s[i]; safe.has(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b)
}

// IRIToURI escapes what may not stand in a URL, and leaves escapes that are
// there already. Django: utils/encoding.py iri_to_uri.
func IRIToURI(iri string) string { return quote(iri, safeInIRI) }

// Quote escapes all but letters, digits, "_.-~" and the slash. Python:
// urllib.parse.quote.
func Quote(text string) string { return quote(text, safeInName) }

// QuoteURL escapes all but what may stand in the path of a URL (RFC 3986, pchar)
// and the slash, as for the result of reverse. Django: urls/resolvers.py
// URLResolver._reverse_with_prefix.
func QuoteURL(text string) string { return quote(text, safeInURL) }

// EscapeLeadingSlashes keeps a path from being read as the name of another host.
// Django: utils/http.py escape_leading_slashes.
func EscapeLeadingSlashes(url string) string {
	if rest, found := strings.CutPrefix(url, "//"); found {
		return "/%2F" + rest
	}
	return url
}

// EscapeURIPath escapes a path for a URL. Django: utils/encoding.py
// escape_uri_path.
func EscapeURIPath(path string) string { return quote(path, safeInPath) }

// unquoteBytes is urllib.parse.unquote_to_bytes; a percent sign that begins no
// escape stays.
func unquoteBytes(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high >= 0 && low >= 0 {
				b = append(b, byte(high<<4|low))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// repercent escapes the bytes that belong to no legal UTF-8 sequence. Django:
// utils/encoding.py repercent_broken_unicode.
func repercent(path string) string {
	if field.Printable(path) || utf8.ValidString(path) {
		return path
	}
	b := make([]byte, 0, len(path)+16)
	for len(path) > 0 {
		r, size := utf8.DecodeRuneInString(path)
		if r == utf8.RuneError && size == 1 {
			b = append(b, '%', hexDigits[path[0]>>4], hexDigits[path[0]&15])
		} else {
			b = append(b, path[:size]...)
		}
		path = path[size:]
	}
	return string(b)
}

// equalFold compares names of headers: ASCII letters without regard to case. It
// begins at the end, since many names have their beginning in common.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := len(a) - 1; i >= 0; i-- {
		if x, y := a[i], b[i]; x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// hashFold is a hash that is the same for names that are equal to equalFold: FNV-1a
// without the bit that tells the two cases of a letter apart.
func hashFold(name string) uint32 {
	hash := uint32(2166136261)
	for i := range len(name) {
		hash = (hash ^ uint32(name[i]|0x20)) * 16777619
	}
	return hash
}
