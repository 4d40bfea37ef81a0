// Package engine makes an application of a step and puts it where it can be
// watched: on a real socket, behind the gateway and the validator, with a
// recorder that notes what happens to each request.
//
// It knows no step. Package play links the steps of this program to it, and
// compiles others into a program of their own, whose main is [Main].
package engine

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"log/slog"

	"basehandler/asgi"
	"basehandler/wsgi"
)

// Services is what a step gets from whoever runs it.
type Services struct {
	Connections map[string]*sql.DB // by alias: "default" and "other"
	Logger      *slog.Logger
	ASGI        bool // make the ASGI application, not the WSGI one
}

// Site is a step's application. One of the two is set.
type Site struct {
	WSGI wsgi.Application
	ASGI asgi.Application
}

// Opener makes the application of one address from its settings, as JSON in
// Django's names; nil means the site's own.
type Opener func(settings []byte, services Services) (Site, error)

// Package is what a step, a beat and a mistake export, S being its Settings.
type Package[S any] struct {
	Defaults func() S
	Read     func(io.Reader) (S, error)
	New      func(S) (wsgi.Application, error)
	NewASGI  func(S) (asgi.Application, error) // nil before step 14
	Hand     func(*S, Services)                // puts the services into the settings; nil where they have no place
}

// Open is the package's [Opener].
func (p Package[S]) Open(settings []byte, services Services) (site Site, err error) {
	defer func() {
		if r := recover(); r != nil {
			site, err = Site{}, fmt.Errorf("panic: %v", r)
		}
	}()
	s := p.Defaults()
	if settings != nil {
		if s, err = p.Read(bytes.NewReader(settings)); err != nil {
			return Site{}, err
		}
	}
	if p.Hand != nil {
		p.Hand(&s, services)
	}
	if !services.ASGI {
		site.WSGI, err = p.New(s)
		return site, err
	}
	if p.NewASGI == nil {
		return Site{}, ErrNoASGI
	}
	site.ASGI, err = p.NewASGI(s)
	return site, err
}

// LoadError is an application that could not be made: NewApplication or
// ReadSettings gave Err.
type LoadError struct{ Err error }

func (e *LoadError) Error() string { return e.Err.Error() }
func (e *LoadError) Unwrap() error { return e.Err }

type constError string

func (e constError) Error() string { return string(e) }

// ErrNoASGI is what an [Opener] gives that is asked for an ASGI application
// before step 14.
const ErrNoASGI = constError("there is no ASGI application before step 14")
