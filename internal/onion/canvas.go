package onion

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// always is the position of parts that are there from the beginning.
const always = 0

// The advance of a character at the size of all text, 20 units: an upper bound
// over the usual fonts, since it is not known here which one a browser has.
const (
	monoAdvance = 12.1
	sansAdvance = 11.6
)

// canvas collects the parts of a picture, and where text stands.
type canvas struct {
	width     float64
	out       strings.Builder
	texts     []box
	shortened bool // a text was too wide
}

// box is the place of a text.
type box struct {
	text       string
	x0, y0, x1 float64
	y1         float64
	from, to   int // the positions at which it is seen; to < 0 is for good
}

func (b box) overlaps(other box) bool {
	return b.x0 < other.x1 && other.x0 < b.x1 && b.y0 < other.y1 && other.y0 < b.y1 &&
		(b.to < 0 || other.from <= b.to) && (other.to < 0 || b.from <= other.to)
}

// from is the attribute of parts that are not there from the beginning.
func from(position int) string {
	if position == always {
		return ""
	}
	return fmt.Sprintf(` data-from="%d"`, position)
}

// anchor says which point of a text stands at its x.
type anchor string

const (
	left   anchor = ""
	middle anchor = ` text-anchor="middle"`
	right  anchor = ` text-anchor="end"`
)

// text writes one line, whose middle is at the height y.
func (c *canvas) text(x, y float64, at anchor, class string, position int, text string) {
	text = clean(text)
	if text == "" {
		return
	}
	w := width(text, class)
	b := box{text: text, x0: x, x1: x + w, y0: y - 11, y1: y + 11, from: position, to: -1}
	switch at {
	case middle:
		b.x0, b.x1 = x-w/2, x+w/2
	case right:
		b.x0, b.x1 = x-w, x
	}
	c.texts = append(c.texts, b)
	fmt.Fprintf(&c.out, "<text%s x=\"%g\" y=\"%g\"%s%s>%s</text>\n", classes(class), x, y+7, at, from(position), html.EscapeString(text))
}

// plain tells whether a class of text is words and not code.
func plain(class string) bool { return strings.Contains(" "+class+" ", " words ") }

// width is how wide a text is at most.
func width(text, class string) float64 {
	advance := monoAdvance
	if plain(class) {
		advance = sansAdvance
	}
	return float64(utf8.RuneCountInString(text)) * advance
}

// fit shortens a text that is wider than allowed.
func (c *canvas) fit(text, class string, allowed float64) string {
	text = clean(text)
	if width(text, class) <= allowed {
		return text
	}
	c.shortened = true
	runes := []rune(text)
	for len(runes) > 0 && width(string(runes)+"…", class) > allowed {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ,") + "…"
}

// clean makes a text of one line that can be shown.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, text)
}

func classes(class string) string {
	if class == "" {
		return ""
	}
	return ` class="` + class + `"`
}

// rect draws a box with round corners.
func (c *canvas) rect(x0, y0, x1, y1 float64, class string, position int) {
	fmt.Fprintf(&c.out, "<rect%s x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"6\"%s/>\n", classes(class), x0, y0, x1-x0, y1-y0, from(position))
}

// chip draws a text in a box whose middle is at x, y, and tells how wide the
// box is.
func (c *canvas) chip(x, y float64, class, textClass string, position int, text string) {
	w := chipWidth(text, textClass)
	c.rect(x-w/2, y-15, x+w/2, y+15, class, position)
	c.text(x, y, middle, textClass, position, text)
}

func chipWidth(text, class string) float64 { return width(clean(text), class) + 14 }

// dot marks a place on the path.
func (c *canvas) dot(x, y float64, class string, position int) {
	fmt.Fprintf(&c.out, "<circle%s cx=\"%g\" cy=\"%g\" r=\"6\"%s/>\n", classes(class), x, y, from(position))
}

// point is a place in the units of the viewBox.
type point struct{ x, y float64 }

// line draws a path through points. An async one is hollow: a wide line with a
// thin one of the background's colour in it.
func (c *canvas) line(class string, hollow bool, position int, points ...point) {
	var d strings.Builder
	for i, p := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&d, "%s%g %g", command, p.x, p.y)
	}
	if hollow {
		class += " wide"
	}
	fmt.Fprintf(&c.out, "<path class=\"%s\" d=\"%s\"%s/>\n", class, d.String(), from(position))
	if hollow {
		fmt.Fprintf(&c.out, "<path class=\"hollow\" d=\"%s\"%s/>\n", d.String(), from(position))
	}
}

// arrow draws a head at a point, in one of the directions "up", "down", "left", "right".
func (c *canvas) arrow(p point, direction, class string, position int) {
	shapes := map[string]string{
		"down":  "M%g %gl-9 -14h18z",
		"up":    "M%g %gl-9 14h18z",
		"right": "M%g %gl-14 -9v18z",
		"left":  "M%g %gl14 -9v18z",
	}
	fmt.Fprintf(&c.out, "<path class=\"head %s\" d=\"%s\"%s/>\n", class, fmt.Sprintf(shapes[direction], p.x, p.y), from(position))
}

// check finds text that lies over other text or outside of the picture.
func (c *canvas) check(height float64) error {
	for i, b := range c.texts {
		if b.x0 < 0 || b.x1 > c.width || b.y0 < 0 || b.y1 > height {
			return fmt.Errorf("there is no room for %q", b.text)
		}
		for _, other := range c.texts[:i] {
			if b.overlaps(other) {
				return fmt.Errorf("there is no room for %q beside %q", other.text, b.text)
			}
		}
	}
	return nil
}
