package deck

import (
	"fmt"
	"html/template"
	"path"
	"slices"
	"strconv"
	"strings"

	"basehandler/internal/course"
	"basehandler/internal/words"
)

// view is a state as it is seen at some positions. A state that is compared
// with the one before and has marks has two: first the difference, then, for
// the marks, the code as it is now.
type view struct {
	From, To int // To < 0: to the end
	Address  string
	Link     string // "" if the address has no page
	Files    string
	Added    int
	Removed  int
	Size     string // "3 lines added, 1 removed", "" if nothing is compared
	Rows     []row
}

// row is a line that is shown, or a fold.
type row struct {
	Class string // "line", "line add" …
	Role  string // for a screen reader: "insertion", "deletion" or ""
	Key   string
	Marks string // the positions at which it stands out, "" for none
	HTML  template.HTML
}

type caption struct {
	From, To int
	HTML     template.HTML
}

type figure struct {
	From     int
	Label    string
	Views    []view
	Captions []caption
}

// figure builds the states of a block of code. Positions are counted on from
// where the slide is.
func (b *builder) figure(s *sheet, code *Code) (*figure, error) {
	f := &figure{From: s.from, Label: code.States[0].Address + " " + code.States[0].Files[0].Name}
	keys := 0
	newKey := func() string {
		keys++
		return "k" + strconv.Itoa(keys)
	}
	var before []line
	var from *State // what before belongs to
	if code.Changed {
		var err error
		if from, before, err = b.earlier(code.States[0]); err != nil {
			return nil, err
		}
		for i := range before {
			before[i].key = newKey()
		}
	}
	for i, state := range code.States {
		after, err := b.text(state.Address, state)
		if err != nil {
			return nil, b.at(s, state.Line, err)
		}
		if state.Fresh {
			from, before = nil, nil
		}
		compared := from != nil && from.Address != state.Address
		merged := compare(before, after, newKey)
		if compared {
			merged = b.honest(merged, before, from, state)
		} else {
			merged = unchanged(merged)
		}
		begin := s.from
		if i > 0 {
			s.last++
			begin = s.last
			for k := range f.Views { // the state before has ended
				if f.Views[k].To < 0 {
					f.Views[k].To = begin - 1
				}
			}
		}
		if err := b.views(s, f, state, merged, compared, begin); err != nil {
			return nil, err
		}
		from, before = state, present(merged)
	}
	return f, nil
}

// earlier gives what the address before that of a state has of it, nothing
// before the first step.
func (b *builder) earlier(state *State) (*State, []line, error) {
	address, _, err := course.ParseDifference(state.Address)
	if err != nil || address.Step == 0 {
		return nil, nil, err
	}
	from := &State{Address: address.String(), Comments: state.Comments}
	for _, file := range state.Files {
		for _, name := range file.Decls {
			one := []File{{file.Name, []string{name}}}
			if _, err := b.text(from.Address, &State{Files: one}); err == nil { // else it is new
				from.Files = append(from.Files, one...)
			}
		}
	}
	lines, err := b.text(from.Address, from)
	return from, lines, err
}

// views adds the views of one state to a figure.
func (b *builder) views(s *sheet, f *figure, state *State, merged []line, compared bool, begin int) error {
	v := view{From: begin, To: -1, Address: state.Address, Files: fileNames(state)}
	if a, err := course.ParseAddress(state.Address); err == nil {
		v.Link = "/steps/" + a.String() + "/"
	}
	within, err := within(merged, state)
	if err != nil {
		return b.at(s, state.Line, err)
	}
	must := make([]bool, len(merged))
	for _, text := range state.Keep {
		found, err := find(merged, within, Range{From: text})
		if err != nil {
			return b.at(s, state.Line, fmt.Errorf("keep: %w", err))
		}
		for _, i := range found {
			must[i] = true
		}
	}
	for i, l := range merged {
		if l.change != same && within[i] {
			must[i] = true
			if l.change == added {
				v.Added++
			} else {
				v.Removed++
			}
		}
	}
	if compared && v.Added+v.Removed > 0 {
		v.Size = size(v.Added, v.Removed)
	}
	if n := v.Added + v.Removed; n > MaxChanged {
		return b.at(s, state.Line, fmt.Errorf("state %s shows %d changed lines (%d added, %d removed), and at most %d can be taken in; show a part with only TEXT … TEXT2, divide the state, or write fresh below it to compare nothing",
			state.Address, n, v.Added, v.Removed, MaxChanged))
	}

	marked, captions, err := b.marks(s, state, merged, within)
	if err != nil {
		return err
	}
	if v.Added+v.Removed == 0 || len(marked) == 0 {
		// One view shows all of the state.
		for _, m := range marked {
			for i := range m.lines {
				must[i] = true
			}
		}
		if v.Rows, err = b.rows(s, state, merged, must, within, marked); err != nil {
			return err
		}
		f.Views = append(f.Views, v)
		f.Captions = append(f.Captions, captions...)
		return nil
	}
	difference := v
	difference.To = marked[0].position - 1
	if difference.Rows, err = b.rows(s, state, merged, must, within, nil); err != nil {
		return err
	}
	f.Views = append(f.Views, difference)

	// The code as it is now: no longer what was removed.
	var now []line
	var mustNow, wants, withinNow []bool
	place := map[int]int{}
	for i, l := range merged {
		if l.change == removed {
			continue
		}
		place[i] = len(now)
		wants = append(wants, must[i])
		l.change = same
		now = append(now, l)
		mustNow = append(mustNow, must[i])
		withinNow = append(withinNow, within[i])
	}
	for k := range marked {
		moved := map[int]bool{}
		for i := range marked[k].lines {
			moved[place[i]] = true
			mustNow[place[i]], wants[place[i]] = true, true
		}
		marked[k].lines = moved
	}
	if _, rows := fold(now, wants, withinNow, MaxLines); rows > MaxLines {
		clear(mustNow) // the marks alone
		for _, m := range marked {
			for i := range m.lines {
				mustNow[i] = true
			}
		}
	}
	v.From, v.Size = marked[0].position, ""
	if v.Rows, err = b.rows(s, state, now, mustNow, withinNow, marked); err != nil {
		return err
	}
	f.Views = append(f.Views, v)
	f.Captions = append(f.Captions, captions...)
	return nil
}

