package web

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"basehandler/final/exceptions"
)

// parseFileUpload reads a form of type multipart/form-data. A body is cut at
// every "--boundary":
//
//	--B\r\n  Content-Disposition: form-data; name="a"\r\n\r\n  1\r\n  --B--\r\n
//	    └──────── part ───────────────────────────────────┘      └ part ┘
//
// What stands before the first and behind the last boundary are parts as well,
// which have no name and so are dropped. mime/multipart is stricter: it wants a
// boundary at the start of a line and refuses headers that Django skips, so it
// cannot answer as Django does. Nothing but the buffer of the reader, the fields
// (up to DATA_UPLOAD_MAX_MEMORY_SIZE) and files (up to FILE_UPLOAD_MAX_MEMORY_SIZE
// for the whole request, else on disk) is in memory. Django:
// http/multipartparser.py MultiPartParser.
func (r *Request) parseFileUpload(source io.Reader) (*QueryDict, *MultiValueDict[*UploadedFile], error) {
	boundary, err := multipartBoundary(r)
	if err != nil {
		return nil, nil, err
	}
	length, _ := r.contentLength()
	if length < 0 {
		return nil, nil, &exceptions.MultiPartParserError{Message: fmt.Sprintf("Invalid content length: %d", length)}
	}
	encoding := r.Encoding()
	files := &MultiValueDict[*UploadedFile]{}
	if length == 0 {
		return &QueryDict{encoding: encoding}, files, nil
	}
	if encoding == "" {
		encoding = r.settings.DefaultCharset
	}
	charset, known := lookupCharset(encoding)
	p := &multipartParser{
		request: r,
		parts:   newSplitter(source, "--"+boundary, length),
		charset: charset,
		post:    &QueryDict{},
		files:   files,
		onDisk:  int64(length) > r.settings.FileUploadMaxMemorySize,
	}
	if !known {
		p.unknownCharset = &LookupError{"unknown encoding: " + encoding}
	}
	if err := p.parse(); err != nil {
		p.closeFiles()
		return nil, nil, err
	}
	return p.post, p.files, nil
}

// multipartBoundary finds the boundary in the Content-Type.
func multipartBoundary(r *Request) (string, error) {
	contentType := r.META.Get("CONTENT_TYPE")
	if !strings.HasPrefix(contentType, "multipart/") {
		return "", &exceptions.MultiPartParserError{Message: "Invalid Content-Type: " + contentType}
	}
	if !isASCII(contentType) {
		return "", &exceptions.MultiPartParserError{Message: "Invalid non-ASCII Content-Type in multipart: " + fromLatin1(contentType)}
	}
	boundary, ok := r.ContentParams().Get("boundary")
	good := boundary != "" && len(boundary) <= 201 && boundary[len(boundary)-1] != ' '
	for i := range len(boundary) {
		good = good && ' ' <= boundary[i] && boundary[i] <= '~'
	}
	if !good {
		if !ok {
			boundary = "None"
		}
		return "", &exceptions.MultiPartParserError{Message: "Invalid boundary in multipart: " + boundary}
	}
	return boundary, nil
}

type multipartParser struct {
	request        *Request
	parts          *splitter
	charset        charset
	unknownCharset error
	post           *QueryDict
	files          *MultiValueDict[*UploadedFile]
	onDisk         bool

	size         int64 // of the fields
	fields, file int   // how many
	open         *UploadedFile
	openName     string
}

// maxHeader is how many bytes the headers of a part may have. Django:
// MAX_TOTAL_HEADER_SIZE.
const maxHeader = 1024

func (p *multipartParser) parse() error {
	for {
		more, err := p.parts.next()
		if err != nil {
			return err
		}
		// A file is whole only if something comes after it. One without a
		// field name is read and dropped.
		if more && p.open != nil && p.openName != "" {
			p.files.appendList(p.openName, p.open)
			p.open = nil
		}
		p.dropOpen()
		if !more {
			return nil
		}
		part, err := p.header()
		if err != nil {
			return err
		}
		if err := p.part(part); err != nil {
			return err
		}
	}
}

func (p *multipartParser) dropOpen() {
	if p.open != nil {
		p.open.Close() //nolint:errcheck // it is a temporary file at worst
		p.open = nil
	}
}

func (p *multipartParser) closeFiles() {
	p.dropOpen()
	for _, files := range p.files.Lists() {
		for _, file := range files {
			file.Close() //nolint:errcheck // as above
		}
	}
}

// partHeader is what the parser uses of a part's headers.
type partHeader struct {
	isField, isFile bool
	disposition     Params
	contentType     string
	contentExtra    Params
	encoding        string // Content-Transfer-Encoding
}

