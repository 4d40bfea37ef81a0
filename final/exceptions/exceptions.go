// Package exceptions holds Django's exceptions as Go error types.
//
// A Python exception is caught by its class or any of that class's parents.
// Here errors.As finds the type, and Unwrap gives the parent, so that whoever
// looks for *SuspiciousOperation finds *DisallowedHost too:
//
//	var suspicious *exceptions.SuspiciousOperation
//	if errors.As(err, &suspicious) { … }
//
// [Kind] gives the name of the class, as messages and logs use it. Python's own
// exceptions, of which Django raises a few, are here as well.
package exceptions

import (
	"errors"
	"reflect"
)

// Http404 says that there is no such page. Django: http/response.py Http404.
type Http404 struct{ Message string }

// PermissionDenied says that this user must not do this. Django:
// core/exceptions.py PermissionDenied.
type PermissionDenied struct{ Message string }

// BadRequest says that the request makes no sense. Django: core/exceptions.py
// BadRequest.
type BadRequest struct{ Message string }

// MultiPartParserError says that the body is no multipart form. Django:
// http/multipartparser.py MultiPartParserError.
type MultiPartParserError struct{ Message string }

// SuspiciousOperation says that somebody tries something. Django:
// core/exceptions.py SuspiciousOperation.
type SuspiciousOperation struct{ Message string }

// SuspiciousMultipartForm says that a multipart form is not put together as one
// is. It is a SuspiciousOperation. Django: core/exceptions.py
// SuspiciousMultipartForm.
type SuspiciousMultipartForm struct{ Message string }

// SuspiciousFileOperation says that a file name leads to where no file may be.
// It is a SuspiciousOperation. Django: core/exceptions.py
// SuspiciousFileOperation.
type SuspiciousFileOperation struct{ Message string }

// DisallowedHost says that the Host header names a host that ALLOWED_HOSTS does
// not. It is a SuspiciousOperation. Django: core/exceptions.py DisallowedHost.
type DisallowedHost struct{ Message string }

// DisallowedRedirect says that a redirect leads to a URL of a scheme that is not
// safe. It is a SuspiciousOperation. Django: core/exceptions.py
// DisallowedRedirect.
type DisallowedRedirect struct{ Message string }

// TooManyFieldsSent says that a form has more fields than
// DATA_UPLOAD_MAX_NUMBER_FIELDS. It is a SuspiciousOperation. Django:
// core/exceptions.py TooManyFieldsSent.
type TooManyFieldsSent struct{ Message string }

// TooManyFilesSent says that a form has more files than
// DATA_UPLOAD_MAX_NUMBER_FILES. It is a SuspiciousOperation. Django:
// core/exceptions.py TooManyFilesSent.
type TooManyFilesSent struct{ Message string }

// RequestDataTooBig says that a body has more bytes than
// DATA_UPLOAD_MAX_MEMORY_SIZE, files not counted. It is a SuspiciousOperation.
// Django: core/exceptions.py RequestDataTooBig.
type RequestDataTooBig struct{ Message string }

// ImproperlyConfigured is the error for a mistake in the settings. Django:
// core/exceptions.py ImproperlyConfigured.
type ImproperlyConfigured struct{ Message string }

// MiddlewareNotUsed is returned by a middleware's factory that has nothing to
// do; the middleware is left out. Django: core/exceptions.py MiddlewareNotUsed.
type MiddlewareNotUsed struct{ Reason string }

// SystemExit is the wish to end the program. Nothing in the handler answers it:
// no conversion, no exception hook. Python: SystemExit, which is no Exception.
type SystemExit struct{ Message string }

// ValueError says that a value is of the right type but makes no sense. Python:
// ValueError.
type ValueError struct{ Message string }

// TypeError says that a value is of the wrong type, or an argument missing or
// too many. Python: TypeError.
type TypeError struct{ Message string }

// RuntimeError says that something went wrong that has no name of its own.
// Python: RuntimeError.
type RuntimeError struct{ Message string }

// AttributeError says that an object lacks what is asked of it. Python:
// AttributeError.
type AttributeError struct{ Message string }

func (e *Http404) Error() string                 { return e.Message }
func (e *PermissionDenied) Error() string        { return e.Message }
func (e *BadRequest) Error() string              { return e.Message }
func (e *MultiPartParserError) Error() string    { return e.Message }
func (e *SuspiciousOperation) Error() string     { return e.Message }
func (e *SuspiciousMultipartForm) Error() string { return e.Message }
func (e *SuspiciousFileOperation) Error() string { return e.Message }
func (e *DisallowedHost) Error() string          { return e.Message }
func (e *DisallowedRedirect) Error() string      { return e.Message }
func (e *TooManyFieldsSent) Error() string       { return e.Message }
func (e *TooManyFilesSent) Error() string        { return e.Message }
func (e *RequestDataTooBig) Error() string       { return e.Message }
func (e *ImproperlyConfigured) Error() string    { return e.Message }
func (e *MiddlewareNotUsed) Error() string       { return e.Reason }
func (e *SystemExit) Error() string              { return e.Message }
func (e *ValueError) Error() string              { return e.Message }
func (e *TypeError) Error() string               { return e.Message }
func (e *RuntimeError) Error() string            { return e.Message }
func (e *AttributeError) Error() string          { return e.Message }

func (e *SuspiciousMultipartForm) Unwrap() error { return &SuspiciousOperation{e.Message} }
func (e *SuspiciousFileOperation) Unwrap() error { return &SuspiciousOperation{e.Message} }
func (e *DisallowedHost) Unwrap() error          { return &SuspiciousOperation{e.Message} }
func (e *DisallowedRedirect) Unwrap() error      { return &SuspiciousOperation{e.Message} }
func (e *TooManyFieldsSent) Unwrap() error       { return &SuspiciousOperation{e.Message} }
func (e *TooManyFilesSent) Unwrap() error        { return &SuspiciousOperation{e.Message} }
func (e *RequestDataTooBig) Unwrap() error       { return &SuspiciousOperation{e.Message} }

// Is tells whether err is, wraps or descends from an exception of type T:
// except T.
func Is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// Kind gives the class of an error as Python would name it: the name of its
// type, of the first error in the chain whose type has one that is exported. Of
// errors that were joined the first counts. A plain error of package errors or
// fmt is an "Exception".
func Kind(err error) string {
	if name := kind(err); name != "" {
		return name
	}
	return "Exception"
}

func kind(err error) string {
	for err != nil {
		class := reflect.TypeOf(err)
		if class.Kind() == reflect.Pointer {
			class = class.Elem()
		}
		if name := class.Name(); name != "" && name[0] >= 'A' && name[0] <= 'Z' {
			return name
		}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			err = errors.Unwrap(err)
			continue
		}
		for _, one := range joined.Unwrap() {
			if name := kind(one); name != "" {
				return name
			}
		}
		return ""
	}
	return ""
}
