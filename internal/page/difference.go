package page

import (
	"html/template"
	"strings"
)

// Difference colours a unified difference of two texts in a language: the code
// of each line by itself, and the line by what happens to it. The lines are
// given with the class that they have as a whole: "add", "del", "hunk" or "".
// The sign at the beginning of each is kept.
func Difference(language, unified string) (lines []template.HTML, classes []string, err error) {
	texts := strings.Split(strings.TrimSuffix(unified, "\n"), "\n")
	var before, after []string // the two texts, as far as the difference shows them
	for _, text := range texts {
		sign, rest := cutSign(text)
		switch sign {
		case "-":
			before = append(before, rest)
		case "+":
			after = append(after, rest)
		case " ":
			before, after = append(before, rest), append(after, rest)
		}
	}
	old, err := Lines(language, strings.Join(before, "\n")+"\n")
	if err != nil {
		return nil, nil, err
	}
	current, err := Lines(language, strings.Join(after, "\n")+"\n")
	if err != nil {
		return nil, nil, err
	}
	i, j := 0, 0
	for _, text := range texts {
		sign, _ := cutSign(text)
		var line template.HTML
		class := ""
		switch sign {
		case "-":
			line, class = "-"+old[i], "del"
			i++
		case "+":
			line, class = "+"+current[j], "add"
			j++
		case " ":
			line = " " + current[j]
			i, j = i+1, j+1
		default:
			line, class = plain(text), "hunk"
		}
		lines, classes = append(lines, line), append(classes, class)
	}
	return lines, classes, nil
}

// cutSign takes the sign off a line; a line without one is the head of a hunk.
func cutSign(line string) (sign, rest string) {
	if line == "" {
		return " ", "" // some programs cut blanks at the end of a line
	}
	switch line[0] {
	case '+', '-', ' ':
		return line[:1], line[1:]
	}
	return "", line
}
