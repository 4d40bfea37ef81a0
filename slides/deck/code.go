package deck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"basehandler/internal/course"
)

// Code is a block of states that follow one another in the same place:
//
//	changed                                    the first state is tinted by what the address before it lacks
//	05.1 base.go (*BaseHandler).getResponse    a state: ADDR FILE DECL…
//	mark handler := … handler(request) :: why  a position at which these lines stand out, with a caption
//	05.2 base.go Chain + handler.go Handler    another state; + begins a second file
//	keep func (h                               never folded, if there is too much
//	only for _, path … }                       the rest of the state is folded
//	fresh                                      not compared with the state before
//	final handlers/base.go BaseHandler comments
//
// An address is one of the course, or final with a path below that folder. Doc
// comments are left out unless the line ends in the word comments.
//
// A TEXT stands for the lines of the state that hold it. TEXT … TEXT2 goes from
// the first line that holds TEXT to the next place with TEXT2, behind TEXT; a
// TEXT2 that is } ends at the brace that closes the block which the first line
// opens.
type Code struct {
	Line    int
	Changed bool
	States  []*State
}

// State is code at one address.
type State struct {
	Line     int
	Address  string // "05.1", or "final"
	Files    []File // in the order of display
	Comments bool
	Fresh    bool
	Marks    []Mark
	Keep     []string
	Only     []Range
}

// File names declarations of a file.
type File struct {
	Name  string
	Decls []string // one at least
}

// Range is where lines are found by what they hold.
type Range struct {
	Line     int // of the deck's source
	From, To string
}

func (r Range) String() string {
	if r.To == "" {
		return r.From
	}
	return r.From + " … " + r.To
}

// Mark lets lines stand out.
type Mark struct {
	Range
	Caption string // Markdown of one line, perhaps ""
}

// address is how a line begins that is a state.
var address = regexp.MustCompile(`^(final|\d+([.~][\w-]*)?)$`)

const stateForm = "a state is an address, a file and declarations: 05.1 handler.go (*WSGIHandler).Call"

// code reads the lines of a block of code; at is the line of the first.
func (p *parser) code(at int, lines []string) *Code {
	code := &Code{Line: at}
	var state *State
	for i, line := range lines {
		at := at + i
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case line == "":
		case line == "plain" || line == "changed":
			if i > 0 {
				p.problem(at, "%s is the first line of a block", line)
			}
			code.Changed = line == "changed"
		case address.MatchString(verb):
			state = p.state(at, line)
			code.States = append(code.States, state)
		case !slices.Contains([]string{"mark", "keep", "only", "fresh"}, verb):
			p.problem(at, "%q begins neither with an address nor with mark, keep, only or fresh; %s", line, stateForm)
		case state == nil:
			p.problem(at, "%s belongs to a state, and there is none before it", verb)
		case verb == "fresh":
			state.Fresh = true
		case rest == "":
			p.problem(at, "%s what? Write a text that the lines hold: %s handler := … }", verb, verb)
		case verb == "keep":
			state.Keep = append(state.Keep, rest)
		case verb == "only":
			state.Only = append(state.Only, lineRange(at, rest))
		case verb == "mark":
			where, caption, _ := strings.Cut(rest, " :: ")
			state.Marks = append(state.Marks, Mark{lineRange(at, where), strings.TrimSpace(caption)})
		}
	}
	if len(code.States) == 0 {
		p.problem(at-1, "the block holds no state; %s", stateForm)
	}
	return code
}

func lineRange(at int, text string) Range {
	from, to, _ := strings.Cut(text, " … ")
	return Range{at + 1, strings.TrimSpace(from), strings.TrimSpace(to)}
}

// state reads ADDR FILE DECL… [+ FILE DECL…] [comments].
func (p *parser) state(at int, line string) *State {
	words := strings.Fields(line)
	state := &State{Line: at + 1, Address: words[0]}
	if state.Address != "final" {
		a, err := course.ParseAddress(state.Address)
		if err != nil {
			p.problem(at, "%v", err)
		}
		state.Address = a.String()
		if _, beat, found := strings.Cut(words[0], "."); found && err == nil {
			// 05.3 is the same code as 05, but says where one stands.
			state.Address = fmt.Sprintf("%02d.%s", a.Step, beat)
		}
	}
	words = words[1:]
	if len(words) > 0 && words[len(words)-1] == "comments" {
		state.Comments = true
		words = words[:len(words)-1]
	}
	for len(words) > 0 {
		end := slices.Index(words, "+")
		if end < 0 {
			end = len(words)
		}
		if end == 0 {
			p.problem(at, "a file is missing beside the +; %s", stateForm)
			return state
		}
		state.Files = append(state.Files, File{words[0], words[1:end]})
		if end == 1 {
			p.problem(at, "%s of which declarations? %s", words[0], stateForm)
		}
		if end == len(words)-1 {
			p.problem(at, "a file is missing behind the +; %s", stateForm)
		}
		words = words[min(end+1, len(words)):]
	}
	if len(state.Files) == 0 {
		p.problem(at, "%s names no file; %s", state.Address, stateForm)
	}
	return state
}
