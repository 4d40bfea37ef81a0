package exceptions

import (
	"fmt"
	"strings"
	"unicode"
)

// Repr writes text as Django's messages show it: in single quotes, or in double
// ones if that saves escapes, with what cannot be printed escaped. Python: repr.
func Repr(text string) string {
	mark := '\''
	if strings.ContainsRune(text, '\'') && !strings.ContainsRune(text, '"') {
		mark = '"'
	}
	var b strings.Builder
	b.WriteRune(mark)
	for _, r := range text {
		switch {
		case r == mark:
			b.WriteRune('\\')
			b.WriteRune(r)
		case r != '\\' && unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(Escape(r))
		}
	}
	b.WriteRune(mark)
	return b.String()
}

// Escape writes one character as Python escapes it: a letter where there is one,
// else its number in hexadecimal.
func Escape(r rune) string {
	switch {
	case r == '\\':
		return `\\`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
