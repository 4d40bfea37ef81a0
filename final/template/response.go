// Package template is responses that are rendered late, on html/template.
//
// Django: template/response.py.
package template

import (
	"bytes"
	"html/template"
	"io"
	"strings"

	"basehandler/final/web"
)

// ContentNotRenderedError is the error for asking a response for its content
// before it is rendered. Django: template/response.py ContentNotRenderedError.
type ContentNotRenderedError struct{ Message string }

func (e *ContentNotRenderedError) Error() string { return e.Message }

// Template makes content of a context. *html/template.Template is one.
type Template interface {
	Execute(w io.Writer, data any) error
}

// Response is a response whose content is a template and a context, until it is
// rendered. The handler does that, when the template hooks have had it.
//
// Django: template/response.py SimpleTemplateResponse and TemplateResponse.
type Response struct {
	web.HttpResponse

	// Template is the template; nil means the first of Names that exists.
	Template Template
	// Names are looked up in the settings of the request when it is rendered.
	Names []string
	// Context is what the template gets to know. It may be changed until it is
	// rendered. Departs: there are no context processors.
	Context map[string]any

	request   *web.Request
	rendered  bool
	callbacks []func(web.Response) (web.Response, error)
}

// New makes a response of a template.
func New(request *web.Request, tmpl Template, context map[string]any, options ...web.Option) *Response {
	return newResponse(&Response{request: request, Template: tmpl, Context: context}, options)
}

// Named makes a response of the first template that exists. It is looked up when
// the response is rendered, so a name that is wrong fails then.
func Named(request *web.Request, names []string, context map[string]any, options ...web.Option) *Response {
	return newResponse(&Response{request: request, Names: names, Context: context}, options)
}

// newResponse panics for a wrong option, as the constructors of package web do.
func newResponse(r *Response, options []web.Option) *Response {
	if err := r.Init(options...); err != nil {
		panic(err)
	}
	return r
}

// IsRendered tells whether the content is there.
func (r *Response) IsRendered() bool { return r.rendered }

// Render makes the content, once, and calls the callbacks. The response that it
// gives is this one, or what a callback gave in its place.
//
// Django: SimpleTemplateResponse.render.
func (r *Response) Render() (web.Response, error) {
	var result web.Response = r
	if r.rendered {
		return result, nil
	}
	content, err := r.RenderedContent()
	if err != nil {
		return nil, err
	}
	if err := r.SetContent(content); err != nil {
		return nil, err
	}
	for _, callback := range r.callbacks {
		replacement, err := callback(result)
		if err != nil {
			return nil, err
		}
		if replacement != nil {
			result = replacement
		}
	}
	return result, nil
}

// RenderedContent makes the content anew and keeps nothing.
//
// Django: SimpleTemplateResponse.rendered_content.
func (r *Response) RenderedContent() ([]byte, error) {
	tmpl := r.Template
	if tmpl == nil {
		found, err := r.find()
		if err != nil {
			return nil, err
		}
		tmpl = found
	}
	var content bytes.Buffer
	if err := tmpl.Execute(&content, r.Context); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// find looks the names up.
func (r *Response) find() (*template.Template, error) {
	if r.request != nil && r.request.Settings().Templates != nil {
		for _, name := range r.Names {
			if tmpl := r.request.Settings().Templates.Lookup(name); tmpl != nil {
				return tmpl, nil
			}
		}
	}
	return nil, &TemplateDoesNotExist{Names: r.Names}
}

// TemplateDoesNotExist is the error for names that no template has. Django:
// template/exceptions.py TemplateDoesNotExist.
type TemplateDoesNotExist struct{ Names []string }

func (e *TemplateDoesNotExist) Error() string { return strings.Join(e.Names, ", ") }

// AddPostRenderCallback has a function called when the response is rendered, at
// once if it is. What it gives takes the place of the response, unless it is
// nil; of one that is called at once the result is ignored.
//
// Django: SimpleTemplateResponse.add_post_render_callback.
func (r *Response) AddPostRenderCallback(callback func(web.Response) (web.Response, error)) error {
	if r.rendered {
		_, err := callback(r)
		return err
	}
	r.callbacks = append(r.callbacks, callback)
	return nil
}

// SetContent sets the content and makes the response a rendered one.
//
// Django: the setter of SimpleTemplateResponse.content.
func (r *Response) SetContent(content []byte) error {
	err := r.HttpResponse.SetContent(content)
	r.rendered = r.rendered || err == nil
	return err
}

// SetText is SetContent with text.
func (r *Response) SetText(text string) error {
	err := r.HttpResponse.SetText(text)
	r.rendered = r.rendered || err == nil
	return err
}

// Consume is SetContent with what an iterator gives.
func (r *Response) Consume(body interface {
	Next() ([]byte, error)
	Close() error
}) error {
	err := r.HttpResponse.Consume(body)
	r.rendered = r.rendered || err == nil
	return err
}

// access refuses to look at content that is not there.
func (r *Response) access() error {
	if r.rendered {
		return nil
	}
	return &ContentNotRenderedError{"The response content must be rendered before it can be accessed."}
}

// Content gives the content, which has to be there.
func (r *Response) Content() ([]byte, error) {
	if err := r.access(); err != nil {
		return nil, err
	}
	return r.HttpResponse.Content(), nil
}

// Rendered gives the response as one whose content is all there, for middleware
// that reads and changes content.
func (r *Response) Rendered() (*web.HttpResponse, error) {
	if err := r.access(); err != nil {
		return nil, err
	}
	return &r.HttpResponse, nil
}

// GetValue is Content under the name that Python's BytesIO has for it.
func (r *Response) GetValue() ([]byte, error) { return r.Content() }

// Text is the content decoded with the charset.
func (r *Response) Text() (string, error) {
	if err := r.access(); err != nil {
		return "", err
	}
	return r.HttpResponse.Text()
}

// Tell is the length of the content.
func (r *Response) Tell() (int, error) {
	if err := r.access(); err != nil {
		return 0, err
	}
	return r.HttpResponse.Tell()
}

// Serialize is the headers, an empty line and the content.
func (r *Response) Serialize() ([]byte, error) {
	if err := r.access(); err != nil {
		return nil, err
	}
	return r.HttpResponse.Serialize(), nil
}

// Next gives the content to the server.
func (r *Response) Next() ([]byte, error) {
	if !r.rendered {
		return nil, &ContentNotRenderedError{"The response content must be rendered before it can be iterated over."}
	}
	return r.HttpResponse.Next()
}

var _ web.Renderer = (*Response)(nil)
