package onion

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Sizes of the drawing. The path goes down on the left through the layers, at
// the bottom through the view, and up on the right.
const (
	stripHeight = 42.0
	turnHeight  = 36.0 // the line below it on which a request turns round
	rowHeight   = 33.0
	laneHeight  = 58.0
	bandHeight  = 30.0
	nameMargin  = 10.0
	leastColumn = 16*monoAdvance + labelGap // fits request_finished
	mostColumn  = 28*monoAdvance + labelGap
	narrowest   = 760.0
	mostLayers  = 8
	mostRows    = 7
	labelGap    = 14.0
)

// Draw draws a run. The error says what is too much for one picture.
func Draw(run Run) (Picture, error) {
	if len(run.Trace) == 0 {
		reason := run.Raised
		if reason == "" {
			reason = "the trace is empty"
		}
		return Picture{}, errors.New("there is nothing to draw: " + reason)
	}
	if len(run.Layers) > mostLayers {
		return Picture{}, fmt.Errorf("%d layers are too many for one picture, which has room for %d", len(run.Layers), mostLayers)
	}
	s := tell(run)
	if len(s.rows) > mostRows {
		return Picture{}, fmt.Errorf("the inner handler has done %d things, and a picture has room for %d", len(s.rows), mostRows)
	}
	if s.view == "" && s.turn == atHandler && len(s.start) == 0 && len(s.made) > 0 {
		return Picture{}, errors.New("there is nothing to draw: the handler was not made")
	}
	// The narrower a picture is in its own units, the larger it is seen. Text is
	// shortened only in the widest.
	var failed error
	for _, column := range []float64{mostColumn, leastColumn} {
		for width := narrowest; width < Width+60; width += 60 {
			d := &drawing{story: s, column: column}
			d.width = min(width, Width)
			err := d.draw()
			if err == nil && (!d.shortened || d.width == Width) {
				return d.picture(), nil
			}
			failed = err
		}
	}
	return Picture{}, failed
}

func (d *drawing) draw() error {
	d.place()
	d.phases()
	d.boxes()
	d.path()
	d.labels()
	if most := Height * d.width / Width; d.height > most {
		return fmt.Errorf("the picture would be %.0f high, and there is room for %.0f", d.height, most)
	}
	if d.crowded {
		return errors.New("there is no room for the view and what is around it")
	}
	return d.check(d.height)
}

// drawing is a picture at work.
type drawing struct {
	canvas
	*story
	head    float64 // the height of a layer's line, with its name and what it tells
	gap     float64 // between a box and the one in it
	column  float64 // the most that may be given to what happens after close
	height  float64
	onPath  []func() // what stands on the path, and so is drawn later
	inline  bool     // the innermost transaction has its labels beside the view
	crowded bool     // the lane of the view is too narrow

	inX, outX, closeX float64 // the three ways: down, up, and down again at the end
	stripY, handlerY  float64 // the middles of the first two lines
	handlerTop        float64
	levels            []level // of the layers
	innerTop, bottom  float64 // of the inner handler, and of all boxes
	rowY              []float64
	urlY              float64 // of the line that finds the view
	turnY             float64 // of the line on which the path turns round
	laneY             float64
	viewX, viewWidth  float64

	// The positions of the phases; the phases that the run lacks share one.
	in, before, seen, later, out, end int
	positions                         int
}

// level is the place of a layer.
type level struct{ top, y, bottom, x0, x1 float64 }

