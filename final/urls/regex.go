package urls

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A URLconf is written with Python's regular expressions, and package regexp
// reads RE2's. The two differ in small things: what `$` means, which letters
// `\w` has, how `{,3}` is read, what is an error. This file translates one into
// the other and says which constructs RE2 cannot express.

// translation is a regular expression of Python in the terms of package regexp.
type translation struct {
	expr   string
	groups []string // the names of the groups, "" for those without one
	dollar bool     // whether it has a `$`
	before bool     // whether what stands before it counts: it has a `|` outside all groups, or a start
}

// How `$` is to be read. In Python it is the end of the text or the place
// before a newline at the end, which RE2 cannot say. The end of any line is the
// same as long as the only newline is the last letter.
type dollar string

const (
	lineEnd dollar = `(?m:$)`
	textEnd dollar = `\z`
)

// translator reads a pattern once, from left to right.
type translator struct {
	translation
	pattern  string
	at       int
	wrong    int // where the piece begins that an error would be about
	out      strings.Builder
	dollarAs dollar
	capture  bool  // whether groups are captured: those for a mere test need not
	open     []int // where the groups begin that have no end yet
	repeat   repeatState
}

// repeatState says what a quantifier would follow.
type repeatState int

const (
	nothing   repeatState = iota // the beginning, a bar, an anchor
	something                    // a letter, a class, a group
	repeated                     // another quantifier
)

// translate gives the error as text: the caller knows which route it is about.
// Messages and places are those of Python's re.
func translate(pattern string, dollarAs dollar, capture bool) (translation, error) {
	t := translator{pattern: pattern, dollarAs: dollarAs, capture: capture}
	if !utf8.ValidString(pattern) {
		return t.translation, fmt.Errorf("it is not valid UTF-8")
	}
	var err error
	for t.at < len(pattern) && err == nil {
		t.wrong = t.at
		err = t.next()
	}
	if err == nil && len(t.open) > 0 {
		t.wrong, err = t.open[len(t.open)-1], fmt.Errorf("missing ), unterminated subpattern")
	}
	if err != nil {
		return t.translation, fmt.Errorf("%w at position %d", err, utf8.RuneCountInString(pattern[:t.wrong]))
	}
	t.expr = t.out.String()
	return t.translation, nil
}

// unsupported is the error for what Python knows and RE2 does not.
func unsupported(construct string) error {
	return fmt.Errorf("it uses %s, which Go's regular expressions (RE2) cannot express", construct)
}

// rest is what has not been read yet.
func (t *translator) rest() string { return t.pattern[t.at:] }

// rune reads one letter.
func (t *translator) rune() rune {
	r, size := utf8.DecodeRuneInString(t.rest())
	t.at += size
	return r
}

// accept reads text if it comes next.
func (t *translator) accept(text string) bool {
	if strings.HasPrefix(t.rest(), text) {
		t.at += len(text)
		return true
	}
	return false
}

// item writes something that can be repeated.
func (t *translator) item(text string) {
	t.out.WriteString(text)
	t.repeat = something
}

// anchor writes something that has no width.
func (t *translator) anchor(text string) {
	t.out.WriteString(text)
	t.repeat = nothing
}

func (t *translator) next() error {
	switch r := t.rune(); r {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.group()
	case ')':
		if len(t.open) == 0 {
			return fmt.Errorf("unbalanced parenthesis")
		}
		t.open = t.open[:len(t.open)-1]
		t.item(")")
	case '|':
		t.before = t.before || len(t.open) == 0
		t.anchor("|")
	case '^':
		t.before = true
		t.anchor("^")
	case '$':
		t.dollar = true
		t.anchor(string(t.dollarAs))
	case '.':
		t.item(".")
	case '*', '+', '?':
		return t.quantifier(string(r))
	case '{':
		if low, high, ok := t.bounds(); ok {
			return t.counted(low, high)
		}
		t.item(`\{`)
	default:
		t.item(regexp.QuoteMeta(string(r)))
	}
	return nil
}

