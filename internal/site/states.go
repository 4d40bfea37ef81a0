package site

import (
	"net/http"
	"net/url"
	"strings"

	"basehandler/internal/course"
)

// side is the list beside everything that belongs to a step.
type side struct {
	milestone
	Current  string           // the path of the page
	States   []course.Address // the beats; the last one is the step itself
	Mistakes []course.Address
}

// At is the path of the step.
func (s side) At() string { return statePath(s.Step.Address()) }

func statePath(a course.Address) string { return "/steps/" + a.String() + "/" }

// Link is a link of the list.
type link struct {
	To, Text string
	Current  bool
}

// Parts are the pages of the step.
func (s side) Parts() []link {
	return s.links([]link{{To: s.At(), Text: "Text"}, {To: s.At() + "diff/", Text: "Difference"}, {To: s.At() + "files/", Text: "Files"}})
}

// Beats are the states on the way.
func (s side) Beats() []link {
	if len(s.States) < 2 {
		return nil
	}
	var beats []link
	for _, address := range s.States[:len(s.States)-1] {
		beats = append(beats, link{To: statePath(address), Text: address.String() + " " + address.Title()})
	}
	return s.links(beats)
}

// Wrong are the typical mistakes.
func (s side) Wrong() []link {
	var mistakes []link
	for _, address := range s.Mistakes {
		mistakes = append(mistakes, link{To: statePath(address), Text: address.String()})
	}
	return s.links(mistakes)
}

func (s side) links(links []link) []link {
	for i := range links {
		links[i].Current = links[i].To == s.Current
	}
	return links
}

func (s *Site) side(a course.Address, current string) (side, error) {
	step := s.road[a.Step-1]
	mistakes, err := s.needs.Library.Mistakes(a.Step)
	return side{milestone: step, Current: current, States: step.Addresses(), Mistakes: mistakes}, err
}

// where reads the address in a path. One that is written otherwise leads to
// where it is written right, and then redirected is true.
func (s *Site) where(w http.ResponseWriter, r *http.Request) (a course.Address, redirected bool, err error) {
	text := r.PathValue("address")
	if a, err = course.ParseAddress(text); err != nil {
		return a, false, err
	}
	if a.Mistake != "" {
		if _, err = s.needs.Library.Source(a); err != nil {
			return a, false, err
		}
	}
	if text == a.String() {
		return a, false, nil
	}
	rest := strings.TrimPrefix(r.URL.Path, "/steps/"+text+"/")
	redirect(w, r, statePath(a)+rest)
	return a, true, nil
}

// redirect leads to another path of the server, which may hold anything.
func redirect(w http.ResponseWriter, r *http.Request, path string) {
	to := url.URL{Path: path, RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
}

// state is the page of an address: the chapter of a step, or what a beat or a
// mistake changes.
func (s *Site) state(w http.ResponseWriter, r *http.Request) (*view, error) {
	a, redirected, err := s.where(w, r)
	if err != nil || redirected {
		return nil, err
	}
	if a.IsStep() {
		return s.chapter(a)
	}
	return s.difference(w, r)
}

// compared is the page of a difference.
type compared struct {
	Side           side
	From, To       course.Address
	Added, Removed int
	Changes        []change
	Earlier, Later *link
}

// difference is what an address changes of the one before it.
func (s *Site) difference(w http.ResponseWriter, r *http.Request) (*view, error) {
	a, redirected, err := s.where(w, r)
	if err != nil || redirected {
		return nil, err
	}
	shown, err := s.compared(a)
	if err != nil {
		return nil, err
	}
	title := a.String() + " " + a.Title()
	if a.IsStep() {
		title = "What step " + a.String() + " changes"
	}
	return &view{Template: "difference", Title: title, Section: "/", Main: shown}, nil
}

func (s *Site) compared(a course.Address) (c compared, err error) {
	from, _, err := course.ParseDifference(a.String())
	if err != nil {
		return c, err
	}
	before, err := s.needs.Library.Source(from)
	if err != nil {
		return c, err
	}
	after, err := s.needs.Library.Source(a)
	if err != nil {
		return c, err
	}
	c = compared{From: from, To: a}
	c.Added, c.Removed = course.ChangedLines(before, after)
	if c.Changes, err = changes(before, after); err != nil {
		return c, err
	}
	current := statePath(a)
	if a.IsStep() {
		current += "diff/"
	}
	if c.Side, err = s.side(a, current); err != nil {
		return c, err
	}
	c.Earlier, c.Later = neighbours(a)
	return c, nil
}

// neighbours are the states before and behind a beat, or the differences of
// the steps before and behind a step. A mistake leads back to its step.
func neighbours(a course.Address) (earlier, later *link) {
	if a.IsStep() {
		if a.Step > 1 {
			to := course.Address{Step: a.Step - 1}
			earlier = &link{To: statePath(to) + "diff/", Text: "What " + to.String() + " changes"}
		}
		if a.Step < len(course.Steps) {
			to := course.Address{Step: a.Step + 1}
			later = &link{To: statePath(to) + "diff/", Text: "What " + to.String() + " changes"}
		}
		return earlier, later
	}
	step, _ := course.Find(a.Step)
	chapter := &link{To: statePath(step.Address()), Text: "Chapter " + step.Address().String()}
	if a.Mistake != "" {
		return chapter, nil
	}
	earlier = chapter
	if a.Beat > 1 {
		to := course.Address{Step: a.Step, Beat: a.Beat - 1}
		earlier = &link{To: statePath(to), Text: to.String() + " " + to.Title()}
	}
	to := step.Addresses()[a.Beat]
	later = &link{To: statePath(to), Text: to.String() + " " + to.Title()}
	if to.IsStep() { // the last beat
		later.Text = "Chapter " + to.String() + ": " + step.Beats[len(step.Beats)-1].Title
	}
	return earlier, later
}
