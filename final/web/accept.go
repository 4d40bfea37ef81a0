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
	a, err := r.accepted()
	if err != nil {
		return nil, err
	}
	return slices.Clone(a.types), nil
}

// accepted is an Accept header that has been read.
type accepted struct {
	types        []MediaType
	byPrecedence []int // places in types, the most specific first
}

func (r *Request) accepted() (*accepted, error) {
	p := r.lazy()
	if p.accepted != nil {
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
	specificity := func(m MediaType) float64 { return float64(m.Specificity()) }
	a := &accepted{}
	for _, place := range ranking(types, MediaType.Quality, specificity) {
		a.types = append(a.types, types[place])
	}
	a.byPrecedence = ranking(a.types, specificity, MediaType.Quality)
	p.accepted = a
	return a, nil
}

// ranking gives the places of types, sorted by the first key, then the second,
// the greatest first; what is equal keeps its order.
func ranking(types []MediaType, first, second func(MediaType) float64) []int {
	type ranked struct {
		place         int
		first, second float64
	}
	list := make([]ranked, len(types))
	for i, m := range types {
		list[i] = ranked{i, first(m), second(m)}
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
	places := make([]int, len(list))
	for i := range list {
		places[i] = list[i].place
	}
	return places
}

// find gives the place, among the accepted types, of the one that fits best what
// is offered; -1 for none. Django: HttpRequest.accepted_type.
func (a *accepted) find(mediaType MediaType) int {
	for _, place := range a.byPrecedence {
		if mediaType.Match(a.types[place]) {
			return place
		}
	}
	return -1
}

// Accepts tells whether the client accepts a type. Django: HttpRequest.accepts.
func (r *Request) Accepts(mediaType string) (bool, error) {
	offered, err := ParseMediaType(mediaType)
	if err != nil {
		return false, err
	}
	a, err := r.accepted()
	if err != nil {
		return false, err
	}
	return a.find(offered) >= 0, nil
}

// GetPreferredType gives the one of several types that the client likes best,
// "" where it accepts none. Django: HttpRequest.get_preferred_type.
func (r *Request) GetPreferredType(mediaTypes []string) (string, error) {
	a, err := r.accepted()
	if err != nil {
		return "", err
	}
	best, at := "", -1
	for _, text := range mediaTypes {
		offered, err := ParseMediaType(text)
		if err != nil {
			return "", err
		}
		if i := a.find(offered); i >= 0 && (at < 0 || i < at) {
			best, at = text, i
		}
	}
	return best, nil
}
