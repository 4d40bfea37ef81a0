package urls

import (
	"fmt"
	"math/big"
	"strings"
	"unicode"
)

// pyRepr gives a value as Python's repr does, which Django's messages show.
func pyRepr(value any) string {
	switch value := value.(type) {
	case string:
		return quote(value)
	case UUID:
		return "UUID('" + value.String() + "')"
	case *big.Int:
		return value.String()
	}
	return pyText(value)
}

// quote writes a text as Python writes it: in single quotes, or in double ones
// if that saves escapes.
func quote(text string) string {
	mark := '\''
	if strings.ContainsRune(text, '\'') && !strings.ContainsRune(text, '"') {
		mark = '"'
	}
	var out strings.Builder
	out.WriteRune(mark)
	for _, r := range text {
		switch {
		case r == mark || r == '\\':
			out.WriteRune('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			out.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	out.WriteRune(mark)
	return out.String()
}

// quoteURL percent-encodes text, but for what may stand in a path (RFC 3986,
// pchar) and the slash. Python: urllib.parse.quote.
func quoteURL(text string) string {
	const safe = "-._~" + "!$&'()*+,;=" + ":@/"
	plain := func(b byte) bool {
		return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte(safe, b) >= 0
	}
	i := 0
	for i < len(text) && plain(text[i]) {
		i++
	}
	if i == len(text) {
		return text
	}
	var out strings.Builder
	out.Grow(len(text) + 16)
	out.WriteString(text[:i])
	for ; i < len(text); i++ {
		if b := text[i]; plain(b) {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// escapeLeadingSlashes keeps a path from being read as the name of another
// host. Django: utils/http.py escape_leading_slashes.
func escapeLeadingSlashes(url string) string {
	if rest, found := strings.CutPrefix(url, "//"); found {
		return "/%2F" + rest
	}
	return url
}
