package web

import (
	"net/netip"
	"regexp"
	"strings"

	"basehandler/final/exceptions"
)

// What urllib.parse does with URLs, which is not what net/url does: it refuses
// almost nothing, changes nothing, and joins by its own rules.

type splitResult struct{ scheme, netloc, path, query, fragment string }

// splitURL is urllib.parse.urlsplit.
func splitURL(url string) (splitResult, error) {
	var s splitResult
	url = strings.TrimLeftFunc(url, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(url, "\t\r\n") {
		url = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(url)
	}
	if i := strings.IndexByte(url, ':'); i > 0 && isScheme(url[:i]) {
		s.scheme, url = strings.ToLower(url[:i]), url[i+1:]
	}
	if strings.HasPrefix(url, "//") {
		s.netloc, url = url[2:], ""
		if i := strings.IndexAny(s.netloc, "/?#"); i >= 0 {
			s.netloc, url = s.netloc[:i], s.netloc[i:]
		}
		if strings.ContainsAny(s.netloc, "[]") && !goodBrackets(s.netloc) {
			return s, &exceptions.ValueError{Message: "Invalid IPv6 URL"}
		}
	}
	url, s.fragment, _ = strings.Cut(url, "#")
	s.path, s.query, _ = strings.Cut(url, "?")
	if strings.ContainsAny(s.netloc, disguised) {
		return s, &exceptions.ValueError{Message: "netloc '" + s.netloc + "' contains invalid characters under NFKC normalization"}
	}
	return s, nil
}

// disguised are the characters whose compatibility form (NFKC) holds one of
// /?#@: and so could move the end of the host.
const disguised = "\u2048\u2047\u2049\u2100\u2101\u2105\u2106\u2a74\ufe13\ufe16\ufe55\ufe56\ufe5f\ufe6b\uff03\uff0f\uff1a\uff1f\uff20"

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !('0' <= s[i] && s[i] <= '9' || strings.IndexByte("+-.", s[i]) >= 0)) {
			return false
		}
	}
	return true
}

var ipvFuture = regexp.MustCompile(`^v[a-fA-F0-9]+\..+$`)

// goodBrackets tells whether the brackets of a host hold an IPv6 address.
func goodBrackets(netloc string) bool {
	if strings.Contains(netloc, "[") != strings.Contains(netloc, "]") {
		return false
	}
	host := netloc[strings.LastIndexByte(netloc, '@')+1:]
	before, inside, found := strings.Cut(host, "[")
	if found {
		var port string
		if inside, port, _ = strings.Cut(inside, "]"); before != "" || port != "" && port[0] != ':' {
			return false
		}
	} else {
		inside, _, _ = strings.Cut(host, ":")
	}
	if strings.HasPrefix(inside, "v") {
		return ipvFuture.MatchString(inside)
	}
	address, err := netip.ParseAddr(inside)
	return err == nil && address.Is6()
}

func (s splitResult) String() string {
	url := s.path
	if s.netloc != "" || relative[s.scheme] && s.scheme != "" && !strings.HasPrefix(url, "//") {
		if url != "" && url[0] != '/' {
			url = "/" + url
		}
		url = "//" + s.netloc + url
	}
	if s.scheme != "" {
		url = s.scheme + ":" + url
	}
	if s.query != "" {
		url += "?" + s.query
	}
	if s.fragment != "" {
		url += "#" + s.fragment
	}
	return url
}

// The schemes whose URLs can be relative, of those that a request can have.
var relative = map[string]bool{"": true, "http": true, "https": true, "ftp": true, "sftp": true, "file": true, "ws": true, "wss": true}

// joinURL is urllib.parse.urljoin. Parameters of the last segment (;a=b) are
// taken off before the dots are resolved and put back after.
func joinURL(base, url string) (string, error) {
	if url == "" {
		return base, nil
	}
	b, err := splitURL(base)
	if err != nil {
		return "", err
	}
	u, err := splitURL(url)
	if err != nil {
		return "", err
	}
	if u.scheme == "" {
		u.scheme = b.scheme
	}
	if u.scheme != b.scheme || !relative[u.scheme] {
		return url, nil
	}
	uPath, uParams := cutParams(u.scheme, u.path)
	bPath, bParams := cutParams(b.scheme, b.path)
	finish := func(path, params string) (string, error) {
		if params != "" {
			path += ";" + params
		}
		u.path = path
		return u.String(), nil
	}
	if u.netloc != "" {
		return finish(uPath, uParams)
	}
	u.netloc = b.netloc
	if uPath == "" && uParams == "" {
		if u.query == "" {
			u.query = b.query
		}
		return finish(bPath, bParams)
	}
	segments := strings.Split(uPath, "/")
	if !strings.HasPrefix(uPath, "/") {
		parts := strings.Split(bPath, "/")
		if parts[len(parts)-1] != "" {
			parts = parts[:len(parts)-1]
		}
		all := append(parts, segments...)
		segments = all[:0:0]
		for i, segment := range all {
			if segment != "" || i == 0 || i == len(all)-1 {
				segments = append(segments, segment)
			}
		}
	}
	var resolved []string
	for _, segment := range segments {
		switch segment {
		case "..":
			if len(resolved) > 0 {
				resolved = resolved[:len(resolved)-1]
			}
		case ".":
		default:
			resolved = append(resolved, segment)
		}
	}
	if last := segments[len(segments)-1]; last == "." || last == ".." {
		resolved = append(resolved, "")
	}
	path := strings.Join(resolved, "/")
	if path == "" {
		path = "/"
	}
	return finish(path, uParams)
}

// cutParams is what urlparse does beyond urlsplit.
func cutParams(scheme, path string) (string, string) {
	switch scheme {
	case "", "ftp", "http", "https", "sftp":
	default:
		return path, ""
	}
	from := strings.LastIndexByte(path, '/')
	i := strings.IndexByte(path[max(from, 0):], ';')
	if i < 0 {
		return path, ""
	}
	i += max(from, 0)
	return path[:i], path[i+1:]
}
