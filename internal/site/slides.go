package site

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"sync"

	"basehandler/internal/play"
	"basehandler/slides/deck"
)

// talk is the deck, made when it is first needed: its outputs are runs of the
// steps, which takes a moment.
type talk struct {
	log   *log.Logger
	build func(ctx context.Context) (*deck.Deck, []*deck.Section, error)

	start  sync.Once
	ended  context.CancelFunc
	ctx    context.Context
	made   chan struct{} // closed when the rest is there
	routes []route
	pages  map[string]asset // by path
	err    error
}

// route is one length of the talk.
type route struct {
	Minutes  int
	Slides   int
	Sections []routeSection
}

// At is the path of the route.
func (r route) At() string { return fmt.Sprintf("/slides/%d/", r.Minutes) }

type routeSection struct {
	Title   string
	Minutes string
	First   string // the id of its first slide there
}

// newTalk makes a talk of its sources; static is the folder of what its pages load.
func newTalk(needs Needs, static string, logger *log.Logger) *talk {
	t := &talk{made: make(chan struct{}), log: logger}
	t.ctx, t.ended = context.WithCancel(context.Background())
	t.build = func(ctx context.Context) (*deck.Deck, []*deck.Section, error) {
		sections, faults := deck.Load(needs.Slides)
		builder := deck.Builder{Library: needs.Library, Final: needs.Final, Golden: needs.Golden, Run: runner(needs.Open), Static: static}
		made, err := builder.Build(ctx, sections)
		return made, sections, errors.Join(faults, err)
	}
	return t
}

// runner sends the requests of slides to the steps as they are in this program.
func runner(open func(step int) play.Opener) deck.Runner {
	return func(ctx context.Context, request deck.Request) (deck.Result, error) {
		var settings []byte
		if request.Settings != "" {
			settings = []byte(request.Settings)
		}
		result, err := play.Exchange(ctx, open(request.Step), settings, []byte(request.Text), request.ASGI)
		if load, ok := errors.AsType[*play.LoadError](err); ok {
			return deck.Result{Error: load.Error()}, nil
		}
		return deck.Result{Response: string(result.Response), Trace: result.Trace, Log: result.Log}, err
	}
}

// begin makes the deck, if nobody did yet, and does not wait for it.
func (t *talk) begin() {
	t.start.Do(func() {
		go func() {
			defer close(t.made)
			if t.err = t.make(); t.err != nil && t.ctx.Err() == nil {
				t.log.Printf("mistakes in the slides:\n%v", t.err)
			}
		}()
	})
}

func (t *talk) make() error {
	made, sections, err := t.build(t.ctx)
	if made == nil {
		return err
	}
	t.pages = map[string]asset{}
	for _, minutes := range deck.Routes {
		r := route{Minutes: minutes}
		for _, section := range sections {
			planned := section.Minutes[minutes]
			if planned == 0 {
				continue
			}
			s := routeSection{Title: section.Title, Minutes: strconv.FormatFloat(planned, 'f', -1, 64)}
			for _, slide := range section.Slides {
				if slide.On(minutes) {
					r.Slides++
					if s.First == "" {
						s.First = slide.ID
					}
				}
			}
			r.Sections = append(r.Sections, s)
		}
		t.routes = append(t.routes, r)
		for path, presenter := range map[string]bool{r.At(): false, r.At() + "presenter": true} {
			html, fault := made.Page(minutes, presenter)
			if fault != nil {
				return errors.Join(err, fault)
			}
			t.pages[path] = newAsset(html, "text/html; charset=utf-8")
		}
	}
	return err
}

// await gives the deck as soon as it is there.
func (t *talk) await(ctx context.Context) error {
	t.begin()
	select {
	case <-t.made:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the slides are not made yet: %w", ctx.Err())
	}
}

// close waits for the deck if it is being made.
func (t *talk) close() {
	t.ended()
	t.start.Do(func() { close(t.made) })
	<-t.made
}

// showSlides is the choice of routes.
func (s *Site) showSlides(_ http.ResponseWriter, r *http.Request) (*view, error) {
	if err := s.talk.await(r.Context()); err != nil {
		return nil, err
	}
	if s.talk.pages == nil {
		return nil, s.talk.err
	}
	return &view{Template: "slides", Title: "Slides", Section: "/slides/", Main: s.talk.routes}, nil
}

// showRoute is the deck of a route, for the audience or for the presenter.
func (s *Site) showRoute(w http.ResponseWriter, r *http.Request) (*view, error) {
	if err := s.talk.await(r.Context()); err != nil {
		return nil, err
	}
	if s.talk.pages == nil {
		return nil, s.talk.err
	}
	page, found := s.talk.pages[r.URL.Path]
	if !found {
		s.showError(w, r, http.StatusNotFound, "There is no such talk. It is 20, 45 or 180 minutes long.")
		return nil, nil
	}
	page.ServeHTTP(w, r)
	return nil, nil
}
