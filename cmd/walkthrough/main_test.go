package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"basehandler/internal/course"
)

// leakless fails when a test leaves a goroutine behind.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	code := m.M.Run()
	clock := goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock") // of chroma; it stops by itself
	if err := goleak.Find(clock); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"walkthrough": main})
}

// TestScript runs what people type. A script starts in an empty folder, so with
// embedded sources; "cd $CHECKOUT" goes to the checkout.
func TestScript(t *testing.T) {
	checkout, found := course.FindCheckout(".")
	if !found {
		t.Fatal("the tests are not in a checkout")
	}
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	goCache, modCache, _ := strings.Cut(strings.TrimSpace(string(caches)), "\n")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CHECKOUT", checkout)
			env.Setenv("GOCACHE", goCache)
			env.Setenv("GOMODCACHE", modCache)
			env.Setenv("GOTOOLCHAIN", "local")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second to end under -race
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"await":  await,
			"fetch":  fetch,
			"occupy": occupy,
			"serves": serves,
		},
	})
}

// occupy listens on a port until the script ends, and sets PORT to it.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	ts.Setenv("PORT", port)
}

// serves runs a program that serves, and asks it: serves [-asgi] PROGRAM PATH
// TEXT [TRACE], where TEXT is in the body of the response, and the regular
// expression TRACE matches what the program prints.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	out := &output{}
	flags := []string{"-addr", "127.0.0.1:0", "-trace"}
	if args[0] == "-asgi" {
		flags, args = append(flags, args[0]), args[1:]
	}
	command := exec.Command(ts.MkAbs(args[0]), flags...)
	command.Stdout, command.Stderr = out, out
	ts.Check(command.Start())
	defer command.Wait()
	defer command.Process.Kill()
	url, err := out.find(`(http://[\d.:]+)/`)
	ts.Check(err)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url + args[1])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if !strings.Contains(string(body), args[2]) {
		ts.Fatalf("%s is answered\n%s\nwithout %q", args[1], body, args[2])
	}
	if len(args) > 3 {
		_, err := out.find("(" + args[3] + ")")
		ts.Check(err)
	}
}
