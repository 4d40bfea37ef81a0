package deltas

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// Report says what Propagate did.
type Report struct {
	Step   Step     // the step whose edit was carried on
	Merged []Step   // the later steps that took it in
	Files  []string // files written, below the root of the checkout
}

func (r *Report) String() string {
	if len(r.Files) == 0 {
		return fmt.Sprintf("Nothing to carry on: step %s and the later ones differ by their deltas.", r.Step)
	}
	var text strings.Builder
	if len(r.Merged) > 0 {
		merged := make([]string, len(r.Merged))
		for i, step := range r.Merged {
			merged[i] = step.String()
		}
		fmt.Fprintf(&text, "Carried from step %s into %s.\n", r.Step, strings.Join(merged, ", "))
	}
	text.WriteString("Written, or removed where it is gone:")
	for _, file := range r.Files {
		text.WriteString("\n  " + file)
	}
	return text.String()
}

// ConflictError says where an edit could not be carried on. Nothing was written
// to its step and to the ones after it.
type ConflictError struct {
	Step      Step // the one that the edit does not fit
	Conflicts []Conflict
}

// Conflict is one place where the carried edit and the step's own text clash.
type Conflict struct {
	File      string // below the root of the checkout
	Line, End int    // lines of the file, from 1, End included; 0 for the whole file, End < Line between two lines
	Ours      string // what the file says, or what is the matter with it
	Theirs    string // what the step before says
}

func (e *ConflictError) Error() string {
	var text strings.Builder
	for _, c := range e.Conflicts {
		switch {
		case c.Line == 0:
			fmt.Fprintf(&text, "%s: conflict\n", c.File)
		case c.End > c.Line:
			fmt.Fprintf(&text, "%s:%d-%d: conflict\n", c.File, c.Line, c.End)
		default:
			fmt.Fprintf(&text, "%s:%d: conflict\n", c.File, c.Line)
		}
		fmt.Fprintf(&text, "  this step:\n%s  the step before:\n%s", indented(c.Ours), indented(c.Theirs))
	}
	fmt.Fprintf(&text, "Step %s and the later ones are as they were. Edit %s by hand, then go on with: walkthrough propagate %d",
		e.Step, e.Step, e.Step.Number)
	return text.String()
}

func indented(text string) string {
	if text == "" {
		return "    (nothing)\n"
	}
	var indented strings.Builder
	for line := range strings.Lines(text) {
		indented.WriteString("    " + strings.TrimSuffix(line, "\n") + "\n")
	}
	return indented.String()
}

