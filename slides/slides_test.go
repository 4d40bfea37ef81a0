package slides

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"basehandler/final"
	"basehandler/internal/course"
	"basehandler/internal/dom"
	"basehandler/internal/play"
	"basehandler/slides/deck"
	"basehandler/steps"
	"basehandler/tests"
)

var library = &course.Library{Files: steps.Files}

// whole is the real deck, built once.
var whole = sync.OnceValues(func() (*deck.Deck, error) {
	sections, err := deck.Load(Files)
	if err != nil {
		return nil, err
	}
	cases, err := fs.Sub(tests.Golden, "golden")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return deck.Builder{Library: library, Final: final.Files, Golden: cases, Run: run}.Build(ctx, sections)
})

func run(ctx context.Context, r deck.Request) (deck.Result, error) {
	var settings []byte
	if r.Settings != "" {
		settings = []byte(r.Settings)
	}
	result, err := play.Exchange(ctx, play.Linked(r.Step), settings, []byte(r.Text), r.ASGI)
	if load, ok := errors.AsType[*play.LoadError](err); ok {
		return deck.Result{Error: load.Error()}, nil
	}
	return deck.Result{Response: string(result.Response), Trace: result.Trace, Log: result.Log}, err
}

func sections(t *testing.T) []*deck.Section {
	t.Helper()
	sections, err := deck.Load(Files)
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	return sections
}

// TestDeck tells of every mistake in all files at once.
func TestDeck(t *testing.T) {
	start := time.Now()
	built, err := whole()
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	t.Logf("built in %v", time.Since(start).Round(time.Millisecond))
	for _, route := range deck.Routes {
		for _, presenter := range []bool{false, true} {
			page, err := built.Page(deck.View{Route: route, Presenter: presenter})
			if err != nil {
				t.Errorf("route %d: %v", route, err)
			}
			t.Run(fmt.Sprintf("%d/presenter=%t", route, presenter), func(t *testing.T) { checkPage(t, page, route, presenter) })
		}
	}
	for view, want := range map[deck.View]string{
		{Route: 30}:                   "the talk takes 20, 45 or 180 minutes, and not 30",
		{Route: 45, Slide: "nowhere"}: "the talk of 45 minutes has no slide nowhere",
	} {
		if _, err := built.Page(view); err == nil || err.Error() != want {
			t.Errorf("%v: the error is %v, want %s", view, err, want)
		}
	}
}

