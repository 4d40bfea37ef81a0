package onion_test

import (
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/onion"
	"basehandler/internal/scenario"
	"basehandler/tests"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the geometry in testdata anew")

// A named is a run with a name.
type named struct {
	name string
	run  onion.Run
}

// goldenRuns are the requests of all golden cases.
func goldenRuns(t testing.TB) (runs []named) {
	t.Helper()
	files, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := golden.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		step, err := strconv.Atoi(c.Steps[0][:2])
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range c.Results {
			run, err := onion.SiteRun(step, c.ASGI, c.Settings, c.Requests[i], []byte(result.Response), result.Trace)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			name := c.Name
			if i > 0 {
				name += fmt.Sprintf(" %d", i+1)
			}
			runs = append(runs, named{name, run})
		}
	}
	return runs
}

// scenarioRuns are the scenarios that come along.
func scenarioRuns(t testing.TB) (runs []named) {
	t.Helper()
	for _, s := range scenario.Named() {
		result, err := scenario.Run(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, named{s.Name, onion.ScenarioRun(s, result)})
	}
	return runs
}

// What is too much for a picture, or nothing to draw, and why.
var undrawn = map[string]string{
	"04-signals/finished-early":                      `there is no room for "count 2"`,
	"12-checks/broken":                               "the inner handler has done 9 things, and a picture has room for 7",
	"a factory that returns nothing stops the start": "there is nothing to draw: the handler was not made",
}

// Every run is drawn or says why it cannot be, and nothing about a picture
// contradicts the trace it is drawn from. All are kept on one page, for the eye.
func TestAll(t *testing.T) {
	var page strings.Builder
	fmt.Fprintf(&page, "<!doctype html><html><meta charset=utf-8><link rel=stylesheet href=base.css><style>%sfigure{margin:20px;width:1180px}figcaption{font:18px var(--sans)}</style>", onion.CSS)
	missing := map[string]bool{}
	for name := range undrawn {
		missing[name] = true
	}
	for _, n := range append(goldenRuns(t), scenarioRuns(t)...) {
		picture, err := onion.Draw(n.run)
		if want := undrawn[n.name]; want != "" || err != nil {
			delete(missing, n.name)
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want the error %q", n.name, err, want)
			}
			continue
		}
		check(t, n.name, picture)
		for _, event := range n.run.Trace {
			if !strings.Contains(picture.Description, event) {
				t.Errorf("%s: %q is not in the description", n.name, event)
			}
		}
		fmt.Fprintf(&page, "<h2>%s</h2><figure>%s<figcaption>%s</figcaption></figure>\n", html.EscapeString(n.name), picture.SVG, html.EscapeString(strings.Join(picture.Captions, " | ")))
	}
	for name := range missing {
		t.Errorf("there is no run %q", name)
	}
	for _, name := range onion.Names() {
		picture, err := onion.Fixed(name)
		if err != nil {
			t.Error(err)
			continue
		}
		check(t, name, picture)
		fmt.Fprintf(&page, "<h2>%s</h2><figure>%s</figure>\n", name, picture.SVG)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "gallery.html"), []byte(page.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// element is a part of an SVG.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

func (e element) number(t testing.TB, name string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(e.attrs[name], 64)
	if err != nil {
		t.Fatalf("<%s %s=%q>: %v", e.name, name, e.attrs[name], err)
	}
	return n
}

// position is the value of data-from or data-to.
func (e element) position(name string, otherwise int) int {
	if n, err := strconv.Atoi(e.attrs[name]); err == nil {
		return n
	}
	return otherwise
}

// elements reads a picture back; a picture is well-formed XML.
func elements(t testing.TB, svg string) (list []element) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if token == nil {
			return list
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attrs: map[string]string{}}
			for _, attr := range token.Attr {
				e.attrs[attr.Name.Local] = attr.Value
			}
			list = append(list, e)
		case xml.CharData:
			if len(list) > 0 {
				list[len(list)-1].text += strings.Trim(string(token), "\n")
			}
		}
	}
}

