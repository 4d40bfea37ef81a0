package urls

import (
	"fmt"
	"math/bits"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// A part is a piece of a pattern that can be matched without going back. Most
// patterns are a row of such parts, and need no regular expression:
//
//	articles/<int:year>/<slug:title>/
//	"articles/" [0-9]+ "/" [-a-zA-Z0-9_]+ "/"
//
// A run takes as many letters of its class as there are. A regular expression
// would do so too, and then give some back if what follows does not match. The
// two agree where giving back is no use: where the next part cannot begin with
// a letter of the class, where the number of letters is fixed, or where the
// pattern ends.
type part struct {
	kind    partKind
	literal string   // of a literal; of a tail, what the path must end in
	class   *class   // of a run and a tail
	min     int      // fewest letters
	max     int      // most letters, -1 for no limit
	fixed   []*class // of a fixed part, one for each letter, ASCII only
	capture bool     // whether it is a parameter
	key     string   // two parts with the same key match the same
}

type partKind uint8

const (
	literal partKind = iota
	run
	fixed
	tail // a run up to a literal that the path ends in: "<path:p>/"
)

// class is a set of letters.
type class struct {
	ascii  [2]uint64
	others []rune // beyond ASCII: pairs of first and last, in order
	stop   int    // the only letter that is not in it, an ASCII one, or -1
}

// newClass takes pairs of first and last letters in order.
func newClass(ranges []rune) *class {
	c := &class{stop: -1}
	for i := 0; i < len(ranges); i += 2 {
		first, last := ranges[i], ranges[i+1]
		for r := first; r <= last && r < utf8.RuneSelf; r++ {
			c.ascii[r/64] |= 1 << (r % 64)
		}
		if last >= utf8.RuneSelf {
			c.others = append(c.others, max(first, utf8.RuneSelf), last)
		}
	}
	missing := 2*64 - bits.OnesCount64(c.ascii[0]) - bits.OnesCount64(c.ascii[1])
	if missing == 1 && slices.Equal(c.others, []rune{utf8.RuneSelf, utf8.MaxRune}) {
		if c.stop = bits.TrailingZeros64(^c.ascii[0]); c.stop == 64 {
			c.stop += bits.TrailingZeros64(^c.ascii[1])
		}
	}
	return c
}

func (c *class) hasByte(b byte) bool { return c.ascii[b/64]&(1<<(b%64)) != 0 }

func (c *class) has(r rune) bool {
	if r < utf8.RuneSelf {
		return c.hasByte(byte(r))
	}
	for i := 0; i < len(c.others); i += 2 {
		if r <= c.others[i+1] {
			return r >= c.others[i]
		}
	}
	return false
}

// meets tells whether two classes have a letter in common.
func (c *class) meets(other *class) bool {
	if c.ascii[0]&other.ascii[0] != 0 || c.ascii[1]&other.ascii[1] != 0 {
		return true
	}
	for i := 0; i < len(c.others); i += 2 {
		for j := 0; j < len(other.others); j += 2 {
			if c.others[i] <= other.others[j+1] && other.others[j] <= c.others[i+1] {
				return true
			}
		}
	}
	return false
}

// span gives the length in bytes of the longest beginning of text that has
// letters of the class only, and not more than limit of them; -1 is no limit.
// The second result is the number of letters, where somebody needs to know.
func (c *class) span(text string, limit int) (length, letters int) {
	if limit < 0 && c.stop >= 0 {
		if i := strings.IndexByte(text, byte(c.stop)); i >= 0 {
			return i, i
		}
		return len(text), len(text)
	}
	for length < len(text) && letters != limit {
		b := text[length]
		if b < utf8.RuneSelf {
			if !c.hasByte(b) {
				break
			}
			length++
		} else {
			r, size := utf8.DecodeRuneInString(text[length:])
			if !c.has(r) {
				break
			}
			length += size
		}
		letters++
	}
	return length, letters
}

// match gives how much of text the part takes.
func (p *part) match(text string) (length int, ok bool) {
	switch p.kind {
	case literal:
		return len(p.literal), strings.HasPrefix(text, p.literal)
	case run:
		length, letters := p.class.span(text, p.max)
		// Without a limit, the letters may be counted in bytes: that is right for
		// a minimum of one, and there is no other (see single).
		return length, letters >= p.min
	case fixed:
		if len(text) < len(p.fixed) {
			return 0, false
		}
		for i, class := range p.fixed {
			if b := text[i]; b >= utf8.RuneSelf || !class.hasByte(b) {
				return 0, false
			}
		}
		return len(p.fixed), true
	default:
		if !strings.HasSuffix(text, p.literal) {
			return 0, false
		}
		body := text[:len(text)-len(p.literal)]
		length, letters := p.class.span(body, p.max)
		return length, length == len(body) && letters >= p.min
	}
}

// parsed is what could be made of a regular expression. Unless it is simple,
// only the prefix is of use: text that each match begins with.
type parsed struct {
	parts  []part
	closed bool // whether a match has to reach the end of the text
	simple bool
	prefix string
}

// parse makes parts of an expression in Go's syntax.
func parse(expr string) parsed {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return parsed{}
	}
	items := sequence(nil, tree)
	if len(items) == 0 || items[0].Op != syntax.OpBeginText {
		return parsed{} // it may match anywhere
	}
	var result parsed
	result.simple = true
	for i, item := range items[1:] {
		last := i == len(items)-2
		switch {
		case item.Op == syntax.OpBeginText && len(result.parts) == 0:
		case item.Op == syntax.OpEndText && last:
			result.closed = true
		case item.Op == syntax.OpEndLine && i == len(items)-3 && items[i+2].Op == syntax.OpEndText:
		default:
			part, ok := toPart(item)
			if !ok {
				result.simple = false
				return result
			}
			if part.kind == literal && len(result.parts) == 0 {
				result.prefix = part.literal
			}
			result.parts = append(result.parts, part)
		}
	}
	result.parts, result.simple = settle(result.parts, result.closed)
	return result
}

