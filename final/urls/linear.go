package urls

import (
	"strings"

	"basehandler/final/web"
)

// What was tried on the way to a match, or to none, is asked for by the page of
// a 404 in debug mode, and by hardly anyone else. So the search takes no notes:
// whoever asks has the path compared with each pattern once more, one after the
// other, as Django always does. The tests hold the tree against this.

// outcome is what comparing a path with pattern after pattern gives.
type outcome struct {
	tried [][]web.TriedPattern
	leaf  *entry // nil if nothing matched
	steps []matched
	chain []*entry // what the steps belong to; the last one is the leaf
}

// linear compares a text with the patterns of a level. Django: urls/resolvers.py
// URLResolver.resolve.
func (l *level) linear(text string) (o outcome, err error) {
	o.tried = [][]web.TriedPattern{}
	for _, e := range l.entries {
		self := web.TriedPattern{Route: e.pattern.text}
		m, ok, err := e.pattern.match(text)
		if err != nil {
			return o, err
		}
		if e.sub == nil {
			self.Name = e.name
		}
		if e.sub == nil || !ok {
			o.tried = append(o.tried, []web.TriedPattern{self})
			if ok {
				o.leaf, o.steps, o.chain = e, []matched{m}, []*entry{e}
				return o, nil
			}
			continue
		}
		inner, err := e.sub.linear(text[m.end:])
		if err != nil {
			return o, err
		}
		for _, chain := range inner.tried {
			o.tried = append(o.tried, append([]web.TriedPattern{self}, chain...))
		}
		if inner.leaf != nil {
			o.leaf = inner.leaf
			o.steps = append([]matched{m}, inner.steps...)
			o.chain = append([]*entry{e}, inner.chain...)
			return o, nil
		}
	}
	return o, nil
}

// Tried gives the chains of patterns that are tried for a path, from the
// outside in, in order. It is nil for a path without a slash at its beginning.
func (r *Resolver) Tried(path string) [][]web.TriedPattern {
	rest, found := strings.CutPrefix(path, "/")
	if !found {
		return nil
	}
	o, _ := r.root.linear(rest) // an error ends the list, as it ended the search
	return o.tried
}

// CapturedKwargs gives what the innermost pattern takes out of a path.
func (r *Resolver) CapturedKwargs(path string) []web.Keyword {
	o, err := r.root.linear(strings.TrimPrefix(path, "/"))
	if err != nil || o.leaf == nil {
		return nil
	}
	var args web.Args
	keywords := o.steps[len(o.steps)-1].keywords
	for i := range keywords {
		keywords[i].set(&args)
	}
	var captured []web.Keyword
	for name, value := range args.Keywords() {
		captured = append(captured, web.Keyword{Name: name, Value: value})
	}
	return captured
}
