package handler

import (
	"io"

	"basehandler/wsgi"
)

// Response is what a view answers with. It is the body that the server sends.
type Response interface {
	wsgi.Body
}

// HttpResponse is a response whose content is all there.
type HttpResponse struct {
	content []byte
	sent    bool
}

// NewHttpResponse makes a response.
func NewHttpResponse(content string) *HttpResponse {
	return &HttpResponse{content: []byte(content)}
}

// Content gives the whole content.
func (r *HttpResponse) Content() []byte { return r.content }

// Write adds to the content, so that a response is an io.Writer, as it is a
// file to Python.
func (r *HttpResponse) Write(content []byte) (int, error) {
	r.content = append(r.content, content...)
	return len(content), nil
}

// Next gives the content as one chunk.
func (r *HttpResponse) Next() ([]byte, error) {
	if r.sent {
		return nil, io.EOF
	}
	r.sent = true
	return r.content, nil
}

// Close is called by the server when the request is over.
func (r *HttpResponse) Close() error { return nil }

// Len is the number of chunks. It lets the server work out the Content-Length.
func (r *HttpResponse) Len() int { return 1 }
