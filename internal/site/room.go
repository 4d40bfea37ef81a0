package site

import (
	"context"
	"errors"
	"time"
)

// room bounds how many run at a time what takes a while.
type room struct {
	places chan struct{} // holds an element for each that is inside
	wait   time.Duration // how long to wait for a place
}

func newRoom(places int) room { return room{make(chan struct{}, places), roomWait} }

const roomWait = 5 * time.Second

// errBusy says that others take too long.
var errBusy = errors.New("the server is busy with the requests of others; try again in a moment")

// enter waits for a place. Without an error it has to be left.
func (r room) enter(ctx context.Context) error {
	waiting := time.NewTimer(r.wait)
	defer waiting.Stop()
	select {
	case r.places <- struct{}{}:
		return nil
	case <-waiting.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r room) leave() { <-r.places }