// place finds out where everything stands.
func (d *drawing) place() {
	n := len(d.layers)
	d.head, d.gap = 38, 8
	if n > 4 {
		d.head, d.gap = 30, 5
	}
	column := leastColumn
	for _, text := range d.closed {
		column = math.Max(column, math.Min(width(text, "")+labelGap, d.column))
	}
	d.closeX = d.width - column - d.gap - labelGap/2
	d.outX = d.closeX - 50 - float64(n+1)*d.gap
	d.inX = d.gap + nameMargin + width("handler", "words") + labelGap
	for i, ring := range d.layers {
		d.inX = math.Max(d.inX, float64(i+2)*d.gap+nameMargin+width(ring.Name, "")+labelGap)
	}
	d.stripY = stripHeight / 2
	y := stripHeight + 4
	d.handlerTop, d.handlerY = y, y+d.head/2
	y += d.head
	if d.turn == atHandler {
		d.turnY = y + turnHeight/2 - 8
		y += turnHeight
	}
	for i := range d.layers {
		l := level{top: y, y: y + d.head/2, x0: float64(i+2) * d.gap, x1: d.outX + labelGap + float64(n-i)*d.gap}
		y += d.head
		if d.turn == i {
			d.turnY = y + turnHeight/2 - 8
			y += turnHeight
		}
		d.levels = append(d.levels, l)
	}
	d.innerTop = y
	y = d.placeRows(y + 6)
	if d.turn >= atURL && d.turn < atView {
		d.turnY = y + turnHeight/2 - 4
		y += turnHeight
	}
	d.viewX = (d.inX + d.outX) / 2
	d.viewWidth = chipWidth(d.viewText(), "")
	below := len(d.bands) // transactions whose labels stand below the view
	if below > 0 {
		last := d.bands[below-1]
		both := chipWidth(last.begin(), "") + chipWidth(last.finish(), "")
		d.inline = d.viewWidth+both+48+46 < d.outX-d.inX
		if d.inline {
			below--
		}
	}
	y += float64(below) * d.gap / 2
	d.laneY = y + laneHeight/2
	y += laneHeight + float64(below)*bandHeight + 4
	for i := range d.levels {
		d.levels[n-1-i].bottom = y + float64(i+1)*d.gap
	}
	d.bottom = y + float64(n+1)*d.gap
	d.height = d.bottom + 2
}

// placeRows places the lines of the inner handler: those before the view on the
// left from the top, those after it on the right from the bottom, since the path
// goes up there.
func (d *drawing) placeRows(y float64) (bottom float64) {
	d.rowY = make([]float64, len(d.rows))
	var before, after []int
	widestBefore, widestAfter := 0.0, 0.0
	for i, row := range d.rows {
		if row.after {
			after = append(after, i)
			widestAfter = math.Max(widestAfter, row.width())
		} else {
			before = append(before, i)
			widestBefore = math.Max(widestBefore, row.width())
		}
	}
	heightBefore := float64(len(before)) * rowHeight
	if d.run.has(stepURLs) {
		heightBefore += rowHeight
		widestBefore = math.Max(widestBefore, width(d.urlText(), "words"))
		d.urlY = y + rowHeight/2
	}
	for i, row := range before {
		d.rowY[row] = y + heightBefore - float64(len(before)-i)*rowHeight + rowHeight/2
	}
	heightAfter := float64(len(after)) * rowHeight
	bottom = y + math.Max(heightBefore, heightAfter)
	if d.inX+widestBefore+widestAfter+3*labelGap > d.outX {
		bottom = y + heightBefore + heightAfter
	}
	for i, row := range after {
		d.rowY[row] = bottom - float64(i)*rowHeight - rowHeight/2
	}
	return bottom
}

// width is that of a line, with its layers.
func (r row) width() float64 {
	if r.note != "" {
		return width(r.note, "")
	}
	w := width(r.hook, "")
	for _, names := range [][]string{r.names, r.spare} {
		for _, name := range names {
			w += chipWidth(name, "") + labelGap
		}
	}
	return w
}

func (d *drawing) urlText() string { return "find the view by its URL" }

func (d *drawing) viewText() string {
	if d.view == "" {
		return "view"
	}
	text := "view " + d.view
	if d.loop {
		text += " · async"
	}
	return text
}

// phases numbers the positions.
func (d *drawing) phases() {
	position := 1
	d.in = position
	next := func(there bool) int {
		if there {
			position++
		}
		return position
	}
	hasBefore, hasAfter := false, false
	for _, row := range d.rows {
		hasBefore = hasBefore || !row.after
		hasAfter = hasAfter || row.after
	}
	d.before = next(hasBefore)
	d.seen = next(true)
	d.later = next(hasAfter)
	d.out = next(true)
	d.end = next(len(d.closed) > 0)
	d.positions = position + 1
}