// header reads the headers of a part, which end in an empty line; a part
// without one has none. Those that cannot be read are skipped. Django:
// parse_boundary_stream.
func (p *multipartParser) header() (partHeader, error) {
	var part partHeader
	start, err := p.parts.peek(maxHeader)
	if err != nil {
		return part, err
	}
	end := bytes.Index(start, []byte("\r\n\r\n"))
	if end < 0 {
		if len(start) >= maxHeader {
			return part, &exceptions.MultiPartParserError{Message: "Request max total header size exceeded."}
		}
		return part, nil
	}
	for line := range strings.SplitSeq(string(start[:end]), "\r\n") {
		if !utf8.ValidString(line) {
			continue
		}
		main, params, err := ParseHeaderParameters(line)
		if exceptions.Is[*LookupError](err) {
			return part, err
		}
		name, value, found := strings.Cut(main, ":")
		if err != nil || !found {
			continue
		}
		switch name {
		case "content-disposition":
			// Of two such headers the second counts, in all that it says.
			filename, _ := params.Get("filename")
			part.isField, part.isFile, part.disposition = true, filename != "", params
		case "content-type":
			part.contentType, part.contentExtra = strip(value), params
		case "content-transfer-encoding":
			part.encoding = strip(value)
		}
	}
	if part.isField {
		p.parts.skip(end + 4)
	}
	return part, nil
}

func (p *multipartParser) part(part partHeader) error {
	settings := p.request.settings
	if !part.isFile {
		p.fields++
		// Two more, for what is before the first and after the last boundary.
		if limit := settings.DataUploadMaxNumberFields; limit != nil && p.fields > *limit+2 {
			return tooManyFields()
		}
	}
	name, ok := part.disposition.Get("name")
	if !ok {
		return nil
	}
	if p.unknownCharset != nil {
		return p.unknownCharset
	}
	name = p.charset.decode(strings.Trim(name, " \t\n\r\v\f"))
	if !part.isFile {
		return p.field(name, part)
	}
	p.file++
	if limit := settings.DataUploadMaxNumberFiles; limit != nil && p.file > *limit {
		return &exceptions.TooManyFilesSent{Message: "The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES."}
	}
	filename, _ := part.disposition.Get("filename")
	if filename = sanitizeFileName(p.charset.decode(filename)); filename == "" {
		return nil
	}
	var content io.Reader = p.parts
	if part.encoding == "base64" {
		content = &base64Reader{source: p.parts}
	}
	charset, _ := part.contentExtra.Get("charset")
	p.open = &UploadedFile{Name: shortenFileName(filename), ContentType: part.contentType, Charset: charset, ContentTypeExtra: part.contentExtra}
	p.openName = name
	return p.open.fill(content, p.onDisk, settings.FileUploadTempDir)
}

// field reads a field, no further than the limit.
func (p *multipartParser) field(name string, part partHeader) error {
	limit := p.request.settings.DataUploadMaxMemorySize
	var source io.Reader = p.parts
	if limit != nil {
		source = io.LimitReader(source, *limit-p.size)
	}
	var buffer bytes.Buffer
	if _, err := buffer.ReadFrom(source); err != nil {
		return err
	}
	data := buffer.Bytes()
	p.size += int64(len(data) + utf8.RuneCountInString(name) + len("&="))
	if limit != nil && p.size > *limit {
		return tooBig()
	}
	if part.encoding == "base64" {
		if decoded, ok := decodeBase64(data); ok {
			data = decoded
		}
	}
	p.post.appendList(name, p.charset.decode(string(data)))
	return nil
}

// decodeBase64 decodes as Python does: what is not of the alphabet is skipped,
// the first whole padding ends it, a missing one is an error. Package
// encoding/base64 takes neither. Python: binascii.a2b_base64.
func decodeBase64(data []byte) ([]byte, bool) {
	out := make([]byte, 0, len(data)/4*3+3)
	var bits uint
	place, padding := 0, 0
	for _, c := range data {
		var digit uint
		switch {
		case c == '=':
			if place >= 2 {
				if padding++; place+padding >= 4 {
					return out, true
				}
			}
			continue
		case 'A' <= c && c <= 'Z':
			digit = uint(c - 'A')
		case 'a' <= c && c <= 'z':
			digit = uint(c-'a') + 26
		case '0' <= c && c <= '9':
			digit = uint(c-'0') + 52
		case c == '+':
			digit = 62
		case c == '/':
			digit = 63
		default:
			continue
		}
		padding = 0
		bits = bits<<6 | digit
		if place > 0 {
			out = append(out, byte(bits>>(6-2*uint(place))))
		}
		place = (place + 1) % 4
	}
	return out, place == 0
}

// base64Reader decodes a file, in pieces whose length is a multiple of four.
type base64Reader struct {
	source  *splitter
	decoded []byte
	end     bool
}

