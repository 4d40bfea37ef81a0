// Package field says what may stand in a field line of an HTTP header (RFC 9110,
// section 5). Every response is checked from end to end, by each gateway, so it
// looks at as little as it can.
package field

import (
	"encoding/binary"
	"net/http"
)

// What a byte may be part of, and what would be wrong after it in net/http's
// spelling of a name.
const (
	token   = 1 << iota // a name (RFC 9110, section 5.6.2)
	control             // nothing: a control character other than a tab
	lower
	upper

	after = 4     // from this bit on stands what is wrong after it
	first = lower // what is wrong as the first letter of a word
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
	for c := range table {
		table[c] |= upper << after
	}
	table['-'] = token | first<<after
	return table
}()

// Canonical is a name in net/http's spelling, and whether it is a token, as a
// name has to be (RFC 9110, section 5.6.2).
func Canonical(name string) (canonical string, ok bool) {
	// Most names are spelt so, and http.CanonicalHeaderKey takes long to see it.
	every, misspelt, wrong := uint8(token), uint8(0), uint8(first)
	for i := range len(name) {
		class := classes[name[i]]
		every &= class
		misspelt |= class & wrong
		wrong = class >> after
	}
	switch {
	case every&token == 0 || name == "":
		return "", false
	case misspelt != 0:
		return http.CanonicalHeaderKey(name), true
	}
	return name, true
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
	switch {
	case last >= 0:
		for at := 0; at < last; at += 8 {
			if !printable8(binary.LittleEndian.Uint64([]byte(s[at:]))) {
				return false
			}
		}
		return printable8(binary.LittleEndian.Uint64([]byte(s[last:]))) // some of them for the second time
	case len(s) >= 4: // likewise
		head, tail := binary.LittleEndian.Uint32([]byte(s)), binary.LittleEndian.Uint32([]byte(s[len(s)-4:]))
		return printable8(uint64(head)<<32 | uint64(tail))
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// printable8 looks at eight. A byte below the space makes the subtraction borrow
// into its highest bit, 0x7f makes the addition carry into it, and any other byte
// that does not belong has it set already.
func printable8(b uint64) bool {
	const each = 0x0101010101010101 // one in each byte
	return (b|(b-' '*each)|(b+each))&(0x80*each) == 0
}
