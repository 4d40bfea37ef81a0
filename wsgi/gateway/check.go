package gateway

import (
	"fmt"

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

// check gives the name of a header in net/http's spelling. It refuses what would
// change how the response is framed, or put headers into it that nobody wrote.
func check(h *wsgi.Header) (name string, err error) {
	name = h.Name
	if !isUsual(name) {
		var ok bool
		if name, ok = field.Canonical(name); !ok {
			return "", fmt.Errorf("the header name %q is not a token", h.Name)
		}
		if isHopByHop(name) {
			return "", fmt.Errorf("the header %s is hop-by-hop, which only the server may send", h.Name)
		}
	}
	if field.HasControl(h.Value) {
		return "", fmt.Errorf("the value %q of header %s has a control character", h.Value, h.Name)
	}
	return name, nil
}

// isUsual knows the names that many responses have, in net/http's spelling. About
// them nothing more is to be found out.
func isUsual(name string) bool {
	switch name {
	case "Cache-Control", "Content-Type", "Cross-Origin-Opener-Policy", "Last-Modified", "Location",
		"Referrer-Policy", "Set-Cookie", "Vary", "X-Content-Type-Options", "X-Frame-Options":
		return true
	}
	return false
}

// isHopByHop knows the headers that belong to a single connection (RFC 2616,
// section 13.5.1, which PEP 3333 refers to).
func isHopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade":
		return true
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