func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.decoded) == 0 {
		if b.end {
			return 0, io.EOF
		}
		chunk := make([]byte, 0, 4096)
		for !b.end && (len(chunk) < 4096 || len(chunk)%4 != 0) {
			piece, err := b.source.peek(4096)
			if err != nil {
				return 0, err
			}
			b.end = len(piece) == 0
			used := 0
			for used < len(piece) && (len(chunk) < 4096 || len(chunk)%4 != 0) {
				if c := piece[used]; strings.IndexByte(" \t\n\r\v\f", c) < 0 {
					chunk = append(chunk, c)
				}
				used++
			}
			b.source.skip(used)
		}
		decoded, ok := decodeBase64(chunk)
		if !ok {
			return 0, &exceptions.MultiPartParserError{Message: "Could not decode base64 data."}
		}
		b.decoded = decoded
	}
	n := copy(p, b.decoded)
	b.decoded = b.decoded[n:]
	return n, nil
}

// chunkSize is how much of a body is in memory at a time, in bytes. Django:
// FileUploadHandler.chunk_size.
const chunkSize = 64 << 10

// splitter cuts a stream at every separator. It is a reader of the part it
// stands in; a newline before a separator belongs to the separator.
type splitter struct {
	source    io.Reader
	separator []byte
	buffer    []byte // what was read and not yet given
	storage   []byte // the room that buffer is a part of
	err       error  // io.EOF at the end of the stream
	started   bool

	// Of what is in the buffer: content is certainly of this part; if found,
	// there is a separator that ends at after.
	content, after int
	found          bool
}

// newSplitter makes room for a stream of about size bytes, within reason.
func newSplitter(source io.Reader, separator string, size int) *splitter {
	return &splitter{source: source, separator: []byte(separator), storage: make([]byte, 0, min(max(size, 0)+1024, chunkSize))}
}

// next goes to the part after the next separator, and tells whether there is
// any: a stream that ends in a separator has none after it.
func (s *splitter) next() (bool, error) {
	if s.started {
		if _, err := io.Copy(io.Discard, s); err != nil {
			return false, err
		}
		if !s.found { // the end of the stream was the end of the part
			return false, nil
		}
		s.buffer = s.buffer[s.after:]
		s.found = false
	}
	s.started = true
	s.content = 0
	for len(s.buffer) == 0 && s.err == nil {
		s.more()
	}
	if s.err != nil && s.err != io.EOF {
		return false, s.err
	}
	return len(s.buffer) > 0, nil
}

// more reads on.
func (s *splitter) more() {
	if len(s.buffer) == 0 {
		s.buffer = s.storage[:0]
	}
	if cap(s.buffer)-len(s.buffer) < 512 {
		// Move it to the front, or to a larger place.
		if room := 1024 + 2*len(s.buffer); cap(s.storage) < room {
			s.storage = make([]byte, 0, room)
		}
		s.buffer = append(s.storage[:0], s.buffer...)
	}
	n, err := s.source.Read(s.buffer[len(s.buffer):cap(s.buffer)])
	s.buffer = s.buffer[:len(s.buffer)+n]
	s.err = err
}

// scan looks for the separator in what is in the buffer, behind what is known
// to be content.
func (s *splitter) scan() {
	if s.found {
		return
	}
	// What was scanned before may end in the start of a separator.
	from := max(0, s.content-len(s.separator)-2)
	if i := bytes.Index(s.buffer[from:], s.separator); i >= 0 {
		i += from
		s.found, s.after = true, i+len(s.separator)
		if i > 0 && s.buffer[i-1] == '\n' {
			i--
		}
		if i > 0 && s.buffer[i-1] == '\r' {
			i--
		}
		s.content = i
		return
	}
	if s.err != nil {
		s.content = len(s.buffer)
		return
	}
	s.content = max(0, len(s.buffer)-len(s.separator)-1)
}

// fill reads until n bytes of the part are in the buffer, or all there are.
func (s *splitter) fill(n int) error {
	for s.scan(); s.content < n && !s.found && s.err == nil; s.scan() {
		s.more()
	}
	if s.content < n && !s.found && s.err != io.EOF {
		return s.err
	}
	return nil
}

// peek gives the next n bytes of the part, or all there are.
func (s *splitter) peek(n int) ([]byte, error) {
	err := s.fill(n)
	return s.buffer[:min(n, s.content)], err
}

// skip drops bytes that peek has given.
func (s *splitter) skip(n int) {
	s.buffer = s.buffer[n:]
	s.content -= n
	s.after -= n
}

func (s *splitter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.fill(1); err != nil {
		return 0, err
	}
	n := copy(p, s.buffer[:s.content])
	if n == 0 {
		return 0, io.EOF
	}
	s.skip(n)
	return n, nil
}
