package play

import (
	"io"

	"basehandler/internal/play/engine"
	s01 "basehandler/steps/01-hello-wsgi"
	s02 "basehandler/steps/02-request"
	s03 "basehandler/steps/03-response"
	s04 "basehandler/steps/04-signals"
	s05 "basehandler/steps/05-middleware"
	s06 "basehandler/steps/06-urls"
	s07 "basehandler/steps/07-errors"
	s08 "basehandler/steps/08-view-middleware"
	s09 "basehandler/steps/09-exception-middleware"
	s10 "basehandler/steps/10-template-middleware"
	s11 "basehandler/steps/11-atomic"
	s12 "basehandler/steps/12-checks"
	s13 "basehandler/steps/13-async"
	s14 "basehandler/steps/14-asgi"
	"basehandler/wsgi"
)

var linked = map[int]Opener{
	1:  plain(s01.DefaultSettings, s01.ReadSettings, s01.NewApplication),
	2:  plain(s02.DefaultSettings, s02.ReadSettings, s02.NewApplication),
	3:  plain(s03.DefaultSettings, s03.ReadSettings, s03.NewApplication),
	4:  plain(s04.DefaultSettings, s04.ReadSettings, s04.NewApplication),
	5:  plain(s05.DefaultSettings, s05.ReadSettings, s05.NewApplication),
	6:  plain(s06.DefaultSettings, s06.ReadSettings, s06.NewApplication),
	7:  plain(s07.DefaultSettings, s07.ReadSettings, s07.NewApplication),
	8:  plain(s08.DefaultSettings, s08.ReadSettings, s08.NewApplication),
	9:  plain(s09.DefaultSettings, s09.ReadSettings, s09.NewApplication),
	10: plain(s10.DefaultSettings, s10.ReadSettings, s10.NewApplication),
	11: engine.Package[s11.Settings]{
		Defaults: s11.DefaultSettings, Read: s11.ReadSettings, New: s11.NewApplication,
		Hand: func(settings *s11.Settings, services Services) { settings.Connections = services.Connections },
	}.Open,
	12: engine.Package[s12.Settings]{
		Defaults: s12.DefaultSettings, Read: s12.ReadSettings, New: s12.NewApplication,
		Hand: func(settings *s12.Settings, services Services) {
			settings.Connections, settings.Logger = services.Connections, services.Logger
		},
	}.Open,
	13: engine.Package[s13.Settings]{
		Defaults: s13.DefaultSettings, Read: s13.ReadSettings, New: s13.NewApplication,
		Hand: func(settings *s13.Settings, services Services) {
			settings.Connections, settings.Logger = services.Connections, services.Logger
		},
	}.Open,
	14: engine.Package[s14.Settings]{
		Defaults: s14.DefaultSettings, Read: s14.ReadSettings, New: s14.NewApplication, NewASGI: s14.NewASGIApplication,
		Hand: func(settings *s14.Settings, services Services) {
			settings.Connections, settings.Logger = services.Connections, services.Logger
		},
	}.Open,
}

// plain is a step that needs no services.
func plain[S any](defaults func() S, read func(io.Reader) (S, error), application func(S) (wsgi.Application, error)) Opener {
	return engine.Package[S]{Defaults: defaults, Read: read, New: application}.Open
}
