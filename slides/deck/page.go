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

// View is what a page shows of the deck.
type View struct {
	Route     int    // minutes
	Presenter bool   // for the speaker: the page says so, and the player shows more
	Slide     string // only this slide, with the others' names; "" for all of them
}

// At is the path below which the slides of a view have their addresses:
// At()+"onion" is that of a slide, At()+"onion/2" that of its position 2.
func (v View) At() string {
	if v.Presenter {
		return fmt.Sprintf("/slides/%d/presenter/", v.Route)
	}
	return fmt.Sprintf("/slides/%d/", v.Route)
}

// AbsentError says that there is no such view: the deck has no such route, or the
// route no such slide.
type AbsentError View

func (e AbsentError) Error() string {
	if !slices.Contains(Routes, e.Route) {
		return fmt.Sprintf("the talk takes 20, 45 or 180 minutes, and not %d", e.Route)
	}
	return fmt.Sprintf("the talk of %d minutes has no slide %s", e.Route, e.Slide)
}

// pageSlide is a slide as it stands in a page.
type pageSlide struct {
	*Slide
	*built
	Section string
	Minutes string // planned
	Time    string // the same, to be read
	Named   bool   // without content
}

// Page is a page with slides of a route: all, one under the other, or one of
// them. The page of one slide is small, so that it is painted soon; it names the
// others, and the player brings their contents when the slide is there. The error
// is an [AbsentError].
func (d *Deck) Page(view View) ([]byte, error) {
	if !slices.Contains(Routes, view.Route) {
		return nil, AbsentError(view)
	}
	data := struct {
		View
		Title          string
		Static         string
		Routes         []int
		Slides         []pageSlide
		Previous, Next *pageSlide // of the one
	}{View: view, Title: Title, Static: d.static, Routes: Routes}
	for _, section := range d.sections {
		minutes := section.SlideMinutes(view.Route)
		for _, s := range section.Slides {
			if s.On(view.Route) {
				data.Slides = append(data.Slides, pageSlide{Slide: s, built: d.slides[s], Section: section.Title,
					Minutes: strconv.FormatFloat(math.Round(minutes[s]*1e6)/1e6, 'f', -1, 64), Time: clock(minutes[s]),
					Named: view.Slide != "" && view.Slide != s.ID})
			}
		}
	}
	if view.Slide != "" {
		i := slices.IndexFunc(data.Slides, func(s pageSlide) bool { return !s.Named })
		if i < 0 {
			return nil, AbsentError(view)
		}
		if i > 0 {
			data.Previous = &data.Slides[i-1]
		}
		if i+1 < len(data.Slides) {
			data.Next = &data.Slides[i+1]
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
