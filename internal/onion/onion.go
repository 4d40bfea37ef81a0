// Package onion draws what happened to one request: the layers around the view,
// the way in and the way out, and what was never reached. It draws from the
// trace of a real run, so a picture cannot show what did not happen.
//
// A picture is inline SVG that is revealed in positions, counted from 0: parts
// with the attribute data-from="2" belong to position 2 and later ones, those
// with data-to="2" to position 2 and earlier ones. Without a script everything
// is there at once, and that is the finished picture. Colours come from
// onion.css alone ([CSS]), which reads the variables of the page around it:
// --ink, --paper, --quiet, --accent, --line, --error, --async, --sans, --mono.
package onion

import (
	_ "embed"
	"html/template"
)

// CSS is the style sheet of all pictures.
//
//go:embed onion.css
var CSS []byte

// Width is the width of every picture in units of its viewBox. On a slide a
// unit is a pixel, and no text is smaller than 20 of them.
const Width = 1180

// Height is the height in the same units that no picture exceeds.
const Height = 480

// Picture is a drawing, and what is said about it.
type Picture struct {
	SVG template.HTML
	// Captions has one sentence for each position: Captions[2] belongs to
	// position 2. It is plain text. A fixed drawing has no more than one.
	Captions []string
	// Positions is how many positions there are, 1 or more.
	Positions int
	// Description tells in words what the picture shows. It is plain text, and
	// stands in the SVG as well, for those who listen to a page.
	Description string
	// Height of the drawing, in units of its viewBox.
	Height int
}
