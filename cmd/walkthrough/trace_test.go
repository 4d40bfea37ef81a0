package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// Ctrl-C ends the waiting for a line that nobody types.
func TestTraceStopsWaiting(t *testing.T) {
	keyboard, typing := io.Pipe()
	defer typing.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var out, complaints strings.Builder
	ended := make(chan error, 1)
	go func() {
		ended <- (&traceCommand{}).stream(ctx, &env{stdout: &out, stderr: &complaints}, keyboard)
	}()
	io.WriteString(typing, "{\n") // it is read, and so the next one is waited for
	interrupt()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits on")
		typing.Close()
		<-ended
	}
}
