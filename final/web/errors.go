package web

import "basehandler/final/exceptions"

// The exceptions of django.http. Django: http/request.py
// RawPostDataException, UnreadablePostError, http/response.py BadHeaderError,
// utils/datastructures.py MultiValueDictKeyError.
type (
	// RawPostDataException says that the body was asked for after the stream
	// had been read.
	RawPostDataException struct{ Message string }
	// UnreadablePostError says that the client could not be read from. Unwrap
	// gives Python's OSError; Cause is what the server's input said.
	UnreadablePostError struct {
		Message string
		Cause   error
	}
	// BadHeaderError refuses a newline in a header.
	BadHeaderError struct{ Message string }
	// MultiValueDictKeyError says that there is no such key.
	MultiValueDictKeyError struct{ Message string }
)

// Python's exceptions that only this package needs.
type (
	KeyError           struct{ Message string }
	LookupError        struct{ Message string } // no such charset
	OSError            struct{ Message string }
	UnicodeDecodeError struct{ Message string }
	UnicodeEncodeError struct{ Message string }
	CookieError        struct{ Message string } // Python: http/cookies.py CookieError
)

func (e *RawPostDataException) Error() string   { return e.Message }
func (e *UnreadablePostError) Error() string    { return e.Message }
func (e *BadHeaderError) Error() string         { return e.Message }
func (e *MultiValueDictKeyError) Error() string { return e.Message }
func (e *KeyError) Error() string               { return e.Message }
func (e *LookupError) Error() string            { return e.Message }
func (e *OSError) Error() string                { return e.Message }
func (e *UnicodeDecodeError) Error() string     { return e.Message }
func (e *UnicodeEncodeError) Error() string     { return e.Message }
func (e *CookieError) Error() string            { return e.Message }

func (e *UnreadablePostError) Unwrap() []error {
	return []error{&OSError{e.Message}, e.Cause}
}
func (e *BadHeaderError) Unwrap() error         { return &exceptions.ValueError{Message: e.Message} }
func (e *MultiValueDictKeyError) Unwrap() error { return &KeyError{e.Message} }
func (e *KeyError) Unwrap() error               { return &LookupError{e.Message} }
func (e *UnicodeDecodeError) Unwrap() error     { return &exceptions.ValueError{Message: e.Message} }
func (e *UnicodeEncodeError) Unwrap() error     { return &exceptions.ValueError{Message: e.Message} }