// The page of one slide has all of it, and nothing of the others but their names.
func TestSlidePages(t *testing.T) {
	built, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	page := func(view deck.View) *html.Node {
		text, err := built.Page(view)
		if err != nil {
			t.Fatal(err)
		}
		document, err := html.ParseWithOptions(bytes.NewReader(text), html.ParseOptionEnableScripting(false))
		if err != nil {
			t.Fatal(err)
		}
		return document
	}
	texts := func(document *html.Node) (ids []string, text map[string]string) {
		text = map[string]string{}
		for node := range document.Descendants() {
			if node.Type == html.ElementNode && dom.Is(node, "slide") {
				id, _ := dom.Attr(node, "id")
				if _, hidden := dom.Attr(node, "hidden"); hidden {
					id += " hidden"
				}
				ids = append(ids, id)
				text[id] = dom.Text(node)
			}
		}
		return ids, text
	}
	for _, route := range deck.Routes {
		all, whole := texts(page(deck.View{Route: route}))
		for i, id := range all {
			one := page(deck.View{Route: route, Slide: id})
			ids, text := texts(one)
			for j, other := range all {
				if want := map[bool]string{true: other, false: other + " hidden"}[i == j]; len(ids) != len(all) || ids[j] != want {
					t.Fatalf("%d minutes: the page of %s has the slides %q", route, id, ids)
				}
				if named := text[other+" hidden"]; i != j && (named == "" || !strings.Contains(whole[other], named)) {
					t.Errorf("%d minutes: the page of %s names %s %q", route, id, other, named)
				}
			}
			if text[id] != whole[id] {
				t.Errorf("%d minutes: %s on its own page differs", route, id)
			}
			want := map[string]string{}
			if i > 0 {
				want["prev"] = all[i-1]
			}
			if i+1 < len(all) {
				want["next"] = all[i+1]
			}
			got := map[string]string{}
			for node := range one.Descendants() {
				if rel, found := dom.Attr(node, "rel"); found && node.Data == "a" {
					href, _ := dom.Attr(node, "href")
					got[rel] = strings.TrimPrefix(href, deck.View{Route: route}.At())
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("%d minutes: %s leads to %v, want %v", route, id, got, want)
			}
		}
	}
}

func TestDeckMinutes(t *testing.T) {
	for _, route := range deck.Routes {
		sum, shares := 0.0, 0.0
		for _, section := range sections(t) {
			sum += section.Minutes[route]
			for _, minutes := range section.SlideMinutes(route) {
				shares += minutes
			}
		}
		if sum != float64(route) {
			t.Errorf("the sections' minutes for the route of %d sum to %g", route, sum)
		}
		if math.Abs(shares-float64(route)) > 1e-9 {
			t.Errorf("the slides' minutes for the route of %d sum to %g", route, shares)
		}
	}
}

// Every state of the course is seen somewhere.
func TestDeckAddresses(t *testing.T) {
	seen := map[string]bool{}
	for _, section := range sections(t) {
		for _, slide := range section.Slides {
			for _, part := range slide.Parts {
				code, ok := part.(*deck.Code)
				if !ok {
					continue
				}
				for _, state := range code.States {
					if a, err := course.ParseAddress(state.Address); err == nil {
						seen[a.String()] = true
					}
				}
			}
		}
	}
	for _, step := range course.Steps {
		for _, address := range step.Addresses() {
			if !seen[address.String()] {
				t.Errorf("no slide shows code of %s (%s)", address, address.Title())
			}
		}
	}
}

// Each step has something to do for the audience, in the route with time for it.
func TestDeckExercises(t *testing.T) {
	commands := map[string]bool{}
	for _, section := range sections(t) {
		for _, slide := range section.Slides {
			if !slide.On(180) || !strings.HasPrefix(slide.Title, "Your ") {
				continue
			}
			for _, part := range slide.Parts {
				if typed, ok := part.(deck.Commands); ok {
					for line := range strings.Lines(typed.Source) {
						if words := strings.Fields(line); len(words) > 2 && words[0] == "walkthrough" {
							commands[words[2]] = true
						}
					}
				}
			}
		}
	}
	for _, step := range course.Steps {
		if number := step.Address().String(); !commands[number] {
			t.Errorf("no slide “Your turn” begins with a command for step %s", number)
		}
	}
}

// Each route has a request that can be sent from a slide.
func TestDeckRequests(t *testing.T) {
	requests := map[int]int{}
	for _, section := range sections(t) {
		for _, slide := range section.Slides {
			for _, part := range slide.Parts {
				if ask, ok := part.(*deck.Ask); ok && ask.Kind == "try" {
					for _, route := range slide.Routes {
						requests[route]++
					}
				}
			}
		}
	}
	for _, route := range deck.Routes {
		if requests[route] == 0 {
			t.Errorf("no slide of the route of %d has a request", route)
		}
	}
}

// writtenTime is how a note would say how long its slide takes.
var writtenTime = regexp.MustCompile(`^\W*(\d+ (s|minutes?)|[Aa] minute)\b`)

// The time of a slide differs from route to route, and the page says it. Notes
// that said it as well would say something else.
func TestDeckTimes(t *testing.T) {
	for _, section := range sections(t) {
		for _, slide := range section.Slides {
			if said := writtenTime.FindString(strings.TrimSpace(slide.Notes.Source)); said != "" {
				t.Errorf("%s:%d: the notes of %s say %q, and the page says what is planned", slide.File, slide.Notes.Line, slide.ID, said)
			}
		}
	}
}

// checkPage looks at a page as a browser does.
func checkPage(t *testing.T, page []byte, route int, presenter bool) {
	document, err := html.ParseWithOptions(bytes.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	if unclosed := wellFormed(page); unclosed != "" {
		t.Error(unclosed)
	}
	ids := map[string]bool{}
	var wanted []string // ids that something refers to
	minutes, slides := 0.0, 0
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if id, found := dom.Attr(node, "id"); found {
			if ids[id] {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = true
		}
		for _, name := range []string{"for", "aria-labelledby"} {
			if id, found := dom.Attr(node, name); found {
				wanted = append(wanted, id)
			}
		}
		for _, a := range node.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s, which the pages' policy forbids", node.Data, a.Key)
			}
		}
		if node.Data == "style" || node.Data == "script" && node.FirstChild != nil {
			t.Errorf("there is an inline <%s>", node.Data)
		}
		switch {
		case node.Data == "body":
			if got, _ := dom.Attr(node, "class"); got != map[bool]string{false: "deck", true: "deck presenter"}[presenter] {
				t.Errorf("the body's class is %q", got)
			}
		case dom.Is(node, "slide"):
			slides++
			text, _ := dom.Attr(node, "data-minutes")
			m, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Error(err)
			}
			minutes += m
			checkSlide(t, node)
		}
	}
	for _, id := range wanted {
		if !ids[id] {
			t.Errorf("there is no element %s", id)
		}
	}
	if slides < 20 || math.Abs(minutes-float64(route)) > 0.01*float64(slides) {
		t.Errorf("%d slides have %g minutes", slides, minutes)
	}
}

