package main

import (
	"io"
	"os"
	"strings"

	"github.com/alecthomas/chroma/v2/quick"
)

// highlight prints text, coloured as its language asks where colours are
// wanted.
func (e *env) highlight(text, language string) error {
	if !e.color {
		_, err := io.WriteString(e.stdout, text)
		return err
	}
	style := "github"
	if dark() {
		style = "github-dark"
	}
	return quick.Highlight(e.stdout, text, language, formatter(), style)
}

// formatter is as many colours as the terminal says it has.
func formatter() string {
	switch {
	case os.Getenv("COLORTERM") == "truecolor" || os.Getenv("COLORTERM") == "24bit":
		return "terminal16m"
	case strings.Contains(os.Getenv("TERM"), "256color"):
		return "terminal256"
	}
	return "terminal16"
}
