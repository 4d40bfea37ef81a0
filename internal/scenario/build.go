package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/template"
	"basehandler/final/urls"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// builder makes the application of a scenario.
type builder struct {
	scenario *Scenario
	recorder *recorder
	modules  conf.Modules
	views    map[string]*web.View
}

// build puts everything that the scenario names where the settings find it.
func (b *builder) build() (settings *conf.Settings, err error) {
	s := b.scenario
	settings = conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	settings.Debug = s.Settings.Debug
	settings.DebugPropagateExceptions = s.Settings.DebugPropagateExceptions
	settings.RootURLConf = "root"
	settings.Logger = slog.New(logHandler{recorder: b.recorder})
	settings.Modules = &b.modules

	for _, m := range s.Middleware {
		settings.Middleware = append(settings.Middleware, "scenario."+m.Name)
		b.modules.Register("scenario."+m.Name, b.middleware(m))
	}
	b.views = map[string]*web.View{}
	for name, view := range s.Views {
		b.views[name] = b.view(name, view)
	}
	defer func() {
		if value := recover(); value != nil { // a route that cannot be read
			failure, ok := value.(error)
			if !ok {
				panic(value)
			}
			settings, err = nil, failure
		}
	}()
	for name, routes := range s.URLConfs {
		patterns, err := b.routes(routes)
		if err != nil {
			return nil, fmt.Errorf("urlconfs.%s: %w", name, err)
		}
		table := &urls.URLConf{Patterns: patterns}
		b.errorViews(table)
		b.modules.Register(name, table)
	}
	return settings, nil
}

// note records an event of the application, at the place where it runs.
func (b *builder) note(isAsync bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if isAsync {
		text += " @loop"
	}
	b.recorder.record(text)
}

func (b *builder) view(name string, v View) *web.View {
	actor := "view." + name
	call := func(request *web.Request, args *web.Args) (web.Response, error) {
		b.note(v.Async, "view %s", strings.Join(append([]string{name}, arguments(args)...), " "))
		return b.act(actor, v.Does, request)
	}
	view := &web.View{Name: "scenario." + name, NonAtomic: v.NonAtomic, IsObject: v.Kind == "class"}
	if v.Async {
		view.CallAsync = func(_ context.Context, request *web.Request, args *web.Args) (web.Response, error) {
			return call(request, args)
		}
	} else {
		view.Call = call
	}
	return view
}

// arguments are the keyword arguments of a view as "name=value", sorted by name.
func arguments(args *web.Args) []string {
	var list []string
	keywords := maps.Collect(args.Keywords())
	for _, name := range slices.Sorted(maps.Keys(keywords)) {
		list = append(list, name+"="+python(keywords[name]))
	}
	return list
}

