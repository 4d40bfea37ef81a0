// Package deck makes the slides of the talk out of Markdown. What a slide shows
// of code and of answers is never written in it: it names an address and a
// declaration, or a request, and the deck takes the code from the course's
// sources, computes differences, sends the requests, and draws.
//
// A section of the talk is one file:
//
//	---
//	title: The onion
//	minutes: 20=4 45=7 180=24
//	---
//
//	## A layer around the view
//	<!-- slide layer 20 45 180 weight=1.5 layout=title -->
//
//	One short sentence.
//
//	<!-- pause -->
//
//	```code
//	05.1 base.go (*BaseHandler).getResponse
//	05.2 base.go (*BaseHandler).loadMiddleware
//	mark h.chain :: kept when the server starts
//	```
//
//	### Notes
//
//	What the speaker says.
//
// The blocks are instructions, by the language behind the fence:
//
//   - code: states of code, one after the other in the same place. See [Code].
//   - try: a request, its answer, and a button that sends it again. See [Ask].
//   - onion: a picture of what happened to a request. See [Ask] too.
//   - picture: the name of a fixed drawing.
//   - sh: commands to type, the only block that is shown as it is written.
//
// What one press of a key adds to a slide is a position. Position 0 is what is
// seen first.
//
// The minutes of a section in a route are shared among its slides there, by
// their weights. Notes do not say how long a slide takes: the page writes above
// them what is planned in its route.
//
// [Load] reads the files, a [Builder] builds a [Deck] from them, and
// [Deck.Page] gives the page of a route or of a slide. Mistakes are reported all at once, as
// [Problems], each with file and line and with what to write instead.
package deck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Routes are the lengths of the talk, in minutes.
var Routes = []int{20, 45, 180}

// Limits of what one state of code may show, so that it can be read from the
// last row.
const (
	MaxLines   = 18 // lines, one for each fold included
	MaxChanged = 10 // lines added and lines removed, together
)

// Problem is a mistake in the source of the deck.
type Problem struct {
	File    string
	Line    int // from 1
	Message string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message) }

// Problems are all mistakes that were found, in the order of the source.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// err is nil where there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	p.sort()
	return p
}
