package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rules.txt lists what Django does, a rule a paragraph: its id and a title. The
// lines below are the tests that name it, which -update writes, and in front of
// these, where there is something to say, one of
//
//	departs: FILE: because …         on purpose; the list in final/README.md has it
//	no counterpart: because …        for what Go or this program cannot have
//
// A rule that has none of the three is open, and there is none.
//
// A test names a rule by its id, in the comment above it or within it, or at the
// start of a text, which is what tests call their cases. A scenario or a probe
// does so by its name.

var (
	ruleID    = regexp.MustCompile(`\b([HEWASQRTUCMX])-(\d\d)\b`)
	ruleRange = regexp.MustCompile(`\b([HEWASQRTUCMX])-(\d\d) to [HEWASQRTUCMX]-(\d\d)\b`)
	leading   = regexp.MustCompile(`^(?:[HEWASQRTUCMX]-\d\d[ :,]+)+`)
)

// areas are those of the rules, by the letter of their ids, and how many each has.
var areas = map[string]int{"H": 82, "E": 37, "W": 33, "A": 39, "S": 23, "Q": 47, "R": 38, "T": 13, "U": 36, "C": 14, "M": 48, "X": 15}

// rulesIn gives the ids that a text names, also those within a range.
func rulesIn(text string) []string {
	var ids []string
	for _, match := range ruleRange.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(match[2])
		last, _ := strconv.Atoi(match[3])
		for i := first; i <= last; i++ {
			ids = append(ids, fmt.Sprintf("%s-%02d", match[1], i))
		}
	}
	return append(ids, ruleID.FindAllString(text, -1)...)
}

// namedBy gives, by rule, what names it: "final/web TestCall".
func namedBy(t *testing.T) map[string][]string {
	t.Helper()
	named := map[string][]string{}
	add := func(id, by string) {
		if !slices.Contains(named[id], by) {
			named[id] = append(named[id], by)
		}
	}
	root := os.DirFS("..")
	for _, folder := range []string{"final", "tests", "wsgi", "asgi"} {
		err := fs.WalkDir(root, folder, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") || path.Base(name) == "rules_test.go" {
				return err
			}
			source, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, source, parser.ParseComments)
			if err != nil {
				return err
			}
			for _, declaration := range file.Decls {
				test, ok := declaration.(*ast.FuncDecl)
				if !ok || test.Recv != nil || !regexp.MustCompile(`^(Test|Fuzz|Example)`).MatchString(test.Name.Name) {
					continue
				}
				by := path.Dir(name) + " " + test.Name.Name
				for _, id := range rulesIn(test.Doc.Text()) {
					add(id, by)
				}
				for _, comment := range file.Comments {
					if test.Pos() < comment.Pos() && comment.End() < test.End() {
						for _, id := range rulesIn(comment.Text()) {
							add(id, by)
						}
					}
				}
				ast.Inspect(test, func(node ast.Node) bool {
					if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
						if text, err := strconv.Unquote(literal.Value); err == nil {
							for _, id := range rulesIn(leading.FindString(text)) {
								add(id, by)
							}
						}
					}
					return true
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for file, test := range map[string]string{"more": "TestScenarios", "public": "TestScenarios", "probes": "TestProbes", "moreprobes": "TestProbes"} {
		text, err := os.ReadFile("conformance/" + file + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, line := range lines(text) {
			var question struct{ Name string }
			if err := json.Unmarshal(line, &question); err != nil {
				t.Fatal(err)
			}
			for _, id := range rulesIn(leading.FindString(question.Name)) {
				count[id]++
			}
		}
		for id, n := range count {
			add(id, fmt.Sprintf("tests %s: %d of %s.jsonl", test, n, file))
		}
	}
	for _, list := range named {
		slices.Sort(list)
	}
	return named
}

// Each rule has a test that names it, or a reason why it has none; the table of
// them is as it would be written now.
func TestRules(t *testing.T) {
	before, err := os.ReadFile("rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../final/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, departures, _ := strings.Cut(string(readme), "## Where it departs from Django")
	named := namedBy(t)
	title := regexp.MustCompile(`^([HEWASQRTUCMX]-\d\d) \S`)
	reason := regexp.MustCompile(`^\t(?:departs: ([a-z]+/[a-z0-9]+\.go)|no counterpart): because \S`)

	var table bytes.Buffer
	rules := map[string]bool{}
	tested, departs, without := 0, 0, 0
	rule, reasons := "", 0
	end := func() { // of a rule: its tests
		for _, by := range named[rule] {
			table.WriteString("\t" + by + "\n")
		}
		switch {
		case rule == "":
		case len(named[rule]) > 0:
			tested++
		case reasons > 0:
			without++
		default:
			t.Errorf("%s is open: no test names it, and nothing says why", rule)
		}
	}
	for line := range strings.Lines(string(before)) {
		switch {
		case title.MatchString(line):
			end()
			rule, reasons = title.FindStringSubmatch(line)[1], 0
			if rules[rule] {
				t.Errorf("%s is there twice", rule)
			}
			rules[rule] = true
			table.WriteString(line)
		case reason.MatchString(line):
			reasons++
			table.WriteString(line)
			if file := reason.FindStringSubmatch(line)[1]; file != "" {
				departs++
				source, err := os.ReadFile("../final/" + file)
				if err != nil || !bytes.Contains(source, []byte("Departs")) || !strings.Contains(departures, "`"+file+"`") {
					t.Errorf("%s departs in %s, of which the file and the list in final/README.md have to say so", rule, file)
				}
			}
		case strings.HasPrefix(line, "\tdeparts") || strings.HasPrefix(line, "\tno counterpart"):
			t.Errorf("%s: this gives no reason, or no file: %s", rule, line)
		case !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "#"):
			t.Errorf("this is no line of the table: %q", line)
		}
	}
	end()
	for area, last := range areas {
		for number := 1; number <= last; number++ {
			if id := fmt.Sprintf("%s-%02d", area, number); !rules[id] {
				t.Errorf("%s is not in the table", id)
			}
		}
	}
	for id, by := range named {
		if !rules[id] {
			t.Errorf("there is no rule %s, which %s names", id, by[0])
		}
	}
	now := fmt.Appendf(nil, "# What Django does, and the tests that hold final to it; rules_test.go says how to\n"+
		"# read and write this. %d rules: %d with tests, %d without any, for a reason;\n# final departs from %d.\n%s",
		len(rules), tested, without, departs, table.Bytes())
	if bytes.Equal(now, before) {
		return
	}
	if !*update {
		t.Error("rules.txt is not as it would be written now: go test ./tests -run TestRules -update")
		return
	}
	if err := os.WriteFile("rules.txt", now, 0o644); err != nil {
		t.Fatal(err)
	}
}
