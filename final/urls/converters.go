package urls

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"strconv"
	"sync"

	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// Converter is the type of a parameter in a route: <int:year>. Django:
// urls/converters.py.
type Converter struct {
	// Regex is the texts that it takes, in Python's syntax, without anchors and
	// without groups that have names.
	Regex string

	// ToValue makes of a text what the view gets; nil stands for the text
	// itself. An *exceptions.ValueError or a *strconv.NumError means that the
	// route does not match after all, and the next one is tried; any other error
	// ends the search. Django: to_python.
	ToValue func(text string) (any, error)

	// ToURL makes text of a value; nil stands for its usual text. The errors
	// named above mean that the value does not fit. Django: to_url.
	ToURL func(value any) (string, error)
}

// converter is a Converter made ready.
type converter struct {
	Converter
	lazy web.Lazy // makes the value of a built-in one, which never refuses
	max  int      // but a text that is longer than this; 0: none is

	once   sync.Once
	asPart part
	isPart bool
}

// maxDigits is the longest number that Python reads: beyond it, the time grows
// with the square of the length.
const maxDigits = 4300

var registry = struct {
	sync.RWMutex
	converters map[string]*converter
}{converters: map[string]*converter{
	"int":  {Converter: Converter{Regex: "[0-9]+"}, lazy: toInt, max: maxDigits},
	"path": {Converter: Converter{Regex: ".+"}},
	"slug": {Converter: Converter{Regex: "[-a-zA-Z0-9_]+"}},
	"str":  {Converter: Converter{Regex: "[^/]+"}},
	"uuid": {Converter: Converter{Regex: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"}, lazy: toUUID},
}}

// RegisterConverter makes a converter known to all URLconfs that are compiled
// from now on. A name that is there already is replaced. Those that one URLconf
// alone needs can stand in its field Converters. Django: urls/converters.py
// register_converter.
func RegisterConverter(name string, c Converter) {
	registry.Lock()
	defer registry.Unlock()
	registry.converters[name] = &converter{Converter: c}
}

// getConverters gives those that all know, and others laid over them. Django:
// urls/converters.py get_converters.
func getConverters(others ...map[string]Converter) map[string]*converter {
	registry.RLock()
	converters := maps.Clone(registry.converters)
	registry.RUnlock()
	for _, other := range others {
		for name, c := range other {
			converters[name] = &converter{Converter: c}
		}
	}
	return converters
}

// refuses tells whether an error is a ValueError: this route does not match.
func refuses(err error) bool {
	var number *strconv.NumError
	return exceptions.Is[*exceptions.ValueError](err) || errors.As(err, &number)
}

// eager tells whether the value has to be made during the search, because the
// converter may refuse.
func (c *converter) eager() bool { return c.ToValue != nil }

// toURL makes text of a value.
func (c *converter) toURL(value any) (string, error) {
	if c.ToURL == nil {
		return pyText(value), nil
	}
	return c.ToURL(value)
}

// toInt gives an int, or a *big.Int where it is too large: Python's have no end.
func toInt(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	n, _ := new(big.Int).SetString(text, 10)
	return n
}

// UUID is a universally unique identifier (RFC 9562), as <uuid:…> gives it.
// Python: uuid.UUID.
type UUID [16]byte

// String gives the usual form, lower-case hexadecimal digits with dashes.
func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// ParseUUID reads the usual form, in capitals or not. The error is an
// *exceptions.ValueError.
func ParseUUID(text string) (UUID, error) {
	var u UUID
	bad := &exceptions.ValueError{Message: "badly formed hexadecimal UUID string"}
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return u, bad
	}
	i := 0
	for _, at := range [...]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		n, err := strconv.ParseUint(text[at:at+2], 16, 8)
		if err != nil {
			return u, bad
		}
		u[i] = byte(n)
		i++
	}
	return u, nil
}

func toUUID(text string) any {
	u, _ := ParseUUID(text) // the regular expression has seen to it
	return u
}

// pyText gives the text of a value as Python's str does.
func pyText(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case string:
		return value
	case []byte:
		return string(value)
	case bool:
		if value {
			return "True"
		}
		return "False"
	case float64:
		if text, err := web.DumpJSON(value, web.JSONParams{}); err == nil {
			return string(text) // which writes them as repr does
		}
	}
	return fmt.Sprint(value)
}

// pyEqual compares two values as Python's == does: numbers by their value,
// where True is 1.
func pyEqual(a, b any) bool {
	if x, ok := pyNumber(a); ok {
		y, ok := pyNumber(b)
		return ok && x.Cmp(y) == 0
	}
	return reflect.DeepEqual(a, b)
}

func pyNumber(value any) (*big.Int, bool) {
	if n, ok := value.(*big.Int); ok && n != nil {
		return n, true
	}
	switch v := reflect.ValueOf(value); {
	case !v.IsValid():
	case v.CanInt():
		return big.NewInt(v.Int()), true
	case v.CanUint():
		return new(big.Int).SetUint64(v.Uint()), true
	case v.Kind() == reflect.Bool && v.Bool():
		return big.NewInt(1), true
	case v.Kind() == reflect.Bool:
		return new(big.Int), true
	}
	return nil, false
}
