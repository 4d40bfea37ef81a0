package web

import (
	"fmt"
	"strings"

	"basehandler/final/exceptions"
)

// Params are the parameters of a header such as Content-Type, in order, with
// their names in lower case.
type Params []Param

// Param is one of them.
type Param struct{ Name, Value string }

// Get gives a parameter.
func (p Params) Get(name string) (string, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return "", false
}

func (p Params) set(name, value string) Params {
	for i := range p {
		if p[i].Name == name {
			p[i].Value = value
			return p
		}
	}
	return append(p, Param{name, value})
}

// equal compares as Python compares dictionaries: without regard to order.
func (p Params) equal(other Params) bool {
	if len(p) != len(other) {
		return false
	}
	for _, param := range p {
		if value, ok := other.Get(param.Name); !ok || value != param.Value {
			return false
		}
	}
	return true
}

// ParseHeaderParameters takes a header such as Content-Type apart: its main
// value in lower case, and the parameters behind semicolons. Quotes are taken
// off, and the form name*=charset'language'value of RFC 2231 is decoded; that is
// the only thing that can be wrong. It is not mime.ParseMediaType, which
// refuses half of what browsers send and Django takes. Django: utils/http.py
// parse_header_parameters.
func ParseHeaderParameters(line string) (string, Params, error) {
	if !strings.ContainsRune(line, ';') {
		return lower(strip(line)), nil, nil
	}
	first, rest := cutParam(line)
	main := lower(strip(first))
	var params Params
	var places map[string]int // of the names in params, once there are many
	for rest != "" {
		var part string
		part, rest = cutParam(rest[1:])
		part = strip(part)
		name, value, found := strings.Cut(part, "=")
		if !found {
			continue
		}
		name = lower(strip(name))
		encoded := false
		if trimmed, ok := strings.CutSuffix(name, "*"); ok {
			name, encoded = trimmed, strings.Count(part, "'") == 2
		}
		value = strip(value)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
			value = strings.ReplaceAll(value, `\\`, `\`)
			value = strings.ReplaceAll(value, `\"`, `"`)
		}
		if encoded {
			pieces := strings.Split(value, "'")
			if len(pieces) != 3 { // one of the two stood in the name
				return "", nil, &exceptions.ValueError{Message: fmt.Sprintf("not enough values to unpack (expected 3, got %d)", len(pieces))}
			}
			var err error
			if value, err = unquote(pieces[2], pieces[0]); err != nil {
				return "", nil, err
			}
		}
		if places == nil && len(params) >= indexed {
			places = make(map[string]int, 2*indexed)
			for i := range params {
				places[params[i].Name] = i
			}
		}
		if places == nil {
			params = params.set(name, value)
		} else if i, known := places[name]; known {
			params[i].Value = value
		} else {
			places[name] = len(params)
			params = append(params, Param{name, value})
		}
	}
	return main, params, nil
}

// cutParam gives what stands before the first semicolon that is not within
// quotes, and the rest with the semicolon. One pass over the line: quotes are
// counted as they go by, and one with a backslash before it does not count.
func cutParam(s string) (string, string) {
	quotes := 0
	for i := range len(s) {
		switch s[i] {
		case ';':
			if quotes%2 == 0 {
				return s[:i], s[i:]
			}
		case '"':
			if quotes++; i > 0 && s[i-1] == '\\' {
				quotes--
			}
		}
	}
	return s, ""
}

// unquote is urllib.parse.unquote: escapes become bytes, and the bytes of each
// stretch of ASCII become text; other text stays as it is.
func unquote(s, encoding string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	charset, err := namedCharset(encoding)
	if err != nil {
		return "", err
	}
	return unquoteIn(s, charset), nil
}

func unquoteIn(s string, charset charset) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if isASCII(s) {
		return charset.decode(unquoteBytes(s))
	}
	var b strings.Builder
	for len(s) > 0 {
		end := 0
		for end < len(s) && s[end] < 0x80 {
			end++
		}
		b.WriteString(charset.decode(unquoteBytes(s[:end])))
		start := end
		for end < len(s) && s[end] >= 0x80 {
			end++
		}
		b.WriteString(s[start:end])
		s = s[end:]
	}
	return b.String()
}
