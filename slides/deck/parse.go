package deck

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"basehandler/internal/course"
)

// Section is a part of the talk: one file.
type Section struct {
	File    string
	Title   string
	Minutes map[int]float64 // planned, by route; none for a route without the section
	Slides  []*Slide
}

// Slide is one slide as it is written.
type Slide struct {
	File   string
	Line   int    // of the title, from 1
	ID     string // kebab-case; its own in the whole deck
	Title  string // Markdown
	Routes []int  // those that show it
	Weight float64
	Layout string // "title" or ""
	Parts  []Part
	Notes  Text // for the speaker
}

// On says whether a route shows the slide.
func (s *Slide) On(route int) bool { return slices.Contains(s.Routes, route) }

// Part is a piece of what the audience sees: [Text], [Pause], [Code], [Ask],
// [Picture] or [Commands].
type Part interface{ part() }

// Text is Markdown without fenced blocks.
type Text struct {
	Line   int
	Source string
}

// Pause says that what follows is shown from the next position on.
type Pause struct{ Line int }

// Picture is the name of a fixed drawing.
type Picture struct {
	Line int
	Name string
}

// Commands are for a terminal, shown as they are.
type Commands struct {
	Line   int
	Source string
}

func (Text) part()     {}
func (Pause) part()    {}
func (Picture) part()  {}
func (Commands) part() {}
func (*Code) part()    {}
func (*Ask) part()     {}

// Load reads the sections of a folder, NN-name.md each, in the order of their
// names. The error is [Problems]; what could be read is given all the same.
func Load(files fs.FS) ([]*Section, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var sections []*Section
	var problems Problems
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		section, found := Parse(name, string(source))
		sections = append(sections, section)
		problems = append(problems, found...)
	}
	first := map[string]*Slide{}
	for _, section := range sections {
		for _, slide := range section.Slides {
			if other := first[slide.ID]; other != nil && slide.ID != "" {
				problems = append(problems, Problem{slide.File, slide.Line,
					fmt.Sprintf("the id %s belongs to %s:%d already; it is a part of the slide's address, so choose another", slide.ID, other.File, other.Line)})
			}
			first[slide.ID] = slide
		}
	}
	return sections, problems.err()
}

// Parse reads one section.
func Parse(file, source string) (*Section, Problems) {
	p := &parser{section: &Section{File: path.Base(file), Minutes: map[int]float64{}}}
	source = strings.ReplaceAll(source, "\r\n", "\n")
	p.lines = strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	p.frontMatter()
	for p.at < len(p.lines) {
		line := p.lines[p.at]
		switch {
		case strings.HasPrefix(line, "## "):
			p.slide()
		case strings.TrimSpace(line) == "":
			p.at++
		default:
			p.problem(p.at, "text before the first slide; a slide begins with a line ## Title")
			for p.at < len(p.lines) && !strings.HasPrefix(p.lines[p.at], "## ") {
				p.at++
			}
		}
	}
	p.minutes()
	p.problems.sort()
	return p.section, p.problems
}

// parser reads line by line; at counts lines from 0.
type parser struct {
	section  *Section
	lines    []string
	at       int
	problems Problems
}

func (p *parser) problem(at int, format string, args ...any) {
	p.problems = append(p.problems, Problem{p.section.File, at + 1, fmt.Sprintf(format, args...)})
}

const frontMatterForm = "a section begins with --- and the lines title: … and minutes: 20=1 45=2 180=3, then --- again"

func (p *parser) frontMatter() {
	if p.lines[0] != "---" {
		p.problem(0, frontMatterForm)
		return
	}
	end := slices.Index(p.lines[1:], "---") + 1
	if end == 0 {
		p.problem(0, frontMatterForm)
		p.at = 1
		return
	}
	p.at = end + 1
	for i, line := range p.lines[1:end] {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "title":
			p.section.Title = value
		case "minutes":
			for _, word := range strings.Fields(value) {
				route, minutes, err := planned(word)
				if err != nil {
					p.problem(i+1, "%v", err)
				} else if minutes > 0 {
					p.section.Minutes[route] = minutes
				}
			}
		default:
			p.problem(i+1, "%q is neither title nor minutes", key)
		}
	}
	if p.section.Title == "" {
		p.problem(0, "the section has no title; write title: … between the lines ---")
	}
}

