package urls

import (
	"sync"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// URLConf is a table of URLs: its patterns are tried in order, and the first
// match wins. It is made ready when it is first used, so it must not be changed
// or copied after. Django: a module with urlpatterns.
type URLConf struct {
	Patterns []Pattern

	// AppName is the application namespace that including this URLconf gives it.
	AppName string

	// The views for errors; nil stands for Django's own. Only those of the root
	// URLconf are used.
	Handler400, Handler403, Handler404 func(*web.Request, error) (web.Response, error)
	Handler500                         func(*web.Request) (web.Response, error)

	// Converters are laid over those that all URLconfs know. The root's hold for
	// all that it includes.
	Converters map[string]Converter

	// Modules is where a Module is looked up; nil means conf.Default.
	Modules *conf.Modules

	once     sync.Once
	resolver *Resolver
	err      error
}

// Resolver gives the resolver of the table as a root, which is made once.
func (c *URLConf) Resolver() (*Resolver, error) {
	if c == nil {
		return NewResolver(nil)
	}
	c.once.Do(func() { c.resolver, c.err = NewResolver(c) })
	return c.resolver, c.err
}

// Pattern is one line of a URLconf: a route that leads to a view, or to more
// patterns. Mistakes in it come to light in NewResolver. Django:
// urls/resolvers.py URLPattern, URLResolver.
type Pattern struct {
	text     string // as it is written
	isRegex  bool
	view     *web.View
	included Included
	name     string
	named    bool
	extra    []web.Keyword
	app      string
	instance string
}

// Option is what else can be said of a pattern.
type Option func(*Pattern)

// Path is the pattern of a view. A route is text with parameters in it, such as
// "launches/<int:year>/", without the slash that every path begins with.
// Django: urls/conf.py path.
func Path(route string, view *web.View, options ...Option) Pattern {
	return Pattern{text: route, view: view}.with(options)
}

// RePath is Path with a regular expression in Python's syntax. Groups that have
// names become keyword arguments, and only without any of those do the others
// become positional ones. Django: urls/conf.py re_path.
func RePath(regex string, view *web.View, options ...Option) Pattern {
	return Pattern{text: regex, isRegex: true, view: view}.with(options)
}

// Include puts patterns behind a common beginning. Django: urls/conf.py path
// with include.
func Include(route string, included Included, options ...Option) Pattern {
	return Pattern{text: route, included: included}.with(options)
}

// ReInclude is Include with a regular expression. Django: urls/conf.py re_path
// with include.
func ReInclude(regex string, included Included, options ...Option) Pattern {
	return Pattern{text: regex, isRegex: true, included: included}.with(options)
}

func (p Pattern) with(options []Option) Pattern {
	for _, option := range options {
		option(&p)
	}
	return p
}

// Name gives a pattern the name that Reverse finds it by.
func Name(name string) Option {
	return func(p *Pattern) { p.name, p.named = name, true }
}

// Kwarg gives the view an argument that does not come from the path. It wins
// over one that does.
func Kwarg(name string, value any) Option {
	return func(p *Pattern) { p.extra = append(p.extra, web.Keyword{Name: name, Value: value}) }
}

// AppName gives included patterns an application namespace.
func AppName(name string) Option { return func(p *Pattern) { p.app = name } }

// Namespace gives included patterns an instance namespace; without it, the
// instance is called as the application.
func Namespace(name string) Option { return func(p *Pattern) { p.instance = name } }

// Included is what can be included: Patterns, a *URLConf, or a Module by its
// name.
type Included interface {
	urlconf(modules *conf.Modules) (*URLConf, error)
}

// Patterns are patterns without a URLconf of their own.
type Patterns []Pattern

// Module is the dotted name of a *URLConf, found when the root is compiled.
type Module string

func (p Patterns) urlconf(*conf.Modules) (*URLConf, error) { return &URLConf{Patterns: p}, nil }

func (c *URLConf) urlconf(*conf.Modules) (*URLConf, error) { return c, nil }

func (m Module) urlconf(modules *conf.Modules) (*URLConf, error) {
	return conf.Import[*URLConf](modules, string(m))
}

// improper makes the error for a mistake in a URLconf.
func improper(message string) error { return &exceptions.ImproperlyConfigured{Message: message} }