// quantifier writes a quantifier, together with the ? that makes it lazy.
func (t *translator) quantifier(text string) error {
	switch t.repeat {
	case nothing:
		return fmt.Errorf("nothing to repeat")
	case repeated:
		return fmt.Errorf("multiple repeat")
	}
	t.out.WriteString(text)
	if t.accept("?") {
		t.out.WriteString("?")
	} else if t.accept("+") {
		return unsupported("a possessive quantifier")
	}
	t.repeat = repeated
	return nil
}

var boundsForm = regexp.MustCompile(`^([0-9]*)(,?)([0-9]*)\}`)

// bounds reads the rest of {2}, {2,}, {,3} or {2,3}; anything else is literal.
func (t *translator) bounds() (low, high string, ok bool) {
	found := boundsForm.FindStringSubmatch(t.rest())
	if found == nil || found[0] == "}" {
		return "", "", false
	}
	low, high = found[1], found[3]
	if found[2] == "" {
		high = low
	} else if low == "" {
		low = "0"
	}
	t.at += len(found[0])
	return low, high, true
}

// maxRepeat is the largest number that RE2 counts to.
const maxRepeat = 1000

func (t *translator) counted(low, high string) error {
	for _, bound := range []string{low, high} {
		if n, err := strconv.Atoi(bound); bound != "" && (err != nil || n > maxRepeat) {
			return unsupported(fmt.Sprintf("a repetition of more than %d times", maxRepeat))
		}
	}
	if l, _ := strconv.Atoi(low); high != "" {
		if h, _ := strconv.Atoi(high); h < l {
			t.wrong += len("{")
			return fmt.Errorf("min repeat greater than max repeat")
		}
	}
	return t.quantifier("{" + low + "," + high + "}")
}

// group reads what follows an opening parenthesis.
func (t *translator) group() error {
	name, captured, start := "", true, t.wrong
	if t.accept("?") {
		captured = false
		switch {
		case t.accept("#"):
			end := strings.IndexByte(t.rest(), ')')
			if end < 0 {
				return fmt.Errorf("missing ), unterminated comment")
			}
			t.at += end + 1
			return nil
		case t.accept(":"):
		case t.accept("P<"):
			t.wrong = t.at
			end := strings.IndexByte(t.rest(), '>')
			switch {
			case end == 0 || t.rest() == "":
				return fmt.Errorf("missing group name")
			case end < 0:
				return fmt.Errorf("missing >, unterminated name")
			}
			name, captured = t.rest()[:end], true
			if !isIdentifier(name) {
				return fmt.Errorf("bad character in group name %s", pyRepr(name))
			}
			if other := slices.Index(t.groups, name); other >= 0 {
				return fmt.Errorf("redefinition of group name %s as group %d; was group %d", pyRepr(name), len(t.groups)+1, other+1)
			}
			t.at += end + 1
		case t.accept("P="):
			return unsupported("a backreference (?P=…)")
		case t.accept("="):
			return unsupported("a lookahead (?=…)")
		case t.accept("!"):
			return unsupported("a negative lookahead (?!…)")
		case t.accept("<="):
			return unsupported("a lookbehind (?<=…)")
		case t.accept("<!"):
			return unsupported("a negative lookbehind (?<!…)")
		case t.accept(">"):
			return unsupported("an atomic group (?>…)")
		case t.accept("("):
			return unsupported("a conditional (?(…)…)")
		case strings.HasPrefix(t.rest(), "P"), strings.HasPrefix(t.rest(), "<"):
			return t.unknownExtension(2)
		default:
			return t.flags()
		}
	}
	t.open = append(t.open, start)
	if captured && t.capture {
		t.groups = append(t.groups, name)
		t.anchor("(")
	} else {
		t.anchor("(?:")
	}
	return nil
}

// unknownExtension is the error for what follows (? and is n letters long.
func (t *translator) unknownExtension(n int) error {
	text := []rune(t.rest())
	if len(text) < n {
		t.wrong = len(t.pattern)
		return fmt.Errorf("unexpected end of pattern")
	}
	t.wrong += len("(")
	return fmt.Errorf("unknown extension ?%s", string(text[:n]))
}

var flagsForm = regexp.MustCompile(`^([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])`)

