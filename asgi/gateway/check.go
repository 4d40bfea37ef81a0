package gateway

import (
	"errors"
	"fmt"
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
		if strings.EqualFold(h.Name, "Content-Length") {
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

// What a byte may be part of.
const (
	token   = 1 << iota // a name (RFC 9110, section 5.6.2)
	control             // nothing: a control character other than a tab
)

// classes tells it for each byte. A table is read once a byte, and every response
// is checked from end to end.
var classes = func() (table [256]uint8) {
	for c := range table {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
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

// hasControl finds what may not stand in a header's value: control characters
// other than a tab.
func hasControl(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&control != 0 {
			return true
		}
	}
	return false
}
