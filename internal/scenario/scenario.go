// Package scenario runs one request through one application, both described as
// data, and reports what happened in which order. The same description goes
// through the real Django (tests/oracle), so the two can be compared.
//
// An application is built on package final by what it offers to everybody:
// middleware, views, URLs, signals, a logger, an observer. Nothing in the
// handler knows of scenarios.
package scenario

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"basehandler/internal/jsonkind"
)

// Scenario describes an application and one request to it.
type Scenario struct {
	Name       string             `json:"name"`
	Mode       string             `json:"mode"` // "wsgi" or "asgi"
	Settings   Settings           `json:"settings"`
	Middleware []Middleware       `json:"middleware"` // the outermost first
	URLConfs   map[string][]Route `json:"urlconfs"`   // "root" is the ROOT_URLCONF
	Views      map[string]View    `json:"views"`
	ErrorViews map[string]string  `json:"error_views"` // an action by status: "400", "403", "404", "500"
	Request    Request            `json:"request"`
}

// Settings are those of Django that a scenario may set.
type Settings struct {
	Debug                    bool            `json:"DEBUG"`
	DebugPropagateExceptions bool            `json:"DEBUG_PROPAGATE_EXCEPTIONS"`
	AtomicRequests           map[string]bool `json:"ATOMIC_REQUESTS"`
}

// Route is one line of a URLconf.
type Route struct {
	Path    *string        `json:"path"`
	RePath  *string        `json:"re_path"`
	View    string         `json:"view"`
	Kwargs  map[string]any `json:"kwargs"`
	Include []Route        `json:"include"`
}

// Middleware is one layer.
type Middleware struct {
	Name  string `json:"name"`
	Style string `json:"style"` // "call" or "mixin"
	Mode  string `json:"mode"`  // "sync", "async" or "both"
	Init  string `json:"init"`

	Request   string  `json:"request"`
	Response  string  `json:"response"`
	View      *string `json:"view"` // nil: no such hook
	Exception *string `json:"exception"`
	Template  *string `json:"template"`
	Hooks     string  `json:"hooks"` // "sync" or "async"
}

// View is one view.
type View struct {
	Does      string   `json:"does"`
	Async     bool     `json:"async"`
	Kind      string   `json:"kind"` // "function" or "class"
	NonAtomic []string `json:"non_atomic"`
}

// Request is the one request.
type Request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Parse reads one scenario. The error says which field is wrong.
func Parse(line []byte) (*Scenario, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("no scenario: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("no scenario: there is something after its end")
	}
	if err := fits(value, reflect.TypeFor[Scenario](), ""); err != nil {
		return nil, err
	}
	var s Scenario
	decoder = json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("no scenario: %w", err)
	}
	s.fill()
	return &s, s.check()
}