// boxes draws what is there before any request.
func (d *drawing) boxes() {
	d.rect(1, 1, d.width-1, stripHeight-3, "server", always)
	d.text(nameMargin, d.stripY-1, left, "words quiet", always, "server")
	d.rect(1, d.handlerTop, d.width-1, d.bottom, "handler", always)
	d.text(d.gap+nameMargin, d.handlerY, left, "words quiet", always, "handler")
	for i, ring := range d.layers {
		l := d.levels[i]
		class := "layer"
		if ring.Unused {
			class += " unused"
		}
		d.rect(l.x0, l.top, l.x1, l.bottom-d.gap/2, class, always)
		d.text(l.x0+nameMargin, l.y, left, "name", always, ring.Name)
		if ring.Unused {
			d.text(d.inX+labelGap, l.y, left, "words quiet", always, "left out when the chain was made")
		}
	}
	x0, x1 := d.inside()
	if len(d.layers) > 0 || d.run.has(stepURLs) {
		d.rect(x0, d.innerTop, x1, d.bottom-float64(len(d.layers)+1)*d.gap, "inner", always)
	}
	if d.run.has(stepURLs) {
		d.text(d.inX+labelGap, d.urlY, left, "words quiet", always, d.urlText())
	}
	for i, row := range d.rows {
		d.row(i, row)
	}
	d.lane()
}

// inside is where the inner handler begins and ends.
func (d *drawing) inside() (x0, x1 float64) {
	return float64(len(d.layers)+2) * d.gap, d.outX + labelGap
}

// row draws one line of the inner handler: its name, and the layers that were
// asked, joined by arrows.
func (d *drawing) row(i int, row row) {
	y, position := d.rowY[i], d.before
	x := d.inX + labelGap
	if row.after {
		position = d.later
		x = d.outX - labelGap - row.width()
	}
	if row.note != "" {
		class := "quiet"
		if row.isErr {
			class = "error"
		}
		d.text(d.outX-labelGap, y, right, class, position, row.note)
		return
	}
	d.text(x, y, left, "", position, row.hook)
	x += width(row.hook, "")
	draw := func(name, class, textClass string) {
		w := chipWidth(name, "")
		d.line("link", false, position, point{x + 2, y}, point{x + labelGap - 2, y})
		d.chip(x+labelGap+w/2, y, class, textClass, position, name)
		x += labelGap + w
	}
	for j, name := range row.names {
		class := "chip"
		if row.gave && j == len(row.names)-1 {
			class = "chip gave"
		}
		draw(name, class, "name")
	}
	for _, name := range row.spare {
		draw(name, "chip faint", "quiet")
	}
}

// lastAsked is the right edge of the layer that was asked last.
func (d *drawing) lastAsked(i int) float64 {
	x := d.inX + labelGap + width(d.rows[i].hook, "")
	for j, name := range d.rows[i].names {
		x += labelGap + chipWidth(name, "")
		if j == len(d.rows[i].names)-1 {
			x -= chipWidth(name, "") / 2
		}
	}
	return x
}

// lane draws the view and the transactions around it. What stands on the path
// is drawn when the path is.
func (d *drawing) lane() {
	d.onPath = append(d.onPath, func() {
		d.chip(d.viewX, d.laneY, "chip view", "name", always, d.viewText())
	})
	x0, x1 := d.viewX-d.viewWidth/2, d.viewX+d.viewWidth/2
	top, bottom := d.laneY-laneHeight/2+5, d.laneY+laneHeight/2-5
	var rects []func()
	for i, band := range slices.Backward(d.bands) {
		box, text := "chip gave", "name"
		if band.end != "commit" {
			box, text = "chip fault", "error"
		}
		begin, finish := band.begin(), band.finish()
		if i == len(d.bands)-1 && d.inline {
			w0, w1 := chipWidth(begin, ""), chipWidth(finish, "")
			x0, x1 = x0-w0-24, x1+w1+24
			from, to := x0+8+w0/2, x1-8-w1/2
			d.onPath = append(d.onPath, func() {
				d.chip(from, d.laneY, "chip", "", d.seen, begin)
				d.chip(to, d.laneY, box, text, d.seen, finish)
			})
		} else {
			more := math.Max(0, width(begin, "")+width(finish, "")+2*nameMargin+labelGap-(x1-x0))
			x0, x1, top, bottom = x0-d.gap-more/2, x1+d.gap+more/2, top-d.gap/2, bottom+bandHeight
			from, to, y := x0+nameMargin, x1-nameMargin, bottom-bandHeight/2
			d.onPath = append(d.onPath, func() {
				d.text(from, y, left, "", d.seen, begin)
				d.text(to, y, right, text, d.seen, finish)
			})
		}
		y0, y1, left, right := top, bottom, x0, x1
		rects = append(rects, func() { d.rect(left, y0, right, y1, "band", d.seen) })
	}
	for _, draw := range slices.Backward(rects) { // the outer ones first
		draw()
	}
	d.crowded = x0 < d.inX+30 || x1 > d.outX-16
}

