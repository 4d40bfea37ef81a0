// Package field says what may stand in a field line of an HTTP header (RFC 9110,
// section 5). Every response is checked from end to end, by each gateway, so it
// looks at as little as it can.
package field

import (
	"encoding/binary"
	"net/http"
)

// What a byte may be part of.
const (
	token   = 1 << iota // a name (RFC 9110, section 5.6.2)
	control             // nothing: a control character other than a tab
	lower
	upper
)

// classes tells it for each byte. A table is read once a byte.
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

// IsToken says whether s is one (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&token == 0 {
			return false
		}
	}
	return s != ""
}

// Canonical is a name, which is a token, in net/http's spelling.
func Canonical(name string) string {
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

// HasControl finds what may not stand in a value, nor in a status: control
// characters other than a tab.
func HasControl(s string) bool {
	if Printable(s) {
		return false
	}
	for i := range len(s) {
		if classes[s[i]]&control != 0 {
			return true
		}
	}
	return false
}

// Printable tells whether all of s is ASCII from the space to the tilde, as
// nearly all values are. It looks at eight bytes at a time.
func Printable(s string) bool {
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
