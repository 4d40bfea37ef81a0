package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"basehandler/asgi"
	"basehandler/wsgi/field"
)

// check refuses a start that is not one of a final response, or whose headers
// would put into it what nobody wrote. It gives the Content-Length, or unknown.
func check(start asgi.ResponseStart) (length int64, err error) {
	if start.Status < 200 || start.Status > 999 {
		return 0, fmt.Errorf("asgi: the status %d is not one of a final response, 200 to 999", start.Status)
	}
	length = unknown
	for _, h := range start.Headers {
		if _, ok := field.Canonical(h.Name); !ok {
			return 0, fmt.Errorf("asgi: the header name %q is not a token", h.Name)
		}
		if field.HasControl(h.Value) {
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