// labels writes what each place told.
func (d *drawing) labels() {
	sent, sentClass := condense(d.sent, false), ""
	switch {
	case d.caught == atServer && d.run.Status != "":
		sent, sentClass = "the server answers: "+d.run.Status, "words error"
	case d.caught == atServer:
		sent, sentClass = "no answer", "words error"
	case len(d.sent) == 0:
		sent = d.run.Status
	}
	short := condense(d.sent, true)
	if len(d.sent) == 0 {
		short = strings.Replace(sent, ": "+d.run.Status, " "+first(d.run.Status), 1)
	}
	request := d.fit(d.run.Request, "", d.outX-d.inX-3*labelGap-width(short, sentClass))
	room := d.outX - d.inX - 3*labelGap - width(request, "")
	d.text(d.inX+labelGap, d.stripY-1, left, "name", d.in, request)
	if width(sent, sentClass) > room {
		sent = short
	}
	d.text(d.outX-labelGap, d.stripY-1, right, sentClass, d.out, d.fit(sent, sentClass, room))
	started := d.fit(strings.Join(d.start, ", "), "", d.outX-d.inX-3*labelGap)
	d.text(d.inX+labelGap, d.handlerY, left, "", d.in, started)
	room = d.outX - d.inX - 3*labelGap - width(started, "")
	back, backClass := strings.Join(d.back, ", "), "quiet"
	if d.caught == atHandler && d.turn != atHandler {
		back, backClass = "error → "+first(d.run.Status), "words error"
	}
	d.text(d.outX-labelGap, d.handlerY, right, backClass, d.out, d.fit(back, backClass, room))

	for i, ring := range d.layers {
		y := d.levels[i].y
		in, out := "", ""
		if ring.entered {
			in = d.mode("request", ring.loop)
		}
		if ring.left {
			out = d.mode("response "+ring.status, ring.loop)
		}
		in = strings.Join(append([]string{in}, ring.notesIn...), ", ")
		out = strings.Join(append([]string{out}, ring.notesOut...), ", ")
		d.text(d.inX+labelGap, y, left, "", d.in, d.fit(in, "", (d.outX-d.inX)/2-2*labelGap))
		d.text(d.outX-labelGap, y, right, "", d.out, d.fit(out, "", (d.outX-d.inX)/2-2*labelGap))
		if ring.passed && ring.Tells {
			d.text(d.outX-labelGap, y, right, "words error", d.out, "response half skipped")
		}
	}
	y := d.handlerY
	for i, text := range d.closed {
		if i == 0 && text == "close" {
			d.text(d.closeX+labelGap, d.stripY-1, left, "", d.end, text)
			continue
		}
		d.text(d.closeX+labelGap, y, left, "", d.end, d.fit(text, "", d.width-d.gap-d.closeX-labelGap))
		y += rowHeight
	}
	if len(d.closed) == 0 && len(d.start) > 0 && d.run.has(stepSignals) {
		d.text(d.closeX+labelGap, d.handlerY, left, "quiet", d.out, "request_finished")
		d.text(d.closeX+labelGap, d.handlerY+rowHeight-4, left, "words error", d.out, "is never sent")
	}
}

// mode adds whether it was sync or async code, where there was both.
func (d *drawing) mode(text string, loop bool) string {
	switch {
	case !d.mixed:
		return text
	case loop:
		return text + " · async"
	}
	return text + " · sync"
}

// picture puts it together.
func (d *drawing) picture() Picture {
	p := d.canvas.picture(d.title(), d.description(), math.Ceil(d.height))
	p.Positions, p.Captions = d.positions, d.captions()
	return p
}
