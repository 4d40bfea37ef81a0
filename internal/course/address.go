package course

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Address names one state of the code. The zero Address is the state before
// the first step: no code at all.
type Address struct {
	Step    int    // from 1
	Beat    int    // 0 for the finished step, else a beat that is not the last
	Mistake string // a typical mistake at this step, else ""
}

// String is the address in its shortest full form: "05", "05.1",
// "05~forward-loop".
func (a Address) String() string {
	switch {
	case a.Step == 0:
		return "nothing"
	case a.Mistake != "":
		return fmt.Sprintf("%02d~%s", a.Step, a.Mistake)
	case a.Beat != 0:
		return fmt.Sprintf("%02d.%d", a.Step, a.Beat)
	}
	return fmt.Sprintf("%02d", a.Step)
}

// IsStep says whether the address is a finished step.
func (a Address) IsStep() bool { return a.Step != 0 && a.Beat == 0 && a.Mistake == "" }

// Folder is where the files of the address are, below the folder of the steps.
// For a beat and a mistake it holds only what differs from the step.
func (a Address) Folder() string {
	step, _ := Find(a.Step)
	switch {
	case a.Mistake != "":
		return path.Join(step.Folder(), "_mistakes", a.Mistake)
	case a.Beat != 0:
		return path.Join(step.Folder(), "_beats", fmt.Sprintf("%d-%s", a.Beat, step.Beats[a.Beat-1].Name))
	}
	return step.Folder()
}

// Title says what is to be seen there.
func (a Address) Title() string {
	step, found := Find(a.Step)
	switch {
	case !found:
		return ""
	case a.Mistake != "":
		return "a typical mistake: " + strings.ReplaceAll(a.Mistake, "-", " ")
	case a.Beat != 0:
		return step.Beats[a.Beat-1].Title
	}
	return step.Idea
}

var numbered = regexp.MustCompile(`^(\d{1,3})(?:-([a-z-]+))?$`)

// ParseAddress reads what a person typed. An address that does not exist is an
// *UnknownError. Whether a mistake exists is known only where the files are:
// see [Library.Source].
func ParseAddress(text string) (Address, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if stepText, mistake, found := strings.Cut(text, "~"); found {
		step, err := parseStep(stepText)
		if err != nil {
			return Address{}, err
		}
		if mistake == "" || strings.ContainsAny(mistake, `/\.`) {
			return Address{}, &UnknownError{Kind: "mistake", Name: text}
		}
		return Address{Step: step.Number, Mistake: mistake}, nil
	}
	stepText, beatText, hasBeat := strings.Cut(text, ".")
	step, err := parseStep(stepText)
	if err != nil || !hasBeat {
		return Address{Step: step.Number}, err
	}
	number, err := strconv.Atoi(beatText)
	if err != nil {
		number = step.beatNamed(beatText)
	}
	if number < 1 || number > len(step.Beats) {
		return Address{}, unknownBeat(step, text, beatText)
	}
	if number == len(step.Beats) { // the last beat is the step
		number = 0
	}
	return Address{Step: step.Number, Beat: number}, nil
}

func parseStep(text string) (Step, error) {
	if match := numbered.FindStringSubmatch(text); match != nil {
		number, _ := strconv.Atoi(match[1])
		step, found := Find(number)
		if !found {
			return Step{}, &UnknownError{Kind: "step", Name: text,
				Hint: fmt.Sprintf("the steps go from %02d to %02d", Steps[0].Number, Steps[len(Steps)-1].Number)}
		}
		if match[2] != "" && match[2] != step.Name {
			return Step{}, &UnknownError{Kind: "step", Name: text, Nearest: step.Folder()}
		}
		return step, nil
	}
	names := make([]string, len(Steps))
	for i, step := range Steps {
		if step.Name == text {
			return step, nil
		}
		names[i] = step.Name
	}
	return Step{}, &UnknownError{Kind: "step", Name: text, Nearest: Nearest(text, names)}
}

func (s Step) beatNamed(name string) int {
	for _, beat := range s.Beats {
		if name == beat.Name || name == fmt.Sprintf("%d-%s", beat.Number, beat.Name) {
			return beat.Number
		}
	}
	return 0
}

func unknownBeat(step Step, text, beatText string) error {
	names := make([]string, len(step.Beats))
	for i, beat := range step.Beats {
		names[i] = beat.Name
	}
	if near := Nearest(beatText, names); near != "" {
		return &UnknownError{Kind: "beat", Name: text, Nearest: fmt.Sprintf("%02d.%d", step.Number, step.beatNamed(near))}
	}
	last := len(step.Beats)
	hint := fmt.Sprintf("the beats of step %02d go from %02d.1 to %02d.%d", step.Number, step.Number, step.Number, last)
	if last == 1 {
		hint = fmt.Sprintf("step %02d has one beat, the step itself", step.Number)
	}
	return &UnknownError{Kind: "beat", Name: text, Hint: hint}
}

// ParseDifference reads an address and gives the one before it too. Before a
// step is the step before, before a beat the beat before, before a mistake the
// step it is made at. An address that is spelled as a beat is taken as one, so
// 05.3 is compared with 05.2, and 05 with 04.
func ParseDifference(text string) (from, to Address, err error) {
	to, err = ParseAddress(text)
	if err != nil {
		return Address{}, Address{}, err
	}
	step, _ := Find(to.Step)
	switch {
	case to.Mistake != "":
		from = step.Address()
	case to.Beat == 0 && (!strings.Contains(text, ".") || len(step.Beats) == 1):
		from = Address{Step: to.Step - 1}
	case to.Beat == 1:
		from = Address{Step: to.Step - 1}
	case to.Beat == 0:
		from = Address{Step: to.Step, Beat: len(step.Beats) - 1}
	default:
		from = Address{Step: to.Step, Beat: to.Beat - 1}
	}
	return from, to, nil
}

// UnknownError says that something of this name does not exist, and what was
// perhaps meant.
type UnknownError struct {
	Kind    string // "step", "beat", "mistake", "file" …
	Name    string // as it was typed
	Nearest string // "" if nothing is near
	Hint    string // what exists, where Nearest is ""
}

func (e *UnknownError) Error() string {
	message := fmt.Sprintf("there is no %s %q", e.Kind, e.Name)
	switch {
	case e.Nearest != "":
		message += fmt.Sprintf("; did you mean %q?", e.Nearest)
	case e.Hint != "":
		message += "; " + e.Hint
	}
	return message
}

// Nearest gives the candidate that needs the fewest changes to become name, ""
// where even that one needs more than half of the letters. A candidate that
// holds name as a part of it counts as one change away.
func Nearest(name string, candidates []string) string {
	best, fewest := "", len(name)/2+1
	for _, candidate := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(candidate))
		if len(name) >= 3 && strings.Contains(strings.ToLower(candidate), strings.ToLower(name)) {
			d = min(d, 1)
		}
		if d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
