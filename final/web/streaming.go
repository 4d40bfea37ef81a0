package web

import (
	"context"
	"fmt"
	"io"

	"basehandler/final/exceptions"
	"basehandler/wsgi"
)

// WarningAsyncServedSync is what Django warns with when async content is served
// as sync content. It has a warning for the other way round as well, where there
// is nothing to warn of here.
const WarningAsyncServedSync = "StreamingHttpResponse must consume asynchronous iterators in order to serve them synchronously. Use a synchronous iterator instead."

// AsyncIterator gives the next chunk, io.EOF after the last one, and returns
// when the context is cancelled. It is Python's async iterator.
type AsyncIterator func(ctx context.Context) ([]byte, error)

// StreamingHttpResponse is a response whose content comes bit by bit, while it
// is being sent. Django: http/response.py StreamingHttpResponse.
type StreamingHttpResponse struct {
	HttpResponseBase
	content wsgi.Body
	async   AsyncIterator // one of the two
}

// NewStreamingHttpResponse makes a response of an iterator, which is asked for
// a chunk when the server has sent the one before, and closed with the response.
// [wsgi.Pushed] makes one of a Go iterator.
func NewStreamingHttpResponse(content wsgi.Body, options ...Option) *StreamingHttpResponse {
	response := &StreamingHttpResponse{}
	if err := response.init(kindStreaming, "", options); err != nil {
		panic(err)
	}
	response.streaming = true
	response.SetStreamingContent(content)
	return response
}

// NewAsyncStreamingHttpResponse makes a response of async code.
func NewAsyncStreamingHttpResponse(content AsyncIterator, options ...Option) *StreamingHttpResponse {
	response := &StreamingHttpResponse{async: content}
	if err := response.init(kindStreaming, "", options); err != nil {
		panic(err)
	}
	response.streaming = true
	return response
}

// StreamingContent is what the response iterates over; nil for async content.
// Middleware wraps it.
func (r *StreamingHttpResponse) StreamingContent() wsgi.Body { return r.content }

// AsyncStreamingContent is the async content; nil for sync content.
func (r *StreamingHttpResponse) AsyncStreamingContent() AsyncIterator { return r.async }

// SetStreamingContent replaces the content. The new one is closed with the
// response, and the old one all the same. Django:
// StreamingHttpResponse._set_streaming_content.
func (r *StreamingHttpResponse) SetStreamingContent(content wsgi.Body) {
	r.content, r.async = content, nil
	r.AddResource(content)
}

// WrapStreamingContent replaces the content by one that reads the old one and
// does not close it: Python's map over streaming_content.
func (r *StreamingHttpResponse) WrapStreamingContent(next func() ([]byte, error)) {
	r.content, r.async = nextFunc(next), nil
}

type nextFunc func() ([]byte, error)

func (f nextFunc) Next() ([]byte, error) { return f() }
func (f nextFunc) Close() error          { return nil }

// SetAsyncStreamingContent replaces the content by async code.
func (r *StreamingHttpResponse) SetAsyncStreamingContent(content AsyncIterator) {
	r.content, r.async = nil, content
}

// IsAsync tells whether the content is async code.
func (r *StreamingHttpResponse) IsAsync() bool { return r.async != nil }

// Next gives the next chunk. Async content is taken to its end first.
func (r *StreamingHttpResponse) Next() ([]byte, error) {
	if r.async != nil {
		if err := r.collect(); err != nil {
			return nil, err
		}
	}
	return r.content.Next()
}

// collect takes async content to its end and keeps the chunks.
func (r *StreamingHttpResponse) collect() error {
	ctx := context.Background()
	if r.request != nil {
		ctx = contextOf(r.request.META)
	}
	var chunks [][]byte
	for {
		chunk, err := r.async(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		chunks = append(chunks, append([]byte(nil), chunk...))
	}
	r.content, r.async = wsgi.List(chunks...), nil
	return nil
}

// GetValue takes the content to its end and joins it.
func (r *StreamingHttpResponse) GetValue() ([]byte, error) {
	var content []byte
	for {
		chunk, err := r.Next()
		if err == io.EOF {
			return content, nil
		}
		if err != nil {
			return nil, err
		}
		content = append(content, chunk...)
	}
}

// Content fails: there is none to be had. Django:
// StreamingHttpResponse.content.
func (r *StreamingHttpResponse) Content() ([]byte, error) {
	return nil, &exceptions.AttributeError{Message: fmt.Sprintf("This %s instance has no `content` attribute. Use `streaming_content` instead.", r.Class())}
}

// Text fails. Django: StreamingHttpResponse.text.
func (r *StreamingHttpResponse) Text() (string, error) {
	return "", &exceptions.AttributeError{Message: fmt.Sprintf("This %s instance has no `text` attribute.", r.Class())}
}
