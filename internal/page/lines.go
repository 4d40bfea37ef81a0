package page

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"basehandler/internal/course"
)

// classes are the kinds of token that have a colour in [CodeCSS], under
// chroma's short names. A token of another kind takes the class of the nearest
// kind above it, or none.
var classes = map[chroma.TokenType]string{
	chroma.Keyword:         "k",
	chroma.KeywordType:     "kt",
	chroma.KeywordConstant: "kc",
	chroma.NameBuiltin:     "nb",
	chroma.NameFunction:    "nf",
	chroma.NameAttribute:   "na",
	chroma.NameTag:         "nt",
	chroma.LiteralString:   "s",
	chroma.LiteralNumber:   "m",
	chroma.Comment:         "c",
}

// class is the class of a token, "" for text in the colour of the page.
func class(t chroma.TokenType) string {
	for _, kind := range []chroma.TokenType{t, t.SubCategory(), t.Category()} {
		if class, found := classes[kind]; found {
			return class
		}
	}
	return ""
}

// aliases are names of languages that no lexer goes by, and what they are.
var aliases = map[string]string{"": "plaintext", "text": "plaintext", "sh": "bash"}

func init() {
	// The body of a message is coloured by its type. Other languages claim
	// text/plain as well, and one has "clear" for a keyword: plain text goes
	// before them.
	lexers.Get("plaintext").Config().Priority = 2
}

// Lines colours a text by classes, and gives it line by line, without the line
// feeds. Tabs stay tabs. The language is one of those that may stand behind a
// fence in Markdown; "" and "text" are not coloured.
func Lines(language, source string) ([]template.HTML, error) {
	lines := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	tokens, err := tokenise(language, source)
	if err != nil {
		return nil, err
	}
	coloured := chroma.SplitTokensIntoLines(tokens)
	html := make([]template.HTML, len(lines))
	for i, line := range lines {
		html[i] = plain(line)
		// A lexer may leave a line out or change it; what the text says goes
		// before how it looks.
		if i < len(coloured) {
			if text, marked := spans(coloured[i]); text == line {
				html[i] = marked
			}
		}
	}
	return html, nil
}

func tokenise(language, source string) ([]chroma.Token, error) {
	name := language
	if alias, found := aliases[name]; found {
		name = alias
	}
	lexer := lexers.Get(name)
	if lexer == nil {
		return nil, &course.UnknownError{Kind: "language", Name: language,
			Nearest: course.Nearest(language, lexers.Names(true)), Hint: "write text for text without colours"}
	}
	iterator, err := chroma.Coalesce(lexer).Tokenise(&chroma.TokeniseOptions{State: "root"}, source)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", language, err)
	}
	return iterator.Tokens(), nil
}

func plain(text string) template.HTML { return template.HTML(html.EscapeString(text)) }

// spans writes the tokens of one line, and gives their text too.
func spans(tokens []chroma.Token) (text string, marked template.HTML) {
	var plain, out strings.Builder
	for _, token := range tokens {
		value := strings.TrimRight(token.Value, "\n")
		plain.WriteString(value)
		escaped := html.EscapeString(value)
		if class := class(token.Type); class != "" && strings.TrimSpace(value) != "" {
			escaped = `<span class="` + class + `">` + escaped + `</span>`
		}
		out.WriteString(escaped)
	}
	return plain.String(), template.HTML(out.String())
}