// Propagate carries the edit of one step in the checkout at root forward, by a
// three-way merge into each later step: from the edited step as it was, to it
// as it is, and to the later step. Edits of later steps go along. Then the
// deltas are computed anew.
//
// A *ConflictError stops it; the steps before the conflict are written.
func Propagate(root string, number int) (*Report, error) {
	steps, err := Steps(root)
	if err != nil {
		return nil, err
	}
	if number < 1 || number > len(steps) {
		return nil, fmt.Errorf("there is no step %02d; the steps go from 01 to %02d", number, len(steps))
	}
	now := make([]files, len(steps))        // the steps as they are
	committed := make([]string, len(steps)) // their deltas
	for i, step := range steps {
		if now[i], err = read(root, step); err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		if committed[i], err = Committed(root, step); err != nil {
			return nil, err
		}
	}
	first, last := number-1, len(steps)-1

	// An edit of the step before would end up in this step's delta, and what
	// it was made from would be lost.
	if first >= 2 && committed[first-1] != difference(steps[first-2], steps[first-1], now[first-2], now[first-1]) {
		return nil, fmt.Errorf("steps %s and %s do not differ by %s: carry on the edit that was made there first, with walkthrough propagate %d or %d",
			steps[first-2], steps[first-1], steps[first-1].Path(), steps[first-2].Number, steps[first-1].Number)
	}

	was := make([]files, len(steps)) // the steps as they were when the deltas were written
	was[last] = now[last]
	for i := last - 1; i >= first; i-- {
		if was[i], err = reverse(committed[i+1], was[i+1]); err != nil {
			return nil, fmt.Errorf("%s does not fit steps/%s: %w\nWas step %s edited too? Then refresh the deltas from there first: walkthrough propagate %d",
				steps[i+1].Path(), steps[i+1].Folder, err, steps[last], steps[last].Number)
		}
	}

	next := make([]files, len(steps)) // the steps as they will be
	next[first] = now[first]
	end := last // the last step that is written
	var stop error
	for i := first + 1; i <= last; i++ {
		// Nothing later tells an edit of the last step from one, the other way
		// round, of the step before it.
		if i == last && i-1 != first && !maps.Equal(was[i-1], now[i-1]) {
			stop = fmt.Errorf("steps %s and %s do not differ by %s, so step %s is as it was. If it was %s that was edited, go on with walkthrough propagate %d; if it was %s, carry this edit on by hand",
				steps[i-1], steps[i], steps[i].Path(), steps[i], steps[i-1], steps[i-1].Number, steps[i])
		} else if merged, conflicts := mergeStep(steps[i], was[i-1], now[i], next[i-1]); conflicts != nil {
			stop = &ConflictError{steps[i], conflicts}
		} else {
			next[i] = merged
			continue
		}
		end = i - 1
		break
	}

	report := &Report{Step: steps[first]}
	for i := first + 1; i <= end; i++ {
		if maps.Equal(now[i], next[i]) {
			continue
		}
		if err := report.writeStep(root, steps[i], now[i], next[i]); err != nil {
			return report, err
		}
		report.Merged = append(report.Merged, steps[i])
	}
	for i := max(first, 1); i <= end; i++ {
		before := now[i-1]
		if i > first {
			before = next[i-1]
		}
		delta := difference(steps[i-1], steps[i], before, next[i])
		if delta == committed[i] {
			continue
		}
		if err := Write(root, steps[i], delta); err != nil {
			return report, err
		}
		report.Files = append(report.Files, steps[i].Path())
	}
	return report, stop
}

// mergeStep brings what changed from base to theirs, the step before as it was
// and as it is, into a step, file by file.
func mergeStep(step Step, base, ours, theirs files) (files, []Conflict) {
	merged := files{}
	var conflicts []Conflict
	for _, name := range names(base, ours, theirs) {
		path := filepath.Join("steps", step.Folder, name)
		before, inBase := base[name]
		mine, inOurs := ours[name]
		other, inTheirs := theirs[name]
		whole := func(mine, other string) {
			conflicts = append(conflicts, Conflict{File: path, Ours: mine, Theirs: other})
		}
		switch {
		case inBase == inTheirs && before == other: // nothing to bring
			if inOurs {
				merged[name] = mine
			}
		case inOurs == inTheirs && mine == other: // it is there already
			if inOurs {
				merged[name] = mine
			}
		case inBase && inOurs && inTheirs:
			text, clashes := merge(before, mine, other)
			merged[name] = text
			for _, c := range clashes {
				conflicts = append(conflicts, Conflict{path, c.line, c.end, c.ours, c.theirs})
			}
		case !inBase && !inOurs: // a new file
			merged[name] = other
		case !inBase:
			whole("adds a file of this name itself\n", "adds the file\n")
		case !inTheirs && mine == before: // a deleted file
		case !inTheirs:
			whole("changes the file\n", "does not have the file any more\n")
		default:
			whole("does not have the file any more\n", "changes the file\n")
		}
	}
	return merged, conflicts
}

// writeStep writes what differs, and removes what is gone.
func (r *Report) writeStep(root string, step Step, now, next files) error {
	for _, name := range names(now, next) {
		text, keep := next[name]
		if old, had := now[name]; had == keep && old == text {
			continue
		}
		path := filepath.Join("steps", step.Folder, name)
		var err error
		if keep {
			err = os.WriteFile(filepath.Join(root, path), []byte(text), 0o644)
		} else {
			err = os.Remove(filepath.Join(root, path))
		}
		if err != nil {
			return err
		}
		r.Files = append(r.Files, path)
	}
	return nil
}
