package web

import (
	"bufio"
	"bytes"
	"io"
	"math"

	"basehandler/final/exceptions"
)

// stream is what is left of the request's body.
type stream struct {
	source io.Reader     // never gives more than the body
	lines  *bufio.Reader // in front of source once a line was asked for
}

func (s *stream) Read(p []byte) (int, error) {
	if s.lines != nil {
		return s.lines.Read(p)
	}
	return s.source.Read(p)
}

// getStream makes the stream when it is first needed. Of WSGI's input no more
// may be read than CONTENT_LENGTH says; one that is missing or no number counts
// as 0. Django: core/handlers/wsgi.py LimitedStream.
func (r *Request) getStream() *stream {
	p := r.lazy()
	if p.stream == nil {
		switch {
		case r.Scope() == nil:
			length, _ := r.contentLength()
			p.stream = &stream{source: io.LimitReader(r.META.Input(), int64(max(length, 0)))}
		case p.asgiBody != nil:
			p.stream = &stream{source: p.asgiBody}
		default:
			p.stream = &stream{source: bytes.NewReader(nil)}
		}
	}
	return p.stream
}

// contentLength reads CONTENT_LENGTH, and tells whether it was a number or
// missing.
func (r *Request) contentLength() (int, bool) {
	text, ok := r.META.Lookup("CONTENT_LENGTH")
	if !ok || text == "" {
		return 0, true
	}
	return parseInt(text)
}

// Body is the whole body. It is kept, so that the request can still be read as
// a stream after. If that was done before, it is a *RawPostDataException; a body
// over DATA_UPLOAD_MAX_MEMORY_SIZE is *RequestDataTooBig. Django:
// HttpRequest.body.
func (r *Request) Body() ([]byte, error) {
	p := r.lazy()
	if p.hasBody {
		return p.body, nil
	}
	if p.readStarted {
		return nil, &RawPostDataException{"You cannot access body after reading from request's data stream"}
	}
	length, ok := r.contentLength()
	if !ok {
		return nil, &exceptions.ValueError{Message: "invalid literal for int() with base 10"}
	}
	if err := r.checkSize(int64(length)); err != nil {
		return nil, err
	}
	s := r.getStream()
	size, known := sizeOf(s.source)
	if known {
		if err := r.checkSize(size); err != nil {
			return nil, err
		}
	}
	var source io.Reader = s
	if limit := r.settings.DataUploadMaxMemorySize; limit != nil && !known && *limit < math.MaxInt64 {
		// One byte more tells that it is too large.
		source = io.LimitReader(s, *limit+1)
	}
	p.readStarted = true
	var buffer bytes.Buffer
	if known {
		buffer.Grow(int(size))
	} else {
		// What the client says, within reason: it may never come.
		buffer.Grow(min(max(length, 0), 64<<10) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(source); err != nil {
		return nil, unreadable(err)
	}
	p.body, p.hasBody = buffer.Bytes(), true
	p.stream = &stream{source: bytes.NewReader(p.body)}
	return p.body, r.checkSize(int64(len(p.body)))
}

func (r *Request) checkSize(size int64) error {
	if limit := r.settings.DataUploadMaxMemorySize; limit != nil && size > *limit {
		return tooBig()
	}
	return nil
}

func tooBig() error {
	return &exceptions.RequestDataTooBig{Message: "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE."}
}

func unreadable(err error) error {
	return &UnreadablePostError{Message: err.Error(), Cause: err}
}

// sizeOf gives what is left in a reader that knows it, as that of an ASGI body
// does.
func sizeOf(source io.Reader) (int64, bool) {
	switch source := source.(type) {
	case interface{ Len() int }:
		return int64(source.Len()), true
	case io.Seeker:
		here, err := source.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, false
		}
		end, err := source.Seek(0, io.SeekEnd)
		if err != nil {
			return 0, false
		}
		if _, err := source.Seek(here, io.SeekStart); err != nil {
			return 0, false
		}
		return end - here, true
	}
	return 0, false
}

// Read makes a request an io.Reader of its body. After it Body fails, and a
// form is empty. Django: HttpRequest.read.
func (r *Request) Read(buffer []byte) (int, error) {
	s := r.getStream()
	r.parsed.readStarted = true // even by reading nothing
	if len(buffer) == 0 {
		return 0, nil
	}
	n, err := s.Read(buffer)
	if err != nil && err != io.EOF {
		err = unreadable(err)
	}
	return n, err
}

// ReadLine reads up to the next newline, which it gives too. At the end it
// gives io.EOF. Django: HttpRequest.readline.
func (r *Request) ReadLine() ([]byte, error) {
	s := r.getStream()
	r.parsed.readStarted = true
	if s.lines == nil {
		s.lines = bufio.NewReader(s.source)
	}
	line, err := s.lines.ReadBytes('\n')
	switch {
	case err == io.EOF && len(line) > 0:
		err = nil
	case err != nil && err != io.EOF:
		err = unreadable(err)
	}
	return line, err
}

// POST is the fields of the form in the body, empty where there is none: only
// the method POST is looked at, and only the two types that forms have. Django:
// WSGIRequest.POST.
func (r *Request) POST() (*QueryDict, error) {
	p := r.lazy()
	if p.post == nil {
		if err := r.loadPostAndFiles(); err != nil {
			return nil, err
		}
	}
	return p.post, nil
}

// SetPOST replaces the fields.
func (r *Request) SetPOST(post *QueryDict) { r.lazy().post = post }

// FILES is the uploads in the body. Django: WSGIRequest.FILES.
func (r *Request) FILES() (*MultiValueDict[*UploadedFile], error) {
	p := r.lazy()
	if p.files == nil {
		if err := r.loadPostAndFiles(); err != nil {
			return nil, err
		}
	}
	return p.files, nil
}

// loadPostAndFiles parses the form. Django: HttpRequest._load_post_and_files.
func (r *Request) loadPostAndFiles() error {
	p := r.lazy()
	none := &MultiValueDict[*UploadedFile]{}
	if r.Method != "POST" {
		p.post, p.files = &QueryDict{encoding: r.Encoding()}, none
		return nil
	}
	if p.readStarted && !p.hasBody {
		r.SetEmptyForm()
		return nil
	}
	switch r.ContentType() {
	case "multipart/form-data":
		if p.files != nil { // another encoding was set after the form was parsed
			return &exceptions.AttributeError{Message: "You cannot set the upload handlers after the upload has been processed."}
		}
		var source io.Reader = (*requestReader)(r)
		if p.hasBody {
			source = bytes.NewReader(p.body)
		}
		post, files, err := r.parseFileUpload(source)
		if err != nil {
			if exceptions.Is[*exceptions.MultiPartParserError](err) || exceptions.Is[*exceptions.TooManyFilesSent](err) {
				// The page about the error may ask for POST again.
				r.SetEmptyForm()
			}
			return err
		}
		p.post, p.files = post, files
	case "application/x-www-form-urlencoded":
		// It has no charset, whatever the client says.
		if encoding := r.Encoding(); r.parsed.hasEncoding && lower(encoding) != "utf-8" {
			return &exceptions.BadRequest{Message: "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded."}
		}
		body, err := r.Body()
		if err != nil {
			return err
		}
		post, err := parseQuery(string(body), false, "utf-8", r.settings)
		if err != nil {
			return err
		}
		p.post, p.files = post, none
	default:
		p.post, p.files = &QueryDict{encoding: r.Encoding()}, none
	}
	return nil
}

// requestReader reads a request without being the request, whose Read others
// may override.
type requestReader Request

func (r *requestReader) Read(buffer []byte) (int, error) { return (*Request)(r).Read(buffer) }
