package site

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/page"
)

var requestField = regexp.MustCompile(`(?s)data-step="(\d+)" data-asgi="(\w+)".*?name="request"[^>]*>(.*?)</textarea>.*?name="settings"[^>]*>(.*?)</textarea>`)

// Each block of a chapter that holds a request has a form, with that very
// request and its settings.
func TestRequestsOfChaptersCanBeSent(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	all := 0
	for _, step := range course.Steps {
		text := get(s, statePath(step.Address())).Body.String()
		var forms []string
		for _, form := range requestField.FindAllStringSubmatch(text, -1) {
			forms = append(forms, html.UnescapeString(strings.Join(form[1:], "|")))
		}
		source, err := s.needs.Library.Source(step.Address())
		if err != nil {
			t.Fatal(err)
		}
		want := 1 // the one at the end
		for _, name := range regexp.MustCompile(`<!-- golden (\S+) request -->`).FindAllStringSubmatch(string(source.Beside[chapterFile]), -1) {
			c, err := golden.LoadCase(s.needs.Golden, name[1])
			if err != nil {
				t.Fatal(err)
			}
			want++
			at, _ := stepOf(c, step.Number)
			form := fmt.Sprintf("%02d|%v|%s|%s", at, c.ASGI, strings.TrimRight(requestsText(c.Requests), "\n"), strings.TrimSpace(string(c.Settings)))
			found := false
			for _, f := range forms {
				found = found || f == form
			}
			if !found {
				t.Errorf("chapter %s: no form holds the request of %s:\n%s\nthere are:\n%s", step.Address(), name[1], form, strings.Join(forms, "\n"))
			}
		}
		if len(forms) <= want {
			t.Errorf("chapter %s has %d forms, and none of them for a command", step.Address(), len(forms))
		}
		all += len(forms)
		for _, form := range forms {
			parts := strings.SplitN(form, "|", 4)
			if _, err := newTrial(parts[0], parts[2], parts[3], parts[1] == "true", true); err != nil {
				t.Errorf("chapter %s: %v", step.Address(), err)
			}
		}
	}
	t.Logf("%d forms", all)
}

func TestStepOf(t *testing.T) {
	for steps, want := range map[string]string{
		"04":              "4 true",
		"05-":             "5 true",
		"02-":             "5 true",
		"07, 08":          "7 true",
		"03, 05.1":        "3 true",
		"05.1":            "5 false",
		"05~forward-loop": "5 false",
	} {
		c := &golden.Case{Steps: strings.Split(steps, ", ")}
		step, holds := stepOf(c, 5)
		if got := fmt.Sprint(step, " ", holds); got != want {
			t.Errorf("%s: %s, want %s", steps, got, want)
		}
	}
}

