package deck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/onion"
	"basehandler/internal/page"
	"basehandler/internal/weave"
)

// Builder has what slides are made from.
type Builder struct {
	Library *course.Library           // the sources of the steps
	Final   fs.FS                     // those of the complete handler
	Golden  fs.FS                     // the golden cases: NN-name/case.txtar
	Run     Runner                    // how a request is sent to a step
	Check   func(args []string) error // whether walkthrough takes these arguments; nil: not looked at
	Static  string                    // the folder of what the pages load; "" is /static/
}

// Deck is the talk, ready to be shown.
type Deck struct {
	sections []*Section
	slides   map[*Slide]*built
	static   string
}

// built is a slide as HTML.
type built struct {
	Heading   template.HTML
	Content   template.HTML
	Speaker   template.HTML // the notes
	Positions int
}

// Build makes a deck. The error is [Problems] where the source is at fault.
func (b Builder) Build(ctx context.Context, sections []*Section) (*Deck, error) {
	work := &builder{Builder: b, outcomes: map[*Ask]*outcome{}}
	var asks []*Ask
	for _, section := range sections {
		for _, slide := range section.Slides {
			for _, part := range slide.Parts {
				if ask, ok := part.(*Ask); ok && (ask.Case != "" || ask.Scenario != "" || ask.Text != "") {
					asks = append(asks, ask)
				}
			}
		}
	}
	work.run(ctx, asks)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	deck := &Deck{sections: sections, slides: map[*Slide]*built{}, static: cmp.Or(b.Static, "/static/")}
	for _, section := range sections {
		for _, slide := range section.Slides {
			deck.slides[slide] = work.slide(slide)
		}
	}
	return deck, work.problems.err()
}

// builder is one run of a [Builder].
type builder struct {
	Builder
	outcomes map[*Ask]*outcome
	problems Problems
}

// sheet is a slide under construction.
type sheet struct {
	*Slide
	out   strings.Builder
	from  int // the position from which on the next part is seen
	last  int // the last position so far
	forms int
}

// at makes a mistake known.
func (b *builder) at(s *sheet, line int, err error) error {
	var message string
	if s.ID != "" {
		message = "slide " + s.ID + ": "
	}
	return Problem{s.File, line, message + err.Error()}
}

func (b *builder) slide(slide *Slide) *built {
	s := &sheet{Slide: slide}
	fault := func(line int, err error) {
		if err == nil {
			return
		}
		if _, ok := errors.AsType[Problem](err); !ok {
			err = b.at(s, line, err)
		}
		problem, _ := errors.AsType[Problem](err)
		b.problems = append(b.problems, problem)
	}
	title, err := inline(slide.Title)
	fault(slide.Line, err)
	for _, part := range slide.Parts {
		switch part := part.(type) {
		case Text:
			fault(part.Line, b.markdown(s, part))
		case Pause:
			s.last++
			s.from = s.last
		case Commands:
			fault(part.Line, b.commands(s, part))
		case Picture:
			picture, err := onion.Fixed(part.Name)
			fault(part.Line, err)
			fault(part.Line, b.picture(s, picture))
		case *Code:
			if len(part.States) == 0 {
				continue // the parser has said so
			}
			f, err := b.figure(s, part)
			fault(part.Line, err)
			if err == nil {
				fault(part.Line, write(s, "code", f))
			}
		case *Ask:
			fault(part.Line, b.answer(s, part))
		}
	}
	notes, err := page.Markdown([]byte(slide.Notes.Source), page.Options{Prefix: slide.ID + "-notes-", Down: 1})
	fault(slide.Notes.Line, err)
	return &built{title, template.HTML(s.out.String()), notes, s.last + 1}
}

func (b *builder) markdown(s *sheet, text Text) error {
	html, err := page.Markdown([]byte(text.Source), page.Options{Prefix: s.ID + "-"})
	if err != nil {
		return err
	}
	return writeText(s, html)
}

// writeText writes what stands on a slide as it is.
func writeText(s *sheet, html template.HTML) error {
	return write(s, "text", struct {
		From int
		HTML template.HTML
	}{s.from, html})
}

func (b *builder) commands(s *sheet, commands Commands) error {
	if b.Check != nil {
		if err := errors.Join(weave.CheckCommands(commands.Source, b.Check)...); err != nil {
			return err
		}
	}
	html, err := page.Code(page.Block{Language: "sh", Content: commands.Source})
	if err != nil {
		return err
	}
	return writeText(s, html)
}

// answer shows what came of a request.
func (b *builder) answer(s *sheet, ask *Ask) error {
	o := b.outcomes[ask]
	switch {
	case o == nil:
		return nil // the parser has said why
	case o.err != nil:
		return o.err
	case ask.Kind == "onion":
		picture, err := onion.Draw(o.run)
		if err != nil {
			return err
		}
		return b.picture(s, picture)
	}
	s.forms++
	html, err := page.Try(o.trial(fmt.Sprintf("%s-try%d", s.ID, s.forms), ask.Show))
	if err != nil {
		return err
	}
	return writeText(s, html)
}

// positionOf finds the positions in a drawing.
var positionOf = regexp.MustCompile(`\bdata-(from|to)="(\d+)"`)

// picture puts a drawing on a slide; its positions come after those that the
// slide has.
func (b *builder) picture(s *sheet, p onion.Picture) error {
	if p.Positions == 0 {
		return nil // there is none; the reason was given
	}
	begin := s.last
	move := func(position int) int { return begin + position }
	svg := positionOf.ReplaceAllStringFunc(string(p.SVG), func(attribute string) string {
		m := positionOf.FindStringSubmatch(attribute)
		position, err := strconv.Atoi(m[2])
		if err != nil {
			return attribute // no drawing has so many
		}
		return fmt.Sprintf(`data-%s="%d"`, m[1], move(position))
	})
	s.last += p.Positions - 1
	data := struct {
		From     int
		SVG      template.HTML
		Captions []caption
	}{From: s.from, SVG: template.HTML(svg)}
	for i, text := range p.Captions {
		c := caption{move(i), move(i), template.HTML(template.HTMLEscapeString(text))}
		if i == 0 {
			c.From = s.from
		}
		if i == len(p.Captions)-1 {
			c.To = -1
		}
		data.Captions = append(data.Captions, c)
	}
	return write(s, "picture", data)
}

// inline is Markdown of one line, without the paragraph around it.
func inline(source string) (template.HTML, error) {
	html, err := page.Markdown([]byte(source), page.Options{})
	text := strings.TrimSpace(string(html))
	if inner, ok := strings.CutPrefix(text, "<p>"); ok && strings.Count(text, "<p>") == 1 {
		text = strings.TrimSuffix(inner, "</p>")
	}
	return template.HTML(text), err
}

func write(s *sheet, name string, data any) error {
	return templates.ExecuteTemplate(&s.out, name, data)
}
