package handler

import "reflect"

// ValueError is the error for a value of the wrong kind.
type ValueError struct{ Message string }

func (e *ValueError) Error() string { return e.Message }

// checkResponse refuses what is no response. A nil pointer in a Response is one
// of those: the interface is not nil, since it knows the pointer's type, but
// there is nothing behind it.
func checkResponse(response Response, who string) error {
	if value := reflect.ValueOf(response); !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil() {
		return &ValueError{Message: who + " didn't return an HttpResponse object. It returned None instead."}
	}
	return nil
}

// className is the name of a value's type, without pointer and package.
func className(value any) string {
	return reflect.Indirect(reflect.ValueOf(value)).Type().Name()
}
