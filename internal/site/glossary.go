package site

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/page"
)

// glossaryText holds the terms:
//
//	## Django's word
//	area: The onion
//	go: what it is here
//	steps: 05 13
//
//	An explanation, in Markdown.
//
// An area holds for the terms up to the next one.
//
//go:embed glossary.md
var glossaryText string

// term is an entry of the glossary.
type term struct {
	ID     string // the anchor
	Django template.HTML
	Go     template.HTML
	Text   template.HTML
	Steps  []course.Step // where it appears
	Area   string        // "" for that of the term before

	django, goes string // as they are written
}

func parseGlossary(text string) ([]term, error) {
	var terms []term
	seen := map[string]bool{}
	for _, entry := range strings.Split("\n"+text, "\n## ")[1:] {
		heading, rest, _ := strings.Cut(entry, "\n")
		t := term{django: strings.TrimSpace(heading), ID: slug(heading)}
		head, body, _ := strings.Cut(rest, "\n\n")
		for line := range strings.Lines(head) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch value = strings.TrimSpace(value); key {
			case "area":
				t.Area = value
			case "go":
				t.goes = value
			case "steps":
				for _, number := range strings.Fields(value) {
					a, err := course.ParseAddress(number)
					if err != nil {
						return nil, fmt.Errorf("glossary: %s: %w", t.django, err)
					}
					step, _ := course.Find(a.Step)
					t.Steps = append(t.Steps, step)
				}
			default:
				return nil, fmt.Errorf("glossary: %s: unknown line %q", t.django, line)
			}
		}
		if t.goes == "" || len(t.Steps) == 0 || strings.TrimSpace(body) == "" {
			return nil, fmt.Errorf("glossary: %s: lacks go:, steps: or a text", t.django)
		}
		if seen[t.ID] {
			return nil, fmt.Errorf("glossary: two terms have the anchor %s", t.ID)
		}
		seen[t.ID] = true
		var faults [3]error
		t.Django, faults[0] = inline(t.django)
		t.Go, faults[1] = inline(t.goes)
		t.Text, faults[2] = page.Markdown(linkSteps([]byte(body), 0), page.Options{Link: chapterLink})
		if err := errors.Join(faults[:]...); err != nil {
			return nil, fmt.Errorf("glossary: %s: %w", t.django, err)
		}
		terms = append(terms, t)
	}
	return terms, nil
}

// inline is Markdown of one line, without a paragraph around it.
func inline(text string) (template.HTML, error) {
	html, err := page.Markdown([]byte(text), page.Options{})
	return template.HTML(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(html)), "<p>"), "</p>")), err
}

var notInSlug = regexp.MustCompile(`[^a-z0-9_]+`)

// slug is the anchor of a term.
func slug(term string) string {
	return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(term), "-"), "-")
}

// area is a part of the glossary.
type area struct {
	ID, Name string
	Terms    []term
}

func areas(terms []term) []area {
	var all []area
	for _, t := range terms {
		if t.Area != "" || len(all) == 0 {
			all = append(all, area{ID: "area-" + slug(t.Area), Name: t.Area})
		}
		last := &all[len(all)-1]
		last.Terms = append(last.Terms, t)
	}
	return all
}

func (s *Site) showGlossary(http.ResponseWriter, *http.Request) (*view, error) {
	return &view{Template: "glossary", Title: "Django and Go", Section: "/glossary/", Main: areas(s.glossary)}, nil
}