func checkSlide(t *testing.T, slide *html.Node) {
	id, _ := dom.Attr(slide, "id")
	text, _ := dom.Attr(slide, "data-positions")
	positions, err := strconv.Atoi(text)
	if err != nil || positions < 1 {
		t.Errorf("slide %s has %q positions", id, text)
	}
	used := make([]bool, positions) // positions at which something is new or stands out
	use := func(text string) int {
		position, err := strconv.Atoi(text)
		if err != nil || position < 0 || position >= positions {
			t.Errorf("slide %s has positions up to %d, and something at %q", id, positions-1, text)
			return 0
		}
		used[position] = true
		return position
	}
	use("0")
	notes := false
	for node := range slide.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		from, _ := dom.Attr(node, "data-from")
		if from != "" {
			use(from)
		}
		if to, found := dom.Attr(node, "data-to"); found {
			begin := 0
			if from != "" {
				begin = use(from)
			}
			if end, err := strconv.Atoi(to); err != nil || end < begin || end >= positions {
				t.Errorf("slide %s, of %d positions: something is seen from %q to %q", id, positions, from, to)
			}
		}
		if marks, found := dom.Attr(node, "data-mark"); found {
			for _, position := range strings.Fields(marks) {
				use(position)
			}
		}
		switch {
		case dom.Is(node, "notes"):
			notes = strings.TrimSpace(dom.Text(node)) != ""
		case dom.Is(node, "state"):
			checkState(t, id, node)
		}
	}
	if !notes {
		t.Errorf("slide %s has no notes", id)
	}
	if i := slices.Index(used, false); i >= 0 {
		t.Errorf("slide %s: nothing happens at position %d of %d", id, i, positions)
	}
}

// checkState counts what one state of code shows.
func checkState(t *testing.T, id string, state *html.Node) {
	address, _ := dom.Attr(state, "data-address")
	lines, changed := 0, 0
	keys := map[string]bool{}
	for node := range state.Descendants() {
		if !dom.Is(node, "line") {
			continue
		}
		lines++
		if dom.Is(node, "add") || dom.Is(node, "del") {
			changed++
		}
		key, _ := dom.Attr(node, "data-key")
		if key == "" || keys[key] {
			t.Errorf("slide %s, %s: the key %q is used twice", id, address, key)
		}
		keys[key] = true
		if strings.Contains(dom.Text(node), "\n") {
			t.Errorf("slide %s, %s: a line holds two: %q", id, address, dom.Text(node))
		}
	}
	if lines == 0 || lines > deck.MaxLines || changed > deck.MaxChanged {
		t.Errorf("slide %s: state %s shows %d lines, %d of them changed", id, address, lines, changed)
	}
}

// wellFormed looks for elements that are not closed where they should be, which
// a browser mends in its own way.
func wellFormed(page []byte) string {
	var open []string
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Sprintf("not closed: %q", open)
			}
			return ""
		case html.StartTagToken:
			name, _ := tokens.TagName()
			switch tag := string(name); tag {
			case "meta", "link", "input", "img", "br", "hr":
			default:
				open = append(open, tag)
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				return fmt.Sprintf("</%s> closes %q, near %s", name, open, tokens.Raw())
			}
			open = open[:len(open)-1]
		}
	}
}
