package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// await waits until a file matches a regular expression, and sets the variable
// FOUND to its first group: await FILE REGEXP.
func await(ts *testscript.TestScript, neg bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found := pattern.FindStringSubmatch(ts.ReadFile(args[0])); found != nil {
			ts.Setenv("FOUND", found[len(found)-1])
			return
		}
	}
	ts.Fatalf("%s is not in\n%s", args[1], ts.ReadFile(args[0]))
}

// fetch asks for a page, follows where it leads, and keeps what comes: fetch
// URL FILE. The file begins with the status.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 60 * time.Second}
	response, err := client.Get(args[0])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(response.Status+"\n"+string(body)), 0o600))
}
