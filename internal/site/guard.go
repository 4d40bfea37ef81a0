package site

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// What every answer says. Scripts and styles come from this server only and
// never stand in a page, and nobody may put a page into a frame of theirs.
const (
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
	// The steps' pages have neither script nor style.
	mountPolicy = "default-src 'none'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
)

const (
	maxBody      = 64 << 10 // bytes
	maxMountBody = 8 << 20  // bytes; the steps' site takes photos
	maxTime      = 20 * time.Second
	writeTime    = 10 * time.Second // further, for an answer to arrive
)

// guard stands before everything else. A request has to be for a name of this
// server: a page of another site can have its own name lead here (DNS
// rebinding), and would then read what we answer. What changes something must
// come from a page of ours. Bodies and times are bounded.
func (s *Site) guard(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusForbidden, "This request comes from a page of another site, and is refused.")
	}))
	protected := own.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		limit := int64(maxBody)
		if strings.HasPrefix(r.URL.Path, "/run/") {
			limit = maxMountBody
		}
		if !s.knows(r.Host) {
			s.refuse(w, r, http.StatusMisdirectedRequest,
				"This server does not go by that name. It is reached as localhost, or by its address.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		// A body that trickles in and a client that does not read are cut off.
		// A recorder of tests has no connection, and nothing to bound.
		controller, deadline := http.NewResponseController(w), time.Now().Add(s.time)
		controller.SetReadDeadline(deadline)
		controller.SetWriteDeadline(deadline.Add(s.writeTime))
		ctx, cancel := context.WithDeadline(r.Context(), deadline)
		defer cancel()
		protected.ServeHTTP(w, r.WithContext(ctx))
	})
}

// knows says whether a Host header names this server.
func (s *Site) knows(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(name); err == nil { // which no name can stand for
		return ip.IsLoopback() || s.needs.Public
	}
	return s.needs.Public && slices.ContainsFunc(s.needs.Names, func(known string) bool { return strings.EqualFold(known, name) })
}

// refuse answers in the form that was asked for.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeJSON(w, status, map[string]string{"error": message})
		return
	}
	s.showError(w, r, status, message)
}
