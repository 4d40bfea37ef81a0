package urls

import (
	"fmt"
	"math/big"
	"strings"

	"basehandler/final/exceptions"
)

// pyRepr gives a value as Python's repr does, which Django's messages show.
func pyRepr(value any) string {
	switch value := value.(type) {
	case string:
		return exceptions.Repr(value)
	case UUID:
		return "UUID('" + value.String() + "')"
	case *big.Int:
		return value.String()
	}
	return pyText(value)
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
