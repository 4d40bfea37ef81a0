package web

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"basehandler/final/exceptions"
)

// JSONParams say how JSON is written: the arguments of Python's json.dumps. The
// zero value is Python's default.
type JSONParams struct {
	// Indent is the number of spaces for each level; nil writes all on one line.
	Indent *int
	// SortKeys sorts the keys of objects; a Go map is sorted in any case.
	SortKeys bool
	// KeepUnicode leaves characters that are not ASCII as they are
	// (ensure_ascii=False).
	KeepUnicode bool
	// Separators stand between items, and between a key and its value; nil for
	// ", " (or "," with an indent) and ": ".
	Separators *[2]string
}

// JSONObject is an object that keeps the order of its keys, as a Python dict
// does. A key that comes twice is written twice.
type JSONObject []JSONItem

// JSONItem is one key with its value.
type JSONItem struct {
	Key   string
	Value any
}

// Unsafe lets a JsonResponse hold something else than an object (safe=False).
func Unsafe() Option { return Option{what: optionUnsafe} }

// JsonResponse is a response whose content is JSON. Django: http/response.py
// JsonResponse.
type JsonResponse struct{ *HttpResponse }

// NewJsonResponse writes data as JSON. Without [Unsafe] it has to be an object:
// a map with string keys, a struct or a [JSONObject]; else it is a *TypeError.
func NewJsonResponse(data any, options ...Option) (JsonResponse, error) {
	return NewJsonResponseWith(data, JSONParams{}, options...)
}

// NewJsonResponseWith says also how the JSON is to be written. Django:
// JsonResponse.__init__.
func NewJsonResponseWith(data any, params JSONParams, options ...Option) (JsonResponse, error) {
	safe := !slices.ContainsFunc(options, func(o Option) bool { return o.what == optionUnsafe })
	if safe && !isObject(data) {
		return JsonResponse{}, &exceptions.TypeError{Message: "In order to allow non-dict objects to be serialized set the safe parameter to False."}
	}
	content, err := DumpJSON(data, params)
	if err != nil {
		return JsonResponse{}, err
	}
	response, err := tryResponse(kindJSON, "application/json", content, options)
	if err != nil {
		return JsonResponse{}, err
	}
	if name := response.Charset(); name != "utf-8" {
		if response.first, err = response.MakeBytes(string(content)); err != nil {
			return JsonResponse{}, err
		}
	}
	return JsonResponse{response}, nil
}

func isObject(data any) bool {
	switch data.(type) {
	case JSONObject, map[string]any:
		return true
	case nil, time.Time, encoding.TextMarshaler, json.Marshaler:
		return false
	}
	v := reflect.Indirect(reflect.ValueOf(data))
	return v.Kind() == reflect.Map || v.Kind() == reflect.Struct
}

// DumpJSON writes a value as Python's json.dumps and Django's encoder do: a time
// to the millisecond, text with all that is not ASCII escaped. What has a method
// of its own for it (MarshalJSON, MarshalText) or a struct is written as
// encoding/json does it, in Python's spacing. Django: core/serializers/json.py
// DjangoJSONEncoder.
func DumpJSON(value any, params JSONParams) ([]byte, error) {
	w := jsonWriter{params: params, item: ", ", key: ": "}
	if params.Indent != nil {
		w.item = ","
	}
	if params.Separators != nil {
		w.item, w.key = params.Separators[0], params.Separators[1]
	}
	err := w.value(value)
	return w.out, err
}

type jsonWriter struct {
	params    JSONParams
	item, key string
	out       []byte
	level     int
}

func (w *jsonWriter) value(value any) error {
	switch value := value.(type) {
	case nil:
		w.out = append(w.out, "null"...)
	case bool:
		w.out = strconv.AppendBool(w.out, value)
	case string:
		w.text(value)
	case int:
		w.out = strconv.AppendInt(w.out, int64(value), 10)
	case int64:
		w.out = strconv.AppendInt(w.out, value, 10)
	case float64:
		w.float(value)
	case json.Number:
		return w.number(string(value))
	case time.Time:
		w.text(isoTime(value))
	case map[string]any:
		return w.object(len(value), func(yield func(string, any) bool) {
			for _, key := range slices.Sorted(maps.Keys(value)) {
				if !yield(key, value[key]) {
					return
				}
			}
		})
	case JSONObject:
		if w.params.SortKeys {
			value = slices.Clone(value)
			slices.SortStableFunc(value, func(a, b JSONItem) int { return strings.Compare(a.Key, b.Key) })
		}
		return w.object(len(value), func(yield func(string, any) bool) {
			for _, item := range value {
				if !yield(item.Key, item.Value) {
					return
				}
			}
		})
	case []any:
		return w.array(len(value), func(i int) any { return value[i] })
	default:
		return w.other(value)
	}
	return nil
}

func (w *jsonWriter) newline() {
	if w.params.Indent != nil {
		w.out = append(w.out, '\n')
		w.out = append(w.out, strings.Repeat(" ", max(*w.params.Indent, 0)*w.level)...)
	}
}

// maxDepth is how deep JSON may be nested. What is deeper holds itself, or was
// sent by somebody who wants the stack to overflow, which ends a Go program.
const maxDepth = 1000

func (w *jsonWriter) enter() error {
	if w.level++; w.level > maxDepth {
		return &exceptions.ValueError{Message: "Circular reference detected"}
	}
	return nil
}