// flags reads (?i) at the beginning and (?i:…) anywhere.
func (t *translator) flags() error {
	if r, _ := utf8.DecodeRuneInString(t.rest()); !strings.ContainsRune("aiLmsux-", r) {
		return t.unknownExtension(1)
	}
	found := flagsForm.FindStringSubmatch(t.rest())
	if found == nil {
		return fmt.Errorf("missing -, : or )")
	}
	for _, flag := range found[1] + found[2] {
		switch flag {
		case 'i', 's', 'u':
		case 'a', 'L', 'm', 'x':
			return unsupported(fmt.Sprintf("the flag %c", flag))
		default:
			return fmt.Errorf("unknown flag %c", flag)
		}
	}
	if found[3] == ")" && (t.at != len("(?") || found[2] != "") {
		return fmt.Errorf("global flags not at the start of the expression")
	}
	t.at += len(found[0])
	text := strings.ReplaceAll(strings.TrimSuffix(found[0], found[3]), "u", "")
	if found[3] == ":" {
		t.open = append(t.open, t.wrong)
		t.anchor("(?" + text + ":")
	} else if text != "" {
		t.anchor("(?" + text + ")")
	}
	return nil
}

// Python's classes know all of Unicode.
const (
	digits = `\p{Nd}`
	words  = `\p{L}\p{N}_`
	spaces = `\s\x0b\x1c-\x1f\x{85}\p{Z}`
)

// complement gives the contents of a class that holds all letters which are not
// in another one.
func complement(contents string) string {
	class, err := syntax.Parse("[^"+contents+"]", syntax.Perl)
	if err != nil {
		panic(err) // the constants above
	}
	var out strings.Builder
	for i := 0; i < len(class.Rune); i += 2 {
		fmt.Fprintf(&out, `\x{%x}-\x{%x}`, class.Rune[i], class.Rune[i+1])
	}
	return out.String()
}

var (
	notWords  = sync.OnceValue(func() string { return complement(words) })
	notSpaces = sync.OnceValue(func() string { return complement(spaces) })
)

// shorthand gives the contents of the class that \d and its like stand for.
func shorthand(r rune) (contents string, ok bool) {
	switch r {
	case 'd':
		return digits, true
	case 'D':
		return `\P{Nd}`, true
	case 'w':
		return words, true
	case 'W':
		return notWords(), true
	case 's':
		return spaces, true
	case 'S':
		return notSpaces(), true
	}
	return "", false
}