// planned reads 45=2.5.
func planned(word string) (route int, minutes float64, err error) {
	name, value, found := strings.Cut(word, "=")
	if route, err = strconv.Atoi(name); err != nil || !found || !slices.Contains(Routes, route) {
		return 0, 0, fmt.Errorf("%q is no number of minutes for a route; write 20=1 45=2 180=3", word)
	}
	if minutes, err = strconv.ParseFloat(value, 64); err != nil || minutes < 0 || minutes > float64(route) {
		return 0, 0, fmt.Errorf("%q is no number of minutes for the route of %d", value, route)
	}
	return route, minutes, nil
}

// minutes holds the plan of the section against its slides.
func (p *parser) minutes() {
	for _, route := range Routes {
		shown := slices.ContainsFunc(p.section.Slides, func(s *Slide) bool { return s.On(route) })
		switch planned := p.section.Minutes[route] > 0; {
		case planned && !shown:
			p.problem(0, "%g minutes are planned for the route of %d, and no slide is in it", p.section.Minutes[route], route)
		case shown && !planned:
			p.problem(0, "slides are in the route of %d, and no minutes are planned for it", route)
		}
	}
}

var (
	slideComment = regexp.MustCompile(`^<!--\s*slide\s+(.*?)\s*-->$`)
	pauseComment = regexp.MustCompile(`^<!--\s*pause\s*-->$`)
	slideID      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	fence        = regexp.MustCompile("^( *)(```+|~~~+)(.*)$")
)

// slide reads one slide, from its title to the next one.
func (p *parser) slide() {
	start := p.at
	slide := &Slide{File: p.section.File, Line: start + 1, Weight: 1,
		Title: strings.TrimSpace(strings.TrimPrefix(p.lines[p.at], "## "))}
	p.section.Slides = append(p.section.Slides, slide)
	p.at++
	for p.at < len(p.lines) && strings.TrimSpace(p.lines[p.at]) == "" {
		p.at++
	}
	if p.at < len(p.lines) && slideComment.MatchString(strings.TrimSpace(p.lines[p.at])) {
		p.comment(slide, slideComment.FindStringSubmatch(strings.TrimSpace(p.lines[p.at]))[1])
		p.at++
	} else {
		p.problem(start, "under the title of a slide stands <!-- slide ID 20 45 180 -->, with the routes that show it")
	}

	var text []string // lines of Markdown that wait
	textAt := p.at
	flush := func() {
		for len(text) > 0 && strings.TrimSpace(text[0]) == "" {
			text = text[1:]
			textAt++
		}
		if len(text) > 0 {
			slide.Parts = append(slide.Parts, Text{textAt + 1, strings.TrimRight(strings.Join(text, "\n"), "\n ") + "\n"})
		}
		text = nil
	}
	for p.at < len(p.lines) {
		line := p.lines[p.at]
		m := fence.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "## "):
			flush()
			p.problem(start, "the slide has no notes; end it with ### Notes and what the speaker says")
			return
		case line == "### Notes":
			flush()
			p.notes(slide)
			return
		case m != nil:
			flush()
			p.block(slide, m)
			textAt = p.at
			continue
		case pauseComment.MatchString(strings.TrimSpace(line)):
			flush()
			slide.Parts = append(slide.Parts, Pause{p.at + 1})
			textAt = p.at + 1
		case strings.HasPrefix(strings.TrimSpace(line), "<!--"):
			p.problem(p.at, "unknown comment %s; there are <!-- slide … --> under a title and <!-- pause -->", strings.TrimSpace(line))
		case strings.HasPrefix(line, "# "):
			p.problem(p.at, "a slide begins with ## and has no larger heading")
		default:
			text = append(text, line)
		}
		p.at++
	}
	flush()
	p.problem(start, "the slide has no notes; end it with ### Notes and what the speaker says")
}

