package web

import (
	"fmt"
	"strings"

	"basehandler/final/exceptions"
)

// GetHost is the host that the client asked for, as it wrote it. Anybody can
// write anything there, so one that is not in ALLOWED_HOSTS is a
// *DisallowedHost; nothing else checks it. Django: HttpRequest.get_host.
func (r *Request) GetHost() (string, error) {
	host, err := r.rawHost()
	if err != nil {
		return "", err
	}
	domain, _ := SplitDomainPort(host)
	if domain != "" {
		allowed := r.settings.AllowedHosts
		if r.settings.Debug && len(allowed) == 0 {
			allowed = localHosts
		}
		if ValidateHost(domain, allowed) {
			return host, nil
		}
	}
	message := fmt.Sprintf("Invalid HTTP_HOST header: %s.", exceptions.Repr(fromLatin1(host)))
	if domain != "" {
		message += fmt.Sprintf(" You may need to add %s to ALLOWED_HOSTS.", exceptions.Repr(domain))
	} else {
		message += " The domain name provided is not valid according to RFC 1034/1035."
	}
	return "", &exceptions.DisallowedHost{Message: message}
}

var localHosts = []string{".localhost", "127.0.0.1", "[::1]"}

// rawHost is the host before it is checked. Django: HttpRequest._get_raw_host.
func (r *Request) rawHost() (string, error) {
	if r.settings.UseXForwardedHost {
		if host, ok := r.META.Lookup("HTTP_X_FORWARDED_HOST"); ok {
			return host, nil
		}
	}
	if host, ok := r.META.Lookup("HTTP_HOST"); ok {
		return host, nil
	}
	host, ok := r.META.Lookup("SERVER_NAME")
	if !ok {
		return "", &KeyError{"'SERVER_NAME'"}
	}
	port, err := r.GetPort()
	if err != nil {
		return "", err
	}
	usual := "80"
	if r.IsSecure() {
		usual = "443"
	}
	if port != usual {
		host += ":" + port
	}
	return host, nil
}

// GetPort is the port as text. Django: HttpRequest.get_port.
func (r *Request) GetPort() (string, error) {
	if r.settings.UseXForwardedPort {
		if port, ok := r.META.Lookup("HTTP_X_FORWARDED_PORT"); ok {
			return port, nil
		}
	}
	port, ok := r.META.Lookup("SERVER_PORT")
	if !ok {
		return "", &KeyError{"'SERVER_PORT'"}
	}
	return port, nil
}

// Scheme is "http" or "https": what the proxy in front says in the header of
// SECURE_PROXY_SSL_HEADER, if there is that, else what the server says. Django:
// HttpRequest.scheme.
func (r *Request) Scheme() string {
	if header := r.settings.SecureProxySSLHeader; header != nil {
		if value, ok := r.META.Lookup(header[0]); ok {
			value, _, _ = strings.Cut(value, ",")
			if strip(fromLatin1(value)) == header[1] {
				return "https"
			}
			return "http"
		}
	}
	return r.META.Get("wsgi.url_scheme")
}

// IsSecure tells whether the scheme is https. Django: HttpRequest.is_secure.
func (r *Request) IsSecure() bool { return r.Scheme() == "https" }

// SplitDomainPort takes a host apart: the name in lower case and without a dot
// at its end, and the port. Both are "" if it is no host. Django:
// http/request.py split_domain_port.
func SplitDomainPort(host string) (domain, port string) {
	end := 0
	if strings.HasPrefix(host, "[") {
		end = strings.IndexByte(host, ']') + 1
		if end == 0 || !ipv6Form(host[1:end-1]) {
			return "", ""
		}
	} else {
		for end < len(host) && domainByte(host[end]) {
			end++
		}
		if end == 0 {
			return "", ""
		}
	}
	domain = strings.ToLower(host[:end])
	if rest := host[end:]; rest != "" {
		if port = rest[1:]; rest[0] != ':' || port == "" || strings.Trim(port, "0123456789") != "" {
			return "", ""
		}
	}
	return strings.TrimSuffix(domain, "."), port
}

func domainByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '.' || c == '-'
}

// ipv6Form tells whether s may stand within brackets: hexadecimal digits, then
// a colon, then something of digits, colons and dots. It is not checked further.
func ipv6Form(s string) bool {
	hex, rest, found := strings.Cut(s, ":")
	if !found || rest == "" {
		return false
	}
	for i := range len(hex) {
		if unhex(hex[i]) < 0 {
			return false
		}
	}
	for i := range len(rest) {
		if c := rest[i]; unhex(c) < 0 && c != ':' && c != '.' {
			return false
		}
	}
	return true
}

// ValidateHost tells whether a name, in lower case and without its port, is one
// of those that are allowed: the name itself, all that end in ".name", or "*".
// Django: http/request.py validate_host.
func ValidateHost(host string, allowed []string) bool {
	for _, pattern := range allowed {
		if pattern == "*" || sameDomain(host, pattern) {
			return true
		}
	}
	return false
}

// sameDomain is Django's utils/http.py is_same_domain.
func sameDomain(host, pattern string) bool {
	if pattern == "" {
		return false
	}
	pattern = lower(pattern)
	return pattern == host || pattern[0] == '.' && (strings.HasSuffix(host, pattern) || host == pattern[1:])
}

// BuildAbsoluteURI makes a URL with scheme and host of a location: none for the
// request's own, one with a path, one that is relative to the request's, or one
// that is absolute already. Django: HttpRequest.build_absolute_uri.
func (r *Request) BuildAbsoluteURI(location ...string) (string, error) {
	// Two slashes more, for a path that begins with two itself.
	target := "//" + r.GetFullPath(false)
	if len(location) > 0 {
		target = location[0]
	}
	parts, err := splitURL(target)
	if err != nil {
		return "", err
	}
	if parts.scheme != "" && parts.netloc != "" {
		return IRIToURI(target), nil
	}
	base, err := r.schemeHost()
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(parts.path, "/") && parts.scheme == "" && parts.netloc == "" &&
		!strings.Contains(parts.path, "/./") && !strings.Contains(parts.path, "/../") {
		return IRIToURI(base + strings.TrimPrefix(target, "//")), nil
	}
	joined, err := joinURL(base+r.Path, target)
	return IRIToURI(joined), err
}

// schemeHost is computed once. Django: HttpRequest._current_scheme_host.
func (r *Request) schemeHost() (string, error) {
	p := r.lazy()
	if p.schemeHost == "" {
		host, err := r.GetHost()
		if err != nil {
			return "", err
		}
		p.schemeHost = r.Scheme() + "://" + host
	}
	return p.schemeHost, nil
}
