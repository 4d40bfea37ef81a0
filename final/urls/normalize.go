package urls

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// To reverse a regular expression is to write a text that it matches, with room
// for the arguments where its groups are:
//
//	^articles/(?P<year>[0-9]{4})/?$    articles/ year
//	^opt(?:/(?P<n>\d+))?/$             opt/ and opt/ n /
//
// Of what is optional there is as little as may be, of a class the first letter,
// and of a group nothing but its name. Where a group is optional there are two
// texts, without and with it. An expression with a bar outside its groups has
// an empty one only. Whether the text, once it is filled in, matches indeed is
// for the caller to see.

// form is one such text. The pieces are text and the names of parameters in
// turns, beginning and ending with text.
type form []string

// params gives the names of the parameters, which may be there twice.
func (f form) params() []string {
	var names []string
	for i := 1; i < len(f); i += 2 {
		names = append(names, f[i])
	}
	return names
}

// then puts another form after this one.
func (f form) then(next form) form {
	joined := append(form(nil), f[:len(f)-1]...)
	joined = append(joined, f[len(f)-1]+next[0])
	return append(joined, next[1:]...)
}

// fill puts the values of the parameters in.
func (f form) fill(values map[string]string) (string, bool) {
	var out strings.Builder
	for i, piece := range f {
		if i%2 == 1 {
			value, ok := values[piece]
			if !ok {
				return "", false
			}
			piece = value
		}
		out.WriteString(piece)
	}
	return out.String(), true
}

// chunk is a piece that a quantifier can apply to, in all its forms.
type chunk struct {
	forms []form
	// Whether a quantifier that allows none makes a choice of it. A group in a
	// choice does not count: (?:/(?P<n>x)?)? is left out always.
	grouped bool
}

func plain(text string) chunk { return chunk{forms: []form{{text}}} }

// representatives are letters of the classes that escapes stand for. Those that
// stand for a place, not a letter, are left out.
var representatives = map[rune]string{
	'A': "", 'b': "", 'B': "", 'Z': "",
	'd': "0", 'D': "x", 's': " ", 'S': "x", 'w': "x", 'W': "!",
}

// normalize gives the forms of a regular expression in Python's syntax, which
// must be valid. Django: utils/regex_helper.py normalize.
func normalize(pattern string) []form {
	// Each open group that captures nothing has its chunks on a stack.
	stack := [][]chunk{nil}
	add := func(c chunk) { stack[len(stack)-1] = append(stack[len(stack)-1], c) }
	groups := 0
	for pattern != "" {
		r, size := utf8.DecodeRuneInString(pattern)
		pattern = pattern[size:]
		switch r {
		case '\\':
			r, size := utf8.DecodeRuneInString(pattern)
			pattern = pattern[size:]
			if text, ok := representatives[r]; !ok {
				add(plain(string(r)))
			} else if text != "" {
				add(plain(text))
			}
		case '^':
		case '$':
			pattern = "" // whatever follows, even in open groups
		case '|':
			return []form{{""}}
		case '[':
			var first string
			first, pattern = skipClass(pattern)
			add(plain(first))
		case '(':
			var name string
			switch {
			case strings.HasPrefix(pattern, "?P<"):
				end := strings.IndexByte(pattern, '>')
				name = pattern[len("?P<"):end]
			case strings.HasPrefix(pattern, "?#"):
				pattern = pattern[strings.IndexByte(pattern, ')')+1:]
				continue
			case strings.HasPrefix(pattern, "?"):
				end := strings.IndexAny(pattern, ":)")
				if pattern[end] == ':' {
					stack = append(stack, nil)
				}
				pattern = pattern[end+1:]
				continue
			default:
				name = "_" + strconv.Itoa(groups)
				groups++
			}
			pattern = skipGroup(pattern)
			add(chunk{[]form{{"", name, ""}}, true})
		case ')':
			inner := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			add(chunk{sequenceForms(inner), slices.ContainsFunc(inner, func(c chunk) bool { return c.grouped })})
		case '*', '+', '?', '{':
			low, rest, ok := skipQuantifier(r, pattern)
			if !ok {
				add(plain("{"))
				continue
			}
			pattern = rest
			top := &stack[len(stack)-1]
			if len(*top) == 0 {
				continue
			}
			last := (*top)[len(*top)-1]
			switch {
			case low == 0 && last.grouped:
				choice := chunk{forms: append([]form{{""}}, last.forms...)}
				(*top)[len(*top)-1] = choice
			case low == 0:
				*top = (*top)[:len(*top)-1]
			}
			for ; low > 1; low-- {
				add(last)
			}
		default:
			add(plain(string(r)))
		}
	}
	return sequenceForms(slices.Concat(stack...))
}

// sequenceForms puts chunks one after the other, each form of one with each of
// the next.
func sequenceForms(chunks []chunk) []form {
	forms := []form{{""}}
	for _, c := range chunks {
		var longer []form
		for _, before := range forms {
			for _, after := range c.forms {
				longer = append(longer, before.then(after))
			}
		}
		forms = longer
	}
	return forms
}

// skipClass reads what follows an opening bracket, and gives a letter that
// stands for the class.
func skipClass(pattern string) (first, rest string) {
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		if r == ']' && i > 0 && pattern[:i] != "^" {
			return first, pattern[i+1:]
		}
		text := string(r)
		if r == '\\' {
			r, more := utf8.DecodeRuneInString(pattern[i+1:])
			size += more
			if found, ok := representatives[r]; ok {
				text = found
			} else {
				text = string(r)
			}
		}
		if i == 0 {
			first = text
		}
		i += size
	}
	return first, ""
}

// skipGroup reads what follows an opening parenthesis, up to the closing one.
func skipGroup(pattern string) (rest string) {
	for depth := 1; pattern != ""; {
		b := pattern[0]
		pattern = pattern[1:]
		switch b {
		case '\\':
			_, size := utf8.DecodeRuneInString(pattern)
			pattern = pattern[size:]
		case '[':
			_, pattern = skipClass(pattern)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return pattern
			}
		}
	}
	return ""
}

// skipQuantifier reads the rest of a quantifier and gives the fewest times that
// it asks for.
func skipQuantifier(r rune, pattern string) (low int, rest string, ok bool) {
	switch r {
	case '+':
		low = 1
	case '{':
		t := translator{pattern: pattern}
		text, _, ok := t.bounds()
		if !ok {
			return 0, pattern, false
		}
		low, _ = strconv.Atoi(text)
		pattern = t.rest()
	}
	return low, strings.TrimPrefix(pattern, "?"), true
}
