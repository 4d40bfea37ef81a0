package site

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"basehandler/internal/course"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// chapterLink gives the page for a link as it is written in a chapter, where it
// is a path in the checkout.
func chapterLink(destination string) (string, error) {
	if strings.HasPrefix(destination, "#") || strings.HasPrefix(destination, "/") {
		return destination, nil
	}
	file, fragment, _ := strings.Cut(destination, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	folder, name := path.Split(file)
	a, err := course.ParseAddress(path.Base(folder))
	if err != nil || !a.IsStep() {
		return "", fmt.Errorf("a chapter links to other chapters, such as ../06-urls/README.md, and not to %q", destination)
	}
	if name == "" || name == chapterFile {
		return statePath(a) + fragment, nil
	}
	return statePath(a) + "files/" + name + fragment, nil
}

// named is how a text speaks of steps, beats and chapters.
var named = regexp.MustCompile(`\b(?:[Ss]teps?|[Cc]hapters?|[Bb]eats?) (\d\d(?:\.\d)?)\b`)

// linkSteps makes a link of each place where a chapter speaks of another one,
// or of a beat.
func linkSteps(source []byte, own int) []byte {
	type place struct {
		start, end int
		to         string
	}
	var places []place
	ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link, *ast.CodeSpan, *ast.Heading:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			for _, found := range named.FindAllSubmatchIndex(node.Segment.Value(source), -1) {
				at := node.Segment.Start
				a, err := course.ParseAddress(string(source[at+found[2] : at+found[3]]))
				if err == nil && a != (course.Address{Step: own}) {
					places = append(places, place{at + found[0], at + found[1], statePath(a)})
				}
			}
		}
		return ast.WalkContinue, nil
	})
	linked := slices.Clone(source)
	for _, p := range slices.Backward(places) {
		made := "[" + string(source[p.start:p.end]) + "](" + p.to + ")"
		linked = slices.Replace(linked, p.start, p.end, []byte(made)...)
	}
	return linked
}
