package handler

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
)

// Renderer is a response that becomes whole only when it is rendered. Django
// asks whether a response has a render method.
type Renderer interface {
	Response
	Render() (Response, error)
}

// render renders a response that was a Renderer before the hooks had it.
func render(response Response) (Response, error) {
	renderer, ok := response.(Renderer)
	if !ok {
		return nil, fmt.Errorf("'%T' object has no attribute 'render'", response)
	}
	return renderer.Render()
}

// TemplateResponse is a response whose content is a template and a context.
// Until it is rendered, whoever gets hold of it may change either.
type TemplateResponse struct {
	HttpResponse
	Template *template.Template
	Context  map[string]any
	rendered bool
}

// NewTemplateResponse makes a response that is still to be rendered.
func NewTemplateResponse(tmpl *template.Template, context map[string]any, status int) *TemplateResponse {
	return &TemplateResponse{HttpResponse: *NewHttpResponse("", status), Template: tmpl, Context: context}
}

// Render makes the content, once. A template that fails leaves none: Python's
// exception comes before anything was sent, and so does this error.
func (r *TemplateResponse) Render() (Response, error) {
	if !r.rendered {
		var content bytes.Buffer
		if err := r.Template.Execute(&content, r.Context); err != nil {
			return nil, err
		}
		r.content, r.rendered = content.Bytes(), true
	}
	return r, nil
}

// Next gives the content, which has to be there by now. Django:
// ContentNotRenderedError.
func (r *TemplateResponse) Next() ([]byte, error) {
	if !r.rendered {
		return nil, errors.New("the response content must be rendered before it can be iterated over")
	}
	return r.HttpResponse.Next()
}
