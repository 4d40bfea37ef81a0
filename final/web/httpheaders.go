package web

import (
	"iter"
	"slices"
	"strings"
)

// HttpHeaders is the headers of a request, under names such as X-Name. Case
// does not count, and an underscore stands for a hyphen. Django: http/request.py
// HttpHeaders.
type HttpHeaders struct{ request *Request }

// Headers are the headers of the request. They are looked up in META when they
// are asked for. Django: HttpRequest.headers.
func (r *Request) Headers() HttpHeaders { return HttpHeaders{r} }

// Header is Headers().Get.
func (r *Request) Header(name string) string { return r.Headers().Get(name) }

// Lookup gives a header, and whether it is there.
func (h HttpHeaders) Lookup(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	key := wsgiName(name)
	value, ok := h.request.META.Lookup(key)
	if !ok && isContentName(key) {
		// A name in capitals comes as HTTP_CONTENT_TYPE under ASGI.
		value, ok = h.request.META.Lookup("HTTP_" + key)
	}
	return value, ok
}

// Get gives a header, "" if it is not there.
func (h HttpHeaders) Get(name string) string {
	value, _ := h.Lookup(name)
	return value
}

// All gives the headers, sorted by name.
func (h HttpHeaders) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		type field struct{ name, value string }
		var fields []field
		for key := range h.request.META.All() {
			name, ok := ParseHeaderName(key)
			if !ok {
				continue
			}
			if short := strings.TrimPrefix(key, "HTTP_"); short != key && isContentName(short) {
				if _, both := h.request.META.Lookup(short); both {
					continue // the one that Lookup gives
				}
			}
			if value, text := h.request.META.Lookup(key); text {
				fields = append(fields, field{name, value})
			}
		}
		slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
		for _, f := range fields {
			if !yield(f.name, f.value) {
				return
			}
		}
	}
}

// ParseHeaderName turns the name of a variable into that of the header, and
// false where it stands for none. Django: HttpHeaders.parse_header_name.
func ParseHeaderName(key string) (string, bool) {
	if rest, ok := strings.CutPrefix(key, "HTTP_"); ok {
		key = rest
	} else if !isContentName(key) {
		return "", false
	}
	return titleHeader(strings.ReplaceAll(key, "_", "-")), key != ""
}

// titleHeader is Python's str.title: a letter is upper case where no letter
// stands before it, so that X-A1B becomes X-A1B and not X-A1b.
func titleHeader(name string) string {
	b := []byte(name)
	letter := false
	for i, c := range b {
		upper, lower := 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z'
		switch {
		case upper && letter:
			b[i] = c + 'a' - 'A'
		case lower && !letter:
			b[i] = c - 'a' + 'A'
		}
		letter = upper || lower
	}
	return string(b)
}

// The names that are asked for most, so that asking builds no string.
var wsgiNames = func() map[string]string {
	names := map[string]string{}
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Content-Length", "Content-Type",
		"Cookie", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "Origin", "Range",
		"Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Requested-With", "X-Request-Id",
	} {
		names[name] = ToWSGIName(name)
		names[strings.ToLower(name)] = names[name]
	}
	return names
}()

func wsgiName(name string) string {
	if key, ok := wsgiNames[name]; ok {
		return key
	}
	return ToWSGIName(name)
}

// ToWSGIName gives the variable of a header. Django: HttpHeaders.to_wsgi_name.
func ToWSGIName(name string) string {
	key := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if isContentName(key) {
		return key
	}
	return "HTTP_" + key
}

// isContentName tells the two variables of headers that do not begin with HTTP_.
func isContentName(key string) bool { return key == "CONTENT_TYPE" || key == "CONTENT_LENGTH" }