// comment reads what stands in the comment of a slide.
func (p *parser) comment(slide *Slide, inner string) {
	words := strings.Fields(inner)
	if len(words) == 0 {
		p.problem(p.at, "the comment names no id: <!-- slide ID 20 45 180 -->")
		return
	}
	slide.ID = words[0]
	if !slideID.MatchString(slide.ID) {
		p.problem(p.at, "an id is lower-case words with hyphens, such as two-times, and not %q", slide.ID)
		slide.ID = ""
	} else if slide.ID == "presenter" {
		p.problem(p.at, "the id presenter is taken by the presenter's window, whose address it would be; choose another")
		slide.ID = ""
	}
	for _, word := range words[1:] {
		key, value, option := strings.Cut(word, "=")
		switch route, err := strconv.Atoi(word); {
		case err == nil && slices.Contains(Routes, route):
			if slide.On(route) {
				p.problem(p.at, "route %d is named twice", route)
			} else {
				slide.Routes = append(slide.Routes, route)
			}
		case option && key == "weight":
			weight, err := strconv.ParseFloat(value, 64)
			if err != nil || !(weight > 0) || math.IsInf(weight, 0) {
				p.problem(p.at, "a weight is a number above 0 such as weight=1.5, and not %q", value)
			} else {
				slide.Weight = weight
			}
		case option && key == "layout" && value == "title":
			slide.Layout = value
		case option && key == "layout":
			p.problem(p.at, "there is no layout %q; there is: title", value)
		default:
			p.problem(p.at, "%q is no route (20, 45, 180), no weight=N and no layout=title", word)
		}
	}
	if len(slide.Routes) == 0 {
		p.problem(p.at, "no route shows the slide: name some of 20 45 180")
	}
}

// notes reads what follows ### Notes.
func (p *parser) notes(slide *Slide) {
	heading := p.at
	p.at++
	slide.Notes.Line = p.at + 1
	start := p.at
	closing := "" // of the fence we are in
	for ; p.at < len(p.lines); p.at++ {
		line := p.lines[p.at]
		m := fence.FindStringSubmatch(line)
		switch {
		case closing != "":
			if closes(line, closing) {
				closing = ""
			}
			continue
		case m != nil:
			closing = m[2]
			if language := strings.TrimSpace(m[3]); language != "sh" {
				p.problem(p.at, "notes hold text and commands (sh), and no block %q", language)
			}
			continue
		case line == "### Notes":
			p.problem(p.at, "the slide has notes already, from line %d on", heading+1)
			continue
		case strings.HasPrefix(line, "# "):
			p.problem(p.at, "a slide begins with ## and has no larger heading")
			continue
		}
		if strings.HasPrefix(line, "## ") {
			break
		}
	}
	slide.Notes.Source = strings.Join(p.lines[start:p.at], "\n") + "\n"
	if strings.TrimSpace(slide.Notes.Source) == "" {
		p.problem(heading, "the notes are empty; write what the speaker says")
	}
}

// closes says whether a line ends a block that this fence began.
func closes(line, opening string) bool {
	trimmed := strings.TrimSpace(line)
	return strings.HasPrefix(trimmed, opening) && strings.Trim(trimmed, opening[:1]) == ""
}

var blocks = []string{"code", "try", "onion", "picture", "sh"}

// block reads a fenced block, whose first line is at p.at.
func (p *parser) block(slide *Slide, opening []string) {
	start := p.at
	language := strings.TrimSpace(opening[3])
	if opening[1] != "" {
		p.problem(start, "a block stands at the left margin, not inside a list")
	}
	var content []string
	for p.at++; ; p.at++ {
		if p.at >= len(p.lines) {
			p.problem(start, "the block is not closed; end it with %s", opening[2])
			return
		}
		if closes(p.lines[p.at], opening[2]) {
			p.at++
			break
		}
		content = append(content, p.lines[p.at])
	}
	first := start + 1
	switch language {
	case "code":
		slide.Parts = append(slide.Parts, p.code(first, content))
	case "try", "onion":
		slide.Parts = append(slide.Parts, p.ask(language, first, content))
	case "picture":
		name := strings.TrimSpace(strings.Join(content, "\n"))
		if name == "" || strings.ContainsAny(name, " \n") {
			p.problem(start, "a picture is one name")
			return
		}
		slide.Parts = append(slide.Parts, Picture{start + 1, name})
	case "sh":
		slide.Parts = append(slide.Parts, Commands{first + 1, strings.Join(content, "\n") + "\n"})
	default:
		message := fmt.Sprintf("code and output are taken from the steps, so there are no blocks of the language %q, but: %s", language, strings.Join(blocks, ", "))
		if near := course.Nearest(language, blocks); near != "" && language != "" {
			message += fmt.Sprintf("; did you mean %s?", near)
		}
		p.problem(start, "%s", message)
	}
}
