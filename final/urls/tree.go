package urls

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"basehandler/final/web"
)

// The tree holds the patterns of a level, and those of the includes in it whose
// own part is simple. These three lines
//
//	0  launches/                 list
//	1  launches/<int:year>/      year
//	2  launches/<slug:site>/     site
//
// become
//
//	"launches/"    0 ends here
//	    [0-9]+  "/"             1 ends here
//	    [-a-zA-Z0-9_]+  "/"     2 ends here
//
// A path may reach several leaves: launches/2021/ reaches 1 and 2. The first in
// the order of the URLconf has to win, so each node knows the orders that are
// below it, and what cannot win any more is not looked at. If the winner turns
// out not to match after all, as an include does whose patterns all fail, the
// search begins anew for the first leaf after it.
//
// Whatever is not simple is an opaque leaf: there the pattern's regular
// expression is asked, from where the pattern began.
type tree struct{ root *node }

type node struct {
	text     string  // what leads here from the node above, "" for a run
	first    string  // the first letters of the nodes in literals, in their order
	literals []*node // no two begin with the same letter
	runs     []edge
	ends     []*leaf // those for a path that ends here, in order
	opens    []*leaf // those that any path reaches which comes here, in order
	min, max int32   // the orders of the leaves from here on
}

// edge leads to a node by a part that is no literal.
type edge struct {
	part *part
	node *node
}

// leaf is a pattern that a path may lead to, with the includes around it.
type leaf struct {
	order    int32
	endpoint *web.Endpoint
	steps    []step // the keyword arguments, in order
	chain    []link // the includes and the pattern, from the outside in
	opaque   *entry // what a regular expression has to decide, or nil
	skip     int    // how much of the opaque pattern is behind already

	positional bool // whether there are arguments without names
	limit      int  // up to this length of the text no converter refuses; -1: one always may

	joined sync.Map // for an opaque include: inner endpoint → the joined one
}

// step sets a keyword argument: to what a span took out of the path, or, where
// the span is negative, to a value.
type step struct {
	name      string
	span      int
	converter *converter // nil for a group
	value     any
}

// link is one pattern on the way to a leaf.
type link struct {
	positional []int // the spans of its arguments without names
	keywords   bool  // whether it has keyword arguments
}

// maxSpans is how many runs the tree follows on the way to a leaf. A pattern
// that would be beyond is opaque.
const maxSpans = 8

type span struct{ start, end int32 }

// search looks for the first leaf, in the order of the URLconf, that comes after
// another one.
type search struct {
	text  string
	after int32

	leaf  *leaf
	bound int32 // its order
	at    int   // where in the text it was reached
	found [maxSpans]span
	spans [maxSpans]span // on the way to the present node
}

// next finds the leaf that comes after the last one.
func (s *search) next(t *tree) bool {
	s.leaf, s.bound = nil, math.MaxInt32
	s.walk(t.root, 0, 0)
	s.after = s.bound
	return s.leaf != nil
}

// walk looks at all that can be reached from a node, which was reached at a
// place in the text and over so many runs.
func (s *search) walk(n *node, at, depth int) {
	for {
		if len(n.opens) > 0 {
			s.reach(n.opens, at, depth)
		}
		if at == len(s.text) && len(n.ends) > 0 {
			s.reach(n.ends, at, depth)
		}
		for i := range n.runs {
			edge := &n.runs[i]
			if edge.node.max <= s.after || edge.node.min >= s.bound {
				continue
			}
			if length, ok := edge.part.match(s.text[at:]); ok {
				s.spans[depth] = span{int32(at), int32(at + length)}
				if edge.part.kind == tail { // with the literal at the end
					length = len(s.text) - at
				}
				s.walk(edge.node, at+length, depth+1)
			}
		}
		if at == len(s.text) {
			return
		}
		i := strings.IndexByte(n.first, s.text[at])
		if i < 0 {
			return
		}
		n = n.literals[i]
		if n.max <= s.after || n.min >= s.bound || !strings.HasPrefix(s.text[at:], n.text) {
			return
		}
		at += len(n.text)
	}
}

// reach takes the first of leaves that is still wanted, if it beats the one found so far.
func (s *search) reach(leaves []*leaf, at, depth int) {
	first := leaves[0]
	if first.order <= s.after {
		i, _ := slices.BinarySearchFunc(leaves, s.after+1, func(l *leaf, order int32) int { return cmp.Compare(l.order, order) })
		if i == len(leaves) {
			return
		}
		first = leaves[i]
	}
	if first.order < s.bound {
		s.leaf, s.bound, s.at = first, first.order, at
		copy(s.found[:depth], s.spans[:depth])
	}
}

// planter makes a tree of a level.
type planter struct {
	resolver *Resolver
	order    int32
}

// way is how a node is reached: through these includes.
type way struct {
	levels   []*level
	spans    int
	steps    []step
	chain    []link
	endpoint web.Endpoint
}

