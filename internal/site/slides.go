package site

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"strings"
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
	deck   *deck.Deck    // nil where it could not be made
	routes []route
	err    error
	pages  sync.Map // those that were asked for: an asset by deck.View
}

// route is one length of the talk.
type route struct {
	Minutes  int
	Slides   int
	Sections []routeSection
}

// At is the path of the route.
func (r route) At() string { return deck.View{Route: r.Minutes}.At() }

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
	t.deck = made
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
	}
	return err
}

// await waits until the deck is there. Mistakes in a part of it are no error here.
func (t *talk) await(ctx context.Context) error {
	t.begin()
	select {
	case <-t.made:
		if t.deck == nil {
			return t.err
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the slides are not made yet: %w", ctx.Err())
	}
}

// page makes a page of the deck when it is asked for first.
func (t *talk) page(view deck.View) (asset, error) {
	if made, found := t.pages.Load(view); found {
		return made.(asset), nil
	}
	html, err := t.deck.Page(view)
	if err != nil {
		return asset{}, err
	}
	made, _ := t.pages.LoadOrStore(view, newAsset(html, "text/html; charset=utf-8"))
	return made.(asset), nil
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
	return &view{Template: "slides", Title: "Slides", Section: "/slides/", Main: s.talk.routes}, nil
}

// showDeck is the deck of a route for the audience: all its slides, or the one
// that the path names.
func (s *Site) showDeck(w http.ResponseWriter, r *http.Request) (*view, error) {
	return nil, s.showView(w, r, deck.View{Slide: r.PathValue("slide")})
}

// showPresenter is the speaker's window, which needs all slides at once.
func (s *Site) showPresenter(w http.ResponseWriter, r *http.Request) (*view, error) {
	return nil, s.showView(w, r, deck.View{Presenter: true})
}

// showView is a view of the deck in the route that the path names.
func (s *Site) showView(w http.ResponseWriter, r *http.Request, view deck.View) error {
	if err := s.talk.await(r.Context()); err != nil {
		return err
	}
	minutes, err := strconv.ParseUint(r.PathValue("minutes"), 10, 16)
	// A position that is too high is the last one, for the player.
	if isNumber := strings.Trim(r.PathValue("position"), "0123456789") == ""; err != nil || !isNumber {
		s.showError(w, r, http.StatusNotFound, "The address of a slide is made of minutes, its name and, if need be, a position, such as /slides/45/onion/2.")
		return nil
	}
	view.Route = int(minutes)
	page, err := s.talk.page(view)
	if absent, ok := errors.AsType[deck.AbsentError](err); ok {
		s.showError(w, r, http.StatusNotFound, sentence(absent.Error()))
		return nil
	}
	if err == nil {
		page.ServeHTTP(w, r)
	}
	return err
}
