package deck

import (
	"slices"
	"strings"
)

// fold decides which lines of a state are shown, so that there are no more rows
// than the limit: a row for each line, and one for each run of lines that is
// folded. The lines that must be shown are; the others are taken as there is
// room, those first that are near to one that must, and the heads of
// declarations. Lines outside of within are always folded.
//
// What comes back may have more rows than the limit: then the lines that must
// be shown are too many.
func fold(lines []line, must, within []bool, limit int) (shown []bool, rows int) {
	shown = make([]bool, len(lines))
	var open []int // what may be added
	for i := range lines {
		shown[i] = must[i]
		if within[i] && !must[i] {
			open = append(open, i)
		}
	}
	if all := slices.Clone(within); countRows(all) <= limit {
		return all, countRows(all)
	}
	rank := ranks(lines, must)
	slices.SortStableFunc(open, func(i, j int) int { return rank[i] - rank[j] })
	for range 4 { // tidying makes room; it need not end by itself
		for fits := true; fits; {
			fits = false
			for _, i := range open {
				if shown[i] {
					continue
				}
				shown[i] = true
				if countRows(shown) <= limit {
					fits = true
				} else {
					shown[i] = false
				}
			}
		}
		if !tidy(lines, shown, must, within) {
			break
		}
	}
	return shown, countRows(shown)
}

// ranks say how much a line is wanted: twice the distance to the nearest one
// that must be shown, the least first.
func ranks(lines []line, must []bool) []int {
	rank := make([]int, len(lines))
	anchored := slices.Contains(must, true)
	for i, l := range lines {
		nearest := i + 1 // without anything that must be shown, from the top
		if anchored {
			nearest = len(lines)
			for j := range lines {
				if must[j] {
					nearest = min(nearest, max(i-j, j-i))
				}
			}
		}
		rank[i] = 2 * nearest
		if l.head {
			rank[i] = min(rank[i], 1)
		}
		if strings.TrimSpace(l.text) == "" {
			rank[i]++
		}
	}
	return rank
}

// tidy folds blank lines at the edge of a fold, and shows a line that would be
// folded alone: its fold is no shorter. It says whether anything is different.
func tidy(lines []line, shown, must, within []bool) bool {
	different := false
	folded := func(i int) bool { return i >= 0 && i < len(lines) && !shown[i] }
	for i := range lines {
		switch {
		case shown[i] && !must[i] && strings.TrimSpace(lines[i].text) == "" && (folded(i-1) || folded(i+1)):
			shown[i] = false
			different = true
		case !shown[i] && within[i] && !folded(i-1) && !folded(i+1) && strings.TrimSpace(lines[i].text) != "":
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
