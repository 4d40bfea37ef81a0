package weave

import (
	"errors"
	"fmt"
	"strings"
)

// CheckCommands looks at every call of walkthrough in a block of commands, and
// asks check whether the command takes these arguments.
func CheckCommands(content string, check func(args []string) error) []error {
	var faults []error
	for line := range strings.Lines(strings.ReplaceAll(content, "\\\n", " ")) {
		words, err := split(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
		if err != nil {
			faults = append(faults, fmt.Errorf("%q: %w", strings.TrimSpace(line), err))
			continue
		}
		for _, args := range calls(words) {
			if err := check(args); err != nil {
				faults = append(faults, fmt.Errorf("walkthrough %s: %w", strings.Join(args, " "), err))
			}
		}
	}
	return faults
}

// Commands lists the calls of walkthrough in a block of commands, each as its
// arguments. A line that is no command is left out.
func Commands(content string) [][]string {
	var found [][]string
	for line := range strings.Lines(strings.ReplaceAll(content, "\\\n", " ")) {
		if words, err := split(strings.TrimPrefix(strings.TrimSpace(line), "$ ")); err == nil {
			found = append(found, calls(words)...)
		}
	}
	return found
}

// calls finds the arguments of each walkthrough in a line of a shell.
func calls(words []string) [][]string {
	var found [][]string
	start := 0
	for i := 0; i <= len(words); i++ {
		if i < len(words) && !operator(words[i]) && !strings.HasPrefix(words[i], "#") {
			continue
		}
		command := words[start:i]
		for len(command) > 0 && assignment(command[0]) {
			command = command[1:]
		}
		switch {
		case len(command) >= 3 && command[0] == "go" && command[1] == "run" && command[2] == "./cmd/walkthrough":
			found = append(found, command[3:])
		case len(command) >= 1 && (command[0] == "walkthrough" || command[0] == "./walkthrough"):
			found = append(found, command[1:])
		}
		if i < len(words) && strings.HasPrefix(words[i], "#") {
			break // the rest is a comment
		}
		start = i + 1
	}
	return found
}

func operator(word string) bool {
	switch word {
	case "&&", "||", "|", "&", ";", ">", ">>", "<":
		return true
	}
	return false
}

func assignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

// split cuts a line into words as a shell does: quotes hold a word together.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quoted := false, rune(0)
	end := func() {
		if in {
			words = append(words, word.String())
			word.Reset()
			in = false
		}
	}
	for _, r := range line {
		switch {
		case quoted != 0 && r == quoted:
			quoted = 0
		case quoted != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			in, quoted = true, r
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			end()
		case r == ';': // ends a word and a command
			end()
			words = append(words, ";")
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if quoted != 0 {
		return nil, errors.New("a quotation mark is not closed")
	}
	end()
	return words, nil
}

// quote writes words so that split gives them again.
func quote(words []string) []string {
	quoted := make([]string, len(words))
	for i, word := range words {
		switch {
		case word != "" && !strings.ContainsAny(word, " \t\n'\"&|;<>#?*"):
			quoted[i] = word
		case strings.Contains(word, "'"):
			quoted[i] = `"` + word + `"`
		default:
			quoted[i] = "'" + word + "'"
		}
	}
	return quoted
}
