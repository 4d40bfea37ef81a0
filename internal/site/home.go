package site

import (
	"net/http"

	"basehandler/internal/course"
)

// milestone is a step on the road, with the size of its difference from the one
// before, in lines of code.
type milestone struct {
	course.Step
	Added, Removed int
	Scale          int // the largest difference of all
}

// Lines are those that come and go.
func (m milestone) Lines() int { return m.Added + m.Removed }

// barWidth is that of the largest difference's bar, in units of the drawing.
const barWidth = 200

// AddedWidth is how long the part of the bar is that stands for added lines.
func (m milestone) AddedWidth() int { return m.Added * barWidth / m.Scale }

// RemovedWidth is the same for removed lines.
func (m milestone) RemovedWidth() int { return m.Removed * barWidth / m.Scale }

func road(library *course.Library) ([]milestone, error) {
	var road []milestone
	scale := 1
	before, err := library.Source(course.Address{})
	if err != nil {
		return nil, err
	}
	for _, step := range course.Steps {
		source, err := library.Source(step.Address())
		if err != nil {
			return nil, err
		}
		m := milestone{Step: step}
		m.Added, m.Removed = course.ChangedLines(before, source)
		road = append(road, m)
		scale = max(scale, m.Lines())
		before = source
	}
	for i := range road {
		road[i].Scale = scale
	}
	return road, nil
}

func (s *Site) home(http.ResponseWriter, *http.Request) (*view, error) {
	return &view{Template: "home", Title: "From hello world to BaseHandler", Section: "/", Main: s.road}, nil
}
