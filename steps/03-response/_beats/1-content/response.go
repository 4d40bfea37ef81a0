package handler

// Response is what a view answers with: an object with content.
type Response interface {
	Content() []byte
}

// HttpResponse is a response whose content is all there.
type HttpResponse struct {
	content []byte
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