// python writes a value as Python's str does.
func python(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case bool:
		if value {
			return "True"
		}
		return "False"
	case json.Number:
		return number(value)
	case []any:
		list := make([]string, len(value))
		for i, element := range value {
			list[i] = inside(element)
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		var list []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			list = append(list, inside(key)+": "+inside(value[key]))
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	return fmt.Sprint(value)
}

// inside writes a value as a list shows it: text in quotes.
func inside(value any) string {
	text, ok := value.(string)
	if !ok {
		return python(value)
	}
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		return `"` + strings.ReplaceAll(text, `\`, `\\`) + `"`
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(text) + "'"
}

// number writes a number of JSON: integers have no end, and all others are
// floats, with an exponent where Python takes one.
func number(n json.Number) string {
	float, err := n.Float64()
	if err != nil || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	if size := math.Abs(float); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(float, 'e', -1, 64)
	}
	text := strconv.FormatFloat(float, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// act does what an action says where a response is wanted. nil stands for
// Python's None.
func (b *builder) act(actor, action string, request *web.Request) (web.Response, error) {
	verb, detail, _ := strings.Cut(action, ":")
	status, kind, _ := strings.Cut(detail, ":")
	switch verb {
	case "respond":
		return plain(actor, status)
	case "template":
		return b.template(actor, status, kind, request)
	case "stream":
		part := 0
		response := web.NewStreamingHttpResponse(wsgi.Pushed(func(yield func([]byte, error) bool) {
			for ; part < 3; part++ {
				b.recorder.record(fmt.Sprintf("chunk %d", part))
				if !yield(fmt.Appendf(nil, "part%d;", part), nil) {
					return
				}
			}
		}), web.ContentType("text/plain"))
		return response, response.Set("X-Actor", actor)
	case "raise":
		return nil, kinds[detail](actor)
	case "coroutine":
		return web.NewCoroutine(), nil
	}
	return nil, nil // none and pass
}

// plain makes a plain response.
func plain(actor, status string) (web.Response, error) {
	code, err := strconv.Atoi(status)
	if err != nil {
		return nil, err
	}
	response := web.NewHttpResponse(actor, web.Status(code), web.ContentType("text/plain"))
	return response, response.Set("X-Actor", actor)
}

// template makes a response that is still to be rendered.
func (b *builder) template(actor, status, kind string, request *web.Request) (web.Response, error) {
	code, err := strconv.Atoi(status)
	if err != nil {
		return nil, err
	}
	response := template.New(request, rendering{b, actor, kind}, map[string]any{}, web.Status(code))
	return response, response.Set("X-Actor", actor)
}

// rendering is the template of an actor.
type rendering struct {
	*builder
	actor, kind string
}

func (t rendering) Execute(w io.Writer, data any) error {
	t.recorder.record("render " + t.actor)
	if t.kind != "" {
		return kinds[t.kind]("render " + t.actor)
	}
	marks, _ := data.(map[string]any)["marks"].([]string)
	_, err := io.WriteString(w, strings.Join(append([]string{"template " + t.actor}, marks...), "+"))
	return err
}

// errorViews sets the handlerNNN of a URLconf.
func (b *builder) errorViews(table *urls.URLConf) {
	view := func(code string) func(*web.Request, error) (web.Response, error) {
		action, ok := b.scenario.ErrorViews[code]
		if !ok {
			return nil
		}
		return func(request *web.Request, _ error) (web.Response, error) {
			b.note(false, "error_view %s", code)
			return b.act("error."+code, action, request)
		}
	}
	table.Handler400, table.Handler403, table.Handler404 = view("400"), view("403"), view("404")
	if handler := view("500"); handler != nil {
		table.Handler500 = func(request *web.Request) (web.Response, error) { return handler(request, nil) }
	}
}

func (b *builder) routes(routes []Route) ([]urls.Pattern, error) {
	patterns := []urls.Pattern{}
	for _, route := range routes {
		pattern, err := b.route(route)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

// middleware makes the factory of a layer.
func (b *builder) middleware(m Middleware) handlers.MiddlewareClass {
	var class handlers.MiddlewareClass
	if m.Style == "mixin" {
		class = middleware.MiddlewareMixin(func() (any, error) { return b.mixin(m), nil })
		return b.initialised(m, class)
	}
	if m.Mode != "async" {
		class.New = func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
			return &layer{builder: b, Middleware: m, getResponse: getResponse}, nil
		}
	}
	if m.Mode != "sync" {
		class.NewAsync = func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			return &layer{builder: b, Middleware: m, getResponseAsync: getResponse}, nil
		}
	}
	return b.initialised(m, class)
}

// initialised puts what the factory does by itself around a class.
func (b *builder) initialised(m Middleware, class handlers.MiddlewareClass) handlers.MiddlewareClass {
	init := func() (bool, error) {
		b.recorder.record("init " + m.Name)
		verb, detail, _ := strings.Cut(m.Init, ":")
		switch verb {
		case "not_used":
			return false, &exceptions.MiddlewareNotUsed{Reason: detail}
		case "none":
			return false, nil
		case "raise":
			return false, kinds[detail](m.Name + ".init")
		}
		return true, nil
	}
	if inner := class.New; inner != nil {
		class.New = func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
			if ok, err := init(); !ok {
				return nil, err
			}
			return inner(getResponse)
		}
	}
	if inner := class.NewAsync; inner != nil {
		class.NewAsync = func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			if ok, err := init(); !ok {
				return nil, err
			}
			return inner(getResponse)
		}
	}
	return class
}

// layer is a middleware of style call.
type layer struct {
	*builder
	Middleware
	getResponse      handlers.GetResponse
	getResponseAsync handlers.GetResponseAsync
}

// Call is the layer as sync code.
func (l *layer) Call(request *web.Request) (web.Response, error) {
	return l.run(false, request, func() (web.Response, error) { return l.getResponse(request) })
}

// CallAsync is the layer as async code.
func (l *layer) CallAsync(ctx context.Context, request *web.Request) (web.Response, error) {
	return l.run(true, request, func() (web.Response, error) { return l.getResponseAsync(ctx, request) })
}

func (l *layer) run(isAsync bool, request *web.Request, inside func() (web.Response, error)) (web.Response, error) {
	if response, err := l.enter(isAsync, l.Middleware, request); response != nil || err != nil {
		return response, err
	}
	response, err := inside()
	if err != nil {
		return nil, err
	}
	return l.leave(isAsync, l.Middleware, request, response)
}

// enter does what a layer does before what is inside it.
func (b *builder) enter(isAsync bool, m Middleware, request *web.Request) (web.Response, error) {
	b.note(isAsync, "%s request", m.Name)
	if name, ok := strings.CutPrefix(m.Request, "urlconf:"); ok {
		request.URLConf = name
		return nil, nil
	}
	return b.act(m.Name+".request", m.Request, request)
}

// leave does what a layer does after it.
func (b *builder) leave(isAsync bool, m Middleware, request *web.Request, response web.Response) (web.Response, error) {
	switch response.(type) {
	case nil:
		return nil, &exceptions.AttributeError{Message: "'NoneType' object has no attribute 'status_code'"}
	case *web.Coroutine:
		return nil, &exceptions.AttributeError{Message: "'coroutine' object has no attribute 'status_code'"}
	}
	base := response.Base()
	b.note(isAsync, "%s response %d", m.Name, base.StatusCode())
	if m.Response != "pass" {
		return b.act(m.Name+".response", m.Response, request)
	}
	via := m.Name
	if inner := base.Get("X-Via"); inner != "" {
		via = latin1(inner) + "," + via
	}
	return response, base.Set("X-Via", via)
}

// latin1 gives the text of what goes over the wire, as Python sees it: one
// character for each byte.
func latin1(wire string) string {
	text := make([]rune, len(wire))
	for i := range len(wire) {
		text[i] = rune(wire[i])
	}
	return string(text)
}

var errNoRoute = errors.New("neither path nor re_path")

func (b *builder) route(route Route) (urls.Pattern, error) {
	options := []urls.Option{}
	for _, name := range slices.Sorted(maps.Keys(route.Kwargs)) {
		options = append(options, urls.Kwarg(name, route.Kwargs[name]))
	}
	switch {
	case route.Include != nil:
		patterns, err := b.routes(route.Include)
		if err != nil {
			return urls.Pattern{}, err
		}
		if route.RePath != nil {
			return urls.ReInclude(*route.RePath, urls.Patterns(patterns), options...), nil
		}
		return urls.Include(*route.Path, urls.Patterns(patterns), options...), nil
	case route.Path != nil:
		return urls.Path(*route.Path, b.views[route.View], options...), nil
	case route.RePath != nil:
		return urls.RePath(*route.RePath, b.views[route.View], options...), nil
	}
	return urls.Pattern{}, errNoRoute
}
