package web

import (
	"slices"
	"strconv"
	"strings"
)

// MediaType is a type of content, as an Accept header names it. Django:
// http/request.py MediaType.
type MediaType struct {
	Main, Sub string
	Params    Params
}

// ParseMediaType reads "text/html; q=0.5". Only a parameter as RFC 2231 writes
// it can be wrong.
func ParseMediaType(text string) (MediaType, error) {
	full, params, err := ParseHeaderParameters(text)
	if err != nil {
		return MediaType{}, err
	}
	main, sub, _ := strings.Cut(full, "/")
	return MediaType{main, sub, params}, nil
}

// String is the type with its parameters.
func (m MediaType) String() string {
	var b strings.Builder
	b.WriteString(m.Main)
	if m.Sub != "" {
		b.WriteByte('/')
		b.WriteString(m.Sub)
	}
	for _, p := range m.Params {
		b.WriteString("; " + p.Name + "=" + p.Value)
	}
	return b.String()
}

// rangeParams are the parameters without q. Django: MediaType.range_params.
func (m MediaType) rangeParams() Params {
	if _, ok := m.Params.Get("q"); !ok {
		return m.Params
	}
	return slices.DeleteFunc(slices.Clone(m.Params), func(p Param) bool { return p.Name == "q" })
}

// Match tells whether a type that is offered is one that other accepts; each
// may have a star on either side of the slash. Django: MediaType.match.
func (m MediaType) Match(other MediaType) bool {
	if m.Main == "" || m.Sub == "" || other.Main == "" || other.Sub == "" {
		return false
	}
	fits := func(a, b string) bool { return a == b || a == "*" || b == "*" }
	if !fits(m.Main, other.Main) || !fits(m.Sub, other.Sub) {
		return false
	}
	mine, others := m.rangeParams(), other.rangeParams()
	if (len(mine) > 0) == (len(others) > 0) {
		return mine.equal(others)
	}
	return len(mine) > 0
}

// Quality is q, from 0 to 1 in thousandths; 1 where it is missing or no such
// number. Django: MediaType.quality.
func (m MediaType) Quality() float64 {
	text, ok := m.Params.Get("q")
	if !ok {
		return 1
	}
	text = strip(text)
	if strings.ContainsAny(text, "xXpP_") { // Go's, not Python's
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 1
	}
	q, _ = strconv.ParseFloat(strconv.FormatFloat(q, 'f', 3, 64), 64)
	return q
}

// Specificity is 0 for */*, 1 for text/*, 2 for a type and 3 for one with
// parameters. Django: MediaType.specificity.
func (m MediaType) Specificity() int {
	switch {
	case m.Main == "*":
		return 0
	case m.Sub == "*":
		return 1
	case len(m.rangeParams()) == 0:
		return 2
	}
	return 3
}

// AcceptedTypes are the types that the client accepts, those it likes best
// first, without those it refuses by q=0. A header that cannot be read is an
// error. Django: HttpRequest.accepted_types.
func (r *Request) AcceptedTypes() ([]MediaType, error) {
	p := r.lazy()
	if p.hasAccepted {
		return p.accepted, nil
	}
	header, ok := r.meta("HTTP_ACCEPT")
	if !ok {
		header = "*/*"
	}
	var types []MediaType
	for token := range strings.SplitSeq(header, ",") {
		if strip(token) == "" {
			continue
		}
		mediaType, err := ParseMediaType(token)
		if err != nil {
			return nil, err
		}
		if mediaType.Quality() != 0 {
			types = append(types, mediaType)
		}
	}
	sortTypes(types, MediaType.Quality, func(m MediaType) float64 { return float64(m.Specificity()) })
	p.accepted, p.hasAccepted = types, true
	return types, nil
}

// sortTypes sorts by the first key, then the second, the greatest first; what
// is equal keeps its order.
func sortTypes(types []MediaType, first, second func(MediaType) float64) {
	type ranked struct {
		MediaType
		first, second float64
	}
	list := make([]ranked, len(types))
	for i, m := range types {
		list[i] = ranked{m, first(m), second(m)}
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		switch {
		case a.first > b.first || a.first == b.first && a.second > b.second:
			return -1
		case a.first < b.first || a.second < b.second:
			return 1
		}
		return 0
	})
	for i := range list {
		types[i] = list[i].MediaType
	}
}

// accepted gives the place, among the accepted types, of the one that fits best
// what is offered; -1 for none. Django: HttpRequest.accepted_type.
func acceptedType(mediaType MediaType, types, byPrecedence []MediaType) int {
	for _, candidate := range byPrecedence {
		if mediaType.Match(candidate) {
			return slices.IndexFunc(types, func(m MediaType) bool {
				return m.Main == candidate.Main && m.Sub == candidate.Sub && slices.Equal(m.Params, candidate.Params)
			})
		}
	}
	return -1
}

func (r *Request) acceptedByPrecedence() (types, byPrecedence []MediaType, err error) {
	types, err = r.AcceptedTypes()
	byPrecedence = slices.Clone(types)
	sortTypes(byPrecedence, func(m MediaType) float64 { return float64(m.Specificity()) }, MediaType.Quality)
	return types, byPrecedence, err
}

// Accepts tells whether the client accepts a type. Django: HttpRequest.accepts.
func (r *Request) Accepts(mediaType string) (bool, error) {
	offered, err := ParseMediaType(mediaType)
	if err != nil {
		return false, err
	}
	types, byPrecedence, err := r.acceptedByPrecedence()
	return acceptedType(offered, types, byPrecedence) >= 0, err
}

// GetPreferredType gives the one of several types that the client likes best,
// "" where it accepts none. Django: HttpRequest.get_preferred_type.
func (r *Request) GetPreferredType(mediaTypes []string) (string, error) {
	types, byPrecedence, err := r.acceptedByPrecedence()
	if err != nil {
		return "", err
	}
	best, at := "", -1
	for _, text := range mediaTypes {
		offered, err := ParseMediaType(text)
		if err != nil {
			return "", err
		}
		if i := acceptedType(offered, types, byPrecedence); i >= 0 && (at < 0 || i < at) {
			best, at = text, i
		}
	}
	return best, nil
}
