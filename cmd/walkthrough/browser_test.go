package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// An opener that fails is told of; a browser that stays in the foreground, and
// ends badly when the reader has long seen the page, is not.
func TestOpenBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the opener of this system is not looked up in PATH")
	}
	folder := t.TempDir()
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	failures := make(chan error, 2)
	failed := func(err error) { failures <- err }

	script("exit 3\n")
	openBrowser("http://localhost/", failed)
	select {
	case err := <-failures:
		if err.Error() != "exit status 3" {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing is said of an opener that fails")
	}

	defer func(before time.Duration) { openerPatience = before }(openerPatience)
	openerPatience = 50 * time.Millisecond
	script("sleep 0.3; exit 3\n")
	openBrowser("http://localhost/", failed)
	select {
	case err := <-failures:
		t.Errorf("a browser that was closed is said not to have opened: %v", err)
	case <-time.After(time.Second):
	}
}
