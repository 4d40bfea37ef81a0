package web

import (
	"iter"
	"slices"
	"strconv"
)

// Args are the arguments of a view, positional and by keyword. View hooks and
// the view share one object, so a hook that changes it changes the call. It
// must not be copied.
//
// A value that came out of the path is kept as the text it was, and is made an
// int only for whoever asks: that costs no allocation.
type Args struct {
	positional *[]any // nil for none, as most routes have
	keywords   []keyword
}

// keyword is one argument with a name. The value is what isText or a Lazy make
// of text, any other value is what it is.
type keyword struct {
	name, text string
	value      any
}

type isText struct{}

// Lazy makes the value of a text that was found in a path. It is called each
// time the value is asked for, so it has to be cheap, and it cannot fail.
type Lazy func(text string) any

// NewArgs gives arguments by position; Set adds those by keyword.
func NewArgs(positional ...any) *Args { return &Args{positional: &positional} }

// Positional gives the arguments by position. A group that took no part in a
// match is nil.
func (a *Args) Positional() []any {
	if a.positional == nil {
		return nil
	}
	return *a.positional
}

// SetPositional replaces the arguments by position.
func (a *Args) SetPositional(values ...any) { a.positional = &values }

// Len is the number of arguments, of both kinds.
func (a *Args) Len() int { return len(a.Positional()) + len(a.keywords) }

// find gives the index of a keyword, -1 if there is none.
func (a *Args) find(name string) int {
	for i := range a.keywords {
		if a.keywords[i].name == name {
			return i
		}
	}
	return -1
}

// get makes the value.
func (k *keyword) get() any {
	switch value := k.value.(type) {
	case isText:
		return k.text
	case Lazy:
		return value(k.text)
	default:
		return value
	}
}

// Get gives a keyword argument.
func (a *Args) Get(name string) (value any, ok bool) {
	i := a.find(name)
	if i < 0 {
		return nil, false
	}
	return a.keywords[i].get(), true
}

// Int gives a keyword argument that is an int, else 0.
func (a *Args) Int(name string) int {
	i := a.find(name)
	if i < 0 {
		return 0
	}
	switch value := a.keywords[i].value.(type) {
	case int:
		return value
	case Lazy: // no need to make an interface of it first
		if n, err := strconv.Atoi(a.keywords[i].text); err == nil {
			return n
		}
	}
	return 0
}

// String gives a keyword argument that is text, else "".
func (a *Args) String(name string) string {
	i := a.find(name)
	if i < 0 {
		return ""
	}
	switch value := a.keywords[i].value.(type) {
	case isText:
		return a.keywords[i].text
	case string:
		return value
	}
	return ""
}

// Set gives a keyword argument a value. A new one comes last.
func (a *Args) Set(name string, value any) { a.put(keyword{name: name, value: value}) }

// SetText is Set with text, without an allocation for it.
func (a *Args) SetText(name, text string) { a.put(keyword{name, text, isText{}}) }

// SetLazy is Set with what value makes of a text.
func (a *Args) SetLazy(name, text string, value Lazy) { a.put(keyword{name, text, value}) }

func (a *Args) put(k keyword) {
	if i := a.find(k.name); i >= 0 {
		a.keywords[i] = k
		return
	}
	a.keywords = append(a.keywords, k)
}

// Delete takes a keyword argument away, if it is there.
func (a *Args) Delete(name string) {
	if i := a.find(name); i >= 0 {
		a.keywords = slices.Delete(a.keywords, i, i+1)
	}
}

// Keywords goes through the keyword arguments in order.
func (a *Args) Keywords() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range a.keywords {
			if !yield(a.keywords[i].name, a.keywords[i].get()) {
				return
			}
		}
	}
}

// Keyword is an argument with its name.
type Keyword struct {
	Name  string
	Value any
}
