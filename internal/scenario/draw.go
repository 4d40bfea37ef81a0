package scenario

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"basehandler/internal/words"
)

// Paint gives a text a colour; the kinds are "async", "error", "quiet", "title"
// and "response". One for a pipe gives the text as it is.
type Paint func(kind, text string) string

// Draw draws a result as the onion it was, in lines of up to width columns (0
// for 80): what ran inside of what, when, what that means, and where the
// response was born.
func Draw(w io.Writer, s *Scenario, r *Result, width int, paint Paint) error {
	if width <= 0 {
		width = 80
	}
	d := &drawing{Scenario: s, result: r, paint: paint, width: max(width, 40), noted: map[string]bool{}}
	d.head()
	d.events()
	d.response()
	d.story()
	_, err := io.WriteString(w, d.out.String())
	return err
}

type drawing struct {
	*Scenario
	result *Result
	paint  Paint
	width  int
	out    strings.Builder
	lines  []line
	open   []string // the layers and transactions that are open, the outermost first
	before time.Duration
	noted  map[string]bool // what has been explained
}

// line is one line of the onion, before it is known how wide all of them are.
type line struct {
	heading string // alone on its line
	time    string
	bars    string // the layers around
	mark    string // the two columns that open or close one
	text    string
	kind    string // for Paint
	note    string
	fails   bool // what the note says
}

// head says what is asked of what.
func (d *drawing) head() {
	fmt.Fprintf(&d.out, "%s\n\n", d.paint("title", strings.Join(words.Wrap(d.Name, d.width), "\n")))
	handler := "the sync handler, WSGIHandler"
	if d.Mode == "asgi" {
		handler = "the async handler, ASGIHandler"
	}
	path := d.Request.Path
	if d.Request.Query != "" {
		path += "?" + d.Request.Query
	}
	about := fmt.Sprintf("%s %s comes to %s. ", d.Request.Method, path, handler)
	switch names := d.names(); len(names) {
	case 0:
		about += "There are no layers (middleware) around the view, the site's own code for a URL."
	case 1:
		about += fmt.Sprintf("Around the view, the site's own code for a URL, is one layer (middleware): %s.", names[0])
	default:
		about += fmt.Sprintf("Around the view, the site's own code for a URL, are layers (middleware), the outermost first: %s.", words.List(names))
	}
	if settings := d.settings(); len(settings) > 0 {
		about += " Settings: " + strings.Join(settings, "; ") + "."
	}
	d.paragraph("", about)
	d.out.WriteString("\n")
}

func (d *drawing) names() []string {
	names := make([]string, len(d.Middleware))
	for i, m := range d.Middleware {
		names[i] = m.Name
	}
	return names
}

// settings are those that are not as usual.
func (d *drawing) settings() []string {
	var settings []string
	if d.Settings.Debug {
		settings = append(settings, "DEBUG")
	}
	if d.Settings.DebugPropagateExceptions {
		settings = append(settings, "DEBUG_PROPAGATE_EXCEPTIONS")
	}
	var aliases []string
	for _, alias := range []string{"default", "other"} {
		if d.Settings.AtomicRequests[alias] {
			aliases = append(aliases, alias)
		}
	}
	if len(aliases) > 0 {
		text := "ATOMIC_REQUESTS, each view in a transaction (" + words.List(aliases) + ")"
		for _, name := range slices.Sorted(maps.Keys(d.Views)) {
			if without := d.Views[name].NonAtomic; len(without) > 0 {
				text += fmt.Sprintf(", but %s not in %s", name, words.List(without))
			}
		}
		settings = append(settings, text)
	}
	return settings
}

// events draws what happened.
func (d *drawing) events() {
	loading := true
	for i, event := range d.result.Events {
		e := d.read(event)
		if loading && i == 0 && e.atLoad() {
			d.lines = append(d.lines, line{heading: "When the site starts, the layers are made, the innermost first."})
		}
		if loading && !e.atLoad() {
			loading = false
			if i > 0 {
				d.lines = append(d.lines, line{})
			}
			d.lines = append(d.lines, line{heading: "Then the request. Each time is since the line before."})
		}
		d.event(e)
	}
	for len(d.open) > 0 {
		d.leave()
	}
	d.layout()
}

// event adds one line, and opens or closes what it opens or closes.
func (d *drawing) event(e step) {
	switch {
	case e.kind == entered:
		d.line(e, "┌ ")
		d.open = append(d.open, e.who)
		if e.raises() != "" || e.answers() && d.layer(e.who).Style == "call" {
			d.leave() // its response half does not run
		}
		return
	case e.kind == left && slices.Contains(d.open, e.who):
		for d.open[len(d.open)-1] != e.who {
			d.leave()
		}
		d.open = d.open[:len(d.open)-1]
		d.line(e, "└ ")
		return
	case e.kind == begun:
		d.line(e, "┌ ")
		d.open = append(d.open, "atomic "+e.who)
		return
	case e.kind == committed, e.kind == rolledBack:
		if at := slices.Index(d.open, "atomic "+e.who); at >= 0 {
			d.open = d.open[:at]
		}
		d.line(e, "└ ")
		return
	case e.kind == signalled && e.who == "request_finished":
		for len(d.open) > 0 {
			d.leave()
		}
	}
	d.line(e, "  ")
}

