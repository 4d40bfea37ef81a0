package exceptions

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic that was caught. As an error it is what the handler reports;
// as a value of panic it crosses from one goroutine to another with the stack of
// where it happened.
type Panic struct {
	Value any
	Stack []byte // as debug.Stack gives it
}

// Caught makes a Panic of what recover gave. The deferred function calls it
// itself, while the stack of the panic is still there. One that was caught
// before stays what it is.
func Caught(value any) *Panic {
	if carried, ok := value.(*Panic); ok {
		return carried
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}

func (e *Panic) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap gives the error that was panicked with, if it was one.
func (e *Panic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
