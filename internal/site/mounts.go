package site

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

// mounts are the steps' own sites, each below /run/NN/. One is made when it is
// first asked for, with databases that live as long as the server. Step 14 is
// served through ASGI.
type mounts struct {
	open   func(step int) play.Opener
	log    *log.Logger
	refuse func(w http.ResponseWriter, r *http.Request, status int, message string)
	room   room

	mu    sync.Mutex
	steps map[int]*mount
}

type mount struct {
	handler http.Handler
	release func()
	err     error
}

// mountedAtAll is how many requests to the steps' sites run at a time.
const mountedAtAll = 32

func newMounts(open func(step int) play.Opener, logger *log.Logger, refuse func(http.ResponseWriter, *http.Request, int, string)) *mounts {
	return &mounts{open: open, log: logger, refuse: refuse, room: newRoom(mountedAtAll), steps: map[int]*mount{}}
}

// prefix is where a step is mounted.
func prefix(step int) string { return "/run/" + course.Address{Step: step}.String() }

func (m *mounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address, err := course.ParseAddress(r.PathValue("address"))
	switch {
	case err != nil:
		m.refuse(w, r, http.StatusNotFound, sentence(err.Error()))
		return
	case !address.IsStep():
		m.refuse(w, r, http.StatusNotFound, "Only a finished step runs here. A beat or a mistake runs in a checkout: walkthrough run "+address.String())
		return
	case r.PathValue("address") != address.String(): // 5, middleware
		redirect(w, r, prefix(address.Step)+strings.TrimPrefix(r.URL.Path, "/run/"+r.PathValue("address")))
		return
	}
	if err := m.room.enter(r.Context()); err != nil {
		w.Header().Set("Retry-After", "2")
		m.refuse(w, r, http.StatusServiceUnavailable, sentence(err.Error()))
		return
	}
	defer m.room.leave()
	mount := m.mount(address.Step)
	if mount.err != nil {
		m.log.Printf("step %s cannot be made: %v", address, mount.err)
		m.refuse(w, r, http.StatusInternalServerError, "Step "+address.String()+" cannot be made. The reason is in the log of the server.")
		return
	}
	w.Header().Set("Content-Security-Policy", mountPolicy)
	mount.handler.ServeHTTP(w, r)
}

func (m *mounts) mount(step int) *mount {
	m.mu.Lock()
	defer m.mu.Unlock()
	made, found := m.steps[step]
	if !found {
		made = m.make(step)
		m.steps[step] = made
	}
	return made
}

// make makes the application of a step. One that panics cannot be made.
func (m *mounts) make(step int) (made *mount) {
	made = &mount{}
	defer func() {
		if v := recover(); v != nil {
			made.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	made.handler, made.release, made.err = play.Mount(m.open(step), prefix(step), step == asgiStep, m.log)
	return made
}

// asgiStep is the step that has an ASGI application, too.
const asgiStep = 14

func (m *mounts) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, mount := range m.steps {
		if mount.release != nil {
			mount.release()
		}
	}
	clear(m.steps)
}
