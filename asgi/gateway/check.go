package gateway

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"basehandler/asgi"
)

// check refuses a start that is not one of a final response, or whose headers
// would put into it what nobody wrote. It gives the Content-Length, or unknown.
func check(start asgi.ResponseStart) (length int64, err error) {
	if start.Status < 200 || start.Status > 999 {
		return 0, fmt.Errorf("asgi: the status %d is not one of a final response, 200 to 999", start.Status)
	}
	length = unknown
	for _, h := range start.Headers {
		if !isToken(h.Name) {
			return 0, fmt.Errorf("asgi: the header name %q is not a token", h.Name)
		}
		if hasControl(h.Value) {
			return 0, fmt.Errorf("asgi: the value %q of header %s has a control character", h.Value, h.Name)
		}
		if len(h.Name) == len("Content-Length") && strings.EqualFold(h.Name, "Content-Length") {
			if length != unknown {
				return 0, errors.New("asgi: there is more than one Content-Length")
			}
			n, err := strconv.ParseUint(h.Value, 10, 63)
			if err != nil {
				return 0, fmt.Errorf("asgi: the Content-Length %q is not a number of bytes", h.Value)
			}
			length = int64(n)
		}
	}
	return length, nil
}

// canonical is a name, which is a token, in net/http's spelling.
func canonical(name string) string {
	// Most names are spelt so, and http.CanonicalHeaderKey takes long to see it.
	wrong := uint8(lower) // at the beginning of a word
	for i := range len(name) {
		if classes[name[i]]&wrong != 0 {
			return http.CanonicalHeaderKey(name)
		}
		if wrong = upper; name[i] == '-' {
			wrong = lower
		}
	}
	return name
}

// What a byte may be part of.
const (
	token   = 1 << iota // a name (RFC 9110, section 5.6.2)
	control             // nothing: a control character other than a tab
	lower
	upper
)

// classes tells it for each byte. A table is read once a byte, and every response
// is checked from end to end.
var classes = func() (table [256]uint8) {
	for c := range table {
		switch {
		case 'a' <= c && c <= 'z':
			table[c] = token | lower
		case 'A' <= c && c <= 'Z':
			table[c] = token | upper
		case '0' <= c && c <= '9':
			table[c] = token
		case c < ' ' && c != '\t', c == 0x7f:
			table[c] = control
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		table[c] = token
	}
	return table
}()

// isToken says whether s is one (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&token == 0 {
			return false
		}
	}
	return s != ""
}

// hasControl finds what may not stand in a header's value: control
// characters other than a tab.
func hasControl(s string) bool {
	if printable(s) {
		return false
	}
	for i := range len(s) {
		if classes[s[i]]&control != 0 {
			return true
		}
	}
	return false
}

// printable tells whether all of s is ASCII from the space to the tilde, as
// nearly all values are. It looks at eight bytes at a time, since every response
// is checked from end to end.
func printable(s string) bool {
	last := len(s) - 8
	if last < 0 {
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' {
				return false
			}
		}
		return true
	}
	for at := 0; at < last; at += 8 {
		if !printable8(s[at:]) {
			return false
		}
	}
	return printable8(s[last:]) // some of them for the second time
}

// printable8 looks at the first eight. A byte below the space makes the
// subtraction borrow into its highest bit, 0x7f makes the addition carry into it,
// and any other byte that does not belong has it set already.
func printable8(s string) bool {
	const each = 0x0101010101010101 // one in each byte
	b := binary.LittleEndian.Uint64([]byte(s))
	return (b|(b-' '*each)|(b+each))&(0x80*each) == 0
}
