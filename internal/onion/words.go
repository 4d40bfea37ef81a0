package onion

import (
	"fmt"
	"slices"
	"strings"

	"basehandler/internal/words"
)

func (d *drawing) title() string {
	title := d.run.Request
	if d.run.Status != "" {
		title += ": " + d.run.Status
	}
	return title
}

func (s *story) names(which func(*ring) bool) (names []string) {
	for _, ring := range s.layers {
		if which(ring) {
			names = append(names, ring.Name)
		}
	}
	return names
}

// are is a list of those of whom something is said.
func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return words.List(names) + " are"
}

// captions says one sentence for each position.
func (d *drawing) captions() []string {
	captions := make([]string, d.positions)
	captions[0] = d.sayMade()
	captions[d.in] = d.sayIn()
	if d.before > d.in {
		captions[d.before] = d.sayBefore()
	}
	captions[d.seen] = d.saySeen()
	if d.later > d.seen {
		captions[d.later] = d.sayLater()
	}
	captions[d.out] = d.sayOut()
	if d.end > d.out {
		captions[d.end] = d.sayEnd()
	}
	return captions
}

func (d *drawing) sayMade() string {
	names := d.names(func(r *ring) bool { return !r.Unused })
	switch {
	case len(d.made) > 0:
		return fmt.Sprintf("Made once, from the inside out: %s. Now it waits for a request.", strings.Join(d.made, ", "))
	case len(names) == 0:
		return "No layers: the handler and the view. It waits for a request."
	case len(names) == 1:
		return fmt.Sprintf("One layer around the view: %s. It waits for a request.", names[0])
	}
	return fmt.Sprintf("%d layers around the view: %s, from the outside in. They wait for a request.", len(names), words.List(names))
}

func (d *drawing) sayIn() string {
	names := d.names(func(r *ring) bool { return r.reached }) // also those that do not tell of it
	bridges := ""
	if d.mixed {
		bridges = " Hollow is async code; a bar across the way is a bridge."
	}
	switch len(names) {
	case 0:
		return "In: the request comes to the handler." + bridges
	case 1:
		return fmt.Sprintf("In: the request passes %s.", names[0]) + bridges
	}
	return fmt.Sprintf("In: the request passes %s, from the outside in.", words.List(names)) + bridges
}

func (d *drawing) sayBefore() string {
	for _, row := range d.rows {
		if row.hook == processView {
			return fmt.Sprintf("The view is known but not called: first %s may answer in its place.", words.List(row.names))
		}
	}
	return "Before the view."
}

func (d *drawing) saySeen() string {
	view := "the view"
	switch d.turn {
	case atView:
		text, rolledBack := "The view is called", false
		if len(d.bands) > 0 {
			text += " inside a transaction"
			rolledBack = d.bands[len(d.bands)-1].end == "rollback"
		}
		switch fails := d.viewFailed(); {
		case fails && rolledBack:
			return text + ". It fails, and what it wrote is rolled back."
		case fails:
			return text + ". It fails."
		case rolledBack:
			return text + ", which is rolled back."
		case d.faulty:
			return text + "."
		}
		return text + ". It makes the response."
	case atHook:
		for _, row := range d.rows {
			if row.hook == processView && row.gave {
				return fmt.Sprintf("%s answers in place of %s. What comes later is not asked.", row.names[len(row.names)-1], view)
			}
		}
		return "An error comes before the view, which is not called."
	case atURL:
		return "No view was called for this request."
	case atHandler:
		return "The request turns round before the first layer."
	}
	ring := d.layers[d.turn]
	if d.faulty {
		return fmt.Sprintf("%s fails. What lies inside is never reached.", ring.Name)
	}
	return fmt.Sprintf("%s answers by itself. What lies inside is never reached.", ring.Name)
}

func (d *drawing) sayLater() string {
	var parts []string
	for _, row := range d.rows {
		switch {
		case !row.after:
		case row.hook == processException && row.gave:
			parts = append(parts, fmt.Sprintf("%s has an answer to the error", row.names[len(row.names)-1]))
		case row.hook == processException:
			parts = append(parts, fmt.Sprintf("%s asked about the error, and no answer comes", are(row.names)))
		case row.hook == processTemplate:
			parts = append(parts, "the page may still be changed before it is rendered")
		case row.isErr && strings.Contains(row.note, "→"):
			parts = append(parts, "the error becomes a response")
		case strings.HasPrefix(row.note, "error view"), strings.HasPrefix(row.note, "error_view"):
			parts = append(parts, "an error view makes the page")
		case strings.HasPrefix(row.note, "render "):
			parts = append(parts, "the page is rendered")
		case !row.isErr:
			parts = append(parts, "meanwhile: "+row.note)
		}
	}
	if len(parts) == 0 {
		return "There is an error."
	}
	text := strings.Join(parts, "; then ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func (d *drawing) sayOut() string {
	var left []string
	for i, ring := range slices.Backward(d.layers) {
		silent := !ring.Tells && ring.reached && !ring.passed && i != d.turn
		if ring.left || silent {
			left = append(left, ring.Name)
		}
	}
	passed := d.names(func(r *ring) bool { return r.passed && r.Tells })
	switch {
	case d.caught == atServer:
		return "Out: nobody made a response of the error. The server is left alone with it."
	case len(passed) > 0:
		return fmt.Sprintf("Out: the error jumps over %s, and becomes a response outside of that.", words.List(passed))
	case len(left) == 0:
		return "Out: the server gets the response."
	case len(left) == 1:
		return fmt.Sprintf("Out: the response passes %s.", left[0])
	}
	return fmt.Sprintf("Out: the response passes %s, from the inside out.", words.List(left))
}

func (d *drawing) sayEnd() string {
	if d.closed[0] == "close" {
		return "When all is sent, the server closes the response. Only now the request is finished."
	}
	return "When all is sent, the request is finished."
}

// description tells the whole story.
func (d *drawing) description() string {
	return strings.Join(d.captions(), " ") + " The events in order: " + strings.Join(d.run.Trace, "; ") + "."
}
