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
		if strings.ContainsFunc(h.Value, isControl) {
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

// isToken says whether s is one (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') &&
			!strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// isControl finds what may not stand in a header's value: control characters
// other than a tab.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' || r == 0x7f
}