// check holds for every picture.
func check(t testing.TB, name string, picture onion.Picture) {
	t.Helper()
	list := elements(t, string(picture.SVG))
	if len(list) < 4 || list[0].name != "svg" || list[0].attrs["role"] != "img" || list[1].name != "title" || list[1].text == "" || list[2].name != "desc" || list[2].text != picture.Description && picture.Captions == nil {
		t.Errorf("%s: no svg with title and description: %.200s", name, picture.SVG)
	}
	if picture.Positions < 1 || picture.Captions != nil && len(picture.Captions) != picture.Positions {
		t.Errorf("%s: %d positions, %d captions", name, picture.Positions, len(picture.Captions))
	}
	for i, caption := range picture.Captions {
		if caption == "" {
			t.Errorf("%s: position %d has no caption", name, i)
		}
	}
	var x, y, w, h float64
	if _, err := fmt.Sscanf(list[0].attrs["viewBox"], "%g %g %g %g", &x, &y, &w, &h); err != nil || w > onion.Width || h*onion.Width/w > onion.Height || h != float64(picture.Height) {
		t.Errorf("%s: viewBox %q, height %d", name, list[0].attrs["viewBox"], picture.Height)
	}
	shown := map[int]bool{0: true}
	type box struct {
		x0, y0, x1, y1 float64
		text           string
	}
	var boxes []box
	for _, e := range list {
		if e.attrs["style"] != "" || e.attrs["fill"] != "" || e.attrs["stroke"] != "" {
			t.Errorf("%s: colours belong into the style sheet: %v", name, e)
		}
		from := e.position("data-from", 0)
		shown[from] = true
		if from >= picture.Positions {
			t.Errorf("%s: a part appears at position %d of %d", name, from, picture.Positions)
		}
		if e.name != "text" {
			continue
		}
		// 20 units a line, and at least 11 a character: fonts differ.
		b := box{text: e.text, x0: e.number(t, "x"), y0: e.number(t, "y") - 17}
		width := float64(len([]rune(e.text))) * 11
		switch e.attrs["text-anchor"] {
		case "middle":
			b.x0 -= width / 2
		case "end":
			b.x0 -= width
		}
		b.x1, b.y1 = b.x0+width, b.y0+20
		if b.x0 < 0 || b.y0 < 0 || b.x1 > w || b.y1 > h {
			t.Errorf("%s: %q stands outside", name, e.text)
		}
		for _, other := range boxes {
			if b.x0 < other.x1 && other.x0 < b.x1 && b.y0 < other.y1 && other.y0 < b.y1 {
				t.Errorf("%s: %q lies over %q", name, b.text, other.text)
			}
		}
		boxes = append(boxes, b)
	}
	for i := range picture.Positions {
		if !shown[i] {
			t.Errorf("%s: nothing appears at position %d", name, i)
		}
	}
}

// geometry writes a picture down, one part a line, in the order of drawing.
func geometry(t testing.TB, picture onion.Picture) string {
	var out strings.Builder
	for _, e := range elements(t, string(picture.SVG)) {
		switch e.name {
		case "svg":
			fmt.Fprintf(&out, "picture %s, %d positions\n", e.attrs["viewBox"], picture.Positions)
			continue
		case "title", "desc":
			continue
		}
		fmt.Fprintf(&out, "%d  %-6s %-16s", e.position("data-from", 0), e.name, e.attrs["class"])
		switch e.name {
		case "text":
			fmt.Fprintf(&out, " %s,%s %s %q", e.attrs["x"], e.attrs["y"], e.attrs["text-anchor"], e.text)
		case "rect":
			fmt.Fprintf(&out, " %s,%s %s×%s", e.attrs["x"], e.attrs["y"], e.attrs["width"], e.attrs["height"])
		case "circle":
			fmt.Fprintf(&out, " %s,%s", e.attrs["cx"], e.attrs["cy"])
		case "path":
			fmt.Fprintf(&out, " %s", e.attrs["d"])
		default:
			t.Fatalf("what is <%s>?", e.name)
		}
		out.WriteByte('\n')
	}
	for i, caption := range picture.Captions {
		fmt.Fprintf(&out, "caption %d: %s\n", i, caption)
	}
	return out.String()
}

// The geometry of those that show something of their own.
func TestGeometry(t *testing.T) {
	want := map[string]bool{}
	for _, name := range []string{
		"03-response/page", "04-signals/streaming", "05-middleware/onion", "05-middleware/closed", "05-middleware/error-jumps",
		"06-urls/nowhere", "06-urls/devlog-not-used", "07-errors/outermost", "07-errors/each-layer", "07-errors/badge", "08-view-middleware/hold",
		"09-exception-middleware/sensor", "10-template-middleware/fails", "11-atomic/two", "11-atomic/rolled-back", "13-async/there-and-back", "14-asgi/mixed",
		"a short circuit in the request phase skips the inner layers",
	} {
		want[name] = true
	}
	for _, n := range append(goldenRuns(t), scenarioRuns(t)...) {
		if !want[n.name] {
			continue
		}
		delete(want, n.name)
		t.Run(n.name, func(t *testing.T) {
			picture, err := onion.Draw(n.run)
			if err != nil {
				t.Fatal(err)
			}
			got := geometry(t, picture)
			file := filepath.Join("testdata", regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(n.name, "-")+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			kept, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("-kept +drawn (look at the picture, then run the test with -update):\n%s", diff)
			}
		})
	}
	for name := range want {
		t.Errorf("there is no run %q", name)
	}
}

