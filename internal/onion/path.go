package onion

import "strings"

// stroke is how the path looks from one place to the next.
type stroke struct {
	class  string // "request", "response" or "fault"
	hollow bool   // async code
}

// trail draws a path bit by bit. What has the same look is one line.
type trail struct {
	*drawing
	points   []point
	look     stroke
	position int
}

func (d *drawing) trail(at point, look stroke, position int) *trail {
	return &trail{drawing: d, points: []point{at}, look: look, position: position}
}

// to goes on to a point.
func (t *trail) to(x, y float64) { t.points = append(t.points, point{x, y}) }

// change goes on in another look or in another position.
func (t *trail) change(look stroke, position int) {
	if look == t.look && position == t.position {
		return
	}
	t.flush()
	t.look, t.position = look, position
}

// flush draws what was gone so far.
func (t *trail) flush() {
	last := t.points[len(t.points)-1]
	if len(t.points) > 1 {
		t.line("way "+t.look.class, t.look.hollow, t.position, t.points...)
	}
	t.points = []point{last}
}

// path draws the way of the request, and back.
func (d *drawing) path() {
	loop := d.run.asgi()
	t := d.trail(point{d.inX, d.stripY}, stroke{"request", loop}, d.in)
	var dots []func()
	dot := func(x, y float64, look stroke, position int) {
		dots = append(dots, func() { d.dot(x, y, "stop "+look.class, position) })
	}
	dot(d.inX, d.stripY, t.look, d.in)
	t.to(d.inX, d.handlerY)
	if len(d.start) > 0 {
		dot(d.inX, d.handlerY, t.look, d.in)
	}
	loops := make([]bool, len(d.layers)) // what does not tell is as what is around it
	for i, ring := range d.layers {
		if !ring.reached && !(ring.Unused && (d.turn >= atURL || i < d.turn)) {
			break
		}
		if ring.entered && ring.loop != loop {
			t.to(d.inX, d.levels[i].top)
			loop = ring.loop
			t.change(stroke{"request", loop}, d.in)
			d.bridge(d.inX, d.levels[i].top, d.in)
		}
		loops[i] = loop
		t.to(d.inX, d.levels[i].y)
		if ring.entered {
			dot(d.inX, d.levels[i].y, t.look, d.in)
		}
	}
	back := stroke{"response", loop}
	if d.viewFailed() || d.faulty && d.turn != atView {
		back.class = "fault"
	}
	switch {
	case d.turn < atURL:
		t.change(t.look, d.seen)
		t.to(d.inX, d.turnY)
		t.to(d.inX+40, d.turnY)
		t.change(back, d.seen)
	case d.turn < atView:
		t.change(t.look, d.before)
		t.to(d.inX, d.urlY)
		dot(d.inX, d.urlY, t.look, d.before)
		if d.turn == atURL {
			t.change(t.look, d.seen)
			t.to(d.inX, d.turnY)
			t.to(d.inX+40, d.turnY)
			t.change(back, d.seen)
			break
		}
		for i, row := range d.rows {
			if row.hook == processView {
				t.to(d.inX, d.rowY[i])
				t.to(d.inX+labelGap-2, d.rowY[i])
				t.flush()
				dot(d.inX, d.rowY[i], t.look, d.before)
				x := d.lastAsked(i)
				t = d.trail(point{x, d.rowY[i] + 15}, back, d.seen)
				t.to(x, d.turnY)
			}
		}
	default:
		t.change(t.look, d.before)
		if d.run.has(stepURLs) {
			t.to(d.inX, d.urlY)
			dot(d.inX, d.urlY, t.look, d.before)
		}
		for i, row := range d.rows {
			if !row.after {
				t.to(d.inX, d.rowY[i])
				dot(d.inX, d.rowY[i], t.look, d.before)
			}
		}
		t.change(t.look, d.seen)
		t.to(d.inX, d.laneY)
		if d.loop != loop && d.mixed {
			t.to(d.inX+24, d.laneY)
			t.change(stroke{"request", d.loop}, d.seen)
			d.bridge(d.inX+24, d.laneY, d.seen)
		}
		t.to(d.viewX-d.viewWidth/2-3, d.laneY)
		t.flush()
		d.arrow(point{d.viewX - d.viewWidth/2 - 1, d.laneY}, "right", "request", d.seen)
		t = d.trail(point{d.viewX + d.viewWidth/2, d.laneY}, stroke{back.class, d.loop}, d.later)
		if d.loop != loop && d.mixed {
			t.to(d.outX-24, d.laneY)
			t.change(back, d.later)
			d.bridge(d.outX-24, d.laneY, d.later)
		}
		d.onPath = append(d.onPath, func() {
			d.rect(d.viewX-d.viewWidth/2, d.laneY-15, d.viewX+d.viewWidth/2, d.laneY+15, d.viewClass(), d.seen)
		})
	}
	// To the right, and up.
	y := d.laneY
	if d.turn < atView {
		y = d.turnY
	}
	t.to(d.outX, y)
	t.change(t.look, d.later)
	caught := func(place int) {
		if back.class == "fault" && d.caught == place {
			back.class = "response"
		}
	}
	for i, row := range d.rows {
		if !row.after {
			continue
		}
		t.to(d.outX, d.rowY[i])
		if row.isErr && back.class == "response" && !row.gave {
			back.class = "fault"
			t.change(stroke{back.class, t.look.hollow}, d.later)
		}
		dot(d.outX, d.rowY[i], t.look, d.later)
		if row.hook == processException && row.gave {
			caught(atHook)
			t.change(stroke{back.class, t.look.hollow}, d.later)
		}
	}
	inner := min(d.turn, len(d.layers))
	if d.turn >= atURL {
		t.to(d.outX, d.innerTop)
		caught(d.turn)
		caught(len(d.layers))
		t.change(stroke{back.class, loop}, d.out)
		inner = len(d.layers)
	} else {
		t.change(t.look, d.out)
		if d.turn >= 0 && d.caught == d.turn && d.faulty {
			t.to(d.outX, d.levels[d.turn].top)
			inner = d.turn
			caught(d.turn)
			t.change(stroke{back.class, around(loops, d.turn, d.run.asgi())}, d.out)
		} else if d.turn >= 0 {
			inner = d.turn + 1
		}
	}
	for i := inner - 1; i >= 0; i-- {
		caught(i + 1)
		loop = loops[i]
		t.change(stroke{back.class, loop}, d.out)
		t.to(d.outX, d.levels[i].y)
		if d.layers[i].left {
			dot(d.outX, d.levels[i].y, t.look, d.out)
		}
		t.to(d.outX, d.levels[i].top)
		if outer := around(loops, i, d.run.asgi()); outer != loop {
			d.bridge(d.outX, d.levels[i].top, d.out)
		}
	}
	caught(0)
	t.change(stroke{back.class, d.run.asgi()}, d.out)
	t.to(d.outX, d.handlerY)
	caught(atHandler)
	t.change(stroke{back.class, d.run.asgi()}, d.out)
	t.to(d.outX, d.stripY)
	t.flush()
	dot(d.outX, d.stripY, t.look, d.out)
	d.ending()
	d.arrow(point{d.inX, d.handlerY - 10}, "down", "request", d.in)
	d.arrow(point{d.outX, d.stripY + 10}, "up", t.look.class, d.out)
	for _, draw := range append(dots, d.onPath...) {
		draw()
	}
	if d.turn < atView {
		d.veil()
	}
	d.turned()
}

