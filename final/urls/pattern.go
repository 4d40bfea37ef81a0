package urls

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"basehandler/final/web"
)

// pattern is a route or a regular expression made ready. It can always be
// matched as a regular expression, which is what it means; where its parts are
// simple, the tree matches those instead. Django: urls/resolvers.py RoutePattern,
// RegexPattern.
type pattern struct {
	text     string // as it is written
	python   string // as a regular expression of Python
	endpoint bool   // whether it leads to a view
	params   []param
	parsed   parsed
	eager    bool                   // whether a converter may refuse
	regex    func() (*regex, error) // compiled when it is first needed
}

// param is a parameter of a route, or a group of a regular expression.
type param struct {
	name      string     // "" for a group without one
	converter *converter // nil for a group
	group     int        // which group of the regular expression it is
}

var parameterForm = regexp.MustCompile(`<(?:([^>:]+):)?([^>]+)>`)

// newRoute reads a route. Django: urls/resolvers.py _route_to_regex.
func newRoute(route string, endpoint bool, converters map[string]*converter) (*pattern, error) {
	p := &pattern{text: route, endpoint: endpoint}
	if !utf8.ValidString(route) {
		return nil, improper(fmt.Sprintf("URL route %s is not valid UTF-8.", pyRepr(route)))
	}
	var python strings.Builder
	python.WriteByte('^')
	parts, simple, end := []part(nil), true, 0
	text := func(literalText string) {
		python.WriteString(escapeRegex(literalText))
		if literalText != "" {
			parts = append(parts, part{kind: literal, literal: literalText})
		}
	}
	for _, at := range parameterForm.FindAllStringSubmatchIndex(route, -1) {
		if strings.ContainsAny(route[at[0]:at[1]], " \t\n\r\v\f") {
			return nil, improper(fmt.Sprintf("URL route %s cannot contain whitespace in angle brackets <…>.", pyRepr(route)))
		}
		kind, name := "str", route[at[4]:at[5]]
		if at[2] >= 0 {
			kind = route[at[2]:at[3]]
		}
		if !isIdentifier(name) {
			return nil, improper(fmt.Sprintf("URL route %s uses parameter name %s which isn't a valid Python identifier.", pyRepr(route), pyRepr(name)))
		}
		for _, other := range p.params {
			if other.name == name { // Departs: Django finds it when a request comes this far
				return nil, improper(fmt.Sprintf("URL route %s uses parameter name %s more than once.", pyRepr(route), pyRepr(name)))
			}
		}
		converter := converters[kind]
		if converter == nil {
			return nil, improper(fmt.Sprintf("URL route %s uses invalid converter %s.", pyRepr(route), pyRepr(kind)))
		}
		text(route[end:at[0]])
		end = at[1]
		fmt.Fprintf(&python, "(?P<%s>%s)", name, converter.Regex)
		p.params = append(p.params, param{name: name, converter: converter})
		p.eager = p.eager || converter.eager()
		piece, ok := converter.part()
		parts, simple = append(parts, piece), simple && ok
	}
	text(route[end:])
	if endpoint {
		python.WriteString(`\Z`)
	}
	p.python = python.String()
	if p.parsed = (parsed{closed: endpoint}); len(parts) > 0 && parts[0].kind == literal {
		p.parsed.prefix = parts[0].literal
	}
	if simple {
		p.parsed.parts, p.parsed.simple = settle(parts, endpoint)
	}
	p.regex = sync.OnceValues(func() (*regex, error) {
		regex, err := compile("", p.python, "", true)
		if err != nil {
			return nil, err
		}
		for i := range p.params {
			p.params[i].group = regex.group(p.params[i].name)
		}
		return regex, nil
	})
	return p, nil
}

// part gives a converter as a part, if it can be one.
func (c *converter) part() (part, bool) {
	c.once.Do(func() {
		t, err := translate(c.Regex, lineEnd, true)
		if err != nil || len(t.groups) > 0 {
			return
		}
		if result := parse(`\A(` + t.expr + `)`); result.simple && len(result.parts) == 1 {
			c.asPart, c.isPart = result.parts[0], true
		}
	})
	return c.asPart, c.isPart
}

// newRegex reads a regular expression. One that is wrong is an error when it is
// used for the first time.
func newRegex(text string, endpoint bool) *pattern {
	p := &pattern{text: text, python: text, endpoint: endpoint}
	// A view's expression that ends in a dollar has to match the whole path,
	// which Python's $ alone does not say: it lets a newline at the end pass.
	before, after := "", ""
	if endpoint && strings.HasSuffix(text, "$") {
		before, after = `\A(?:`, `)\z`
	}
	p.regex = sync.OnceValues(func() (*regex, error) { return compile(before, text, after, true) })
	t, err := translate(text, lineEnd, true)
	if err != nil {
		return p
	}
	named := false
	for _, name := range t.groups {
		named = named || name != ""
	}
	for i, name := range t.groups {
		if name != "" || !named {
			p.params = append(p.params, param{name: name, group: i + 1})
		}
	}
	p.parsed = parse(before + t.expr + after)
	// With names, the groups without one are no parameters.
	if named && len(p.params) < len(t.groups) {
		p.parsed.simple = false
	}
	return p
}

// group gives the number of the group with a name.
func (r *regex) group(name string) int {
	for i, other := range r.names {
		if other == name {
			return i + 1
		}
	}
	return 0
}

// matched is what a pattern took out of a text.
type matched struct {
	end        int // where the rest begins
	positional []any
	keywords   []taken
}

// taken is the value of a parameter.
type taken struct {
	name, text string
	lazy       web.Lazy // what makes the value, nil if it is the text
	eager      bool     // whether it has been made already
	value      any      // then
}

// take makes the value of a parameter. It is false if the converter refuses.
func (p *param) take(text string) (value taken, ok bool, err error) {
	value = taken{name: p.name, text: text}
	switch c := p.converter; {
	case c == nil:
	case c.max > 0 && len(text) > c.max:
		return value, false, nil
	case c.eager():
		value.eager = true
		if value.value, err = c.ToValue(text); err != nil {
			if refuses(err) {
				err = nil
			}
			return value, false, err
		}
	default:
		value.lazy = c.lazy
	}
	return value, true, nil
}

// set hands the value to a view.
func (t *taken) set(args *web.Args) {
	switch {
	case t.eager:
		args.Set(t.name, t.value)
	case t.lazy != nil:
		args.SetLazy(t.name, t.text, t.lazy)
	default:
		args.SetText(t.name, t.text)
	}
}

// match compares a text with the regular expression. Django: urls/resolvers.py
// RoutePattern.match, RegexPattern.match.
func (p *pattern) match(text string) (m matched, ok bool, err error) {
	regex, err := p.regex()
	if err != nil {
		return m, false, err
	}
	at := regex.on(text).FindStringSubmatchIndex(text)
	if at == nil {
		return m, false, nil
	}
	m.end = at[1]
	for i := range p.params {
		param := &p.params[i]
		first, last := at[2*param.group], at[2*param.group+1]
		switch {
		case param.name == "" && first < 0:
			m.positional = append(m.positional, nil)
		case param.name == "":
			m.positional = append(m.positional, text[first:last])
		case first >= 0:
			value, ok, err := param.take(text[first:last])
			if !ok {
				return m, false, err
			}
			m.keywords = append(m.keywords, value)
		}
	}
	return m, true, nil
}
