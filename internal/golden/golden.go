// Package golden reads and writes the cases that say what a step does: a text
// file with a request, and the response and trace that every address in its
// `steps:` line must give for it. Its messages explain a difference to whoever
// follows the talk with code of their own.
//
// A case:
//
//	steps: 05-, 05.2
//	title: Two layers, from the outside in and back
//
//	Free text for the reader of the file.
//	-- request --
//	GET / HTTP/1.1
//	Host: localhost
//	-- response --
//	HTTP/1.1 200 OK
//	Content-Type: text/plain
//
//	The pad is clear.
//	-- trace --
//	A request
//	view site.views.status
//	A response 200
//
// The author writes the keys, the text, `settings` and `request`; the other
// sections are what the first address of the list gave when the tests last ran
// with -update. A second request to the same application is called `request 2`,
// and what comes of it `response 2`, `trace 2` and `log 2`.
package golden

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Case is one golden file.
type Case struct {
	Name   string   // folder and file without its ending, such as "05-middleware/onion"
	Steps  []string // as written: "05", "05-", "03-06", "05.1", "05~forward-loop"
	Title  string   // one line
	Cannot string   // what these steps cannot do yet; empty for a case that shows something right
	ASGI   bool     // through the ASGI gateway instead of the WSGI one

	Settings []byte   // JSON laid over the site's own settings; nil for none
	Requests [][]byte // raw, with bare line feeds; one after the other to one application
	Outcome

	comment []byte // the keys and the text as they were written
}

// Outcome is what came of a case. Either Error is set or Results.
type Outcome struct {
	Results []Result // one for each request
	Error   string   // why the application could not be made
}

// Result is what came of one request.
type Result struct {
	Response string   // status line, sorted headers, an empty line, the body; ends in a newline
	Trace    []string // one event an element
	Log      []string // what the server wrote to its error log
}

var (
	keys     = []string{"steps", "title", "cannot", "gateway"}
	sections = []string{"settings", "request", "response", "trace", "log", "error"}

	// Of the sections that come with each request the later ones are numbered.
	numbered = regexp.MustCompile(`^(request|response|trace|log) ([2-9])$`)

	keyLine = regexp.MustCompile(`^([a-z]+):(?:\s+(.*))?$`)
	marker  = regexp.MustCompile(`(?m)^-- .* --$`)
)

// Parse reads a case. Errors begin with its name and say what to write
// instead.
func Parse(name string, data []byte) (*Case, error) {
	fail := func(format string, args ...any) (*Case, error) {
		return nil, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
	archive := txtar.Parse(data)
	c := &Case{Name: name, comment: archive.Comment}

	seen := map[string]bool{}
	for line := range strings.Lines(string(archive.Comment)) {
		match := keyLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if match == nil {
			break // the free text begins
		}
		key, value := match[1], strings.TrimSpace(match[2])
		switch {
		case !slices.Contains(keys, key):
			return fail("unknown key %q (known: %s; a free text begins after an empty line)", key, strings.Join(keys, ", "))
		case seen[key]:
			return fail("the key %q is given twice", key)
		case value == "":
			return fail("the key %q has no value", key)
		}
		seen[key] = true
		switch key {
		case "steps":
			for item := range strings.SplitSeq(value, ",") {
				c.Steps = append(c.Steps, strings.TrimSpace(item))
			}
		case "title":
			c.Title = value
		case "cannot":
			c.Cannot = value
		case "gateway":
			if value != "asgi" && value != "wsgi" {
				return fail("unknown gateway %q (known: asgi, wsgi)", value)
			}
			c.ASGI = value == "asgi"
		}
	}
	if len(c.Steps) == 0 {
		return fail(`no key "steps": say which steps the case holds for, such as "steps: 05-"`)
	}
	for _, item := range c.Steps {
		if _, err := expand(item, 0); err != nil {
			return fail("%v", err)
		}
	}
	if c.Title == "" {
		return fail(`no key "title": say in one line what the case shows`)
	}

	found := map[string][]byte{}
	requests := 1
	for _, file := range archive.Files {
		if match := numbered.FindStringSubmatch(file.Name); match != nil {
			number, _ := strconv.Atoi(match[2])
			requests = max(requests, number)
		} else if !slices.Contains(sections, file.Name) {
			return fail("unknown section %q (known: %s; of a second request: request 2, response 2, trace 2, log 2)", file.Name, strings.Join(sections, ", "))
		}
		if _, twice := found[file.Name]; twice {
			return fail("the section %q is given twice", file.Name)
		}
		found[file.Name] = file.Data
	}
	c.Settings = found["settings"]
	c.Error = strings.TrimSuffix(string(found["error"]), "\n")
	for i := range requests {
		request := found[section("request", i)]
		if len(bytes.TrimSpace(request)) == 0 {
			return fail(`no section %q: it holds the raw request, such as "GET / HTTP/1.1"`, section("request", i))
		}
		first, _, _ := strings.Cut(string(request), "\n")
		if fields := strings.Fields(first); len(fields) != 3 || !strings.HasPrefix(fields[2], "HTTP/") {
			return fail(`the request begins with %q and not with a request line, such as "GET / HTTP/1.1"`, first)
		}
		c.Requests = append(c.Requests, request)
		result := Result{
			Response: string(found[section("response", i)]),
			Trace:    lines(found[section("trace", i)]),
			Log:      lines(found[section("log", i)]),
		}
		switch {
		case c.Error == "":
			c.Results = append(c.Results, result)
		case result.Response != "" || result.Trace != nil || result.Log != nil:
			return fail(`section "error" says that there is no application, so there can be no response, trace or log`)
		}
	}
	return c, nil
}

// section names what belongs to a request, counted from 0.
func section(name string, request int) string {
	if request == 0 {
		return name
	}
	return fmt.Sprintf("%s %d", name, request+1)
}

// Format writes the case: what its author wrote as it was, then the outcome.
func (c *Case) Format() ([]byte, error) {
	archive := &txtar.Archive{Comment: c.comment}
	var clash error
	add := func(name, content string) {
		if content == "" {
			return
		}
		if line := marker.FindString(content); line != "" {
			clash = fmt.Errorf("%s: the line %q in %q would begin a section of the file", c.Name, line, name)
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(content)})
	}
	add("settings", string(c.Settings))
	for i, request := range c.Requests {
		add(section("request", i), string(request))
		if c.Error != "" {
			continue
		}
		result := c.Results[i]
		add(section("response", i), result.Response)
		add(section("trace", i), unlines(result.Trace))
		add(section("log", i), unlines(result.Log))
	}
	add("error", c.Error)
	return txtar.Format(archive), clash
}

