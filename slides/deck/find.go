package deck

import (
	"errors"
	"fmt"
	"strings"

	"basehandler/internal/course"
)

// find gives the lines that a range stands for, out of those within; nil is all.
// Removed lines are not looked at.
func find(lines []line, within []bool, r Range) ([]int, error) {
	var found []int
	folded := false
	for i, l := range lines {
		if l.change == removed || !strings.Contains(l.text, r.From) {
			continue
		}
		if within != nil && !within[i] {
			folded = true
			continue
		}
		if r.To == "" {
			found = append(found, i)
			continue
		}
		end := closing(lines, i, r)
		if end < 0 {
			return nil, fmt.Errorf("no line from %q on holds %q", strings.TrimSpace(l.text), r.To)
		}
		for j := i; j <= end; j++ {
			if lines[j].change != removed {
				found = append(found, j)
			}
		}
		break
	}
	if found == nil && folded {
		return nil, fmt.Errorf("only folds the lines that hold %q", r.From)
	}
	if found == nil {
		var texts []string
		for _, l := range present(lines) {
			texts = append(texts, strings.TrimSpace(l.text))
		}
		message := fmt.Sprintf("no line holds %q", r.From)
		if near := course.Nearest(r.From, texts); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, errors.New(message)
	}
	return found, nil
}

// closing is the last line of a range that begins in line i, -1 if there is
// none.
func closing(lines []line, i int, r Range) int {
	_, behind, _ := strings.Cut(lines[i].text, r.From)
	if r.To == "}" {
		if strings.HasSuffix(strings.TrimSpace(behind), "}") {
			return i
		}
		depth := indent(lines[i].text)
		for j := i + 1; j < len(lines); j++ {
			l := lines[j]
			if l.change != removed && indent(l.text) <= depth && strings.HasPrefix(strings.TrimSpace(l.text), "}") {
				return j
			}
		}
		return -1
	}
	if strings.Contains(behind, r.To) {
		return i
	}
	for j := i + 1; j < len(lines); j++ {
		if lines[j].change != removed && strings.Contains(lines[j].text, r.To) {
			return j
		}
	}
	return -1
}

func indent(text string) int { return len(text) - len(strings.TrimLeft(text, "\t")) }