// texts are those of a picture at its last position.
func texts(t testing.TB, picture onion.Picture) string {
	var all []string
	for _, e := range elements(t, string(picture.SVG)) {
		if e.name == "text" {
			all = append(all, e.text)
		}
	}
	return strings.Join(all, "\n")
}

func draw(t testing.TB, run onion.Run) onion.Picture {
	t.Helper()
	picture, err := onion.Draw(run)
	if err != nil {
		t.Fatal(err)
	}
	check(t, run.Request, picture)
	return picture
}

// What a picture says of a run, in words that are seen.
func TestSays(t *testing.T) {
	layers := []onion.Layer{{Name: "A", Tells: true}, {Name: "B", Tells: true}}
	for _, test := range []struct {
		name    string
		run     onion.Run
		says    []string
		never   []string
		caption string
	}{
		{"through", onion.Run{Layers: layers, Status: "200", Trace: []string{"signal request_started", "A request", "B request", "view v", "B response 200", "A response 200", "signal request_finished"}},
			[]string{"view v", "response 200", "request_finished"}, []string{"never reached", "skipped"}, "Out: the response passes B and A, from the inside out."},
		{"turned", onion.Run{Layers: layers, Status: "403", Born: "A.request", Trace: []string{"signal request_started", "A request", "signal request_finished"}},
			[]string{"never reached", "no further: 403"}, []string{"response 403", "error"}, "A answers by itself. What lies inside is never reached."},
		{"raised", onion.Run{Layers: layers, Status: "403", Failed: "B", Trace: []string{"signal request_started", "A request", "B request", "A response 403", "signal request_finished"}},
			[]string{"never reached", "error → 403", "response 403"}, []string{"skipped"}, "B fails. What lies inside is never reached."},
		{"jumped", onion.Run{Layers: layers, Step: 5, Status: "500", Failed: "view", Trace: []string{"signal request_started", "A request", "B request", "view v"}},
			[]string{"response half skipped", "the server answers: 500", "is never sent"}, []string{"never reached"}, "The view is called. It fails."},
		{"bridge", onion.Run{Layers: layers, Status: "200", Trace: []string{"A request", "B request @loop", "view v @loop", "B response 200 @loop", "A response 200"}},
			[]string{"request · sync", "request · async", "view v · async"}, nil, "In: the request passes A and B, from the outside in. Hollow is async code; a bar across the way is a bridge."},
		{"unused", onion.Run{Layers: []onion.Layer{{Name: "A", Unused: true}, {Name: "B", Tells: true}}, Status: "200", Trace: []string{"B request", "view v", "B response 200"}},
			[]string{"left out when the chain was made"}, nil, "One layer around the view: B. It waits for a request."},
	} {
		t.Run(test.name, func(t *testing.T) {
			picture := draw(t, test.run)
			seen := texts(t, picture)
			for _, text := range test.says {
				if !strings.Contains(seen, text) {
					t.Errorf("%q is not to be seen in:\n%s", text, seen)
				}
			}
			for _, text := range test.never {
				if strings.Contains(seen, text) {
					t.Errorf("%q is to be seen in:\n%s", text, seen)
				}
			}
			if !strings.Contains(strings.Join(picture.Captions, "\n"), test.caption) {
				t.Errorf("no caption %q in %q", test.caption, picture.Captions)
			}
		})
	}
}