// within says which lines a state shows at all.
func within(lines []line, state *State) ([]bool, error) {
	within := make([]bool, len(lines))
	if len(state.Only) == 0 {
		for i := range within {
			within[i] = true
		}
		return within, nil
	}
	for _, only := range state.Only {
		found, err := find(lines, nil, only)
		if err != nil {
			return nil, fmt.Errorf("only %s: %w", only, err)
		}
		if only.To == "" {
			for _, i := range found {
				within[i] = true
			}
			continue
		}
		for i := found[0]; i <= found[len(found)-1]; i++ { // what is removed in between, too
			within[i] = true
		}
	}
	for i, l := range lines { // the fold of one line is no shorter than the line
		alone := (i == 0 || within[i-1]) && (i == len(lines)-1 || within[i+1])
		if alone && l.change == same && strings.TrimSpace(l.text) != "" {
			within[i] = true
		}
	}
	return within, nil
}

// marked are the lines that stand out at a position.
type marked struct {
	position int
	lines    map[int]bool
}

// marks takes a position for each mark of a state.
func (b *builder) marks(s *sheet, state *State, lines []line, within []bool) ([]marked, []caption, error) {
	var all []marked
	var captions []caption
	for _, mark := range state.Marks {
		found, err := find(lines, within, mark.Range)
		if err != nil {
			return nil, nil, b.at(s, mark.Line, fmt.Errorf("mark %s: %w", mark.Range, err))
		}
		s.last++
		m := marked{s.last, map[int]bool{}}
		for _, i := range found {
			if within[i] {
				m.lines[i] = true
			}
		}
		all = append(all, m)
		if mark.Caption != "" {
			html, err := inline(mark.Caption)
			if err != nil {
				return nil, nil, b.at(s, mark.Line, err)
			}
			captions = append(captions, caption{s.last, s.last, html})
		}
	}
	return all, captions, nil
}

// rows folds the lines and writes those that are shown.
func (b *builder) rows(s *sheet, state *State, lines []line, must, within []bool, marks []marked) ([]row, error) {
	shown, count := fold(lines, must, within, MaxLines)
	if count > MaxLines {
		needed := 0
		for _, m := range must {
			if m {
				needed++
			}
		}
		return nil, b.at(s, state.Line, fmt.Errorf("state %s must show %d lines (changed, marked and kept) and the folds between them, which makes %d rows; at most %d can be read from the last row: mark or keep less, or show a part with only TEXT … TEXT2",
			state.Address, needed, count, MaxLines))
	}
	var rows []row
	for i := 0; i < len(lines); {
		if shown[i] {
			rows = append(rows, lineRow(lines[i], i, marks))
			i++
			continue
		}
		begin, folded, changes := i, 0, 0
		for ; i < len(lines) && !shown[i]; i++ {
			if lines[i].change != removed {
				folded++
			}
			if lines[i].change != same {
				changes++
			}
		}
		text := words.Count(folded, "line", "lines")
		if changes > 0 {
			text += fmt.Sprintf(", %d changed", changes)
		}
		rows = append(rows, row{Class: "line fold", Key: "f" + strings.TrimPrefix(lines[begin].key, "k"),
			HTML: template.HTML(tabs(lines, begin) + "⋯ " + text)})
	}
	return rows, nil
}

// tabs indents a fold as what it hides.
func tabs(lines []line, at int) string {
	for ; at < len(lines); at++ {
		if lines[at].text != "" {
			return strings.Repeat("\t", indent(lines[at].text))
		}
	}
	return ""
}

func lineRow(l line, i int, marks []marked) row {
	r := row{Class: "line", Key: l.key, HTML: l.html}
	switch l.change {
	case added:
		r.Class, r.Role = "line add", "insertion"
	case removed:
		r.Class, r.Role = "line del", "deletion"
	}
	var positions []string
	for _, m := range marks {
		if m.lines[i] {
			positions = append(positions, strconv.Itoa(m.position))
		}
	}
	r.Marks = strings.Join(positions, " ")
	return r
}

// size says how much was changed.
func size(added, removed int) string {
	switch {
	case removed == 0:
		return words.Count(added, "line", "lines") + " added"
	case added == 0:
		return words.Count(removed, "line", "lines") + " removed"
	}
	return fmt.Sprintf("%s added, %d removed", words.Count(added, "line", "lines"), removed)
}

// fileNames are the files of a state, each once.
func fileNames(state *State) string {
	var names []string
	for _, file := range state.Files {
		name := file.Name
		if state.Address == "final" {
			name = path.Join("final", name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
