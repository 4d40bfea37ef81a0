package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"basehandler/final/exceptions"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// routeReader makes patterns of the routes of a probe. A view is a function of a
// module, so a name is the same view wherever it stands.
type routeReader struct{ views map[string]*web.View }

func (r *routeReader) view(name string) *web.View {
	if r.views == nil {
		r.views = map[string]*web.View{}
	}
	if r.views[name] == nil {
		r.views[name] = &web.View{Name: "views." + name}
	}
	return r.views[name]
}

// route is a line of a URLconf, as probe.md describes it.
type route struct {
	Path      *string      `json:"path"`
	RePath    *string      `json:"re_path"`
	Name      *string      `json:"name"`
	Kwargs    orderedValue `json:"kwargs"`
	View      *string      `json:"view"`
	Include   *[]route     `json:"include"`
	AppName   string       `json:"app_name"`
	Namespace string       `json:"namespace"`

	ShouldAppendSlash *bool `json:"should_append_slash"`
}

func (r *routeReader) patterns(routes []route) (urls.Patterns, error) {
	patterns := urls.Patterns{}
	for _, route := range routes {
		var options []urls.Option
		for _, pair := range route.Kwargs {
			value, err := scalar(pair.value)
			if err != nil {
				return nil, err
			}
			options = append(options, urls.Kwarg(pair.name, value))
		}
		if route.Name != nil {
			options = append(options, urls.Name(*route.Name))
		}
		if (route.Path == nil) == (route.RePath == nil) {
			return nil, errors.New("a route has either path or re_path")
		}
		if route.Include != nil {
			included, err := r.patterns(*route.Include)
			if err != nil {
				return nil, err
			}
			options = append(options, urls.AppName(route.AppName), urls.Namespace(route.Namespace))
			if route.Path != nil {
				patterns = append(patterns, urls.Include(*route.Path, included, options...))
			} else {
				patterns = append(patterns, urls.ReInclude(*route.RePath, included, options...))
			}
			continue
		}
		view := r.view("view")
		if route.View != nil {
			view = r.view(*route.View)
		}
		if route.ShouldAppendSlash != nil {
			view.NoAppendSlash = !*route.ShouldAppendSlash
		}
		if route.Path != nil {
			patterns = append(patterns, urls.Path(*route.Path, view, options...))
		} else {
			patterns = append(patterns, urls.RePath(*route.RePath, view, options...))
		}
	}
	return patterns, nil
}

// urlconf makes the root URLconf of a probe.
func (r *routeReader) urlconf(routes []route) (*urls.URLConf, error) {
	patterns, err := r.patterns(routes)
	return &urls.URLConf{Patterns: patterns}, err
}

// probeResolve answers a probe of kind resolve. The error is for a line that is
// no valid probe.
func probeResolve(line []byte) (map[string]any, error) {
	var probe struct {
		Routes []route `json:"routes"`
		Path   string  `json:"path"`
	}
	if err := unmarshal(line, &probe); err != nil {
		return nil, err
	}
	var reader routeReader
	urlconf, err := reader.urlconf(probe.Routes)
	if err != nil {
		return nil, err
	}
	resolver, err := urls.NewResolver(urlconf)
	if err != nil {
		return map[string]any{"raised": routesRaised(err)}, nil
	}
	match, err := resolver.Resolve(probe.Path)
	if err != nil {
		result := map[string]any{"raised": routesRaised(err)}
		var missed *urls.Resolver404
		if errors.As(err, &missed) {
			result["path"], result["tried"] = missed.Path, chains(missed.Tried())
		}
		return result, nil
	}
	args := []any{}
	for _, value := range match.Args.Positional() {
		args = append(args, typed(value))
	}
	kwargs := map[string]any{}
	for name, value := range match.Args.Keywords() {
		kwargs[name] = typed(value)
	}
	result := map[string]any{
		"view":            strings.TrimPrefix(match.View.Name, "views."),
		"args":            args,
		"kwargs":          kwargs,
		"captured_kwargs": keywords(match.CapturedKwargs()),
		"extra_kwargs":    keywords(match.ExtraKwargs),
		"url_name":        nil,
		"view_name":       match.ViewName(),
		"app_names":       append([]string{}, match.AppNames...),
		"namespaces":      append([]string{}, match.Namespaces...),
		"route":           match.Route,
		"tried":           chains(match.Tried()),
	}
	if match.Named {
		result["url_name"] = match.URLName
	}
	return result, nil
}

