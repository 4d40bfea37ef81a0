package web

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// charset is an encoding of text. Python knows a hundred of them; the standard
// library of Go has these three, which is what is left of them on the web. A
// name that is none of theirs is an unknown charset.
type charset int

const (
	utf8Charset charset = iota
	latin1Charset
	asciiCharset
)

// lookupCharset finds a charset by any of the names that Python has for it.
// Python: codecs.lookup.
func lookupCharset(name string) (charset, bool) {
	if name == "utf-8" {
		return utf8Charset, true
	}
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '.' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
		} else if r >= utf8.RuneSelf {
			return 0, false
		} else {
			gap = true
		}
	}
	if c, ok := alias(b.String()); ok {
		return c, true
	}
	return alias(strings.ReplaceAll(b.String(), ".", "_"))
}

// alias knows the names. Python: encodings/aliases.py.
func alias(name string) (charset, bool) {
	switch name {
	case "utf_8", "utf8", "u8", "utf", "utf8_ucs2", "utf8_ucs4", "cp65001":
		return utf8Charset, true
	case "latin_1", "latin1", "latin", "l1", "iso8859", "iso8859_1", "iso_8859_1", "8859", "cp819", "ibm819", "csisolatin1", "iso_8859_1_1987", "iso_ir_100":
		return latin1Charset, true
	case "ascii", "us_ascii", "us", "646", "iso646_us", "iso_646.irv_1991", "iso_ir_6", "ibm367", "cp367", "csascii", "ansi_x3.4_1968", "ansi_x3_4_1968", "ansi_x3.4_1986":
		return asciiCharset, true
	}
	return 0, false
}

func namedCharset(name string) (charset, error) {
	if c, ok := lookupCharset(name); ok {
		return c, nil
	}
	return 0, &LookupError{"unknown encoding: " + name}
}

// decode is bytes.decode(charset, "replace").
func (c charset) decode(b string) string {
	switch c {
	case latin1Charset:
		return fromLatin1(b)
	case asciiCharset:
		if isASCII(b) {
			return b
		}
		var text strings.Builder
		for i := range len(b) {
			if b[i] < utf8.RuneSelf {
				text.WriteByte(b[i])
			} else {
				text.WriteRune(utf8.RuneError)
			}
		}
		return text.String()
	}
	return decodeUTF8(b)
}

// valid tells whether bytes.decode(charset) would succeed.
func (c charset) valid(b string) bool {
	switch c {
	case latin1Charset:
		return true
	case asciiCharset:
		return isASCII(b)
	}
	return utf8.ValidString(b)
}

// encode is str.encode(charset). Text that is no UTF-8 is passed as the bytes
// it is.
func (c charset) encode(text string) (string, error) {
	if c == utf8Charset || isASCII(text) {
		return text, nil
	}
	if c == latin1Charset {
		if b, ok := toLatin1(text); ok {
			return b, nil
		}
		return "", &UnicodeEncodeError{"'latin-1' codec can't encode a character of the text"}
	}
	return "", &UnicodeEncodeError{fmt.Sprintf("'ascii' codec can't encode characters of %q", text)}
}