// sequence gives the pieces of an expression that stand one after the other.
func sequence(items []*syntax.Regexp, tree *syntax.Regexp) []*syntax.Regexp {
	switch tree.Op {
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			items = sequence(items, sub)
		}
		return items
	case syntax.OpEmptyMatch:
		return items
	}
	return append(items, tree)
}

// toPart makes a part of one piece.
func toPart(item *syntax.Regexp) (part, bool) {
	if item.Op == syntax.OpCapture {
		inner, ok := single(item.Sub[0])
		if !ok {
			inner, ok = fixedRow(item.Sub[0])
		}
		inner.capture = true
		return inner, ok && inner.kind != literal
	}
	return single(item)
}

// single makes a literal or a run of a piece.
func single(item *syntax.Regexp) (part, bool) {
	if item.Op == syntax.OpLiteral && item.Flags&syntax.FoldCase == 0 {
		return part{kind: literal, literal: string(item.Rune)}, true
	}
	result := part{kind: run, min: 1, max: 1}
	switch item.Op {
	case syntax.OpStar:
		result.min, result.max = 0, -1
	case syntax.OpPlus:
		result.max = -1
	case syntax.OpQuest:
		result.min = 0
	case syntax.OpRepeat:
		result.min, result.max = item.Min, item.Max
	}
	switch item.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		if item.Flags&syntax.NonGreedy != 0 {
			return part{}, false
		}
		item = item.Sub[0]
	}
	switch {
	case item.Op == syntax.OpCharClass:
		result.class = newClass(item.Rune)
	case item.Op == syntax.OpAnyCharNotNL:
		result.class = newClass([]rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune})
	case item.Op == syntax.OpAnyChar:
		result.class = newClass([]rune{0, utf8.MaxRune})
	case item.Op == syntax.OpLiteral && len(item.Rune) == 1 && item.Flags&syntax.FoldCase == 0:
		result.class = newClass([]rune{item.Rune[0], item.Rune[0]})
	default:
		return part{}, false
	}
	// Letters beyond one are counted, and class.span counts bytes where it can
	// look for the end at once.
	if result.max < 0 && result.min > 1 && result.class.stop >= 0 {
		return part{}, false
	}
	return result, true
}

// fixedRow makes a part of a row of letters whose number is fixed.
func fixedRow(tree *syntax.Regexp) (part, bool) {
	result := part{kind: fixed}
	for _, item := range sequence(nil, tree) {
		piece, ok := single(item)
		if !ok {
			return part{}, false
		}
		if piece.kind == literal {
			for _, r := range piece.literal {
				if r >= utf8.RuneSelf {
					return part{}, false
				}
				result.fixed = append(result.fixed, newClass([]rune{r, r}))
			}
			continue
		}
		if piece.min != piece.max || len(piece.class.others) > 0 {
			return part{}, false
		}
		for range piece.min {
			result.fixed = append(result.fixed, piece.class)
		}
	}
	return result, len(result.fixed) > 0
}

// settle joins what belongs together, and tells whether the parts can be
// matched without going back.
func settle(parts []part, closed bool) ([]part, bool) {
	var joined []part
	for _, p := range parts {
		last := len(joined) - 1
		if p.kind == literal && last >= 0 && joined[last].kind == literal {
			joined[last].literal += p.literal
		} else {
			joined = append(joined, p)
		}
	}
	for i := range joined {
		p := &joined[i]
		if p.kind == run && p.min != p.max && i+1 < len(joined) && !p.ends(&joined[i+1]) {
			if !closed || i+2 != len(joined) || joined[i+1].kind != literal {
				return parts, false
			}
			p.kind, p.literal = tail, joined[i+1].literal
			joined = joined[:i+1]
		}
		if p.key = p.makeKey(); p.kind == tail {
			break
		}
	}
	return joined, true
}

// ends tells whether the next part begins with no letter of the run's class.
func (p *part) ends(next *part) bool {
	switch next.kind {
	case literal:
		r, _ := utf8.DecodeRuneInString(next.literal)
		return !p.class.has(r)
	case run:
		return next.min > 0 && !p.class.meets(next.class)
	default:
		return !p.class.meets(next.fixed[0])
	}
}

func (p *part) makeKey() string {
	if p.kind == fixed {
		var key strings.Builder
		for _, class := range p.fixed {
			fmt.Fprintf(&key, "%x,", class.ascii)
		}
		return "fixed " + key.String()
	}
	if p.kind == literal {
		return "literal"
	}
	return fmt.Sprintf("%d %x %x %d %d %q", p.kind, p.class.ascii, p.class.others, p.min, p.max, p.literal)
}