// probeReverse answers a probe of kind reverse.
func probeReverse(line []byte) (map[string]any, error) {
	var probe struct {
		Routes       []route      `json:"routes"`
		ViewName     any          `json:"viewname"`
		Args         []any        `json:"args"`
		Kwargs       orderedValue `json:"kwargs"`
		CurrentApp   string       `json:"current_app"`
		Query        [][2]any     `json:"query"`
		Fragment     *string      `json:"fragment"`
		ScriptPrefix *string      `json:"script_prefix"`
	}
	if err := unmarshal(line, &probe); err != nil {
		return nil, err
	}
	var reader routeReader
	urlconf, err := reader.urlconf(probe.Routes)
	if err != nil {
		return nil, err
	}
	viewname := probe.ViewName
	switch name := viewname.(type) {
	case string:
	case map[string]any:
		text, ok := name["view"].(string)
		if !ok {
			return nil, errors.New("viewname.view is no text")
		}
		viewname = reader.view(text)
	default:
		return nil, errors.New("viewname is neither text nor a view")
	}
	options := urls.ReverseOptions{CurrentApp: probe.CurrentApp, Fragment: probe.Fragment}
	if probe.ScriptPrefix != nil {
		options.ScriptPrefix = *probe.ScriptPrefix
	}
	for _, arg := range probe.Args {
		value, err := scalar(arg)
		if err != nil {
			return nil, err
		}
		options.Args = append(options.Args, value)
	}
	for _, pair := range probe.Kwargs {
		value, err := scalar(pair.value)
		if err != nil {
			return nil, err
		}
		if options.Kwargs == nil {
			options.Kwargs = map[string]any{}
		}
		options.Kwargs[pair.name] = value
	}
	for _, pair := range probe.Query {
		name, ok := pair[0].(string)
		if !ok {
			return nil, errors.New("a name in query is no text")
		}
		keyword := web.Keyword{Name: name, Value: pair[1]}
		if list, ok := pair[1].([]any); ok {
			keyword.Value = list
		} else if keyword.Value, err = number(pair[1]); err != nil {
			return nil, err
		}
		// The pairs become a dict: the last value, in the first one's place.
		replaced := false
		for i := range options.Query {
			if options.Query[i].Name == name {
				options.Query[i], replaced = keyword, true
			}
		}
		if !replaced {
			options.Query = append(options.Query, keyword)
		}
	}
	resolver, err := urls.NewResolver(urlconf)
	if err != nil {
		return map[string]any{"raised": routesRaised(err)}, nil
	}
	url, err := resolver.Reverse(viewname, &options)
	if err != nil {
		return map[string]any{"raised": routesRaised(err)}, nil
	}
	return map[string]any{"url": url}, nil
}

var triedPatterns = regexp.MustCompile(`[0-9]+ pattern\(s\) tried`)

// routesRaised tells an error as probe.md wants it.
func routesRaised(err error) string {
	kind, message := exceptions.Kind(err), err.Error()
	switch {
	case kind == "NoReverseMatch":
		if tried := triedPatterns.FindString(message); tried != "" {
			message = tried
		}
		return kind + ": " + message
	case kind == "TypeError", strings.HasPrefix(message, "Don't mix"):
		return kind + ": " + message
	}
	return kind
}

// typed tells a value together with its type.
func typed(value any) any {
	switch value := value.(type) {
	case nil:
		return nil
	case string:
		return map[string]any{"str": value}
	case bool:
		return map[string]any{"bool": value}
	case urls.UUID:
		return map[string]any{"uuid": value.String()}
	}
	return map[string]any{"int": value}
}

func keywords(list []web.Keyword) map[string]any {
	object := map[string]any{}
	for _, keyword := range list {
		object[keyword.Name] = typed(keyword.Value)
	}
	return object
}

func chains(tried [][]web.TriedPattern) any {
	if tried == nil {
		return nil
	}
	list := [][]string{}
	for _, chain := range tried {
		texts := []string{}
		for _, pattern := range chain {
			texts = append(texts, pattern.Route)
		}
		list = append(list, texts)
	}
	return list
}

// scalar reads text, a number, a boolean, null or {"uuid": "…"}.
func scalar(value any) (any, error) {
	switch value := value.(type) {
	case nil, string, bool:
		return value, nil
	case json.Number:
		n, ok := new(big.Int).SetString(value.String(), 10)
		if !ok {
			return nil, fmt.Errorf("%s is no integer", value)
		}
		if n.IsInt64() {
			return int(n.Int64()), nil
		}
		return n, nil
	case map[string]any:
		if text, ok := value["uuid"].(string); ok {
			return urls.ParseUUID(text)
		}
	}
	return nil, fmt.Errorf("%v is no value", value)
}

// number reads a number, which may be a fraction, or what scalar reads.
func number(value any) (any, error) {
	if n, ok := value.(json.Number); ok && strings.ContainsAny(n.String(), ".eE") {
		return n.Float64()
	}
	return scalar(value)
}

// orderedValue is an object whose order counts, as in a dict.
type orderedValue []pair

type pair struct {
	name  string
	value any
}

func (o *orderedValue) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	token, err := decoder.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('{') {
		return errors.New("kwargs is no object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		*o = append(*o, pair{name.(string), value})
	}
	return nil
}

// unmarshal reads a probe with numbers of any size.
func unmarshal(line []byte, probe any) error {
	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.UseNumber()
	return decoder.Decode(probe)
}
