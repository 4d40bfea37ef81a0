package site

import (
	"fmt"
	"html/template"

	"basehandler/internal/course"
	"basehandler/internal/page"
)

// chapterFile is the chapter of a step.
const chapterFile = "README.md"

// chapterPage is a chapter with all around it.
type chapterPage struct {
	Side           side
	Text           template.HTML
	Try            template.HTML
	Earlier, Later *link
}

func (s *Site) chapter(a course.Address) (*view, error) {
	shown := chapterPage{}
	var err error
	if shown.Text, err = s.chapterText(a); err != nil {
		return nil, err
	}
	if shown.Side, err = s.side(a, statePath(a)); err != nil {
		return nil, err
	}
	if shown.Try, err = page.Try(page.Trial{ID: "own", Step: a.String(), ASGI: a.Step >= asgiStep, Request: firstRequest}); err != nil {
		return nil, err
	}
	if a.Step > 1 {
		shown.Earlier = chapterOf(a.Step - 1)
	}
	if a.Step < len(course.Steps) {
		shown.Later = chapterOf(a.Step + 1)
	}
	return &view{Template: "chapter", Title: "Step " + a.String() + ": " + shown.Side.Name, Section: "/", Main: shown}, nil
}

// chapterText is the text of a chapter, made once.
func (s *Site) chapterText(a course.Address) (template.HTML, error) {
	if made, found := s.chapters.Load(a); found {
		return made.(template.HTML), nil
	}
	source, err := s.needs.Library.Source(a)
	if err != nil {
		return "", err
	}
	text, found := source.Beside[chapterFile]
	if !found {
		return "", fmt.Errorf("step %s has no chapter", a)
	}
	blocks := &chapterBlocks{golden: s.needs.Golden, step: a.Step}
	made, err := page.Markdown(linkSteps(text, a.Step), page.Options{Link: chapterLink, Block: blocks.block})
	if err == nil {
		s.chapters.Store(a, made)
	}
	return made, err
}

func chapterOf(number int) *link {
	step, _ := course.Find(number)
	return &link{To: statePath(step.Address()), Text: step.Address().String() + " " + step.Name}
}