// around tells whether what is around a layer is async code.
func around(loops []bool, i int, handler bool) bool {
	if i == 0 {
		return handler
	}
	return loops[i-1]
}

func (d *drawing) viewClass() string {
	if d.viewFailed() {
		return "view fault"
	}
	return "view gave"
}

// viewFailed tells whether the view itself raised the error, and not a hook or
// the rendering of the page.
func (d *drawing) viewFailed() bool {
	if !d.faulty || d.turn != atView {
		return false
	}
	for _, band := range d.bands {
		if band.end == "commit" {
			return false
		}
	}
	for _, row := range d.rows {
		if row.after {
			return row.hook != processTemplate && !strings.HasPrefix(row.note, "render ")
		}
	}
	return true
}

// ending draws the way from close to the end.
func (d *drawing) ending() {
	if len(d.closed) == 0 {
		return
	}
	t := d.trail(point{d.outX, d.stripY}, stroke{class: "closing"}, d.end)
	t.to(d.closeX, d.stripY)
	y := d.handlerY
	for i, text := range d.closed {
		if i == 0 && text == "close" {
			d.dot(d.closeX, d.stripY, "stop closing", d.end)
			continue
		}
		t.to(d.closeX, y)
		d.dot(d.closeX, y, "stop closing", d.end)
		y += rowHeight
	}
	t.flush()
}

// bridge marks a place where sync and async code meet, by a bar across the way.
func (d *drawing) bridge(x, y float64, position int) {
	if y == d.laneY {
		d.line("bridge", false, position, point{x, y - 13}, point{x, y + 13})
		return
	}
	d.line("bridge", false, position, point{x - 13, y}, point{x + 13, y})
}

// veil lies over what was not reached.
func (d *drawing) veil() {
	x0, x1 := d.inside()
	y0, y1 := d.laneY-laneHeight/2+4, d.laneY+laneHeight/2-4
	if d.turn < atURL {
		y0, y1 = d.innerTop, d.bottom-float64(len(d.layers)+1)*d.gap
	}
	if next := d.turn + 1; next < len(d.layers) {
		l := d.levels[next]
		x0, y0, x1, y1 = l.x0, l.top, l.x1, l.bottom-d.gap/2
	}
	d.rect(x0+1, y0, x1-1, y1, "veil", d.seen)
	d.text(d.outX-labelGap, d.laneY, right, "words quiet", d.seen, "never reached")
}

// turned says at the place where the path turns round why it does.
func (d *drawing) turned() {
	text, class, textClass := "no further: "+d.status(d.turn), "chip gave", "words"
	x := d.viewX
	switch d.turn {
	case atView:
		return
	case atURL:
		text = "no view found: " + d.status(d.turn)
	case atHook:
		x = (d.viewX + d.outX) / 2
	}
	if d.faulty {
		class, textClass = "chip fault", "words error"
		switch {
		case d.turn == atURL && d.caught == d.turn:
		case d.turn == atURL:
			text = "no view found"
		case d.caught == d.turn:
			text = "error → " + d.status(d.turn)
		default:
			text = "error"
		}
	}
	d.chip(x, d.turnY, class, textClass, d.seen, text)
}
