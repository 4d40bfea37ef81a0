package site

import (
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"basehandler/internal/course"
	"basehandler/internal/golden"
	"basehandler/internal/page"
	"basehandler/internal/weave"
)

// chapterBlocks adds a form to each block of a chapter that holds a request.
type chapterBlocks struct {
	golden fs.FS
	step   int
	forms  int // so far
}

// block is called for each fenced block.
func (c *chapterBlocks) block(b page.Block) (template.HTML, bool, error) {
	words := strings.Fields(b.Directive)
	switch {
	case len(words) >= 3 && words[0] == "golden" && words[2] == "request":
		return c.goldenRequest(b, words[1])
	case b.Language == "sh":
		return c.commands(b)
	}
	return "", false, nil
}

// goldenRequest puts a form in the place of a case's request. Where the case
// holds for beats or mistakes only, which cannot run here, the block stays, and
// the form below asks the finished step.
func (c *chapterBlocks) goldenRequest(b page.Block, name string) (template.HTML, bool, error) {
	kase, err := golden.LoadCase(c.golden, name)
	if err != nil {
		return "", false, err
	}
	step, holds := stepOf(kase, c.step)
	form, err := c.form(page.Trial{Step: course.Address{Step: step}.String(), ASGI: kase.ASGI,
		Request: requestsText(kase.Requests), Settings: strings.TrimSpace(string(kase.Settings))})
	if err != nil || holds {
		return form, true, err
	}
	code, err := page.Code(b)
	note := fmt.Sprintf("<p class=\"note\">The text sends this to %s. Here it goes to the finished step:</p>\n", template.HTMLEscapeString(kase.Steps[0]))
	return code + template.HTML(note) + form, true, err
}

// stepOf is the finished step that a case is tried at in the chapter of step
// own: that step, else the last one before it for which the case holds, else
// the first one. Where there is none it is own all the same.
func stepOf(kase *golden.Case, own int) (step int, holds bool) {
	var steps []int
	for _, text := range kase.Addresses(len(course.Steps)) {
		if a, err := course.ParseAddress(text); err == nil && a.IsStep() {
			steps = append(steps, a.Step)
		}
	}
	if len(steps) == 0 {
		return own, false
	}
	slices.Sort(steps)
	step = steps[0]
	for _, s := range steps {
		if s <= own {
			step = s
		}
	}
	return step, true
}

// requestsText writes several requests as a form takes them.
func requestsText(requests [][]byte) string {
	var text strings.Builder
	for i, request := range requests {
		if i > 0 {
			text.WriteString("-- request " + strconv.Itoa(i+1) + " --\n")
		}
		text.Write(request)
		if i < len(requests)-1 && !strings.HasSuffix(text.String(), "\n") {
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// commands puts a form below commands to type, for each that sends a request
// to a finished step.
func (c *chapterBlocks) commands(b page.Block) (template.HTML, bool, error) {
	html, err := page.Code(b)
	if err != nil {
		return "", false, err
	}
	for _, args := range weave.Commands(b.Content) {
		trial, ok := commandTrial(args)
		if !ok {
			continue
		}
		form, err := c.form(trial)
		if err != nil {
			return "", false, err
		}
		first, _, _ := strings.Cut(trial.Request, " HTTP/")
		html += template.HTML(fmt.Sprintf("<details class=\"try-more\"><summary>Send it from here: <code>%s %s</code></summary>\n",
			trial.Step, template.HTMLEscapeString(first))) + form + "</details>\n"
	}
	return html, true, nil
}

func (c *chapterBlocks) form(trial page.Trial) (template.HTML, error) {
	c.forms++
	trial.ID = "try-" + strconv.Itoa(c.forms)
	return page.Try(trial)
}

// command is "walkthrough request", as far as it can be done here.
type command struct {
	Request struct {
		Place    string   `arg:""`
		Method   string   `arg:"" optional:"" default:"GET"`
		Path     string   `arg:"" optional:"" default:"/"`
		Header   []string `short:"H" sep:"none"`
		Data     string   `short:"d"`
		ASGI     bool     `name:"asgi"`
		JSON     bool     `name:"json"`
		Settings string
	} `cmd:""`
}

// commandTrial reads a command; ok is false for one that sends no request, or
// one that needs a file or a compiler.
func commandTrial(args []string) (trial page.Trial, ok bool) {
	var c command
	parser, err := kong.New(&c, kong.Exit(func(int) {}), kong.NoDefaultHelp())
	if err != nil || len(args) == 0 || args[0] != "request" {
		return trial, false
	}
	if _, err := parser.Parse(args); err != nil {
		return trial, false
	}
	r := c.Request
	if strings.HasPrefix(r.Method, "/") { // the path alone
		r.Method, r.Path = "GET", r.Method
	}
	a, err := course.ParseAddress(r.Place)
	if err != nil || !a.IsStep() || strings.HasPrefix(r.Data, "@") || r.Settings != "" && !strings.HasPrefix(r.Settings, "{") {
		return trial, false
	}
	head := []string{strings.ToUpper(r.Method) + " " + r.Path + " HTTP/1.1"}
	given := map[string]bool{}
	for _, header := range r.Header {
		name, _, _ := strings.Cut(header, ":")
		given[strings.ToLower(name)] = true
	}
	if !given["host"] {
		head = append(head, "Host: localhost")
	}
	head = append(head, r.Header...)
	text := strings.Join(head, "\n") + "\n"
	if r.Data != "" {
		if !given["content-type"] {
			text += "Content-Type: application/x-www-form-urlencoded\n"
		}
		text += "\n" + r.Data
	}
	return page.Trial{Step: a.String(), ASGI: r.ASGI, Request: text, Settings: r.Settings}, true
}
