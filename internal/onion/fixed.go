package onion

import (
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// fixed are the drawings that come from no run.
var fixed = map[string]struct {
	title, description string
	draw               func(*canvas) (height float64)
}{
	"server": {
		"Server and application meet in one call",
		"A browser and a server speak HTTP. The server calls the application, which is a handler, with environ and start_response. " +
			"The handler calls start_response with status and headers, and returns a body. The server asks for the body piece by piece, and closes it once. " +
			"Between handler and view go a request and a response.",
		drawServer,
	},
	"road": {
		"The road from hello to BaseHandler",
		"Fourteen stops: " + strings.Join(stops, ", ") + ". At 12 the handler for WSGI is complete, at 14 that for ASGI. The last stop is the complete handler, called final.",
		drawRoad,
	},
	"timeline": {
		"Made once, called at each request",
		"When the server starts the layers are made once, from the inside out: C around the view, B around C, A around B. " +
			"Each request then goes through the same layers: in through A, B and C to the view, out through C, B and A.",
		drawTimeline,
	},
	"paths": {
		"All ways through the inner handler",
		"Down the middle: find the view by its URL, view hooks, view, template hooks, render. " +
			"No view found: out, as an error. A view hook answers: the view is skipped. " +
			"The view fails: exception hooks; an answer goes on like that of the view, and without one the error goes out. " +
			"A finished response goes out at once; any other gets all template hooks and is rendered. " +
			"Rendering fails: exception hooks again, and out with an answer or the error. " +
			"Out is: to the guard, which makes a response of an error, and through the layers.",
		drawPaths,
	},
}

// Names are those of the fixed drawings.
func Names() []string { return slices.Sorted(maps.Keys(fixed)) }

// Fixed gives the fixed drawing of that name. It has one position.
func Fixed(name string) (Picture, error) {
	f, ok := fixed[name]
	if !ok {
		return Picture{}, fmt.Errorf("there is no picture %q; there are: %s", name, strings.Join(Names(), ", "))
	}
	c := &canvas{width: Width}
	height := f.draw(c)
	if err := c.check(height); err != nil {
		return Picture{}, fmt.Errorf("picture %s: %w", name, err)
	}
	return c.picture(f.title, f.description, height), nil
}

// picture puts a drawing together.
func (c *canvas) picture(title, description string, height float64) Picture {
	p := Picture{Positions: 1, Height: int(height), Description: description}
	p.SVG = template.HTML(fmt.Sprintf("<svg class=\"picture\" viewBox=\"0 0 %g %d\" role=\"img\">\n<title>%s</title>\n<desc>%s</desc>\n%s</svg>",
		c.width, p.Height, html.EscapeString(clean(title)), html.EscapeString(clean(description)), c.out.String()))
	return p
}

// arrowLine draws a line through points with a head at its end.
func (c *canvas) arrowLine(class string, points ...point) {
	last, before := points[len(points)-1], points[len(points)-2]
	direction, end := "right", point{last.x - 10, last.y}
	switch {
	case last.x < before.x:
		direction, end = "left", point{last.x + 10, last.y}
	case last.y > before.y:
		direction, end = "down", point{last.x, last.y - 10}
	case last.y < before.y:
		direction, end = "up", point{last.x, last.y + 10}
	}
	c.line("way "+class, false, always, append(slices.Clone(points[:len(points)-1]), end)...)
	c.arrow(last, direction, class, always)
}

// station draws a box with a name in it, and lines below the name.
func (c *canvas) station(x0, y0, x1, y1 float64, class, name string, lines ...string) {
	c.rect(x0, y0, x1, y1, class, always)
	y := (y0+y1)/2 - float64(len(lines))*13
	c.text((x0+x1)/2, y, middle, "words name", always, name)
	for _, line := range lines {
		y += 26
		c.text((x0+x1)/2, y, middle, "quiet", always, line)
	}
}

func drawServer(c *canvas) float64 {
	top, bottom := 62.0, 318.0
	c.text(214, 30, middle, "words quiet", always, "HTTP")
	c.text(612, 30, middle, "words quiet", always, "WSGI: one call")
	c.text(993, 30, middle, "words quiet", always, "Django")
	c.station(4, top, 134, bottom, "chip", "browser")
	c.station(294, top, 414, bottom, "layer", "server")
	c.station(810, top, 930, bottom, "layer", "handler")
	c.station(1056, top, 1176, bottom, "chip view", "view")
	y := func(i int) float64 { return top + 48 + 60*float64(i) }
	say := func(x0, x1 float64, row int, class, text string) {
		c.text((x0+x1)/2, y(row)-20, middle, "", always, text)
		c.arrowLine(class, point{x0, y(row)}, point{x1, y(row)})
	}
	say(140, 288, 0, "request", "GET /")
	say(288, 140, 3, "response", "200 OK")
	say(420, 804, 0, "request", "environ, start_response")
	say(804, 420, 1, "response", "start_response(200 OK, …)")
	say(804, 420, 2, "response", "body, piece by piece")
	say(420, 804, 3, "closing", "close, once")
	say(936, 1050, 0, "request", "request")
	say(1050, 936, 1, "response", "response")
	return 330
}

// stops are the steps as they are called on the road.
var stops = []string{
	"hello", "request", "response", "signals", "middleware", "URLs", "errors", "view hooks",
	"exception hooks", "template hooks", "atomic", "checks", "async", "ASGI",
}

func drawRoad(c *canvas) float64 {
	const pitch, perRow = Width / 8.0, 8
	at := func(i int) point {
		return point{pitch * (float64(i%perRow) + 0.5), 48 + 190*float64(i/perRow)}
	}
	first, last := at(0), at(perRow-1)
	c.line("way response", false, always, first, last)
	second, end := at(perRow), at(len(stops))
	// From the end of the first row back to the beginning of the second.
	between := last.y + 104
	c.line("way response", false, always, last, point{Width - 6, last.y}, point{Width - 6, between}, point{6, between}, point{6, second.y}, end)
	for i, stop := range append(slices.Clone(stops), "") {
		p := at(i)
		if stop == "" {
			c.chip(p.x, p.y, "chip gave", "name", always, "final")
			c.text(p.x, p.y+42, middle, "words", always, "complete")
			break
		}
		c.chip(p.x, p.y, "chip", "name", always, fmt.Sprintf("%02d", i+1))
		for j, word := range strings.Fields(stop) {
			c.text(p.x, p.y+42+25*float64(j), middle, "words", always, word)
		}
	}
	for step, name := range map[int]string{12: "WSGI", 14: "ASGI"} {
		p := at(step - 1)
		c.text(p.x, p.y+80, middle, "words quiet", always, name)
		c.text(p.x, p.y+105, middle, "words quiet", always, "complete")
	}
	return 360
}

func drawTimeline(c *canvas) float64 {
	const top, bottom, road = 56.0, 296.0, 330.0
	c.text(190, 26, middle, "words name", always, "once, when it starts")
	c.text(770, 26, middle, "words name", always, "at each request")
	c.rect(4, top, 376, bottom, "layer", always)
	for i, line := range [][2]string{{"C", "made around the view"}, {"B", "made around C"}, {"A", "made around B"}} {
		y := top + 50 + float64(i)*70
		c.chip(50, y, "chip", "name", always, line[0])
		c.text(86, y, left, "words", always, line[1])
		if i > 0 {
			c.arrowLine("request", point{50, y - 52}, point{50, y - 18})
		}
	}
	for i := range 3 {
		x := 400 + float64(i)*264
		c.rect(x, top, x+248, bottom, "inner", always)
		for j, name := range []string{"A", "B", "C"} {
			y := top + 40 + float64(j)*52
			c.chip(x+50, y, "chip", "name", always, name)
			c.chip(x+198, y, "chip", "name", always, name)
			if name == "C" {
				continue
			}
			c.arrowLine("request", point{x + 50, y + 16}, point{x + 50, y + 36})
			c.arrowLine("response", point{x + 198, y + 36}, point{x + 198, y + 16})
		}
		y := top + 212.0
		c.arrowLine("request", point{x + 50, y - 52}, point{x + 50, y}, point{x + 92, y})
		c.arrowLine("response", point{x + 156, y}, point{x + 198, y}, point{x + 198, y - 52})
		c.chip(x+124, y, "chip view", "name", always, "view")
	}
	c.arrowLine("request", point{4, road}, point{Width - 4, road})
	c.text(Width-4, road+26, right, "words quiet", always, "time")
	return 372
}

func drawPaths(c *canvas) float64 {
	const x0, x1, pitch, high = 178.0, 514.0, 92.0, 46.0
	const hooks0, hooks1, out0 = 656.0, 880.0, 1030.0
	y := func(row int) float64 { return 32 + pitch*float64(row) }
	center := (x0 + x1) / 2
	boxes := []string{"find the view by its URL", "view hooks", "view", "template hooks", "render"}
	for i, name := range boxes {
		class := "chip"
		if name == "view" {
			class = "chip view"
		}
		c.station(x0, y(i)-high/2, x1, y(i)+high/2, class, name)
	}
	down := func(row int, class, text string) {
		c.arrowLine(class, point{center, y(row) + high/2}, point{center, y(row+1) - high/2 - 1})
		c.text(center+14, y(row)+pitch/2, left, "words quiet", always, text)
	}
	down(0, "request", "found")
	down(1, "request", "no answer")
	down(2, "response", "a response")
	down(3, "response", "still to render")
	// A hook answers in place of the view.
	c.arrowLine("response", point{x0, y(1)}, point{x0 - 26, y(1)}, point{x0 - 26, y(3)}, point{x0, y(3)})
	c.text(x0-36, y(2)-14, right, "words", always, "a hook")
	c.text(x0-36, y(2)+12, right, "words", always, "answers")

	c.station(hooks0, y(2)-high/2, hooks1, y(2)+high/2, "chip", "exception hooks")
	c.station(hooks0, y(4)-high/2, hooks1, y(4)+high/2, "chip", "exception hooks")
	across := func(from, to, at float64, class, textClass, text string) {
		c.arrowLine(class, point{from, at}, point{to, at})
		c.text((from+to)/2, at-18, middle, textClass, always, text)
	}
	across(x1, out0, y(0), "fault", "words error", "no view found: error")
	across(x1, hooks0, y(2), "fault", "words error", "error")
	across(hooks1, out0, y(2), "fault", "words error", "no answer")
	c.line("way response", false, always, point{(hooks0 + hooks1) / 2, y(2) + high/2}, point{(hooks0 + hooks1) / 2, y(3) - 8})
	c.arrowLine("response", point{(hooks0 + hooks1) / 2, y(3) - 10}, point{x1, y(3) - 10})
	c.text((hooks0+hooks1)/2+14, y(2)+high/2+20, left, "words", always, "an answer")
	c.arrowLine("response", point{x1, y(3) + 12}, point{out0, y(3) + 12})
	c.text(out0-20, y(3)-8, right, "words", always, "finished")
	across(x1, hooks0, y(4), "fault", "words error", "error")
	across(hooks1, out0, y(4), "fault", "words", "in any case")
	c.arrowLine("response", point{center, y(4) + high/2}, point{center, y(4) + 46}, point{out0, y(4) + 46})
	c.text(588, y(4)+30, middle, "words", always, "rendered")

	c.rect(out0, 5, Width-4, y(4)+66, "layer", always)
	for i, line := range []string{"out", "", "the guard:", "error", "→ response", "", "then the", "layers"} {
		class := "words"
		if i == 0 {
			class = "words name"
		}
		c.text((out0+Width-4)/2, 60+float64(i)*32, middle, class, always, line)
	}
	return y(4) + 72
}
