package web

import (
	"bytes"
	"io"

	"basehandler/final/exceptions"
)

// HttpResponse is a response whose content is all there, and can be read, added
// to and replaced. Django: http/response.py HttpResponse.
type HttpResponse struct {
	HttpResponseBase
	first []byte // the content, or its first piece; the others are in extra
}

// short is a response with room for its content, so that both are one
// allocation.
type short struct {
	HttpResponse
	room [32]byte
}

// NewHttpResponse makes a response of text (encoded with its charset) or of
// bytes, which it keeps. Django: HttpResponse.__init__.
func NewHttpResponse[T string | []byte](content T, options ...Option) *HttpResponse {
	return newResponse(kindHttpResponse, content, options)
}

// Init sets what a response of one's own, which embeds HttpResponse, starts
// with.
func (r *HttpResponse) Init(options ...Option) error { return r.init(kindHttpResponse, "", options) }

func newResponse[T string | []byte](class kind, content T, options []Option) *HttpResponse {
	response, err := tryResponse(class, "", content, options)
	if err != nil {
		panic(err)
	}
	return response
}

func tryResponse[T string | []byte](class kind, contentType string, content T, options []Option) (*HttpResponse, error) {
	var response *HttpResponse
	var room []byte
	switch text := any(content).(type) {
	case string:
		if len(text) <= len(short{}.room) {
			s := &short{}
			response, room = &s.HttpResponse, s.room[:0]
		}
	case []byte:
		response = &HttpResponse{first: text}
	}
	if response == nil {
		response = &HttpResponse{}
	}
	if err := response.init(class, contentType, options); err != nil {
		return nil, err
	}
	if text, ok := any(content).(string); ok {
		charset := "utf-8"
		if len(options) > 0 || contentType != "" { // otherwise it is what init says
			charset = response.Charset()
		}
		return response, response.setText(text, charset, room)
	}
	return response, nil
}

func (r *HttpResponse) setText(text, name string, room []byte) error {
	if name != "utf-8" {
		charset, err := namedCharset(name)
		if err != nil {
			return err
		}
		if text, err = charset.encode(text); err != nil {
			return err
		}
	}
	r.first = append(room, text...)
	return nil
}

// Content is the whole content. Django: HttpResponse.content.
func (r *HttpResponse) Content() []byte {
	more := r.more()
	if len(more) == 0 {
		return r.first
	}
	return bytes.Join(append([][]byte{r.first}, more...), nil)
}

// more gives the pieces that were written after the first.
func (r *HttpResponse) more() [][]byte {
	if r.extra == nil {
		return nil
	}
	return r.extra.more
}

// GetValue is Content under the name that Python's BytesIO has for it.
func (r *HttpResponse) GetValue() []byte { return r.Content() }

// SetContent replaces the content by bytes, which it keeps.
func (r *HttpResponse) SetContent(content []byte) error {
	if r.kind == kindNotModified && len(content) > 0 {
		return &exceptions.AttributeError{Message: "You cannot set content to a 304 (Not Modified) response"}
	}
	r.first, r.next = content, 0
	if r.extra != nil {
		r.extra.more = nil
		r.extra.text, r.extra.hasText = "", false
	}
	return nil
}

// SetText replaces the content by text.
func (r *HttpResponse) SetText(text string) error {
	if r.kind == kindNotModified { // nothing to encode
		return r.SetContent([]byte(text))
	}
	content, err := r.MakeBytes(text)
	if err != nil {
		return err
	}
	return r.SetContent(content)
}

// Consume replaces the content by what an iterator gives, which it takes to its
// end and closes at once. Django: HttpResponse.content, the setter.
func (r *HttpResponse) Consume(body interface {
	Next() ([]byte, error)
	Close() error
}) error {
	if r.kind == kindNotModified {
		return r.SetContent([]byte{0}) // an iterator is truthy whatever it gives
	}
	var content []byte
	for {
		chunk, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		content = append(content, chunk...)
	}
	body.Close() //nolint:errcheck // as Django: an error of close is ignored
	return r.SetContent(content)
}

// Text is the content decoded with the charset. It is kept until the content is
// set anew; what is written meanwhile is not in it. Django: HttpResponse.text.
func (r *HttpResponse) Text() (string, error) {
	if r.extra != nil && r.extra.hasText {
		return r.extra.text, nil
	}
	text, err := r.decode()
	if err == nil {
		e := r.extend()
		e.text, e.hasText = text, true
	}
	return text, err
}

func (r *HttpResponse) decode() (string, error) {
	content := string(r.Content())
	if content == "" { // Python does not look for the charset of nothing
		return "", nil
	}
	name := r.Charset()
	if name == "" {
		name = "utf-8"
	}
	charset, err := namedCharset(name)
	if err != nil {
		return "", err
	}
	if !charset.valid(content) {
		return "", &UnicodeDecodeError{"the content is not " + name}
	}
	return charset.decode(content), nil
}

// Write adds to the content. Django: HttpResponse.write.
func (r *HttpResponse) Write(content []byte) (int, error) {
	if len(content) > 0 {
		e := r.extend()
		e.more = append(e.more, bytes.Clone(content))
	}
	return len(content), nil
}

// WriteString adds text, encoded with the charset.
func (r *HttpResponse) WriteString(text string) (int, error) {
	content, err := r.MakeBytes(text)
	if err != nil {
		return 0, err
	}
	return r.Write(content)
}

// Tell is the length of the content. Django: HttpResponse.tell.
func (r *HttpResponse) Tell() (int, error) {
	n := len(r.first)
	for _, piece := range r.more() {
		n += len(piece)
	}
	return n, nil
}

// Writable is true.
func (r *HttpResponse) Writable() bool { return true }

// Next gives the pieces: the content, then what was written.
func (r *HttpResponse) Next() ([]byte, error) {
	more, next := r.more(), int(r.next)
	if next > len(more) {
		return nil, io.EOF
	}
	r.next++
	if next == 0 {
		return r.first, nil
	}
	return more[next-1], nil
}

// Len is the number of pieces; of one piece a server can tell the
// Content-Length.
func (r *HttpResponse) Len() int { return 1 + len(r.more()) }

// Serialize is the headers, an empty line and the content. Django:
// HttpResponse.serialize.
func (r *HttpResponse) Serialize() []byte {
	return append(append(r.SerializeHeaders(), "\r\n\r\n"...), r.Content()...)
}
