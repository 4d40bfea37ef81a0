// Package course knows the walkthrough as a table: fourteen steps, the beats
// inside each, how both are addressed, and where their sources are.
//
// An address is what people type. These all lead to the same step:
//
//	5   05   middleware   05-middleware   05.3
//
// 05.1 is the first beat of step 05, a state of the code on the way to the
// finished step; the last beat is the step. 05~forward-loop is a typical
// mistake at step 05.
package course

import "fmt"

// Step is one state of the handler, kept as a whole package.
type Step struct {
	Number int    // from 1
	Name   string // "middleware"
	Idea   string // what is new, one sentence
	Django string // the file and the name to read beside it
	Beats  []Beat // the states on the way; the last one is the step itself
}

// Beat is one state of the code inside a step.
type Beat struct {
	Number int    // from 1
	Name   string // "each-request"
	Title  string // what the code does at this point
}

// Folder is the step's folder in steps, such as "05-middleware".
func (s Step) Folder() string { return fmt.Sprintf("%02d-%s", s.Number, s.Name) }

// Address is where the step itself is.
func (s Step) Address() Address { return Address{Step: s.Number} }

// Addresses are those of the beats, in order. The last one is the step's.
func (s Step) Addresses() []Address {
	addresses := make([]Address, len(s.Beats))
	for i, beat := range s.Beats {
		addresses[i] = Address{Step: s.Number, Beat: beat.Number}
	}
	addresses[len(addresses)-1].Beat = 0
	return addresses
}

// Find gives the step of a number.
func Find(number int) (Step, bool) {
	if number < 1 || number > len(Steps) {
		return Step{}, false
	}
	return Steps[number-1], true
}

// Steps is the course. A test holds it against the folders, both ways.
var Steps = []Step{
	{1, "hello-wsgi",
		"A WSGI application is a function; Django's is an object, and its body comes from a view.",
		"core/handlers/wsgi.py WSGIHandler.__call__",
		[]Beat{
			{1, "function", "A function of environ and start_response"},
			{2, "handler-object", "An object whose call is that function"},
			{3, "the-view", "The body comes from the view that the settings name"},
		}},
	{2, "request",
		"The view gets a request: the environ, made readable.",
		"core/handlers/wsgi.py WSGIRequest",
		[]Beat{
			{1, "environ", "The view is given the environ itself"},
			{2, "wsgi-request", "A request class over the environ, with lazy GET, POST and COOKIES"},
			{3, "request-class", "The handler's request class can be replaced"},
		}},
	{3, "response",
		"The view answers with a response that has a status and headers of its own.",
		"http/response.py HttpResponse",
		[]Beat{
			{1, "content", "A response holds the content"},
			{2, "iterable", "The handler returns the response, and the server iterates over it"},
			{3, "status", "The status line comes from the response"},
			{4, "headers", "Headers and cookies come from the response"},
		}},
	{4, "signals",
		"Others learn when a request starts and when it is really over.",
		"core/handlers/wsgi.py WSGIHandler.__call__",
		[]Beat{
			{1, "started", "request_started is sent first"},
			{2, "finished", "The response's close sends request_finished"},
			{3, "get-response", "The protocol and the making of the response part"},
		}},
	{5, "middleware",
		"Functions around the view, built into one chain when the server starts.",
		"core/handlers/base.py BaseHandler.load_middleware",
		[]Beat{
			{1, "each-request", "The chain is built again for each request"},
			{2, "load-middleware", "The chain is built once"},
			{3, "none", "A factory that returns nothing is a mistake in the settings"},
		}},
	{6, "urls",
		"The path decides which view answers, and it decides late, inside the chain.",
		"core/handlers/base.py BaseHandler.resolve_request",
		[]Beat{
			{1, "late-view", "The innermost handler chooses the view"},
			{2, "resolution", "It asks the URL resolver"},
			{3, "resolve-request", "Resolution gets a method of its own"},
			{4, "not-used", "A middleware may refuse to be installed"},
		}},
	{7, "errors",
		"Every layer turns an error into a response for the layer outside it.",
		"core/handlers/exception.py convert_exception_to_response",
		[]Beat{
			{1, "outermost", "Errors are converted around the whole chain only"},
			{2, "each-layer", "Errors are converted around every layer"},
		}},
	{8, "view-middleware",
		"Middleware sees the chosen view before it runs, and may answer in its place.",
		"core/handlers/base.py BaseHandler._get_response",
		[]Beat{
			{1, "process-view", "process_view hooks run between resolution and view"},
		}},
	{9, "exception-middleware",
		"Middleware may answer when the view fails.",
		"core/handlers/base.py BaseHandler.process_exception_by_middleware",
		[]Beat{
			{1, "inline", "process_exception hooks run where the view is called"},
			{2, "by-middleware", "The loop over them gets a method of its own"},
		}},
	{10, "template-middleware",
		"A response may be rendered late, after middleware has changed its template or context.",
		"template/response.py SimpleTemplateResponse.render",
		[]Beat{
			{1, "template-response", "process_template_response hooks run, then the response renders itself"},
		}},
	{11, "atomic",
		"A view runs inside a transaction for each database that asks for it.",
		"core/handlers/base.py BaseHandler.make_view_atomic",
		[]Beat{
			{1, "make-view-atomic", "The view is wrapped before it is called"},
		}},
	{12, "checks",
		"What a view returns is checked, failures are logged, and resources are closed: the synchronous BaseHandler is complete.",
		"core/handlers/base.py BaseHandler.check_response",
		[]Beat{
			{1, "check-response", "A view that returns nothing is told so"},
			{2, "logging", "Responses of 400 and above are logged"},
			{3, "closers", "Closing the response closes what the request opened"},
			{4, "urlconf-reset", "The end of the request resets the URLconf"},
		}},
	{13, "async",
		"Sync and async layers mix: each says what it can do, and the chain adapts between them.",
		"core/handlers/base.py BaseHandler.adapt_method_mode",
		[]Beat{
			{1, "async-chain", "A chain of either kind, with a crossing only where the kinds differ"},
		}},
	{14, "asgi",
		"The same handler under ASGI: events in, events out, and a client that may leave.",
		"core/handlers/asgi.py ASGIHandler",
		[]Beat{
			{1, "asgi-handler", "ASGIRequest and ASGIHandler"},
		}},
}
