// Package play runs any state of the course, and watches it: those that are
// part of this program, and, with the Go toolchain and a checkout, the beats,
// the mistakes and steps that were edited.
package play

import (
	"context"
	"io"
	"log"
	"net/http"

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

// Exchanges is Exchange with several requests to the same application, one
// after the other, so that a later one can show what an earlier one left
// behind.
func Exchanges(ctx context.Context, open Opener, settings []byte, requests [][]byte, asgi bool) ([]Result, error) {
	return engine.Exchanges(ctx, open, settings, requests, asgi)
}

// Linked gives the step of this number as it is compiled into this program, nil
// if there is none.
func Linked(step int) Opener { return linked[step] }

// Mount makes the application of an address for what lies below a prefix of a
// larger site: see [engine.Mount].
func Mount(open Opener, prefix string, asgi bool, logger *log.Logger) (handler http.Handler, release func(), err error) {
	return engine.Mount(open, prefix, asgi, logger)
}

// Serve makes the application and serves it until ctx ends, then lets requests
// in flight finish until abort ends: see [engine.Serve].
func Serve(ctx, abort context.Context, open Opener, options ServeOptions, stdout, stderr io.Writer) error {
	return engine.Serve(ctx, abort, open, options, stdout, stderr)
}
