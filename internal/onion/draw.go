package onion

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Draw draws a run. The error says what is too much for one picture.
func Draw(run Run) (Picture, error) {
	if run.Raised != "" && len(run.Trace) == 0 {
		return Picture{}, errors.New("there is nothing to draw: " + run.Raised)
	}
	if len(run.Trace) > 20 {
		return Picture{}, fmt.Errorf("%d events are too many for one picture", len(run.Trace))
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="picture" viewBox="0 0 %d %d" role="img"><title>%s</title>`, Width, Height, html.EscapeString(run.Request))
	for i, event := range run.Trace {
		fmt.Fprintf(&out, `<text x="20" y="%d" data-from="1">%s</text>`, 30+22*i, html.EscapeString(event))
	}
	out.WriteString("</svg>")
	return Picture{
		SVG: template.HTML(out.String()), Positions: 2, Height: Height,
		Captions:    []string{"Before the request.", "After the request."},
		Description: strings.Join(run.Trace, ", "),
	}, nil
}
