package deck

import (
	"strings"

	"basehandler/internal/linediff"
)

// compare gives the lines of a state together with those that it lacks of the
// state before, each where it was. Lines that stay keep their key; those that
// are removed stand before those that are added in the same place.
func compare(before, after []line, newKey func() string) []line {
	var merged []line
	var gone, come []line // of the change that we are in
	flush := func() {
		merged = append(append(merged, gone...), come...)
		gone, come = nil, nil
	}
	i, j := 0, 0 // how far we are in each
	stay := func(n int) {
		for ; n > 0; n-- {
			flush()
			l := after[j]
			l.key = before[i].key
			merged = append(merged, l)
			i, j = i+1, j+1
		}
	}
	old := joined(before)
	at := 0 // how far we are in the old text
	for _, edit := range linediff.Edits(old, joined(after)) {
		stay(strings.Count(old[at:edit.Start], "\n"))
		for range strings.Count(old[edit.Start:edit.End], "\n") {
			l := before[i]
			l.change, l.head = removed, false
			gone = append(gone, l)
			i++
		}
		for range strings.Count(edit.New, "\n") {
			l := after[j]
			l.key, l.change = newKey(), added
			come = append(come, l)
			j++
		}
		at = edit.End
	}
	stay(strings.Count(old[at:], "\n"))
	flush()
	return merged
}

// honest corrects what compare says of declarations that only one of two states
// shows, from one address to another. A line that the other address has as well
// did not come or go; it only comes into view, or leaves it. A declaration that
// leaves as a whole takes all its lines along.
func (b *builder) honest(merged, before []line, from, to *State) []line {
	shownBefore, shownAfter := map[decl]bool{}, map[decl]bool{}
	for _, l := range before {
		shownBefore[l.decl] = true
	}
	for _, l := range present(merged) {
		shownAfter[l.decl] = true
	}
	gone := b.elsewhere(shownBefore, shownAfter, to)
	come := b.elsewhere(shownAfter, shownBefore, from)
	leaves := map[decl]int{} // lines that do, less those that stay in another declaration
	for _, l := range before {
		leaves[l.decl]++
	}
	for _, l := range merged {
		if l.change == same {
			leaves[declOf(before, l.key)] -= 2
		}
	}
	var kept []line
	for _, l := range merged {
		old := gone[l.decl]
		switch {
		case l.change == removed && (l.decl == decl{} || old != nil && (old[l.text] || leaves[l.decl] > 0)):
			continue
		case l.change == added && (l.decl == decl{} || come[l.decl][l.text]):
			l.change = same
		}
		kept = append(kept, l)
	}
	return kept
}

// declOf is the declaration that the line of a key belongs to.
func declOf(lines []line, key string) decl {
	for _, l := range lines {
		if l.key == key {
			return l.decl
		}
	}
	return decl{}
}

// elsewhere gives the lines that an address has of the declarations that are in
// one set and not in the other.
func (b *builder) elsewhere(in, out map[decl]bool, at *State) map[decl]map[string]bool {
	found := map[decl]map[string]bool{}
	for d := range in {
		if out[d] || d == (decl{}) {
			continue
		}
		lines, err := b.text(at.Address, &State{Files: []File{{d.file, []string{d.name}}}, Comments: at.Comments})
		if err != nil {
			continue // it is not there
		}
		found[d] = map[string]bool{}
		for _, l := range lines {
			found[d][l.text] = true
		}
	}
	return found
}

func joined(lines []line) string {
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text)
		text.WriteByte('\n')
	}
	return text.String()
}

// present leaves out what is removed.
func present(lines []line) []line {
	var kept []line
	for _, l := range lines {
		if l.change != removed {
			kept = append(kept, l)
		}
	}
	return kept
}

// unchanged is the same lines without what happened to them.
func unchanged(lines []line) []line {
	kept := present(lines)
	for i := range kept {
		kept[i].change = same
	}
	return kept
}
