// Package browser tests the course where it is used: every page and every slide
// in a real Chromium, against the real server.
//
// Without Chromium the tests are skipped, unless CI=true or
// WALKTHROUGH_BROWSER=required says that there has to be one. A picture of every
// slide is kept in the folder that WALKTHROUGH_SCREENSHOTS names, else with the
// artifacts of the test (go test -artifacts).
package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The size of the stage, in pixels.
const stageWidth, stageHeight = 1280, 720

// patience is how long one test may take with its tabs.
const patience = 100 * time.Second

// shared are the one server and the one browser of all tests.
var shared struct {
	server  *httptest.Server
	program string // of the browser
	browser context.Context
	missing error // why there is no browser
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	program, err := findChromium()
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("WALKTHROUGH_BROWSER") == "required" {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		shared.missing = err
		return m.Run()
	}
	handler, err := newSite()
	if err != nil {
		fmt.Fprintln(os.Stderr, "the server cannot be made:", err)
		return 1
	}
	defer handler.Close()
	handler.Warm()
	shared.server = httptest.NewServer(handler)
	defer shared.server.Close()

	profile, err := os.MkdirTemp("", "walkthrough-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer removeAll(profile)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.WindowSize(stageWidth, stageHeight),
		chromedp.DisableGPU, chromedp.CombinedOutput(io.Discard),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", false),
	)
	if os.Geteuid() == 0 { // its sandbox refuses to run as root
		options = append(options, chromedp.NoSandbox)
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(complain))
	defer cancel()
	started := make(chan error, 1)
	go func() { started <- chromedp.Run(browser) }()
	select {
	case err = <-started:
	case <-time.After(40 * time.Second):
		err = errors.New("it takes longer than 40 seconds")
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", program, err)
		return 1
	}
	shared.program, shared.browser = program, browser
	code := m.Run()
	closing, stop := context.WithTimeout(browser, 10*time.Second)
	defer stop()
	chromedp.Cancel(closing) // it ends all of its processes; if not, the defers above end it
	return code
}

// removeAll removes a folder into which a process that ends may still write.
func removeAll(folder string) {
	for range 50 {
		if os.RemoveAll(folder) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "could not be removed:", folder)
}

// complain writes what the driver of the browser complains about, but for one
// event that it does not know.
func complain(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !strings.Contains(text, "EventTopLayerElementsUpdated") {
		fmt.Fprintln(os.Stderr, text)
	}
}

// findChromium finds the program, under the names that it goes by.
func findChromium() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"}
	if own := os.Getenv("WALKTHROUGH_CHROMIUM"); own != "" {
		names = []string{own}
	}
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("Chromium is not found as %s. Install it (on Debian and Ubuntu: apt-get install chromium) or say where it is: WALKTHROUGH_CHROMIUM=/path/to/it", strings.Join(names, ", ")) //nolint:staticcheck // a name begins it
}

// tab is one window of the browser. What goes wrong in it is an error of the
// test: exceptions, messages of errors, what the policy refuses, and requests to
// anybody but the server.
type tab struct {
	context.Context
	t testing.TB

	mu       sync.Mutex
	faults   []string
	expected func(fault string) bool
	requests int
}

// open opens a window of the size of the stage, without animation.
func open(t testing.TB) *tab {
	t.Helper()
	if shared.missing != nil {
		t.Skip(shared.missing)
	}
	ctx, cancel := chromedp.NewContext(shared.browser)
	ctx, stop := context.WithTimeout(ctx, patience)
	w := &tab{Context: ctx, t: t}
	chromedp.ListenTarget(ctx, w.heard)
	t.Cleanup(func() {
		w.check()
		stop()
		cancel()
	})
	w.front()
	w.do(network.Enable(), log.Enable(), runtime.Enable(), chromedp.EmulateViewport(stageWidth, stageHeight), w.media("light"))
	return w
}

// media sets light or dark, and no motion.
func (w *tab) media(scheme string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	})
}

