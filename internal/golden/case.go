package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Explain says how what came for an address differs from what the case wants:
// first what it means, last the command that shows it. It gives "" when
// nothing differs.
func (c *Case) Explain(address string, got Outcome) string {
	differences := c.Differences(got)
	if differences == nil {
		return ""
	}
	lines := []string{fmt.Sprintf("%s does not hold for %s: %s", c.Name, address, c.Title)}
	for _, d := range differences {
		lines = append(lines, d.String())
	}
	return strings.Join(append(lines, "See it: "+c.Command(Walkthrough, address)), "\n")
}

// Differences says how what came differs from what the case wants, the one that
// tells most first. There are none when nothing differs.
func (c *Case) Differences(got Outcome) (differences []Difference) {
	switch {
	case c.Error != got.Error && c.Error == "":
		return []Difference{{What: "the application could not be made: " + got.Error}}
	case c.Error != got.Error && got.Error == "":
		return []Difference{{What: "the application was made, and should have been refused: " + c.Error}}
	case c.Error != got.Error:
		return []Difference{{What: "the application was refused for another reason", More: []string{"want " + c.Error, "got  " + got.Error}}}
	case len(c.Results) != len(got.Results):
		return []Difference{{What: fmt.Sprintf("requests: %d, responses: %d", len(c.Results), len(got.Results))}}
	}
	for i, want := range c.Results {
		// The trace tells why a response differs, so it comes first.
		for _, d := range []*Difference{
			Explain(want.Trace, got.Results[i].Trace),
			ExplainResponse(want.Response, got.Results[i].Response),
			ExplainLog(want.Log, got.Results[i].Log),
		} {
			if d == nil {
				continue
			}
			if len(c.Results) > 1 {
				d.What = fmt.Sprintf("request %d, %s", i+1, d.What)
			}
			differences = append(differences, *d)
		}
	}
	return differences
}

// Walkthrough is how the command walkthrough is typed in a checkout.
const Walkthrough = "go run ./cmd/walkthrough"

// Command is the shortest command that sends the case's request to an address,
// where walkthrough is typed so. What it cannot say, the test says.
func (c *Case) Command(walkthrough, address string) string {
	head, body, _ := strings.Cut(string(c.Requests[0]), "\n\n")
	requestLine, headers, _ := strings.Cut(strings.TrimSuffix(head, "\n"), "\n")
	body = strings.TrimSuffix(body, "\n")
	fields := strings.Fields(requestLine)
	again := fmt.Sprintf("go test ./tests -run 'TestGolden/%s/%s$'", c.Name, address)
	if len(c.Requests) > 1 || c.Error != "" || fields[2] != "HTTP/1.1" || strings.ContainsAny(body, "\n\r") {
		return again
	}
	command := fmt.Sprintf("%s request %s %s %s", walkthrough, address, fields[0], shell(fields[1]))
	if c.ASGI {
		command += " --asgi"
	}
	for line := range strings.Lines(headers) {
		line = strings.TrimSuffix(line, "\n")
		switch name, value, _ := strings.Cut(line, ":"); strings.ToLower(name) {
		case "connection":
		case "content-length":
			return again // it may be wrong on purpose
		case "host":
			if strings.TrimSpace(value) != "localhost" { // which the command says by itself
				command += " --header " + shell(line)
			}
		default:
			command += " --header " + shell(line)
		}
	}
	if body != "" {
		command += " --data " + shell(body)
	}
	if c.Settings != nil {
		var settings bytes.Buffer
		if json.Compact(&settings, c.Settings) != nil {
			return again
		}
		command += " --settings " + shell(settings.String())
	}
	if len(command) > 160 {
		return again
	}
	return command
}

// shell quotes a word where a POSIX shell needs it.
func shell(word string) string {
	if word != "" && strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("/.-_:=,%@+", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
