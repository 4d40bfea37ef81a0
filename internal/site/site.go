// Package site is the course in a browser: the road of the steps, the chapters
// with their differences and files, requests to try, and each step's own site,
// running.
//
//	s, err := site.New(site.Needs{Library: library, Golden: cases, Open: play.Linked})
//	if err != nil { … }
//	defer s.Close()
//	http.ListenAndServe("127.0.0.1:8000", s)
//
// All that it shows is part of the program. Nothing that is sent to it is run
// as code or names a file to read; guard.go says what keeps others out.
package site

import (
	"io"
	"io/fs"
	"log"
	"net/http"
	"sync"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

// Needs is what a site is made of.
type Needs struct {
	Library *course.Library            // the sources of the steps
	Final   fs.FS                      // those of the complete handler
	Golden  fs.FS                      // the golden cases: NN-name/case.txtar
	Slides  fs.FS                      // the deck's sections, and its player in the folder player
	Open    func(step int) play.Opener // how a step's application is made

	// Public says that others than this machine can reach the server: then
	// under any address, and under these names.
	Public bool
	Names  []string

	Log io.Writer // what goes wrong, and what the steps' sites log; nil for nowhere
}

// Site is all of it, as an http.Handler.
type Site struct {
	needs    Needs
	log      *log.Logger
	views    views
	road     []milestone
	glossary []term
	chapters sync.Map // the texts that were made, by address
	trials   *trials
	mounts   *mounts
	talk     *talk
	handler  http.Handler

	time, writeTime time.Duration // that a request may take, and its answer further
}

// New makes a site. An error is a mistake in what it is made of.
func New(needs Needs) (*Site, error) {
	if needs.Log == nil {
		needs.Log = io.Discard
	}
	s := &Site{needs: needs, log: log.New(needs.Log, "", log.Ltime), time: maxTime, writeTime: writeTime}
	assets := newAssets(needs.Slides)
	var err error
	if s.views, err = parseViews(assets.folder()); err != nil {
		return nil, err
	}
	if s.road, err = road(needs.Library); err != nil {
		return nil, err
	}
	if s.glossary, err = parseGlossary(glossaryText); err != nil {
		return nil, err
	}
	s.trials = newTrials(needs.Open, newSettingNames(needs.Library))
	s.mounts = newMounts(needs.Open, s.log, s.refuse)
	s.talk = newTalk(needs, assets.folder(), s.log)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page(s.home))
	mux.HandleFunc("GET /steps/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/", http.StatusMovedPermanently)
	})
	mux.HandleFunc("GET /steps/{address}/{$}", s.page(s.state))
	mux.HandleFunc("GET /steps/{address}/diff/{$}", s.page(s.difference))
	mux.HandleFunc("GET /steps/{address}/files/{$}", s.page(s.files))
	mux.HandleFunc("GET /steps/{address}/files/{file}", s.page(s.file))
	mux.HandleFunc("GET /glossary/{$}", s.page(s.showGlossary))
	mux.HandleFunc("GET /slides/{$}", s.page(s.showSlides))
	for _, place := range []string{"/{$}", "/{slide}", "/{slide}/{$}", "/{slide}/{position}"} {
		mux.HandleFunc("GET /slides/{minutes}"+place, s.page(s.showDeck))
		mux.HandleFunc("GET /slides/{minutes}/presenter"+place, s.page(s.showPresenter))
	}
	mux.HandleFunc("GET /slides/{minutes}/presenter", s.page(s.showPresenter))
	mux.HandleFunc("POST /try/{address}/{$}", s.page(s.try))
	mux.HandleFunc("GET /try/{address}/{$}", s.page(s.tryForm))
	mux.HandleFunc("POST /api/try", s.apiTry)
	mux.Handle("/run/{address}/", s.mounts)
	assets.register(mux)
	s.handler = s.guard(s.withErrorPages(mux))
	return s, nil
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Warm begins to make what takes a moment, and does not wait for it.
func (s *Site) Warm() { s.talk.begin() }

// Close ends what was begun, waits a moment for requests to the steps' sites that
// are under way, and releases what those sites hold. No request may come after it.
func (s *Site) Close() {
	s.talk.close()
	s.mounts.close()
}
