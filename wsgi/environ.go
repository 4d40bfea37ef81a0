package wsgi

import (
	"context"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
)

// The keys that PEP 3333 adds to those of CGI, and the one that Go needs.
const (
	KeyVersion      = "wsgi.version"      // [2]int{1, 0}
	KeyURLScheme    = "wsgi.url_scheme"   // string: "http" or "https"
	KeyInput        = "wsgi.input"        // io.Reader: the body of the request
	KeyErrors       = "wsgi.errors"       // io.Writer: the log of the server
	KeyMultithread  = "wsgi.multithread"  // bool: may this process run the application concurrently?
	KeyMultiprocess = "wsgi.multiprocess" // bool: may another process run it too?
	KeyRunOnce      = "wsgi.run_once"     // bool: is it called only once, as by CGI?
	KeyContext      = "go.context"        // context.Context: cancelled when the client has gone
)

// Environ is the dictionary that a server hands to an application: the CGI
// variables (REQUEST_METHOD, PATH_INFO, HTTP_HOST …), which are text, and the
// server's own, whose names hold a dot (wsgi.input).
//
// It is a map, or a [Source] seen through a map of what was set later: a server
// that has the request in a form of its own need not spell out forty variables
// of which the application reads three. Both look the same from outside.
//
// An Environ belongs to one request. It is not safe for concurrent use.
type Environ struct {
	source Source         // what the server knows; nil for a plain map
	values map[string]any // what was set since, hiding the source; nil for nothing
}

// absent is the value, in a view, of what was deleted.
type absent struct{}

// Source is where an Environ made by [View] looks up what nobody has set.
type Source interface {
	// Text gives a CGI variable, and whether it exists.
	Text(key string) (string, bool)
	// Value gives a variable whose name holds a dot, and whether it exists.
	Value(key string) (any, bool)
	// Keys gives the names of all variables, in any order.
	Keys() iter.Seq[string]
}

// NewEnviron makes an Environ of a map, which it keeps and writes to. A nil map
// is an empty one.
func NewEnviron(values map[string]any) *Environ {
	if values == nil {
		values = map[string]any{}
	}
	return &Environ{values: values}
}

// View makes an Environ that asks source for what it was not told itself.
// Writing to it leaves the source alone.
func View(source Source) *Environ {
	return &Environ{source: source}
}

// Get gives a text variable, "" where it is absent or no text. PEP 3333 lets a
// server leave out a variable that would be empty, so "" and absent mean the
// same for most of them.
func (e *Environ) Get(key string) string {
	text, _ := e.Lookup(key)
	return text
}

// Lookup gives a text variable, and whether it is there.
func (e *Environ) Lookup(key string) (string, bool) {
	if e.values != nil { // looking into a map that is not there costs, too
		if value, ok := e.values[key]; ok {
			text, ok := value.(string)
			return text, ok
		}
	}
	if e.source == nil {
		return "", false
	}
	if text, ok := e.source.Text(key); ok {
		return text, true
	}
	if strings.IndexByte(key, '.') >= 0 { // wsgi.url_scheme is text as well
		if value, ok := e.source.Value(key); ok {
			text, ok := value.(string)
			return text, ok
		}
	}
	return "", false
}

// Value gives any variable, nil where it is absent.
func (e *Environ) Value(key string) any {
	if e.values != nil {
		if value, ok := e.values[key]; ok {
			if value == (absent{}) {
				return nil
			}
			return value
		}
	}
	if e.source == nil {
		return nil
	}
	if strings.IndexByte(key, '.') >= 0 {
		if value, ok := e.source.Value(key); ok {
			return value
		}
		return nil
	}
	if text, ok := e.source.Text(key); ok {
		return text
	}
	return nil
}

// Set writes a variable. Servers and middleware put their own under names with
// a dot in them.
func (e *Environ) Set(key string, value any) {
	if e.values == nil {
		e.values = map[string]any{}
	}
	e.values[key] = value
}

// Delete takes a variable away.
func (e *Environ) Delete(key string) {
	if e.source != nil {
		e.Set(key, absent{})
		return
	}
	delete(e.values, key)
}

// All gives every variable with its value, sorted by name. It asks for all of
// them, so it is for looking at an Environ, not for the path of a request.
func (e *Environ) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		keys := slices.Collect(maps.Keys(e.values))
		if e.source != nil {
			keys = slices.DeleteFunc(keys, func(key string) bool { return e.values[key] == absent{} })
			for key := range e.source.Keys() {
				if _, set := e.values[key]; !set {
					keys = append(keys, key)
				}
			}
		}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			if !yield(key, e.Value(key)) {
				return
			}
		}
	}
}

// Input is wsgi.input, the body of the request; an empty one where the server
// gave none.
func (e *Environ) Input() io.Reader {
	if input, ok := e.Value(KeyInput).(io.Reader); ok {
		return input
	}
	return strings.NewReader("")
}

// Errors is wsgi.errors, where an application may write lines for the server's
// log; what is written to an Environ without one is lost.
func (e *Environ) Errors() io.Writer {
	if errors, ok := e.Value(KeyErrors).(io.Writer); ok {
		return errors
	}
	return io.Discard
}

// Context is what the server left under [KeyContext]. PEP 3333 knows no
// cancellation and Python keeps what belongs to a request in thread-local
// variables; Go does both with a context.
func (e *Environ) Context() context.Context {
	var value any
	if e.values == nil && e.source != nil { // as in most requests; each asks for it
		value, _ = e.source.Value(KeyContext)
	} else {
		value = e.Value(KeyContext)
	}
	if ctx, ok := value.(context.Context); ok {
		return ctx
	}
	return context.Background()
}
