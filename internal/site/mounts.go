package site

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"sync"

	"basehandler/internal/course"
	"basehandler/internal/play"
)

// mounts are the steps' own sites, each below /run/NN/. One is made when it is
// first asked for, with databases that live as long as the server. Step 14 is
// served through ASGI.
type mounts struct {
	open func(step int) play.Opener
	log  *log.Logger

	mu    sync.Mutex
	steps map[int]*mount
}

type mount struct {
	handler http.Handler
	release func()
	err     error
}

func newMounts(open func(step int) play.Opener, logger *log.Logger) *mounts {
	return &mounts{open: open, log: logger, steps: map[int]*mount{}}
}

// prefix is where a step is mounted.
func prefix(step int) string { return "/run/" + course.Address{Step: step}.String() }

func (m *mounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address, err := course.ParseAddress(r.PathValue("address"))
	switch {
	case err != nil:
		http.Error(w, sentence(err.Error()), http.StatusNotFound)
		return
	case !address.IsStep():
		http.Error(w, "Only a finished step runs here. A beat or a mistake runs in a checkout: walkthrough run "+address.String(), http.StatusNotFound)
		return
	case r.PathValue("address") != address.String(): // 5, middleware
		http.Redirect(w, r, prefix(address.Step)+"/", http.StatusMovedPermanently)
		return
	}
	mount := m.mount(address.Step)
	if mount.err != nil {
		m.log.Printf("step %s cannot be made: %v", address, mount.err)
		http.Error(w, "Step "+address.String()+" cannot be made. The reason is in the log of the server.", http.StatusInternalServerError)
		return
	}
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
