package deck

import (
	"cmp"
	"slices"
	"strings"
)

// fold decides which lines of a state are shown, so that there are no more rows
// than the limit: a row for each line, and one for each run of lines that is
// folded. The lines that must be shown are; the others are taken as there is
// room, in the order of their rank. Lines outside of within are always folded.
//
// What comes back may have more rows than the limit: then the lines that must
// be shown are too many.
func fold(lines []line, must, within []bool, limit int) (shown []bool, rows int) {
	if rows := countRows(within); rows <= limit {
		return slices.Clone(within), rows
	}
	shown = slices.Clone(must)
	units := units(lines, must, within)
	for range 4 { // tidying makes room; it need not end by itself
		for fits := true; fits; {
			fits = false
			for _, u := range units {
				if shown[u.first] {
					continue
				}
				u.show(shown, true)
				if countRows(shown) <= limit {
					fits = true
				} else {
					u.show(shown, false)
				}
			}
		}
		if !tidy(lines, shown, must, within) {
			break
		}
	}
	return shown, countRows(shown)
}

// unit is what is shown or folded together: a line, or an error that is passed
// on, which says little and takes three.
type unit struct {
	first, last int
	rank        int // the least is shown first
}

func (u unit) show(shown []bool, yes bool) {
	for i := u.first; i <= u.last; i++ {
		shown[i] = yes
	}
}

// Ranks. A line that is as far from one that must be shown as another is
// wanted as much; each line of distance counts twice.
const (
	rankFrame = 1 // the head of a declaration, and what opens a block around a line that must be shown
	rankLine  = 2 // for each line of distance
	rankBlank = 1 // more than other lines
	rankError = 2 * MaxLines
)

// units gives what may be shown, by rank.
func units(lines []line, must, within []bool) []unit {
	distance := distances(must)
	frame := frames(lines, must)
	free := func(i int) bool {
		return i < len(lines) && within[i] && !must[i] && !frame[i] && lines[i].change == same
	}
	var units []unit
	for i := 0; i < len(lines); i++ {
		u := unit{first: i, last: i, rank: rankLine * distance[i]}
		switch text := strings.TrimSpace(lines[i].text); {
		case must[i] || !within[i]:
			continue
		case text == "if err != nil {" && free(i) && free(i+1) && free(i+2) &&
			strings.HasPrefix(strings.TrimSpace(lines[i+1].text), "return ") && strings.TrimSpace(lines[i+2].text) == "}":
			u.last = i + 2
			u.rank += rankError
			i += 2
		case frame[i] || lines[i].head:
			u.rank = rankFrame
		case text == "":
			u.rank += rankBlank
		}
		units = append(units, u)
	}
	slices.SortStableFunc(units, func(a, b unit) int { return cmp.Compare(a.rank, b.rank) })
	return units
}

// distances counts from each line to the nearest that must be shown; where none
// must be, from the top.
func distances(must []bool) []int {
	distance := make([]int, len(must))
	if !slices.Contains(must, true) {
		for i := range distance {
			distance[i] = i + 1
		}
		return distance
	}
	for i := range distance {
		distance[i] = len(must)
		for j := range must {
			if must[j] {
				distance[i] = min(distance[i], max(i-j, j-i))
			}
		}
	}
	return distance
}

// frames finds the lines that open a block around a line that must be shown.
func frames(lines []line, must []bool) []bool {
	frame := make([]bool, len(lines))
	for i := range lines {
		if !must[i] || strings.TrimSpace(lines[i].text) == "" {
			continue
		}
		depth := indent(lines[i].text)
		for j := i - 1; j >= 0 && depth > 0; j-- {
			if text := lines[j].text; strings.TrimSpace(text) != "" && indent(text) < depth {
				depth = indent(text)
				frame[j] = lines[j].change != removed
			}
		}
	}
	return frame
}

// tidy folds blank lines at the edge of a fold, and shows a line that would be
// folded alone: its fold is no shorter. It says whether anything is different.
func tidy(lines []line, shown, must, within []bool) bool {
	different := false
	folded := func(i int) bool { return i >= 0 && i < len(lines) && !shown[i] }
	for i := range lines {
		blank := strings.TrimSpace(lines[i].text) == ""
		switch {
		case shown[i] && !must[i] && blank && (folded(i-1) || folded(i+1)):
			shown[i] = false
			different = true
		case !shown[i] && within[i] && !blank && !folded(i-1) && !folded(i+1):
			shown[i] = true
			different = true
		}
	}
	return different
}

// countRows counts the lines that are shown, and the folds between them.
func countRows(shown []bool) int {
	rows := 0
	for i, s := range shown {
		if s || i == 0 || shown[i-1] {
			rows++
		}
	}
	return rows
}
