package main

import (
	"io"

	"charm.land/glamour/v2/ansi"
	glamourstyles "charm.land/glamour/v2/styles"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/quick"
	"github.com/alecthomas/chroma/v2/styles"
)

// Nobody knows whether a terminal is dark or light. So text keeps the colour
// that the terminal gives it, and what stands out takes one of the 16 colours
// of the terminal's own palette.
const (
	codeStyle     = "walkthrough"
	codeFormatter = "terminal16"
)

func init() {
	styles.Register(chroma.MustNewStyle(codeStyle, chroma.StyleEntries{
		chroma.Comment:           "#ansiteal",
		chroma.Keyword:           "#ansipurple",
		chroma.LiteralString:     "#ansidarkgreen",
		chroma.LiteralNumber:     "#ansidarkgreen",
		chroma.NameFunction:      "bold",
		chroma.GenericHeading:    "bold",
		chroma.GenericSubheading: "bold",
		chroma.GenericDeleted:    "#ansidarkred",
		chroma.GenericInserted:   "#ansidarkgreen",
	}))
}

// chapterStyle is glamour's dark style, made to fit light terminals too.
func chapterStyle() ansi.StyleConfig {
	style := glamourstyles.DarkStyleConfig
	style.Document.Color = nil
	style.CodeBlock.Color = nil
	style.CodeBlock.Chroma = nil
	style.CodeBlock.Theme = codeStyle
	// A colour and a line below say that it is a heading, not Markdown's signs.
	yes, no := true, false
	for _, heading := range []*ansi.StyleBlock{&style.H2, &style.H3, &style.H4, &style.H5, &style.H6} {
		heading.Prefix = ""
	}
	style.H2.Underline = &yes
	style.H4.Bold, style.H5.Bold = &no, &no // as H6
	return style
}

// plainStyle is the style without colours: it leaves the signs of Markdown
// where there is nothing else to tell headings and code from text.
func plainStyle() ansi.StyleConfig {
	style := glamourstyles.NoTTYStyleConfig
	// glamour has the backticks, but in a place where it does not look for them.
	style.Code.BlockPrefix, style.Code.BlockSuffix = "", ""
	style.Code.Prefix, style.Code.Suffix = "`", "`"
	return style
}

// highlight prints text, coloured as its language asks where colours are
// wanted.
func (e *env) highlight(text, language string) error {
	if !e.color {
		_, err := io.WriteString(e.stdout, text)
		return err
	}
	return quick.Highlight(e.stdout, text, language, codeFormatter, codeStyle)
}