func newTree(l *level, r *Resolver) *tree {
	t := &tree{root: &node{}}
	p := planter{resolver: r}
	p.plant(l, t.root, way{})
	t.root.setRange()
	return t
}

// plant adds the patterns of a level below a node.
func (p *planter) plant(l *level, n *node, w way) {
	w.levels = append(slices.Clip(w.levels), l)
	for _, e := range l.entries {
		pattern := e.pattern
		runs := 0
		for i := range pattern.parsed.parts {
			if pattern.parsed.parts[i].kind != literal {
				runs++
			}
		}
		simple := pattern.parsed.simple && w.spans+runs <= maxSpans
		if e.sub != nil && (pattern.eager || pattern.parsed.closed || slices.Contains(w.levels, e.sub)) {
			// Django asks an include's converters before it looks inside. One
			// that ends in \Z has nothing inside but what matches no text. And a
			// URLconf that includes itself would never end.
			simple = false
		}
		if !simple {
			prefix := pattern.parsed.prefix
			below := n.literal(prefix)
			below.opens = append(below.opens, p.leaf(w.join(e), e, len(prefix)))
			continue
		}
		below, inner := n, w.join(e)
		inner.steps, inner.chain = slices.Clip(w.steps), slices.Clip(w.chain)
		var own link
		params := pattern.params
		for i := range pattern.parsed.parts {
			part := &pattern.parsed.parts[i]
			if part.kind == literal {
				below = below.literal(part.literal)
				continue
			}
			below = below.run(part)
			if part.capture {
				if params[0].name == "" {
					own.positional = append(own.positional, inner.spans)
				} else {
					own.keywords = true
					inner.steps = append(inner.steps, step{name: params[0].name, span: inner.spans, converter: params[0].converter})
				}
				params = params[1:]
			}
			inner.spans++
		}
		for _, keyword := range e.extra {
			own.keywords = true
			inner.steps = append(inner.steps, step{name: keyword.Name, span: -1, value: keyword.Value})
		}
		inner.chain = append(inner.chain, own)
		switch {
		case e.sub != nil:
			p.plant(e.sub, below, inner)
		case pattern.parsed.closed:
			below.ends = append(below.ends, p.leaf(inner, nil, 0))
		default:
			below.opens = append(below.opens, p.leaf(inner, nil, 0))
		}
	}
}

// join adds what an entry is called to the way.
func (w way) join(e *entry) way {
	own := web.Endpoint{View: e.view, URLName: e.name, Named: e.named, Route: e.pattern.text, ExtraKwargs: e.extra}
	if e.sub != nil {
		own.URLName, own.Named = "", false
	}
	if e.app != "" {
		own.AppNames, own.Namespaces = []string{e.app}, []string{e.instance}
	}
	w.endpoint = *join(&w.endpoint, &own)
	return w
}

func (p *planter) leaf(w way, opaque *entry, skip int) *leaf {
	l := &leaf{order: p.order, endpoint: &w.endpoint, steps: w.steps, chain: w.chain, opaque: opaque, skip: skip}
	l.endpoint.Source = p.resolver
	p.order++
	for i := range l.chain {
		l.positional = l.positional || len(l.chain[i].positional) > 0
	}
	l.limit = math.MaxInt
	for i := range l.steps {
		switch c := l.steps[i].converter; {
		case c == nil:
		case c.eager():
			l.limit = -1
		case c.max > 0:
			l.limit = min(l.limit, c.max)
		}
	}
	return l
}

// literal gives the node that text leads to from here.
func (n *node) literal(text string) *node {
	if text == "" {
		return n
	}
	i := strings.IndexByte(n.first, text[0])
	if i < 0 {
		below := &node{text: text}
		n.first += text[:1]
		n.literals = append(n.literals, below)
		return below
	}
	below := n.literals[i]
	common := 1
	for common < min(len(text), len(below.text)) && text[common] == below.text[common] {
		common++
	}
	if common < len(below.text) {
		upper := &node{text: below.text[:common], first: below.text[common : common+1], literals: []*node{below}}
		below.text = below.text[common:]
		n.literals[i], below = upper, upper
	}
	return below.literal(text[common:])
}

// run gives the node that a part leads to from here.
func (n *node) run(p *part) *node {
	for _, edge := range n.runs {
		if edge.part.key == p.key {
			return edge.node
		}
	}
	n.runs = append(n.runs, edge{p, &node{}})
	return n.runs[len(n.runs)-1].node
}

// setRange finds the orders below a node.
func (n *node) setRange() {
	n.min, n.max = math.MaxInt32, -1
	take := func(low, high int32) { n.min, n.max = min(n.min, low), max(n.max, high) }
	for _, l := range n.ends {
		take(l.order, l.order)
	}
	for _, l := range n.opens {
		take(l.order, l.order)
	}
	for _, edge := range n.runs {
		edge.node.setRange()
		take(edge.node.min, edge.node.max)
	}
	for _, below := range n.literals {
		below.setRange()
		take(below.min, below.max)
	}
}