func TestCommandTrial(t *testing.T) {
	for command, want := range map[string]string{
		`request 05 GET /`:                              "05 false GET / HTTP/1.1\nHost: localhost\n|",
		`request middleware /a/`:                        "05 false GET /a/ HTTP/1.1\nHost: localhost\n|",
		`request 06 post /echo/ --data note=1`:          "06 false POST /echo/ HTTP/1.1\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n\nnote=1|",
		`request 06 / -H Host:a.example --header X-A:b`: "06 false GET / HTTP/1.1\nHost:a.example\nX-A:b\n|",
		`request 14 GET / --asgi`:                       "14 true GET / HTTP/1.1\nHost: localhost\n|",
		`request 09 GET / --settings {"DEBUG":true}`:    `09 false GET / HTTP/1.1` + "\nHost: localhost\n" + `|{"DEBUG":true}`,
		`request 05.1 GET /`:                            "",
		`request 05~forward-loop GET /`:                 "",
		`request 06 POST / --data @file`:                "",
		`request 06 GET / --settings file.json`:         "",
		`run 05`:                                        "",
		`request`:                                       "",
		`request 05 GET / --what`:                       "",
		`request 99 GET /`:                              "",
	} {
		got := ""
		if trial, ok := commandTrial(strings.Fields(command)); ok {
			got = fmt.Sprintf("%s %v %s|%s", trial.Step, trial.ASGI, trial.Request, trial.Settings)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func TestLinksOfChapters(t *testing.T) {
	for link, want := range map[string]string{
		"../06-urls/README.md":            "/steps/06/",
		"../06-urls/":                     "/steps/06/",
		"../06-urls/README.md#try-it":     "/steps/06/#try-it",
		"../06-urls/urls.go":              "/steps/06/files/urls.go",
		"#try-it":                         "#try-it",
		"/steps/06/":                      "/steps/06/",
		"../../final/README.md":           "error",
		"https://docs.djangoproject.com/": "error",
	} {
		got, err := chapterLink(link)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", link, got, want)
		}
	}
}

func TestLinkSteps(t *testing.T) {
	const text = "# After step 04\n\nAt step 04, beat 05.2 and Chapter 07, but not step 05,\nstep 99, `step 04`, [step 04](x), or stepping 04.\n\n```text\nstep 04\n```\n"
	const want = "# After step 04\n\nAt [step 04](/steps/04/), [beat 05.2](/steps/05.2/) and [Chapter 07](/steps/07/), but not step 05,\nstep 99, `step 04`, [step 04](x), or stepping 04.\n\n```text\nstep 04\n```\n"
	if got := string(linkSteps([]byte(text), 5)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The glossary holds all that the README tells of Django and Go, word by word.
func TestGlossaryHoldsTheTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	terms, err := parseGlossary(glossaryText)
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "\n| Django | here |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if !found || strings.Count(table, "\n") < 5 {
		t.Fatal("README.md has no table of Django and Go")
	}
	for row := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		in := false
		for _, term := range terms {
			in = in || len(cells) == 2 && term.django == cells[0] && term.goes == cells[1]
		}
		if !in {
			t.Errorf("the glossary lacks the row: %s", row)
		}
	}
	if len(terms) < 40 {
		t.Errorf("%d terms", len(terms))
	}
}

// names are how Django writes what it names: a_function, A_SETTING, SomeError.
var names = regexp.MustCompile(`\b_?[a-z]+(?:_[a-z0-9]+)+\b|\b[A-Z]+(?:_[A-Z]+)+\b|\b[A-Z][A-Za-z]*(?:Middleware|Handler|Error|Response|Mixin|Denied|Operation|NotUsed|Configured|404|Dict)\b`)

// notDjango are names of the course's own, and of Go.
var notDjango = map[string]bool{"THE_VIEW": true, "NewHttpResponse": true, "ErrAbortHandler": true}

// What more than one text of the course speaks of by its name in Django is in
// the glossary.
func TestGlossaryHoldsWhatIsSpokenOf(t *testing.T) {
	chapters, err := filepath.Glob("../../steps/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sections, err := filepath.Glob("../../slides/*.md")
	if err != nil || len(chapters) < 14 || len(sections) < 10 {
		t.Fatal(err, len(chapters), len(sections))
	}
	fenced := regexp.MustCompile("(?ms)^```.*?^```")
	quoted := regexp.MustCompile("`[^`\n]+`")
	in := map[string]int{}
	for _, file := range slices.Concat(chapters, sections) {
		seen := map[string]bool{}
		for _, code := range quoted.FindAllString(fenced.ReplaceAllString(readFile(t, file), ""), -1) {
			for _, name := range names.FindAllString(code, -1) {
				seen[name] = true
			}
		}
		for name := range seen {
			in[name]++
		}
	}
	checked := 0
	for name, texts := range in {
		if texts < 2 || notDjango[name] {
			continue
		}
		checked++
		if !strings.Contains(glossaryText, name) {
			t.Errorf("%d texts speak of %s, and the glossary does not have it", texts, name)
		}
	}
	if checked < 30 {
		t.Errorf("only %d names are looked for", checked)
	}
	for _, step := range course.Steps {
		words := strings.FieldsFunc(step.Django, func(r rune) bool { return r == ' ' || r == '.' })
		if name := words[len(words)-1]; !strings.Contains(glossaryText, name) {
			t.Errorf("step %s is about %s, and the glossary does not have it", step.Address(), name)
		}
	}
}

func TestGlossaryIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"## a\ngo: b\nsteps: 05\n\nText.\n":                               "",
		"## a\ngo: b\n\nText.\n":                                          "lacks go:, steps: or a text",
		"## a\nsteps: 05\n\nText.\n":                                      "lacks go:, steps: or a text",
		"## a\ngo: b\nsteps: 05\n":                                        "lacks go:, steps: or a text",
		"## a\ngo: b\nsteps: 55\n\nText.\n":                               `no step "55"`,
		"## a\ngo: b\nstep: 05\n\nText.\n":                                `unknown line "step: 05"`,
		"## a b\ngo: b\nsteps: 05\n\nT.\n\n## A-b\ngo: b\nsteps: 1\n\nT.": "two terms have the anchor a-b",
	} {
		_, err := parseGlossary(text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// No golden block of a chapter is left without its code being shown.
func TestGoldenRequestOfABeatKeepsItsBlock(t *testing.T) {
	blocks := &chapterBlocks{golden: needs(t).Golden, step: 7}
	made, handled, err := blocks.block(page.Block{Directive: "golden 07-errors/typed-nil request", Language: "http", Content: "GET /x/ HTTP/1.1\n"})
	if err != nil || !handled {
		t.Fatal(handled, err)
	}
	for _, want := range []string{`<pre class="code http"`, "The text sends this to 07~typed-nil.", `data-step="07"`} {
		if !strings.Contains(string(made), want) {
			t.Errorf("%q is not in %s", want, made)
		}
	}
}