func TestTooMuch(t *testing.T) {
	many := onion.Run{Status: "200", Trace: []string{"view v"}}
	for i := range 9 {
		many.Layers = append(many.Layers, onion.Layer{Name: fmt.Sprint("L", i)})
	}
	if _, err := onion.Draw(many); err == nil || err.Error() != "9 layers are too many for one picture, which has room for 8" {
		t.Errorf("got %v", err)
	}
	many.Layers = many.Layers[:8]
	draw(t, many)
	for _, run := range []onion.Run{{}, {Raised: "there is no layer"}} {
		if _, err := onion.Draw(run); err == nil || !strings.HasPrefix(err.Error(), "there is nothing to draw: ") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := onion.Fixed("nothing"); err == nil || err.Error() != `there is no picture "nothing"; there are: paths, road, server, timeline` {
		t.Errorf("got %v", err)
	}
	if _, err := onion.SiteRun(5, false, nil, []byte("\n"), nil, nil); err == nil {
		t.Error("a request without a first line is drawn")
	}
	if _, err := onion.SiteRun(5, false, []byte("{"), []byte("GET / HTTP/1.1"), nil, nil); err == nil {
		t.Error("broken settings are read")
	}
}

// The road has as many stops as the course has steps.
func TestRoad(t *testing.T) {
	picture, err := onion.Fixed("road")
	if err != nil {
		t.Fatal(err)
	}
	numbers := regexp.MustCompile(`>\d\d<`).FindAllString(string(picture.SVG), -1)
	if len(numbers) != len(course.Steps) {
		t.Errorf("%d stops, %d steps", len(numbers), len(course.Steps))
	}
}

// What the package knows of the site's layers and views is what stands there.
func TestSite(t *testing.T) {
	source, err := os.ReadFile("../../steps/14-asgi/site.go")
	if err != nil {
		t.Fatal(err)
	}
	for method, hook := range map[string]string{"ProcessView": "process_view", "ProcessException": "process_exception", "ProcessTemplateResponse": "process_template_response"} {
		var want []string
		for _, match := range regexp.MustCompile(`func \((?:\w+ )?\*?(\w+)\) `+method+`\(`).FindAllSubmatch(source, -1) {
			if name := string(match[1]); name == "Layer" {
				want = append(want, "A", "B", "C", "Sync", "Async")
			} else {
				want = append(want, name)
			}
		}
		if len(want) == 0 {
			t.Fatalf("nobody has %s", method)
		}
		for _, match := range regexp.MustCompile(`Register\("site\.middleware\.(\w+)"`).FindAllSubmatch(source, -1) {
			name := string(match[1])
			run, err := onion.SiteRun(14, false, fmt.Appendf(nil, `{"MIDDLEWARE": ["site.middleware.%s"]}`, name), []byte("GET / HTTP/1.1"), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Contains(" "+strings.Join(run.Layers[0].Hooks, " ")+" ", " "+hook+" ")
			has := strings.Contains(" "+strings.Join(want, " ")+" ", " "+name+" ")
			if name == "Neither" { // cannot be made
				continue
			}
			if got != has {
				t.Errorf("%s has %s: %v, and the site says %v", name, hook, got, has)
			}
		}
	}
	for _, match := range regexp.MustCompile(`raises\("(\w+)"`).FindAllSubmatch(source, -1) {
		run, err := onion.SiteRun(14, false, nil, []byte("GET / HTTP/1.1"), nil, []string{"view site.views." + string(match[1])})
		if err != nil {
			t.Fatal(err)
		}
		if run.Failed != "view" {
			t.Errorf("the view %s raises, and that is not known", match[1])
		}
	}
}

// Whatever is in a trace, a picture is well-formed, and shows it as text.
func FuzzDraw(f *testing.F) {
	for _, n := range goldenRuns(f)[:40] {
		f.Add(n.run.Request, "A,B", strings.Join(n.run.Trace, "\n"), n.run.Status, "", uint8(n.run.Step))
	}
	f.Add(`GET /<script>`, `<b>,"&'`, "<b> request\n\"&' request @loop\nview <script>alert(1)</script>\n<b> response <i>", "200 <OK>", "<b>.request", uint8(9))
	f.Add("GET /\x00\xff", "A\u202e", "view \x1b[1m\natomic begin \xff\natomic rollback \xff", "200", "view", uint8(14))
	f.Fuzz(func(t *testing.T, request, layers, trace, status, born string, step uint8) {
		run := onion.Run{Request: request, Trace: strings.Split(trace, "\n"), Status: status, Born: born, Step: int(step)}
		for name := range strings.SplitSeq(layers, ",") {
			run.Layers = append(run.Layers, onion.Layer{Name: name, Tells: true, Hooks: []string{"process_view"}})
		}
		picture, err := onion.Draw(run)
		if err != nil {
			return
		}
		check(t, request, picture)
		for _, e := range elements(t, string(picture.SVG)) {
			switch e.name {
			case "svg", "title", "desc", "text", "rect", "circle", "path":
			default:
				t.Errorf("an element %q came out of the run", e.name)
			}
		}
	})
}
