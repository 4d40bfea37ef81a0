package handler

import "reflect"

// ValueError is the error for a value of the wrong kind.
type ValueError struct{ Message string }

func (e *ValueError) Error() string { return e.Message }

// RuntimeError is the error for what cannot be done at this time or place.
type RuntimeError struct{ Message string }

func (e *RuntimeError) Error() string { return e.Message }

// checkResponse refuses what is no response. A nil pointer in a Response is one
// of those: the interface is not nil, since it knows the pointer's type, but
// there is nothing behind it.
func checkResponse(response Response, who string) error {
	if _, ok := response.(Coroutine); ok {
		return &ValueError{Message: who + " didn't return an HttpResponse object. It returned an unawaited coroutine instead. You may need to add an 'await' into your view."}
	}
	if value := reflect.ValueOf(response); !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil() {
		return &ValueError{Message: who + " didn't return an HttpResponse object. It returned None instead."}
	}
	return nil
}

// Coroutine is a response that will be there once somebody awaits it. In Python
// that is what calling async code gives, and forgetting to await it is easy; in
// Go it takes some effort to make the mistake.
type Coroutine struct {
	Response // not there yet
	Await    func() (Response, error)
}

// className is the name of a value's type, without pointer and package.
func className(value any) string {
	return reflect.Indirect(reflect.ValueOf(value)).Type().Name()
}
