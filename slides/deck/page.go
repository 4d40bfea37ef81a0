package deck

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
)

//go:embed page.html
var pageHTML string

var templates = template.Must(template.New("").Funcs(template.FuncMap{"seen": seen}).Parse(pageHTML))

// seen writes the positions at which something is seen: from one on, up to
// another or, if that is below 0, to the end.
func seen(from, to int) template.HTMLAttr {
	attributes := ""
	if from > 0 {
		attributes = fmt.Sprintf(` data-from="%d"`, from)
	}
	if to >= 0 {
		attributes += fmt.Sprintf(` data-to="%d"`, to)
	}
	return template.HTMLAttr(attributes)
}

// Title is the name of the talk.
const Title = "A request’s way through Django, in Go"

// Page is the page of a route: all its slides, one under the other. For a
// presenter the page says so, and shows more.
func (d *Deck) Page(route int, presenter bool) ([]byte, error) {
	if !slices.Contains(Routes, route) {
		return nil, fmt.Errorf("there is no route of %d minutes", route)
	}
	type slide struct {
		*Slide
		*built
		Section string
		Minutes string // planned
		Time    string // the same, to be read
	}
	data := struct {
		Title     string
		Static    string
		Route     int
		Routes    []int
		Presenter bool
		Slides    []slide
	}{Title: Title, Static: d.static, Route: route, Routes: Routes, Presenter: presenter}
	for _, section := range d.sections {
		minutes := section.SlideMinutes(route)
		for _, s := range section.Slides {
			if s.On(route) {
				data.Slides = append(data.Slides, slide{s, d.slides[s], section.Title,
					strconv.FormatFloat(math.Round(minutes[s]*1e6)/1e6, 'f', -1, 64), clock(minutes[s])})
			}
		}
	}
	var out bytes.Buffer
	err := templates.ExecuteTemplate(&out, "page", data)
	return out.Bytes(), err
}

// clock writes minutes as 4:05. It agrees with the player's clock, which drops
// parts of seconds.
func clock(minutes float64) string {
	seconds := int(math.Round(minutes*60_000)) / 1000
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// SlideMinutes divides the minutes of the section in a route among its slides
// there, by their weights.
func (s *Section) SlideMinutes(route int) map[*Slide]float64 {
	all := 0.0
	for _, slide := range s.Slides {
		if slide.On(route) {
			all += slide.Weight
		}
	}
	minutes := map[*Slide]float64{}
	for _, slide := range s.Slides {
		if slide.On(route) {
			minutes[slide] = s.Minutes[route] * slide.Weight / all
		}
	}
	return minutes
}
