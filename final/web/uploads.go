package web

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// UploadedFile is a file that came with a form: in memory, or as a temporary
// file that Close removes. It is read from its start, as often as Seek is called.
// Django: core/files/uploadedfile.py UploadedFile.
type UploadedFile struct {
	Name             string // the client's, made safe: no path, nothing unprintable
	ContentType      string // the client's, in lower case
	Charset          string // the client's, "" if it named none
	ContentTypeExtra Params // the parameters of its Content-Type
	Size             int64  // bytes

	memory *bytes.Reader
	file   *os.File
}

// Read reads the content.
func (f *UploadedFile) Read(p []byte) (int, error) {
	if f.file != nil {
		return f.file.Read(p)
	}
	if f.memory == nil {
		return 0, os.ErrClosed
	}
	return f.memory.Read(p)
}

// Seek moves to another place in the content.
func (f *UploadedFile) Seek(offset int64, whence int) (int64, error) {
	if f.file != nil {
		return f.file.Seek(offset, whence)
	}
	if f.memory == nil {
		return 0, os.ErrClosed
	}
	return f.memory.Seek(offset, whence)
}

// TemporaryFilePath is where the content is on disk, "" if it is in memory.
// Django: TemporaryUploadedFile.temporary_file_path.
func (f *UploadedFile) TemporaryFilePath() string {
	if f.file == nil {
		return ""
	}
	return f.file.Name()
}

// Close forgets the content; a temporary file is removed. One that was moved
// away is no error. A second call does nothing.
func (f *UploadedFile) Close() error {
	f.memory = nil
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	err := file.Close()
	if removed := os.Remove(file.Name()); removed != nil && !os.IsNotExist(removed) && err == nil {
		err = removed
	}
	return err
}

// String is Python's repr.
func (f *UploadedFile) String() string {
	class := "InMemoryUploadedFile"
	if f.file != nil {
		class = "TemporaryUploadedFile"
	}
	return fmt.Sprintf("<%s: %s (%s)>", class, f.Name, f.ContentType)
}

// fill takes the content. On an error nothing is left behind.
func (f *UploadedFile) fill(content io.Reader, onDisk bool, dir string) error {
	if !onDisk {
		var buffer bytes.Buffer
		if _, err := buffer.ReadFrom(content); err != nil {
			return err
		}
		f.Size = int64(buffer.Len())
		f.memory = bytes.NewReader(buffer.Bytes())
		return nil
	}
	file, err := os.CreateTemp(dir, "*.upload")
	if err != nil {
		return err
	}
	f.file = file
	if f.Size, err = io.Copy(file, content); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close() //nolint:errcheck // the first error is the one to tell
	}
	return err
}

// sanitizeFileName makes a client's file name safe to show and to store: no
// HTML escapes, no path in either notation, nothing that is not printable. What
// is nothing then, or stands for a folder, is "". Django:
// MultiPartParser.sanitize_file_name.
func sanitizeFileName(name string) string {
	name = unescapeHTML(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// numeric is a character by its number: &#233; or &#xE9;, also without the
// semicolon.
var numeric = regexp.MustCompile(`&#(?:[0-9]+|[xX][0-9a-fA-F]+);?`)

// unescapeHTML is html.unescape of Python. Package html does the same for names,
// but not for numbers: it leaves one of one digit without a semicolon, takes one
// without digits, and wraps around at large ones.
func unescapeHTML(text string) string {
	if strings.IndexByte(text, '&') < 0 {
		return text
	}
	var b strings.Builder
	for {
		at := numeric.FindStringIndex(text)
		if at == nil {
			b.WriteString(unescapeNames(text))
			return b.String()
		}
		b.WriteString(unescapeNames(text[:at[0]]))
		digits := strings.TrimSuffix(text[at[0]+len("&#"):at[1]], ";")
		base := 10
		if digits[0]|0x20 == 'x' {
			digits, base = digits[1:], 16
		}
		number, err := strconv.ParseUint(digits, base, 32)
		if err != nil || number > unicode.MaxRune {
			number = unicode.ReplacementChar
		}
		b.WriteString(html.UnescapeString("&#" + strconv.FormatUint(number, 10) + ";"))
		text = text[at[1]:]
	}
}

// unescapeNames leaves what looks like a number and is none.
func unescapeNames(text string) string {
	parts := strings.Split(text, "&#")
	for i := range parts {
		parts[i] = html.UnescapeString(parts[i])
	}
	return strings.Join(parts, "&#")
}

// maxFileName is the longest name that file systems take, in characters.
const maxFileName = 255

// shortenFileName cuts a name and keeps its extension. Django:
// UploadedFile._set_name.
func shortenFileName(name string) string {
	if utf8.RuneCountInString(name) <= maxFileName {
		return name
	}
	stem, extension := splitExtension(name)
	ext := []rune(extension)
	ext = ext[:min(len(ext), maxFileName)]
	s := []rune(stem)
	return string(s[:min(len(s), maxFileName-len(ext))]) + string(ext)
}

// splitExtension is os.path.splitext: dots at the start begin no extension.
func splitExtension(name string) (string, string) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || strings.Trim(name[:dot], ".") == "" {
		return name, ""
	}
	return name[:dot], name[dot:]
}
