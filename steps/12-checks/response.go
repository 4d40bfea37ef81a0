package handler

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"basehandler/wsgi"
)

// Response is what a view answers with. It is the body that the server sends,
// and it has a status and headers, which all kinds of response share.
type Response interface {
	wsgi.Body
	Base() *HttpResponseBase
}

// HttpResponseBase is what every kind of response embeds.
type HttpResponseBase struct {
	StatusCode   int
	ReasonPhrase string // "" stands for the usual phrase of the status
	Cookies      []*http.Cookie
	headers      []wsgi.Header
	finished     Sent // what Close sends; the handler leaves it here
	logged       bool
	closers      []func() error
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

// Set is response[name] = value. The case of a name does not count, and the
// place of a header that was there already is kept.
func (b *HttpResponseBase) Set(name, value string) {
	for i := range b.headers {
		if strings.EqualFold(b.headers[i].Name, name) {
			b.headers[i] = wsgi.Header{Name: name, Value: value}
			return
		}
	}
	b.headers = append(b.headers, wsgi.Header{Name: name, Value: value})
}

// Get is response[name], "" where there is no such header.
func (b *HttpResponseBase) Get(name string) string {
	for _, header := range b.headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// HasHeader tells whether a header is there, even if it is empty.
func (b *HttpResponseBase) HasHeader(name string) bool {
	for _, header := range b.headers {
		if strings.EqualFold(header.Name, name) {
			return true
		}
	}
	return false
}

// Items are the headers for start_response, in the order in which they were
// set, and then one Set-Cookie for each cookie.
func (b *HttpResponseBase) Items() []wsgi.Header {
	items := append([]wsgi.Header(nil), b.headers...)
	for _, cookie := range b.Cookies {
		items = append(items, wsgi.Header{Name: "Set-Cookie", Value: cookie.String()})
	}
	return items
}

// SetCookie adds a cookie. One with the same name is replaced.
func (b *HttpResponseBase) SetCookie(cookie *http.Cookie) {
	for i := range b.Cookies {
		if b.Cookies[i].Name == cookie.Name {
			b.Cookies[i] = cookie
			return
		}
	}
	b.Cookies = append(b.Cookies, cookie)
}

// AddCloser adds something that is to be closed at the end of the request, after
// what was added before it. Django keeps the list to itself.
func (b *HttpResponseBase) AddCloser(closer func() error) {
	b.closers = append(b.closers, closer)
}

// Close is called by the server when the request is over: every chunk was sent,
// or the client has gone. Only then the request is finished.
func (b *HttpResponseBase) Close() error {
	var failures []error
	for _, closer := range b.closers {
		failures = append(failures, closer())
	}
	b.closers = nil
	if b.finished.Environ != nil { // else it was never the answer to a request
		RequestFinished.Send(b.finished)
	}
	return errors.Join(failures...)
}

// HttpResponse is a response whose content is all there.
type HttpResponse struct {
	HttpResponseBase
	content []byte
	sent    bool
}

// NewHttpResponse makes a response. In Django 200 is the default status and
// text/html the default type; here the status is said and the type the same.
func NewHttpResponse(content string, status int) *HttpResponse {
	response := &HttpResponse{content: []byte(content)}
	response.StatusCode = status
	response.Set("Content-Type", "text/html; charset=utf-8")
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

// StreamingHttpResponse is a response whose content comes bit by bit, while it
// is being sent. Its status and headers leave before the content is known.
type StreamingHttpResponse struct {
	HttpResponseBase
	chunks wsgi.Body
}

// NewStreamingHttpResponse makes a response of an iterator, which is asked for
// a chunk when the server has sent the one before.
func NewStreamingHttpResponse(chunks iter.Seq2[[]byte, error], status int) *StreamingHttpResponse {
	response := &StreamingHttpResponse{chunks: wsgi.Pushed(chunks)}
	response.AddCloser(response.chunks.Close)
	response.StatusCode = status
	response.Set("Content-Type", "text/html; charset=utf-8")
	return response
}

// Next gives the next chunk of the iterator.
func (r *StreamingHttpResponse) Next() ([]byte, error) { return r.chunks.Next() }
