package handler

import (
	"fmt"
	"io"
	"net/http"

	"basehandler/wsgi"
)

// Response is what a view answers with. It is the body that the server sends,
// and it has a status, which all kinds of response share.
type Response interface {
	wsgi.Body
	Base() *HttpResponseBase
}

// HttpResponseBase is what every kind of response embeds.
type HttpResponseBase struct {
	StatusCode   int
	ReasonPhrase string // "" stands for the usual phrase of the status
}

// Base gives the part that all responses have. It is promoted to every type
// that embeds HttpResponseBase, which makes that type's pointer a Response
// once it has Next and Close as well.
func (b *HttpResponseBase) Base() *HttpResponseBase { return b }

// Status is the status line without the protocol: "404 Not Found".
func (b *HttpResponseBase) Status() string {
	reason := b.ReasonPhrase
	if reason == "" {
		reason = http.StatusText(b.StatusCode)
	}
	if reason == "" {
		reason = "Unknown Status Code"
	}
	return fmt.Sprintf("%d %s", b.StatusCode, reason)
}

// Close is called by the server when the request is over.
func (b *HttpResponseBase) Close() error { return nil }

// HttpResponse is a response whose content is all there.
type HttpResponse struct {
	HttpResponseBase
	content []byte
	sent    bool
}

// NewHttpResponse makes a response. In Django 200 is the default status;
// here it is said.
func NewHttpResponse(content string, status int) *HttpResponse {
	response := &HttpResponse{content: []byte(content)}
	response.StatusCode = status
	return response
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

// Len is the number of chunks. It lets the server work out the Content-Length.
func (r *HttpResponse) Len() int { return 1 }