// fits tells whether a value is of the type that a field wants. Package json
// would not say which one of several layers or routes is wrong, and takes Name
// for name.
func fits(value any, wanted reflect.Type, field string) error {
	if wanted.Kind() == reflect.Pointer {
		wanted = wanted.Elem()
	}
	if wanted.Kind() == reflect.Interface {
		return nil
	}
	is, good := jsonkind.Null, false
	switch value.(type) {
	case string:
		is, good = jsonkind.String, wanted.Kind() == reflect.String
	case bool:
		is, good = jsonkind.Bool, wanted.Kind() == reflect.Bool
	case json.Number:
		is = jsonkind.Number
	case []any:
		is, good = jsonkind.List, wanted.Kind() == reflect.Slice
	case map[string]any:
		is, good = jsonkind.Object, wanted.Kind() == reflect.Struct || wanted.Kind() == reflect.Map
	}
	if !good {
		needed := jsonkind.Object
		switch wanted.Kind() {
		case reflect.String:
			needed = jsonkind.String
		case reflect.Bool:
			needed = jsonkind.Bool
		case reflect.Slice:
			needed = jsonkind.List
		}
		return fmt.Errorf("%s: %s is needed, not %s", cmp.Or(field, "no scenario"), needed, is)
	}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			if err := fits(element, wanted.Elem(), fmt.Sprintf("%s[%d]", field, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			inner := strings.TrimPrefix(field+"."+name, ".")
			of := wanted
			if wanted.Kind() == reflect.Map {
				of = wanted.Elem()
			} else {
				at := slices.IndexFunc(reflect.VisibleFields(wanted), func(f reflect.StructField) bool { return f.Tag.Get("json") == name })
				if at < 0 {
					return fmt.Errorf("%s: there is no such field", inner)
				}
				of = wanted.Field(at).Type
				if value[name] == "" && slices.Contains(withDefault, name) {
					return fmt.Errorf("%s: it is empty", inner)
				}
			}
			if err := fits(value[name], of, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// withDefault are the fields that are texts and have a default, which is for
// those that are absent.
var withDefault = []string{"mode", "style", "init", "request", "response", "hooks", "does", "kind", "method"}

// fill puts the defaults in.
func (s *Scenario) fill() {
	defaultTo(&s.Mode, "wsgi")
	for i := range s.Middleware {
		m := &s.Middleware[i]
		defaultTo(&m.Style, "call")
		defaultTo(&m.Mode, "sync")
		defaultTo(&m.Init, "ok")
		defaultTo(&m.Request, "pass")
		defaultTo(&m.Response, "pass")
		defaultTo(&m.Hooks, "sync")
	}
	for name, view := range s.Views {
		defaultTo(&view.Does, "respond:200")
		defaultTo(&view.Kind, "function")
		s.Views[name] = view
	}
	defaultTo(&s.Request.Method, "GET")
}

func defaultTo(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// check finds the first field that is wrong.
func (s *Scenario) check() error {
	if s.Name == "" {
		return errors.New("name: it is missing")
	}
	if err := oneOf("mode", s.Mode, "wsgi", "asgi"); err != nil {
		return err
	}
	for alias := range s.Settings.AtomicRequests {
		if err := oneOf("settings.ATOMIC_REQUESTS", alias, "default", "other"); err != nil {
			return err
		}
	}
	if _, ok := s.URLConfs["root"]; !ok {
		return errors.New(`urlconfs: there is no "root"`)
	}
	if s.Views == nil {
		return errors.New("views: they are missing")
	}
	if !strings.HasPrefix(s.Request.Path, "/") {
		return fmt.Errorf("request.path: %q does not begin with a slash", s.Request.Path)
	}
	for _, name := range slices.Sorted(maps.Keys(s.URLConfs)) {
		if err := s.checkRoutes("urlconfs."+name, s.URLConfs[name]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Views)) {
		view, field := s.Views[name], "views."+name
		if err := oneOf(field+".kind", view.Kind, "function", "class"); err != nil {
			return err
		}
		for _, alias := range view.NonAtomic {
			if err := oneOf(field+".non_atomic", alias, "default", "other"); err != nil {
				return err
			}
		}
		if err := s.checkAction(field+".does", view.Does, true); err != nil {
			return err
		}
	}
	for _, code := range slices.Sorted(maps.Keys(s.ErrorViews)) {
		if err := oneOf("error_views", code, "400", "403", "404", "500"); err != nil {
			return err
		}
		if err := s.checkAction("error_views."+code, s.ErrorViews[code], true); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for i := range s.Middleware {
		if err := s.checkMiddleware(fmt.Sprintf("middleware[%d]", i), &s.Middleware[i], names); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scenario) checkMiddleware(field string, m *Middleware, names map[string]bool) error {
	if m.Name == "" {
		return fmt.Errorf("%s.name: it is missing", field)
	}
	if names[m.Name] {
		return fmt.Errorf("%s.name: there are two called %q", field, m.Name)
	}
	names[m.Name] = true
	if err := oneOf(field+".style", m.Style, "call", "mixin"); err != nil {
		return err
	}
	if err := oneOf(field+".mode", m.Mode, "sync", "async", "both"); err != nil {
		return err
	}
	if err := oneOf(field+".hooks", m.Hooks, "sync", "async"); err != nil {
		return err
	}
	kind, detail, _ := strings.Cut(m.Init, ":")
	if err := oneOf(field+".init", kind, "ok", "not_used", "none", "raise"); err != nil {
		return err
	}
	if kind == "raise" && !knownKind(detail) {
		return fmt.Errorf("%s.init: there is no exception %q", field, detail)
	}
	if name, ok := strings.CutPrefix(m.Request, "urlconf:"); ok {
		if s.URLConfs[name] == nil {
			return fmt.Errorf("%s.request: there is no URLconf %q", field, name)
		}
	} else if err := s.checkAction(field+".request", m.Request, false); err != nil {
		return err
	}
	if err := s.checkAction(field+".response", m.Response, false); err != nil {
		return err
	}
	for _, hook := range []struct {
		name   string
		action *string
	}{{"view", m.View}, {"exception", m.Exception}, {"template", m.Template}} {
		if hook.action != nil {
			if err := s.checkAction(field+"."+hook.name, *hook.action, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Scenario) checkRoutes(field string, routes []Route) error {
	for i, route := range routes {
		field := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case (route.Path == nil) == (route.RePath == nil):
			return fmt.Errorf("%s: one of path and re_path is needed", field)
		case route.Include != nil && route.View != "":
			return fmt.Errorf("%s: view and include exclude each other", field)
		case route.Include != nil:
			if err := s.checkRoutes(field+".include", route.Include); err != nil {
				return err
			}
		default:
			if _, ok := s.Views[route.View]; !ok {
				return fmt.Errorf("%s.view: there is no view %q", field, route.View)
			}
		}
	}
	return nil
}

// checkAction checks an action. pass is one for layers and hooks only.
func (s *Scenario) checkAction(field, action string, mustAnswer bool) error {
	verb, detail, _ := strings.Cut(action, ":")
	status, kind, hasKind := strings.Cut(detail, ":")
	switch verb {
	case "pass":
		if mustAnswer {
			return fmt.Errorf("%s: pass gives no response", field)
		}
	case "stream", "none", "coroutine":
	case "respond", "template":
		if code, err := strconv.Atoi(status); err != nil || code < 100 || code > 599 {
			return fmt.Errorf("%s: %q is no status", field, status)
		}
		if hasKind && (verb == "respond" || !knownKind(kind)) {
			return fmt.Errorf("%s: there is no exception %q", field, kind)
		}
	case "raise":
		if !knownKind(detail) {
			return fmt.Errorf("%s: there is no exception %q", field, detail)
		}
	default:
		return fmt.Errorf("%s: there is no action %q", field, action)
	}
	return nil
}

func oneOf(field, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %s", field, value, strings.Join(allowed, ", "))
}
