package gateway

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"basehandler/wsgi"
)

// checkStatus wants "NNN reason" of a final response.
func checkStatus(status string) error {
	if status == "200 OK" { // as most are
		return nil
	}
	if len(status) < 4 || status[3] != ' ' || !isDigits(status[:3]) || status[0] == '0' || hasControl(status) {
		return fmt.Errorf("the status %q is not three digits, a space and a reason", status)
	}
	if status[0] == '1' {
		return fmt.Errorf("the status %q is not one of a final response, from 200 on", status)
	}
	return nil
}

// checkHeaders refuses what would change how the response is framed, or put
// headers into it that nobody wrote.
func checkHeaders(headers []wsgi.Header) error {
	length := false
	for i := range headers {
		h := &headers[i]
		usual := isUsual(h.Name)
		if !usual && !isToken(h.Name) {
			return fmt.Errorf("the header name %q is not a token", h.Name)
		}
		if hasControl(h.Value) {
			return fmt.Errorf("the value %q of header %s has a control character", h.Value, h.Name)
		}
		if usual {
			continue
		}
		if isHopByHop(h.Name) {
			return fmt.Errorf("the header %s is hop-by-hop, which only the server may send", h.Name)
		}
		if len(h.Name) == len("Content-Length") && strings.EqualFold(h.Name, "Content-Length") {
			if length {
				return errors.New("there is more than one Content-Length")
			}
			length = true
			if _, err := strconv.ParseInt(h.Value, 10, 64); err != nil || !isDigits(h.Value) {
				return fmt.Errorf("the Content-Length %q is not a number of bytes", h.Value)
			}
		}
	}
	return nil
}

// isUsual knows the names that many responses have, in net/http's spelling. About
// them nothing more is to be found out, and comparing is quicker than reading
// each byte twice.
func isUsual(name string) bool {
	switch name {
	case "Cache-Control", "Content-Type", "Cross-Origin-Opener-Policy", "Last-Modified", "Location",
		"Referrer-Policy", "Set-Cookie", "Vary", "X-Content-Type-Options", "X-Frame-Options":
		return true
	}
	return false
}

// canonical is a name, which is a token, in net/http's spelling.
func canonical(name string) string {
	if isUsual(name) {
		return name
	}
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

// isHopByHop knows the headers that belong to a single connection (RFC 2616,
// section 13.5.1, which PEP 3333 refers to).
func isHopByHop(name string) bool {
	switch name[0] | 0x20 { // most names are none of them
	case 'c', 'k', 'p', 't', 'u':
	default:
		return false
	}
	for _, hop := range [...]string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"TE", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade",
	} {
		if strings.EqualFold(name, hop) {
			return true
		}
	}
	return false
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
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

// hasControl finds what may not stand in a status or a header's value: control
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
