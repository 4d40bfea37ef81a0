package site

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

// mounts are the steps' own sites, each below /run/NN/. One is made when it is
// first asked for, with databases in memory, and another takes its place when it
// was sent so much that these may have grown large. Step 14 is served through
// ASGI.
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
	taken   int64          // bytes of bodies that were sent to it
	users   sync.WaitGroup // requests that run
}

// maxTaken is how many bytes a step's site is sent before it begins anew.
const maxTaken = 256 << 20

// mountedAtAll is how many requests to the steps' sites run at a time.
const mountedAtAll = 32

// closeTime is how long requests to the steps' sites may take when the server ends.
const closeTime = 3 * time.Second

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
	mount := m.mount(address.Step, r)
	defer mount.users.Done()
	if mount.err != nil {
		m.log.Printf("step %s cannot be made: %v", address, mount.err)
		m.refuse(w, r, http.StatusInternalServerError, "Step "+address.String()+" cannot be made. The reason is in the log of the server.")
		return
	}
	w.Header().Set("Content-Security-Policy", mountPolicy)
	mount.handler.ServeHTTP(w, r)
}

// mount is the site of a step for one request, which is done with it at its end.
func (m *mounts) mount(step int, r *http.Request) *mount {
	size := r.ContentLength
	if size < 0 || size > maxMountBody { // it is not said, or cut off there
		size = maxMountBody
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	made, found := m.steps[step]
	if found && made.taken+size > maxTaken {
		m.log.Printf("step %02d was sent %d MiB, and begins anew", step, made.taken>>20)
		go made.end()
		found = false
	}
	if !found {
		made = m.make(step)
		m.steps[step] = made
	}
	made.taken += size
	made.users.Add(1)
	return made
}

// end lets go of a site when nobody uses it any more.
func (made *mount) end() {
	made.users.Wait()
	if made.release != nil {
		made.release()
	}
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

// close lets go of all sites. It waits for requests under way, but not for a view
// that goes on although its request is over.
func (m *mounts) close() {
	m.mu.Lock()
	steps := m.steps
	m.steps = map[int]*mount{}
	m.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, mount := range steps {
			mount.end()
		}
	}()
	select {
	case <-ended:
	case <-time.After(closeTime):
	}
}
