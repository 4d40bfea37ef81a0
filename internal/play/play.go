// Package play runs any state of the course, and watches it: those that are
// part of this program, and, with the Go toolchain and a checkout, the beats,
// the mistakes and steps that were edited.
package play

import (
	"context"

	"basehandler/internal/play/engine"
)

// What package engine does, under the names that its users know.
type (
	Services     = engine.Services
	Site         = engine.Site
	Opener       = engine.Opener
	Result       = engine.Result
	LoadError    = engine.LoadError
	ServeOptions = engine.ServeOptions
)

// ErrNoASGI is what an Opener gives that is asked for ASGI before step 14.
const ErrNoASGI = engine.ErrNoASGI

// Exchange makes the application, sends it one request over a real socket, and
// returns when the application is done with it: see [engine.Exchange].
func Exchange(ctx context.Context, open Opener, settings, request []byte, asgi bool) (Result, error) {
	return engine.Exchange(ctx, open, settings, request, asgi)
}

// Linked gives the step of this number as it is compiled into this program, nil
// if there is none.
func Linked(step int) Opener { return linked[step] }
