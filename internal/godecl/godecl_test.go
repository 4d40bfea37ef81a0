package godecl

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const source = `package handler

import "errors"

// Handler is the
// handler.
type Handler struct{ view func() } // of one view

const (
	// A is first.
	A = 1
	B = 2
)

// Call is the application.
func (h *Handler) Call() error {
	return errors.New("no")
}

func (h Handler) name() string { return "h" }

// Set holds things.
type Set[K comparable, V any] struct{ things map[K]V }

func (s *Set[K, V]) Add() {}

type List[T any] []T

func (l List[T]) Len() int { return 0 }

// call is no method.
func call[T any]() {}

func init() { call[int]() }

func init() {}
`

func TestCut(t *testing.T) {
	for _, test := range []struct {
		names    []string
		comments bool
		want     string
	}{
		{[]string{"Handler"}, true, "// Handler is the\n// handler.\ntype Handler struct{ view func() } // of one view\n"},
		{[]string{"Handler"}, false, "type Handler struct{ view func() } // of one view\n"},
		{[]string{"Handler.name", "(*Handler).Call"}, true, "func (h Handler) name() string { return \"h\" }\n\n// Call is the application.\nfunc (h *Handler) Call() error {\n\treturn errors.New(\"no\")\n}\n"},
		{[]string{"B"}, false, "const (\n\t// A is first.\n\tA = 1\n\tB = 2\n)\n"},
		{[]string{"(*Set).Add", "List.Len"}, true, "func (s *Set[K, V]) Add() {}\n\nfunc (l List[T]) Len() int { return 0 }\n"},
		{[]string{"call"}, true, "// call is no method.\nfunc call[T any]() {}\n"},
		{[]string{"init"}, true, "func init() { call[int]() }\n\nfunc init() {}\n"},
	} {
		got, err := Cut("handler.go", []byte(source), test.names, test.comments)
		if err != nil {
			t.Errorf("%q: %v", test.names, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.names, diff)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, test := range []struct{ name, nearest, message string }{
		{"Call", "(*Handler).Call", `handler.go declares no "Call"; did you mean "(*Handler).Call"?`},
		{"name", "Handler.name", `handler.go declares no "name"; did you mean "Handler.name"?`},
		{"cll", "call", `handler.go declares no "cll"; did you mean "call"?`},
		{"(*Handler).Cal", "(*Handler).Call", `handler.go declares no "(*Handler).Cal"; did you mean "(*Handler).Call"?`},
		{"Completely", "", `handler.go declares no "Completely"`},
	} {
		_, err := Cut("handler.go", []byte(source), []string{"A", test.name}, true)
		unknown, ok := errors.AsType[*UnknownError](err)
		if !ok || unknown.Nearest != test.nearest || err.Error() != test.message {
			t.Errorf("%s: got %v, want %s", test.name, err, test.message)
		}
	}
	if _, err := Cut("handler.go", []byte("package"), []string{"A"}, true); err == nil {
		t.Error("a file that is no Go has declarations")
	}
}