// leave closes the innermost layer, which said nothing when it was left.
func (d *drawing) leave() {
	name := d.open[len(d.open)-1]
	d.open = d.open[:len(d.open)-1]
	how := name + " is left by an error"
	if action := (step{what: d.action(name + ".request")}); action.answers() {
		how = name + " has answered"
	}
	d.lines = append(d.lines, line{bars: strings.Repeat("│ ", len(d.open)), mark: "└ ", text: how, kind: "quiet"})
}

// line adds an event: when it came, in microseconds after the one before, how
// deep, and what.
func (d *drawing) line(e step, mark string) {
	took := fmt.Sprintf("+%d µs", (e.At - d.before).Microseconds())
	d.before = e.At
	kind := ""
	switch {
	case e.kind == askedForError, e.kind == errorPage, e.kind == rolledBack,
		e.kind == logged && e.who != "DEBUG", e.kind == signalled && e.who == "got_request_exception":
		kind = "error"
	case e.async:
		kind = "async"
	case e.kind == signalled, e.kind == logged:
		kind = "quiet"
	}
	text := e.text
	if e.async {
		text += " (async)"
	}
	d.lines = append(d.lines, line{time: took, bars: strings.Repeat("│ ", len(d.open)), mark: mark, text: text, kind: kind, note: d.note(e), fails: e.fails()})
}

const (
	timeWidth = 11 // of the column of times, with what keeps it from the rest
	noteWidth = 36 // of the column of notes, at least
)

// layout writes the lines. A note stands beside what it explains, or below if
// there is no room.
func (d *drawing) layout() {
	column := 0 // of the notes
	for _, l := range d.lines {
		if at := timeWidth + l.width() + 2; l.note != "" && at+noteWidth <= d.width {
			column = max(column, at)
		}
	}
	for _, l := range d.lines {
		switch {
		case l.heading != "":
			d.paragraph("quiet", l.heading)
			continue
		case l == line{}:
			d.out.WriteString("\n")
			continue
		}
		inside := l.bars + map[string]string{"┌ ": "│ ", "└ ": "  "}[l.mark]
		if l.mark == "  " {
			inside += "  "
		}
		rows := words.Wrap(l.text, d.width-timeWidth-utf8.RuneCountInString(l.bars+l.mark))
		var notes []string
		here := timeWidth+l.width()+2 <= column
		switch {
		case l.note == "":
		case here:
			notes = words.Wrap(l.note, d.width-column)
		default:
			notes = words.Wrap(l.note, d.width-timeWidth-utf8.RuneCountInString(inside)-2)
		}
		for i, row := range rows {
			bars, time := l.bars+l.mark, l.time
			if i > 0 {
				bars, time = inside, ""
			}
			d.out.WriteString(d.paint("quiet", fmt.Sprintf("%*s", timeWidth-2, time)) + "  " + bars + d.colour(l.kind, row))
			if here && len(notes) > 0 {
				fmt.Fprintf(&d.out, "%*s%s", column-timeWidth-l.width(), "", d.paint(l.noteKind(), notes[0]))
				notes = notes[1:]
			}
			d.out.WriteString("\n")
		}
		for _, note := range notes {
			pad := 2
			if here {
				pad = column - timeWidth - utf8.RuneCountInString(inside)
			}
			fmt.Fprintf(&d.out, "%*s%s%*s%s\n", timeWidth, "", inside, pad, "", d.paint(l.noteKind(), note))
		}
	}
}

// width is how many columns bars and text take.
func (l line) width() int { return utf8.RuneCountInString(l.bars + l.mark + l.text) }

// noteKind is how the note is painted.
func (l line) noteKind() string {
	if l.fails {
		return "error"
	}
	return "quiet"
}

func (d *drawing) colour(kind, text string) string {
	if kind == "" {
		return text
	}
	return d.paint(kind, text)
}

// response says what the client got, and where that came from.
func (d *drawing) response() {
	d.out.WriteString("\n")
	if d.result.Response == nil {
		d.paragraph("error", "nobody answered: "+d.result.Raised)
		return
	}
	r := d.result.Response
	born := "made by the framework itself"
	if actor := d.header("X-Actor"); actor != "" {
		born = "born at " + actor
	}
	if via := d.header("X-Via"); via != "" {
		born += ", then through " + strings.ReplaceAll(via, ",", ", ")
	}
	status := strings.TrimSpace(fmt.Sprint(r.Status, " ", http.StatusText(r.Status)))
	rows := words.Wrap(born, d.width-len(status)-2)
	fmt.Fprintf(&d.out, "%s  %s\n", d.paint("response", status), rows[0])
	for _, row := range rows[1:] {
		fmt.Fprintf(&d.out, "%*s%s\n", len(status)+2, "", row)
	}
	if r.Body != nil && *r.Body != "" {
		fmt.Fprintf(&d.out, "its body: %s\n", *r.Body)
	}
}

// header gives the value of a header, in which names that are not ASCII come
// encoded (RFC 2047).
func (d *drawing) header(name string) string {
	for _, header := range d.result.Response.Headers {
		if header[0] != name {
			continue
		}
		if text, err := new(mime.WordDecoder).DecodeHeader(header[1]); err == nil {
			return text
		}
		return header[1]
	}
	return ""
}

// paragraph writes text in lines that can be read.
func (d *drawing) paragraph(kind, text string) {
	for _, row := range words.Wrap(text, min(d.width, 80)) {
		fmt.Fprintf(&d.out, "%s\n", d.colour(kind, row))
	}
}