// motion allows motion.
func (w *tab) motion(ctx context.Context) error {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "light"},
		{Name: "prefers-reduced-motion", Value: "no-preference"},
	}).Do(ctx)
}

// heard collects what is wrong.
func (w *tab) heard(event any) {
	fault := ""
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = "exception: " + event.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.APITypeError || event.Type == runtime.APITypeWarning || event.Type == runtime.APITypeAssert {
			fault = "console: "
			for _, arg := range event.Args {
				fault += string(arg.Value) + arg.Description + " "
			}
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.LevelError || event.Entry.Level == log.LevelWarning {
			fault = fmt.Sprintf("%s: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		w.mu.Lock()
		w.requests++
		w.mu.Unlock()
		url := event.Request.URL
		if !strings.HasPrefix(url, shared.server.URL+"/") && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:"+shared.server.URL) {
			fault = "a request leaves the server: " + url
		}
	}
	if fault != "" {
		w.mu.Lock()
		w.faults = append(w.faults, fault)
		w.mu.Unlock()
	}
}

// take gives what has gone wrong since it was last asked.
func (w *tab) take() (faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	faults, w.faults = w.faults, nil
	return faults
}

func (w *tab) check() {
	for _, fault := range w.take() {
		if w.expected == nil || !w.expected(fault) {
			w.t.Error(fault)
		}
	}
}

// do runs actions.
func (w *tab) do(actions ...chromedp.Action) {
	w.t.Helper()
	if err := chromedp.Run(w, actions...); err != nil {
		w.t.Fatal(err)
	}
}

// visit loads a page of the server, completely.
func (w *tab) visit(path string) {
	w.t.Helper()
	w.do(chromedp.Navigate(shared.server.URL + path))
}

// slides loads a deck, and waits until the player has it.
func (w *tab) slides(path string) {
	w.t.Helper()
	w.visit(path)
	w.wait("the player", `document.querySelector(".playing .foot")`)
	w.wait("forms that send", `!document.querySelector("#deck > :not([hidden]) .try:not([data-attached])")`)
}

// eval evaluates an expression, or what its promise gives, into value.
func (w *tab) eval(expression string, value any) {
	w.t.Helper()
	var raw json.RawMessage
	err := chromedp.Run(w, chromedp.Evaluate(expression, &raw, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true).WithReturnByValue(true)
	}))
	if err == nil && value != nil {
		err = json.Unmarshal(raw, value)
	}
	if err != nil {
		w.t.Fatalf("%v\nin %.300s", err, expression)
	}
}

// text evaluates an expression that gives a text.
func (w *tab) text(expression string) (text string) {
	w.t.Helper()
	w.eval(expression, &text)
	return text
}

// wait waits until an expression is true, 10 seconds at most.
func (w *tab) wait(what, expression string) {
	w.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		var done bool
		w.eval("!!("+expression+")", &done)
		if done {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: waited 10 seconds for %s", what, expression)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// call calls a function of testdata with arguments that become JSON.
func (w *tab) call(value any, file string, args ...any) {
	w.t.Helper()
	var list []string
	for _, arg := range args {
		if file, ok := arg.(function); ok {
			list = append(list, script(w.t, string(file)))
			continue
		}
		encoded, err := json.Marshal(arg)
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, string(encoded))
	}
	w.eval(fmt.Sprintf("(\n%s\n)(%s)", script(w.t, file), strings.Join(list, ", ")), value)
}

// function is an argument that is a function of testdata itself.
type function string

// script is the function in a file of testdata.
func script(t testing.TB, file string) string {
	t.Helper()
	source, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(source))
}

// front brings a tab to the front; others of the window get no frames.
func (w *tab) front() {
	w.do(chromedp.ActionFunc(func(ctx context.Context) error {
		return target.ActivateTarget(chromedp.FromContext(ctx).Target.TargetID).Do(ctx)
	}))
}