func (w *jsonWriter) object(size int, items func(func(string, any) bool)) error {
	if size == 0 {
		w.out = append(w.out, "{}"...)
		return nil
	}
	if err := w.enter(); err != nil {
		return err
	}
	w.out = append(w.out, '{')
	first := true
	var err error
	items(func(key string, value any) bool {
		if !first {
			w.out = append(w.out, w.item...)
		}
		first = false
		w.newline()
		w.text(key)
		w.out = append(w.out, w.key...)
		err = w.value(value)
		return err == nil
	})
	w.level--
	w.newline()
	w.out = append(w.out, '}')
	return err
}

func (w *jsonWriter) array(size int, at func(int) any) error {
	if size == 0 {
		w.out = append(w.out, "[]"...)
		return nil
	}
	if err := w.enter(); err != nil {
		return err
	}
	w.out = append(w.out, '[')
	for i := range size {
		if i > 0 {
			w.out = append(w.out, w.item...)
		}
		w.newline()
		if err := w.value(at(i)); err != nil {
			return err
		}
	}
	w.level--
	w.newline()
	w.out = append(w.out, ']')
	return nil
}

// text writes a string. Python's encoder escapes less than Go's: no <, > and &.
func (w *jsonWriter) text(s string) {
	w.out = append(w.out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && (c != 0x7f || w.params.KeepUnicode) {
				i++
				continue
			}
			w.out = append(w.out, s[start:i]...)
			switch c {
			case '"', '\\':
				w.out = append(w.out, '\\', c)
			case '\n':
				w.out = append(w.out, `\n`...)
			case '\r':
				w.out = append(w.out, `\r`...)
			case '\t':
				w.out = append(w.out, `\t`...)
			case '\b':
				w.out = append(w.out, `\b`...)
			case '\f':
				w.out = append(w.out, `\f`...)
			default:
				w.escape(rune(c))
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !w.params.KeepUnicode {
			w.out = append(w.out, s[start:i]...)
			if r > 0xffff {
				r -= 0x10000
				w.escape(0xd800 + r>>10)
				w.escape(0xdc00 + r&0x3ff)
			} else {
				w.escape(r)
			}
			start = i + size
		}
		i += size
	}
	w.out = append(w.out, s[start:]...)
	w.out = append(w.out, '"')
}

func (w *jsonWriter) escape(r rune) {
	const hex = "0123456789abcdef"
	w.out = append(w.out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// float writes a number as Python's repr.
func (w *jsonWriter) float(f float64) {
	switch {
	case math.IsNaN(f):
		w.out = append(w.out, "NaN"...)
	case math.IsInf(f, 1):
		w.out = append(w.out, "Infinity"...)
	case math.IsInf(f, -1):
		w.out = append(w.out, "-Infinity"...)
	default:
		if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
			w.out = strconv.AppendFloat(w.out, f, 'e', -1, 64)
			return
		}
		start := len(w.out)
		w.out = strconv.AppendFloat(w.out, f, 'f', -1, 64)
		if !bytes.ContainsRune(w.out[start:], '.') {
			w.out = append(w.out, ".0"...)
		}
	}
}

func (w *jsonWriter) number(text string) error {
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			text = "0"
		}
		w.out = append(w.out, text...)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return &exceptions.ValueError{Message: fmt.Sprintf("%q is no number", text)}
	}
	w.float(f)
	return nil
}

// isoTime is a time as ECMA-262 has it: to the millisecond, if it has a
// fraction, and with Z for UTC.
func isoTime(t time.Time) string {
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout += ".000"
	}
	text := t.Truncate(time.Millisecond).Format(layout)
	if _, offset := t.Zone(); offset != 0 {
		return text + t.Format("-07:00")
	}
	return text + "Z"
}

// other writes what encoding/json knows and Python does not.
func (w *jsonWriter) other(value any) error {
	v := reflect.ValueOf(value)
	switch value.(type) {
	case json.Marshaler, encoding.TextMarshaler:
	default:
		switch v.Kind() {
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() != reflect.Uint8 && !(v.Kind() == reflect.Slice && v.IsNil()) {
				return w.array(v.Len(), func(i int) any { return v.Index(i).Interface() })
			}
		case reflect.Map:
			if v.Type().Key().Kind() == reflect.String {
				keys := v.MapKeys()
				slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
				return w.object(len(keys), func(yield func(string, any) bool) {
					for _, key := range keys {
						if !yield(key.String(), v.MapIndex(key).Interface()) {
							return
						}
					}
				})
			}
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			w.out = strconv.AppendInt(w.out, v.Int(), 10)
			return nil
		case reflect.Float32, reflect.Float64:
			w.float(v.Float())
			return nil
		case reflect.String:
			w.text(v.String())
			return nil
		}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return &exceptions.TypeError{Message: fmt.Sprintf("Object of type %T is not JSON serializable: %v", value, err)}
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	ordered, err := decodeOrdered(decoder, maxDepth)
	if err != nil {
		return err
	}
	return w.value(ordered)
}

// decodeOrdered reads JSON with objects as JSONObject, nested so deep at most.
func decodeOrdered(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == 0 {
		return nil, &exceptions.ValueError{Message: fmt.Sprintf("JSON is nested more than %d times", maxDepth)}
	}
	if delim == '[' {
		list := []any{}
		for decoder.More() {
			item, err := decodeOrdered(decoder, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := decoder.Token()
		return list, err
	}
	object := JSONObject{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := decodeOrdered(decoder, depth-1)
		if err != nil {
			return nil, err
		}
		object = append(object, JSONItem{key.(string), value})
	}
	_, err = decoder.Token()
	return object, err
}

// ReadJSON reads one JSON value, with objects in the order of their keys and
// numbers as they were written.
func ReadJSON(r io.Reader) (any, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	return decodeOrdered(decoder, maxDepth)
}
