// Package dom reads elements of HTML, for tests of pages.
package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Attr gives an attribute of an element, and whether it has it.
func Attr(node *html.Node, name string) (string, bool) {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Is tells whether a node is an element of a class.
func Is(node *html.Node, class string) bool {
	classes, _ := Attr(node, "class")
	return node.Type == html.ElementNode && slices.Contains(strings.Fields(classes), class)
}

// Text is what a browser shows of an element.
func Text(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}
