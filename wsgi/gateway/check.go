package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"basehandler/wsgi"
	"basehandler/wsgi/field"
)

// checkStatus wants "NNN reason" of a final response.
func checkStatus(status string) error {
	if status == "200 OK" { // as most are
		return nil
	}
	if len(status) < 4 || status[3] != ' ' || !isDigits(status[:3]) || status[0] == '0' || field.HasControl(status) {
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
		if !usual && !field.IsToken(h.Name) {
			return fmt.Errorf("the header name %q is not a token", h.Name)
		}
		if field.HasControl(h.Value) {
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
	return field.Canonical(name)
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