// escape reads what follows a backslash outside a class.
func (t *translator) escape() error {
	if t.at == len(t.pattern) {
		return fmt.Errorf("bad escape (end of pattern)")
	}
	r, _ := utf8.DecodeRuneInString(t.rest())
	if contents, ok := shorthand(r); ok {
		t.at++
		t.item("[" + contents + "]")
		return nil
	}
	switch {
	case r == 'A':
		t.at++
		t.before = true
		t.anchor(`\A`)
		return nil
	case r == 'Z':
		t.at++
		t.anchor(`\z`)
		return nil
	case r == 'b' || r == 'B':
		t.at++
		t.anchor(`\` + string(r))
		return nil
	case r >= '1' && r <= '9' && !octalForm.MatchString(t.rest()):
		return unsupported(fmt.Sprintf("a backreference \\%c", r))
	}
	letter, err := t.letter()
	if err != nil {
		return err
	}
	t.item(fmt.Sprintf(`\x{%x}`, letter))
	return nil
}

var (
	octalForm      = regexp.MustCompile(`^[0-7]{3}`)
	shortOctalForm = regexp.MustCompile(`^[0-7]{1,3}`)
	hexForm        = regexp.MustCompile(`^[0-9a-fA-F]*`)
	controls       = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}
	hexDigits      = map[rune]int{'x': 2, 'u': 4, 'U': 8}
)

// letter reads an escape that stands for one letter.
func (t *translator) letter() (rune, error) {
	if octal := shortOctalForm.FindString(t.rest()); octal != "" {
		t.at += len(octal)
		n, err := strconv.ParseUint(octal, 8, 8)
		if err != nil {
			return 0, fmt.Errorf("octal escape value \\%s outside of range 0-0o377", octal)
		}
		return rune(n), nil
	}
	r := t.rune()
	if control, ok := controls[r]; ok {
		return control, nil
	}
	if count, ok := hexDigits[r]; ok {
		digits := hexForm.FindString(t.rest())
		if len(digits) < count {
			return 0, fmt.Errorf("incomplete escape \\%c%s", r, digits)
		}
		digits = digits[:count]
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || n > unicode.MaxRune {
			return 0, fmt.Errorf("bad escape \\%c%s", r, digits)
		}
		t.at += count
		return rune(n), nil
	}
	if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return 0, fmt.Errorf("bad escape \\%c", r)
	}
	return r, nil
}

// class reads what follows an opening bracket.
func (t *translator) class() error {
	var out strings.Builder
	out.WriteString("[")
	if t.accept("^") {
		out.WriteString("^")
	}
	start := t.wrong
	for first := true; ; first = false {
		if t.at == len(t.pattern) {
			t.wrong = start
			return fmt.Errorf("unterminated character set")
		}
		if !first && t.accept("]") {
			break
		}
		from := t.at
		low, contents, err := t.member()
		if err != nil {
			return err
		}
		// A dash before the closing bracket is itself.
		if strings.HasPrefix(t.rest(), "-") && !strings.HasPrefix(t.rest(), "-]") && len(t.rest()) > 1 {
			t.at++
			high, other, err := t.member()
			if err != nil {
				return err
			}
			if contents != "" || other != "" || high < low {
				t.wrong = from
				return fmt.Errorf("bad character range %s", t.pattern[from:t.at])
			}
			fmt.Fprintf(&out, `\x{%x}-\x{%x}`, low, high)
		} else if contents != "" {
			out.WriteString(contents)
		} else {
			fmt.Fprintf(&out, `\x{%x}`, low)
		}
	}
	out.WriteString("]")
	t.item(out.String())
	return nil
}

// member reads a letter of a class, or a class in it.
func (t *translator) member() (letter rune, contents string, err error) {
	t.wrong = t.at
	if !t.accept(`\`) {
		return t.rune(), "", nil
	}
	if t.at == len(t.pattern) {
		return 0, "", fmt.Errorf("bad escape (end of pattern)")
	}
	r, size := utf8.DecodeRuneInString(t.rest())
	if contents, ok := shorthand(r); ok {
		t.at += size
		return 0, contents, nil
	}
	if r == 'b' {
		t.at += size
		return '\b', "", nil
	}
	letter, err = t.letter()
	return letter, "", err
}

// isIdentifier tells whether Python takes a text for a name.
func isIdentifier(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && !unicode.Is(unicode.Nl, r) &&
			(i == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)) {
			return false
		}
	}
	return name != ""
}

// escapeRegex makes a regular expression that matches text alone, as Python
// writes it. Python: re.escape.
func escapeRegex(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// regex is a regular expression of Python that is ready to be used.
type regex struct {
	names  []string // of the groups
	main   *regexp.Regexp
	strict *regexp.Regexp // for text with a newline in its midst, nil if there is no $
}

// compile makes a regex of the form before + pattern + after, where the pattern
// alone is Python's.
func compile(before, pattern, after string, capture bool) (*regex, error) {
	t, err := translate(pattern, lineEnd, capture)
	if err != nil {
		return nil, invalid(pattern, err)
	}
	main, err := regexp.Compile(before + t.expr + after)
	if err != nil {
		return nil, invalid(pattern, err)
	}
	r := &regex{names: t.groups, main: main}
	if t.dollar {
		t, err := translate(pattern, textEnd, capture)
		if err != nil {
			return nil, invalid(pattern, err)
		}
		if r.strict, err = regexp.Compile(before + t.expr + after); err != nil {
			return nil, invalid(pattern, err)
		}
	}
	return r, nil
}

// invalid makes the error for a regular expression that is wrong.
func invalid(pattern string, err error) error {
	return improper(fmt.Sprintf(`"%s" is not a valid regular expression: %v`, pattern, err))
}

// on gives the expression to use on a text.
func (r *regex) on(text string) *regexp.Regexp {
	if r.strict != nil {
		if i := strings.IndexByte(text, '\n'); i >= 0 && i < len(text)-1 {
			return r.strict
		}
	}
	return r.main
}
