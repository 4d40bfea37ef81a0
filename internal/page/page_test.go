package page

import (
	"errors"
	"flag"
	"fmt"
	"html/template"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the files in testdata say comes out")

// golden compares the last file of an archive with what came out.
func golden(t *testing.T, name string, got func(archive *txtar.Archive) string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	last := &archive.Files[len(archive.Files)-1]
	out := got(archive)
	if *update {
		last.Data = []byte(out)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(last.Data), out); diff != "" {
		t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", name, diff)
	}
}

func TestMarkdown(t *testing.T) {
	golden(t, "testdata/markdown.txtar", func(archive *txtar.Archive) string {
		html, err := Markdown(archive.Files[0].Data, Options{
			Prefix: "x-", Down: 1,
			Link: func(to string) (string, error) { return "/at/" + strings.TrimPrefix(to, "../"), nil },
			Block: func(b Block) (template.HTML, bool, error) {
				if b.Directive == "" {
					return "", false, nil
				}
				return template.HTML(fmt.Sprintf("<div>%q %q %q line %d</div>\n", b.Directive, b.Language, b.Content, b.Line)), true, nil
			},
		})
		if err != nil {
			t.Error(err)
		}
		return string(html)
	})
}

// Without options links stay, and every block is coloured.
func TestMarkdownPlain(t *testing.T) {
	html, err := Markdown([]byte("# A\n\n[b](javascript:alert) [c](d.md)\n\n<!-- golden x -->\n```\na<b\n```\n"), Options{})
	const want = "<h1 id=\"a\">A</h1>\n<p><a href=\"\">b</a> <a href=\"d.md\">c</a></p>\n" +
		"<pre class=\"code text\" tabindex=\"0\"><code>a&lt;b\n</code></pre>\n"
	if err != nil || string(html) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, html, want)
	}
}

// All that is wrong with a text is said at once.
func TestMarkdownFaults(t *testing.T) {
	_, err := Markdown([]byte("[a](b) ![c](d)\n\n```golang2\n```\n\ntext\n```pyton\nx\n```\n\n```go\n```\n"), Options{
		Link:  func(to string) (string, error) { return "", errors.New("leads nowhere") },
		Block: func(b Block) (template.HTML, bool, error) { return "", b.Language == "go", nil },
	})
	const want = `link b: leads nowhere
link d: leads nowhere
line 0: there is no language "golang2"; did you mean "golang"?
line 8: there is no language "pyton"; did you mean "Python"?`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_, err = Markdown([]byte("```go\n```\n"), Options{
		Block: func(Block) (template.HTML, bool, error) { return "", true, errors.New("no such case") },
	})
	if err == nil || err.Error() != "no such case" {
		t.Errorf("got %v", err)
	}
}

func TestLines(t *testing.T) {
	for _, test := range []struct{ language, source, want string }{
		{"go", "x := \"a\"\n", `x := <span class="s">&#34;a&#34;</span>`},
		{"go", "", ""},
		{"go", "/* a\n\n\tb */ var x int = 1\n", "<span class=\"c\">/* a</span>\n\n<span class=\"c\">\tb */</span> <span class=\"k\">var</span> x <span class=\"kt\">int</span> = <span class=\"m\">1</span>"},
		{"", "<&>\n\n\ttab", "&lt;&amp;&gt;\n\n\ttab"},
		{"text", "a\n\n", "a\n"},
		{"http", "GET / HTTP/1.1\nHost: a\n\n<b>\n", "<span class=\"nf\">GET</span> / <span class=\"k\">HTTP</span>/<span class=\"m\">1.1</span>\nHost: a\n\n&lt;b&gt;"},
		{"http", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nall is clear\n", "<span class=\"k\">HTTP</span>/<span class=\"m\">1.1</span> <span class=\"m\">200</span> OK\nContent-Type: text/plain\n\nall is clear"},
		{"go", "\n\n", "\n"},
		{"go", "a\r\nb\r\n", "a\r\nb\r"},
	} {
		lines, err := Lines(test.language, test.source)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range lines {
			got = append(got, string(line))
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.language, test.source, diff)
		}
	}
}

// A difference of any text has a line for each of its lines.
func FuzzDifference(f *testing.F) {
	f.Add("@@ -1 +1 @@\n-a\n+b\n \n c\n")
	f.Add("+\n\n\\ No newline at end of file")
	f.Add("+/*\n c\n-*/\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, classes, err := Difference("go", text)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1; len(lines) != want || len(classes) != want {
			t.Errorf("%d lines and %d classes of %d", len(lines), len(classes), want)
		}
	})
}

// What a reader types, and what a step answers, cannot leave its place.
func TestTry(t *testing.T) {
	golden(t, "testdata/try.txtar", func(*txtar.Archive) string {
		var out strings.Builder
		for _, trial := range []Trial{
			{ID: "a", Step: "05", Request: "GET /</textarea><script> HTTP/1.1\nHost: localhost\n\n"},
			{ID: "b", Step: "14", ASGI: true, Show: "trace", Request: "GET / HTTP/1.1\n",
				Settings: `{"DEBUG": true, "X": "</textarea><b>"}`,
				Answers: []Answer{
					{Step: "14", Response: "HTTP/1.1 200 OK\n\n</pre><img src=x>", Trace: []string{"A request", "<b>"}, Log: []string{"</pre>"}},
					{Step: `"><b>`, Error: "no module has the name <b>"},
				}},
		} {
			html, err := Try(trial)
			if err != nil {
				t.Error(err)
			}
			out.WriteString(string(html))
		}
		return out.String()
	})
}
