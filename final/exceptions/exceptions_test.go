package exceptions_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"basehandler/final/exceptions"
)

// TestParents: whoever looks for the parent finds the child, and no stranger.
func TestParents(t *testing.T) {
	suspicious := map[string]error{ // E-13
		"SuspiciousMultipartForm": &exceptions.SuspiciousMultipartForm{Message: "why"},
		"SuspiciousFileOperation": &exceptions.SuspiciousFileOperation{Message: "why"},
		"DisallowedHost":          &exceptions.DisallowedHost{Message: "why"},
		"DisallowedRedirect":      &exceptions.DisallowedRedirect{Message: "why"},
		"TooManyFieldsSent":       &exceptions.TooManyFieldsSent{Message: "why"},
		"TooManyFilesSent":        &exceptions.TooManyFilesSent{Message: "why"},
		"RequestDataTooBig":       &exceptions.RequestDataTooBig{Message: "why"},
	}
	for name, err := range suspicious {
		t.Run("E-13 "+name, func(t *testing.T) {
			wrapped := fmt.Errorf("while reading: %w", err)
			var parent *exceptions.SuspiciousOperation
			if !errors.As(wrapped, &parent) || parent.Message != "why" {
				t.Errorf("it is no SuspiciousOperation that says why: %v", parent)
			}
			if exceptions.Is[*exceptions.BadRequest](wrapped) || exceptions.Is[*exceptions.PermissionDenied](wrapped) {
				t.Error("it is something else as well")
			}
			if got := exceptions.Kind(wrapped); got != name {
				t.Errorf("its kind is %s", got)
			}
		})
	}
	for _, err := range []error{
		&exceptions.Http404{}, &exceptions.PermissionDenied{}, &exceptions.BadRequest{}, &exceptions.MultiPartParserError{},
		&exceptions.ImproperlyConfigured{}, &exceptions.MiddlewareNotUsed{}, &exceptions.SystemExit{}, &exceptions.ValueError{},
	} {
		if exceptions.Is[*exceptions.SuspiciousOperation](err) {
			t.Errorf("%T is a SuspiciousOperation", err)
		}
	}
}

// hidden has no exported name and wraps nothing.
type hidden struct{ error }

type Custom struct{}

func (Custom) Error() string { return "custom" }

func TestKind(t *testing.T) {
	_, missing := os.Open("/nonexistent/file")
	for want, errs := range map[string][]error{
		"Http404":    {&exceptions.Http404{}, fmt.Errorf("a: %w", fmt.Errorf("b: %w", &exceptions.Http404{}))},
		"PathError":  {missing},
		"Custom":     {Custom{}, &Custom{}},
		"ValueError": {errors.Join(io.EOF, &exceptions.ValueError{}), errors.Join(fmt.Errorf("a: %w", &exceptions.ValueError{}), Custom{})},
		"Panic":      {&exceptions.Panic{Value: "x"}},
		"Exception":  {nil, io.EOF, hidden{&exceptions.Http404{}}, fs.ErrExist, errors.New("x"), fmt.Errorf("x %w", io.EOF), errors.Join(io.EOF, io.EOF), context.Canceled},
	} {
		for _, err := range errs {
			if got := exceptions.Kind(err); got != want {
				t.Errorf("Kind(%#v) = %s, want %s", err, got, want)
			}
		}
	}
}

func thrower() { panic(&exceptions.ValueError{Message: "thrown"}) }

// TestPanic: a panic that is caught, thrown again and caught again is the same
// one, with the stack of the first time.
func TestPanic(t *testing.T) {
	catch := func(call func()) (caught *exceptions.Panic) {
		defer func() { caught = exceptions.Caught(recover()) }()
		call()
		return nil
	}
	first := catch(thrower)
	if !strings.Contains(string(first.Stack), "exceptions_test.thrower") {
		t.Errorf("the stack does not show where it happened:\n%s", first.Stack)
	}
	if first.Error() != "panic: thrown" || !exceptions.Is[*exceptions.ValueError](first) {
		t.Errorf("it says %q, and wraps %v", first, errors.Unwrap(first))
	}
	if second := catch(func() { panic(first) }); second != first {
		t.Errorf("caught again it is %v", second)
	}
	text := catch(func() { panic("text") })
	if text.Error() != "panic: text" || errors.Unwrap(text) != nil {
		t.Errorf("it says %q, and wraps %v", text, errors.Unwrap(text))
	}
}

// Repr is held against what Python 3.12 prints.
func TestRepr(t *testing.T) {
	for text, want := range map[string]string{
		"":               `''`,
		"a b":            `'a b'`,
		"it's":           `"it's"`,
		`say "it's"`:     `'say "it\'s"'`,
		`a\b`:            `'a\\b'`,
		"\n\r\t\x00\x1b": `'\n\r\t\x00\x1b'`,
		"é€😀":            "'é€😀'",
		"\u00a0\u00ad":   `'\xa0\xad'`,
		"\u2028\u200b":   `'\u2028\u200b'`,
		"\U000e0001":     `'\U000e0001'`,
	} {
		if got := exceptions.Repr(text); got != want {
			t.Errorf("of %q it is %s, want %s", text, got, want)
		}
	}
}
