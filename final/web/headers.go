package web

import (
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"

	"basehandler/final/exceptions"
	"basehandler/wsgi"
	"basehandler/wsgi/field"
)

// header is the headers of a response: in the order in which they were first
// set, with the case of the last time. A response has a handful, which are
// found by comparing; where there are more than indexed there is a table.
// Django: http/response.py ResponseHeaders, utils/datastructures.py
// CaseInsensitiveMapping.
type header struct {
	list []wsgi.Header
	room [4]wsgi.Header // most responses need no more, and so no allocation

	// index is nil while there are few names, and after a deletion. It is a
	// pointer since most responses have none.
	index *headerIndex
}

// headerIndex is a hash table of places in a list of headers, counted from 1; 0
// is free. Its length is a power of two, at least twice that of the list. A name
// is where its hash points to, or behind it.
type headerIndex []uint32

const indexed = 16

// find gives the place of a name, -1 if it is not there.
func (h *header) find(name string) int {
	if len(h.list) <= indexed {
		for i := range h.list {
			if equalFold(h.list[i].Name, name) {
				return i
			}
		}
		return -1
	}
	if h.index == nil {
		h.reindex()
	}
	return int(*h.index.slot(h.list, name)) - 1
}

// slot gives where the place of a name is, or is to be put.
func (x headerIndex) slot(list []wsgi.Header, name string) *uint32 {
	mask := len(x) - 1
	at := int(hashFold(name)) & mask
	for x[at] != 0 && !equalFold(list[x[at]-1].Name, name) {
		at = (at + 1) & mask
	}
	return &x[at]
}

// reindex makes an index with room for at least twice as many names as there are
// now.
func (h *header) reindex() {
	index := make(headerIndex, 4<<bits.Len(uint(len(h.list))))
	for i := range h.list {
		*index.slot(h.list, h.list[i].Name) = uint32(i + 1)
	}
	h.index = &index
}

// put sets a header whose name and value have been checked.
func (h *header) put(name, value string) {
	if i := h.find(name); i >= 0 {
		h.list[i] = wsgi.Header{Name: name, Value: value}
		return
	}
	h.add(name, value)
}

// add appends a header that is not there yet.
func (h *header) add(name, value string) {
	switch len(h.list) {
	case 0:
		if h.list == nil {
			h.list = h.room[:0]
		}
	case len(h.room):
		h.grow(12) // as often as not that is enough
	case 12:
		h.grow(64) // from here on append doubles
	}
	h.list = append(h.list, wsgi.Header{Name: name, Value: value})
	switch {
	case h.index == nil:
	case 2*len(h.list) > len(*h.index):
		h.reindex()
	default:
		*h.index.slot(h.list, name) = uint32(len(h.list))
	}
}

// grow makes room for so many headers, unless there is.
func (h *header) grow(size int) {
	if cap(h.list) < size {
		h.list = append(make([]wsgi.Header, 0, size), h.list...)
	}
}

func (h *header) delete(name string) {
	i := h.find(name)
	if i < 0 {
		return
	}
	h.index = nil // the places behind it are no longer right
	copy(h.list[i:], h.list[i+1:])
	h.list[len(h.list)-1] = wsgi.Header{}
	h.list = h.list[:len(h.list)-1]
}

// headerName refuses a name that could not go over the wire.
func headerName(name string) error {
	if field.Printable(name) {
		return nil
	}
	for i := range len(name) {
		if c := name[i]; c == '\n' || c == '\r' || c >= utf8.RuneSelf {
			if strings.ContainsAny(name, "\r\n") {
				return badHeader(name)
			}
			return &UnicodeEncodeError{fmt.Sprintf("the name %q cannot be encoded, HTTP response headers must be in ascii format", name)}
		}
	}
	return nil
}

// headerValue gives the bytes of a value: as latin-1, or where a character has
// no byte there, as MIME writes it.
func headerValue(value string) (string, error) {
	if field.Printable(value) {
		return value, nil
	}
	ascii := true
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\n' || c == '\r':
			return "", badHeader(value)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if ascii {
		return value, nil
	}
	if wire, ok := toLatin1(value); ok {
		return wire, nil
	}
	return mimeEncode(value), nil
}

func badHeader(text string) error {
	return &BadHeaderError{"Header values can't contain newlines (got " + exceptions.Repr(text) + ")"}
}

// mimeEncode writes text as one encoded word of RFC 2047, in the shorter of its
// two forms. Package mime always takes the form it is told, and folds long
// lines. Python: email/header.py Header.encode.
func mimeEncode(text string) string {
	length := 0
	for i := range len(text) {
		if plainInMIME(text[i]) || text[i] == ' ' {
			length++
		} else {
			length += 3
		}
	}
	if base64.StdEncoding.EncodedLen(len(text)) < length {
		return "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
	}
	var b strings.Builder
	b.WriteString("=?utf-8?q?")
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			b.WriteByte('_')
		case plainInMIME(c):
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	b.WriteString("?=")
	return b.String()
}

func plainInMIME(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("-!*+/", c) >= 0
}
