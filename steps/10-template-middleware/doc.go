// Package handler is step 10: template middleware.
//
// New here: a TemplateResponse keeps its template and its context apart until
// it is rendered, so that there is something for a middleware to add to. A
// response that can be rendered goes through process_template_response, here
// ProcessTemplateResponse, from the inside out; all of the hooks are called,
// each with what the one before gave; then it is rendered. An error in
// rendering goes to the exception hooks, as one of the view does.
//
// In Django: template/response.py SimpleTemplateResponse and TemplateResponse,
// core/handlers/base.py BaseHandler._get_response and the list
// _template_response_middleware.
//
// Still missing: what a view wrote to the database before it failed stays
// there.
package handler
