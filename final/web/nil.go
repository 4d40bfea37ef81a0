package web

import "reflect"

// IsNil tells whether there is nothing: an interface that is nil, or one that
// holds a nil pointer. The second looks like something to Go, since the
// interface knows the pointer's type. So does a response of a type such as
// HttpResponseRedirect that is empty, since its constructor failed.
func IsNil(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case *HttpResponse: // as most are
		return value == nil
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice:
		return v.IsNil()
	case reflect.Struct:
		_, response := value.(Response)
		return response && v.NumField() == 1 && v.Field(0).Kind() == reflect.Pointer && v.Field(0).IsNil()
	}
	return false
}