// Section gives the text of a section for a chapter, as it stands in the file.
func (c *Case) Section(name string) (string, error) {
	text, err := c.Format()
	if err != nil {
		return "", err
	}
	if !slices.Contains(sections, name) && !numbered.MatchString(name) {
		return "", fmt.Errorf("unknown section %q (known: %s; of a second request: request 2, response 2, trace 2, log 2)", name, strings.Join(sections, ", "))
	}
	for _, file := range txtar.Parse(text).Files {
		if file.Name == name {
			return strings.TrimRight(string(file.Data), "\n") + "\n", nil
		}
	}
	return "", fmt.Errorf("%s has no section %q", c.Name, name)
}

// Addresses lists the steps, beats and mistakes that the case must hold for,
// each once, where last is the number of the last step there is. The first is
// the one that -update asks.
func (c *Case) Addresses(last int) []string {
	var addresses []string
	for _, item := range c.Steps {
		expanded, _ := expand(item, last) // Parse has seen that it is well formed
		for _, address := range expanded {
			if !slices.Contains(addresses, address) {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

var (
	stepRange = regexp.MustCompile(`^([0-9]{2})(-)?([0-9]{2})?$`)
	beat      = regexp.MustCompile(`^[0-9]{2}(\.[0-9]+|~[a-z0-9-]+)$`)
)

// expand turns one item of `steps:` into addresses.
func expand(item string, last int) ([]string, error) {
	if beat.MatchString(item) {
		return []string{item}, nil
	}
	match := stepRange.FindStringSubmatch(item)
	if match == nil || match[3] != "" && match[2] == "" {
		return nil, fmt.Errorf("unknown address %q in steps (a step is 05, from it on 05-, a range 03-06, a beat 05.1, a mistake 05~name)", item)
	}
	first, _ := strconv.Atoi(match[1])
	end := first
	switch {
	case match[3] != "":
		end, _ = strconv.Atoi(match[3])
		if end < first {
			return nil, fmt.Errorf("the range %q in steps runs backwards", item)
		}
	case match[2] != "":
		end = last
	}
	var addresses []string
	for step := first; step <= end; step++ {
		addresses = append(addresses, fmt.Sprintf("%02d", step))
	}
	return addresses, nil
}

func lines(section []byte) []string {
	if len(section) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(section), "\n"), "\n")
}

func unlines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
