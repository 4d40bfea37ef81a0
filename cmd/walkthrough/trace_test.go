package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// Ctrl-C ends the waiting for a line that nobody types.
func TestTraceStopsWaiting(t *testing.T) {
	keyboard, typing := io.Pipe()
	defer typing.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	complaints, told := io.Pipe()
	defer complaints.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- (&traceCommand{}).stream(ctx, &env{stdout: io.Discard, stderr: told}, keyboard)
	}()
	io.WriteString(typing, "{\n")
	if _, err := complaints.Read(make([]byte, 1000)); err != nil { // so the next line is waited for
		t.Fatal(err)
	}
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
