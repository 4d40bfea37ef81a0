package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"basehandler/final/conf"
	"basehandler/final/db"
	"basehandler/final/dispatch"
	"basehandler/final/exceptions"
	"basehandler/final/observe"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// BaseHandler turns a request into a response. It knows neither WSGI nor ASGI.
//
// The chain of middleware is built once, by loadMiddleware, and is not changed
// after that, so a handler serves many requests at a time.
//
// Django: core/handlers/base.py BaseHandler.
type BaseHandler struct {
	settings    *conf.Settings
	connections *db.Connections
	observer    observe.Observer // nil if nobody looks

	viewMiddleware             []viewHook      // the outermost first
	templateResponseMiddleware []templateHook  // the innermost first
	exceptionMiddleware        []exceptionHook // the innermost first
	middlewareChain            anyHandler      // nil in both modes until it is loaded

	root atomic.Pointer[urls.Resolver] // that of ROOT_URLCONF, found by the first request that needs it, as in Django
}

// Options are what a handler is given besides the settings.
type Options struct {
	// Connections are the databases. Without any, a view that is to run in a
	// transaction fails.
	Connections *db.Connections
	// Observer is told what the handler does; nil costs nothing.
	Observer observe.Observer
}

// anyHandler is a handler that is either sync or async code.
type anyHandler struct {
	sync  GetResponse
	async GetResponseAsync
}

func (h anyHandler) isAsync() bool { return h.async != nil }

// loadMiddleware builds the chain. The list is walked from its end: each layer
// is made around the one made before, so the first one listed is the outermost.
// A layer that can be both sync and async code becomes what is inside it; where
// it must not, a bridge is put between them. isAsync is the mode of the handler
// as a whole.
//
// Django: core/handlers/base.py BaseHandler.load_middleware.
func (h *BaseHandler) loadMiddleware(isAsync bool) error {
	h.viewMiddleware, h.templateResponseMiddleware, h.exceptionMiddleware = nil, nil, nil

	handler := anyHandler{sync: h.convertExceptionToResponse(h.innerGetResponse)}
	if isAsync {
		handler = anyHandler{async: h.convertExceptionToResponseAsync(h.innerGetResponseAsync)}
	}
	count := 0
	for _, path := range slices.Backward(h.settings.Middleware) {
		class, err := h.importMiddleware(path)
		if err != nil {
			return err
		}
		canSync, canAsync := class.New != nil, class.NewAsync != nil
		if !canSync && !canAsync {
			return &exceptions.RuntimeError{Message: fmt.Sprintf(
				"Middleware %s must have at least one of sync_capable/async_capable set to True.", path)}
		}
		middlewareIsAsync := canAsync
		if !handler.isAsync() && canSync {
			middlewareIsAsync = false
		}
		adapted := h.adaptMethodMode(middlewareIsAsync, handler, "middleware "+path)
		instance, layer, err := h.makeLayer(class, adapted)
		var notUsed *exceptions.MiddlewareNotUsed
		if errors.As(err, &notUsed) {
			h.logNotUsed(path, notUsed)
			continue
		}
		if err != nil {
			return err
		}
		if instance == nil {
			return &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("Middleware factory %s returned None.", path)}
		}
		if holder, ok := instance.(HookHolder); ok {
			instance = holder.Hooks()
		}
		if hook := h.viewHookOf(isAsync, instance); hook != nil {
			h.viewMiddleware = slices.Insert(h.viewMiddleware, 0, hook)
		}
		if hook := h.templateHookOf(isAsync, instance); hook != nil {
			name := path[strings.LastIndexByte(path, '.')+1:] + ".process_template_response"
			h.templateResponseMiddleware = append(h.templateResponseMiddleware, templateHook{name, hook})
		}
		if hook := h.exceptionHookOf(isAsync, instance); hook != nil {
			h.exceptionMiddleware = append(h.exceptionMiddleware, hook)
		}
		handler = h.observeLayer(layer, path)
		count++
	}
	if h.observer != nil {
		h.observer.Count(context.Background(), observe.MiddlewareCount, "", count)
	}
	h.middlewareChain = h.adaptMethodMode(isAsync, handler, "")
	return nil
}

// importMiddleware finds the class that a name in MIDDLEWARE stands for.
func (h *BaseHandler) importMiddleware(path string) (MiddlewareClass, error) {
	object, err := conf.Import[any](h.settings.Modules, path)
	if err != nil {
		return MiddlewareClass{}, err
	}
	switch class := object.(type) {
	case MiddlewareClass:
		return class, nil
	case MiddlewareFactory:
		return class(h.settings), nil
	case func(*conf.Settings) MiddlewareClass:
		return class(h.settings), nil
	}
	return MiddlewareClass{}, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf(
		"%q is a %T, but a MiddlewareClass or a MiddlewareFactory is needed.", path, object)}
}

// makeLayer makes the layer of a class around what is inside, in the mode of
// what is inside. instance is what may have hooks, nil if the factory returned
// nothing.
func (h *BaseHandler) makeLayer(class MiddlewareClass, inside anyHandler) (instance any, layer anyHandler, err error) {
	if inside.isAsync() {
		middleware, err := class.NewAsync(inside.async)
		if err != nil || web.IsNil(middleware) {
			return nil, anyHandler{}, err
		}
		call := middleware.CallAsync
		if function, ok := middleware.(AsyncMiddlewareFunc); ok {
			call = function // which saves a call in each layer
		}
		return middleware, anyHandler{async: h.convertExceptionToResponseAsync(call)}, nil
	}
	middleware, err := class.New(inside.sync)
	if err != nil || web.IsNil(middleware) {
		return nil, anyHandler{}, err
	}
	call := middleware.Call
	if function, ok := middleware.(MiddlewareFunc); ok {
		call = function // likewise
	}
	return middleware, anyHandler{sync: h.convertExceptionToResponse(call)}, nil
}

func (h *BaseHandler) logNotUsed(path string, notUsed *exceptions.MiddlewareNotUsed) {
	if !h.settings.Debug {
		return
	}
	message := "MiddlewareNotUsed: " + exceptions.Repr(path)
	if notUsed.Reason != "" {
		message = fmt.Sprintf("MiddlewareNotUsed(%s): %s", exceptions.Repr(path), notUsed.Reason)
	}
	h.logger().Debug(message, "logger", requestLogger)
}

// adaptMethodMode gives a handler in the mode that is wanted, over a bridge if
// it has another. With DEBUG the bridges at a middleware are logged, by name.
//
// Django: core/handlers/base.py BaseHandler.adapt_method_mode.
func (h *BaseHandler) adaptMethodMode(isAsync bool, handler anyHandler, name string) anyHandler {
	if isAsync == handler.isAsync() {
		return handler
	}
	log := func(kind string) {
		if h.settings.Debug && name != "" {
			h.logger().Debug(fmt.Sprintf("%s handler adapted for %s.", kind, name), "logger", requestLogger)
		}
	}
	if isAsync {
		log("Synchronous")
		return anyHandler{async: func(ctx context.Context, request *web.Request) (web.Response, error) {
			return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return handler.sync(request) })
		}}
	}
	log("Asynchronous")
	return anyHandler{sync: func(request *web.Request) (web.Response, error) {
		// From here on async code asks for it beside sync code, which may change META.
		request.SetContext(request.Context())
		return AsyncToSync(request.Context(), func(ctx context.Context) (web.Response, error) { return handler.async(ctx, request) })
	}}
}

// viewHookOf gives a layer's process_view in the mode of the handler, nil if it
// has none. Like the two below it takes the hook that needs no bridge, if there
// are both.
func (h *BaseHandler) viewHookOf(isAsync bool, instance any) viewHook {
	sync, canSync := instance.(ViewProcessor)
	async, canAsync := instance.(AsyncViewProcessor)
	switch {
	case canAsync && (isAsync || !canSync):
		return func(ctx context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error) {
			return AsyncToSync(ctx, func(ctx context.Context) (web.Response, error) {
				return async.ProcessViewAsync(ctx, request, view, args)
			})
		}
	case canSync && isAsync:
		return func(ctx context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error) {
			return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return sync.ProcessView(request, view, args) })
		}
	case canSync:
		return func(_ context.Context, request *web.Request, view *web.View, args *web.Args) (web.Response, error) {
			return sync.ProcessView(request, view, args)
		}
	}
	return nil
}

func (h *BaseHandler) templateHookOf(isAsync bool, instance any) func(context.Context, *web.Request, web.Response) (web.Response, error) {
	sync, canSync := instance.(TemplateResponseProcessor)
	async, canAsync := instance.(AsyncTemplateResponseProcessor)
	switch {
	case canAsync && (isAsync || !canSync):
		return func(ctx context.Context, request *web.Request, response web.Response) (web.Response, error) {
			return AsyncToSync(ctx, func(ctx context.Context) (web.Response, error) {
				return async.ProcessTemplateResponseAsync(ctx, request, response)
			})
		}
	case canSync && isAsync:
		return func(ctx context.Context, request *web.Request, response web.Response) (web.Response, error) {
			return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return sync.ProcessTemplateResponse(request, response) })
		}
	case canSync:
		return func(_ context.Context, request *web.Request, response web.Response) (web.Response, error) {
			return sync.ProcessTemplateResponse(request, response)
		}
	}
	return nil
}

func (h *BaseHandler) exceptionHookOf(isAsync bool, instance any) exceptionHook {
	sync, canSync := instance.(ExceptionProcessor)
	async, canAsync := instance.(AsyncExceptionProcessor)
	switch {
	case canAsync && (isAsync || !canSync):
		return func(ctx context.Context, request *web.Request, exception error) (web.Response, error) {
			return AsyncToSync(ctx, func(ctx context.Context) (web.Response, error) {
				return async.ProcessExceptionAsync(ctx, request, exception)
			})
		}
	case canSync && isAsync:
		return func(ctx context.Context, request *web.Request, exception error) (web.Response, error) {
			return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return sync.ProcessException(request, exception) })
		}
	case canSync:
		return func(_ context.Context, request *web.Request, exception error) (web.Response, error) {
			return sync.ProcessException(request, exception)
		}
	}
	return nil
}

// getResponse is all that happens between a request and its response, as sync
// code.
//
// Django: core/handlers/base.py BaseHandler.get_response.
func (h *BaseHandler) getResponse(request *web.Request) (web.Response, error) {
	if h.observer != nil { // a deferred call costs something even if it does nothing
		request.SetContext(h.observed(request.Context()))
		defer h.span(request.Context(), observe.RequestDuration, "")()
	}
	response, err := h.middlewareChain.sync(request)
	if err != nil {
		return nil, err
	}
	return h.finishResponse(request, response)
}

// getResponseAsync is all that happens between a request and its response, as
// async code.
//
// Django: core/handlers/base.py BaseHandler.get_response_async.
func (h *BaseHandler) getResponseAsync(ctx context.Context, request *web.Request) (web.Response, error) {
	if h.observer != nil {
		ctx = h.observed(ctx)
		request.SetContext(h.observed(request.Context()))
		defer h.span(request.Context(), observe.RequestDuration, "")()
	}
	response, err := h.middlewareChain.async(ctx, request)
	if err != nil {
		return nil, err
	}
	return h.finishResponse(request, response)
}

// finishResponse is what both have in common at their end. No layer guards it:
// an outermost middleware that returns nothing is an error of the server's.
func (h *BaseHandler) finishResponse(request *web.Request, response web.Response) (web.Response, error) {
	if err := noAttribute(response, "_resource_closers"); err != nil {
		return nil, err
	}
	base := response.Base()
	base.AddResource(request)
	if h.observer != nil {
		h.observer.Count(request.Context(), observe.ResponsesByStatus, strconv.Itoa(base.StatusCode()), 1)
	}
	if base.StatusCode() >= 400 {
		return response, h.logResponse(request, response, requestLogger, escaped(base.ReasonPhrase())+": "+escaped(request.Path), nil)
	}
	return response, nil
}

// innerGetResponse is the innermost handler: it finds the view and calls it,
// with everything that belongs to that.
//
// Django: core/handlers/base.py BaseHandler._get_response.
func (h *BaseHandler) innerGetResponse(request *web.Request) (web.Response, error) {
	ctx := request.Context()
	match, err := h.resolveRequest(request)
	if err != nil {
		return nil, err
	}
	response, err := h.applyViewMiddleware(ctx, request, match)
	if err != nil {
		return nil, err
	}
	if response == nil {
		call, err := h.makeViewAtomic(match.View)
		if err != nil {
			return nil, err
		}
		if response, err = h.callView(ctx, request, match, call); err != nil {
			if response, err = h.processExceptionByMiddleware(ctx, request, err); err != nil {
				return nil, err
			}
		}
	}
	if err := checkResponse(response, match.View, ""); err != nil {
		return nil, err
	}
	return h.applyTemplateResponseMiddleware(ctx, request, response)
}

// innerGetResponseAsync is the same as async code.
//
// Django: core/handlers/base.py BaseHandler._get_response_async.
func (h *BaseHandler) innerGetResponseAsync(ctx context.Context, request *web.Request) (web.Response, error) {
	match, err := h.resolveRequest(request)
	if err != nil {
		return nil, err
	}
	response, err := h.applyViewMiddleware(ctx, request, match)
	if err != nil {
		return nil, err
	}
	if response == nil {
		call, err := h.makeViewAtomic(match.View)
		if err != nil {
			return nil, err
		}
		if response, err = h.callView(ctx, request, match, call); err != nil {
			if response, err = h.processExceptionByMiddleware(ctx, request, err); err != nil {
				return nil, err
			}
		}
	}
	if err := checkResponse(response, match.View, ""); err != nil {
		return nil, err
	}
	response, err = h.applyTemplateResponseMiddleware(ctx, request, response)
	if _, ok := response.(*web.Coroutine); ok { // of an exception hook: nothing else checks those
		return nil, &exceptions.RuntimeError{Message: "Response is still a coroutine."}
	}
	return response, err
}

// callView calls a view in its own mode: call as sync code, or, where that is
// nil, the view as async code. Where handler and view are of one mode both are
// ordinary calls. The span ends also when the view panics.
func (h *BaseHandler) callView(ctx context.Context, request *web.Request, match *web.ResolverMatch, call viewCall) (web.Response, error) {
	if h.observer != nil {
		defer h.span(request.Context(), observe.View, match.View.Name)()
	}
	if call == nil && executorOf(ctx) != nil { // AsyncToSync would do no more
		return match.View.CallAsync(ctx, request, match.Args)
	}
	if call == nil {
		return AsyncToSync(ctx, func(ctx context.Context) (web.Response, error) {
			return match.View.CallAsync(ctx, request, match.Args)
		})
	}
	if !h.middlewareChain.isAsync() {
		return call(request, match.Args)
	}
	return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return call(request, match.Args) })
}

// applyViewMiddleware asks the view hooks, in the order of MIDDLEWARE, until one
// answers. nil means that the view is to be called.
func (h *BaseHandler) applyViewMiddleware(ctx context.Context, request *web.Request, match *web.ResolverMatch) (web.Response, error) {
	if len(h.viewMiddleware) == 0 {
		return nil, nil
	}
	defer h.span(request.Context(), observe.ViewMiddleware, "")()
	for _, hook := range h.viewMiddleware {
		response, err := hook(ctx, request, match.View, match.Args)
		if err != nil {
			return nil, err
		}
		if !web.IsNil(response) {
			return response, nil
		}
	}
	return nil, nil
}

// applyTemplateResponseMiddleware asks the template hooks about a response that
// can be rendered, and renders it. All hooks are asked, each with what the one
// before gave.
//
// Departs: Django has this loop once in each of the two paths. That it is the
// same here needs no second copy.
func (h *BaseHandler) applyTemplateResponseMiddleware(ctx context.Context, request *web.Request, response web.Response) (web.Response, error) {
	if _, ok := response.(web.Renderer); !ok {
		return response, nil
	}
	if len(h.templateResponseMiddleware) > 0 {
		var err error
		if response, err = h.callTemplateHooks(ctx, request, response); err != nil {
			return nil, err
		}
	}
	rendered, err := h.render(ctx, request, response)
	if err != nil {
		return h.processExceptionByMiddleware(ctx, request, err)
	}
	return rendered, nil
}

func (h *BaseHandler) callTemplateHooks(ctx context.Context, request *web.Request, response web.Response) (web.Response, error) {
	defer h.span(request.Context(), observe.TemplateResponse, "")()
	for _, hook := range h.templateResponseMiddleware {
		var err error
		if response, err = hook.call(ctx, request, response); err != nil {
			return nil, err
		}
		if err := checkResponse(response, nil, hook.name); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// render renders. What comes from a hook may be a response that cannot be; in
// Python that fails at the call of its method.
func (h *BaseHandler) render(ctx context.Context, request *web.Request, response web.Response) (web.Response, error) {
	renderer, ok := response.(web.Renderer)
	if !ok {
		return nil, &exceptions.AttributeError{Message: fmt.Sprintf("'%s' object has no attribute 'render'", response.Base().Class())}
	}
	defer h.span(request.Context(), observe.RenderDuration, "")()
	return SyncToAsync(ctx, func(context.Context) (web.Response, error) { return renderer.Render() })
}

// resolveRequest finds the view, and leaves the match on the request, where
// every layer can see it on its way out.
//
// Django: core/handlers/base.py BaseHandler.resolve_request.
func (h *BaseHandler) resolveRequest(request *web.Request) (*web.ResolverMatch, error) {
	if h.observer != nil {
		defer h.span(request.Context(), observe.ResolveRequest, "")()
	}
	current, err := h.setURLConf(request)
	if err != nil {
		return nil, err
	}
	match, err := current.ResolveRequest(request)
	if err != nil {
		return nil, err
	}
	request.ResolverMatch = match
	return match, nil
}

// checkResponse refuses what is no response: nothing at all, and a coroutine
// that nobody awaited. hook is the name of the hook that gave it, "" for the
// view.
//
// Django: core/handlers/base.py BaseHandler.check_response.
func checkResponse(response web.Response, view *web.View, hook string) error {
	if response, ok := response.(*web.HttpResponse); ok && response != nil {
		return nil // most are
	}
	_, coroutine := response.(*web.Coroutine)
	if !coroutine && !web.IsNil(response) {
		return nil
	}
	name := hook
	if name == "" {
		name = "The view " + view.Name
		if view.IsObject {
			name += ".__call__"
		}
	}
	if coroutine {
		return &exceptions.ValueError{Message: name + " didn't return an HttpResponse object. It returned an unawaited coroutine instead. " +
			"You may need to add an 'await' into your view."}
	}
	return &exceptions.ValueError{Message: name + " didn't return an HttpResponse object. It returned None instead."}
}

// viewCall is a view as sync code.
type viewCall func(request *web.Request, args *web.Args) (web.Response, error)

// makeViewAtomic puts a view into a transaction for each database with
// ATOMIC_REQUESTS that it has not opted out of, the first database innermost.
// It gives nil for a view of async code, which must not have any.
//
// Django: core/handlers/base.py BaseHandler.make_view_atomic.
func (h *BaseHandler) makeViewAtomic(view *web.View) (viewCall, error) {
	call := viewCall(view.Call)
	databases := h.connections.Databases()
	if h.connections == nil {
		databases = h.settings.Databases // a view must not do without its transaction
	}
	for _, database := range databases {
		if !database.AtomicRequests || slices.Contains(view.NonAtomic, database.Alias) {
			continue
		}
		if view.CallAsync != nil {
			return nil, &exceptions.RuntimeError{Message: "You cannot use ATOMIC_REQUESTS with async views."}
		}
		call = h.atomic(database.Alias, call)
	}
	return call, nil
}

// atomic runs a view in a transaction. Code finds the transaction through the
// context of the request, which is another one for that time.
func (h *BaseHandler) atomic(alias string, call viewCall) viewCall {
	return func(request *web.Request, args *web.Args) (response web.Response, err error) {
		if h.observer != nil {
			h.observer.Count(request.Context(), observe.AtomicActive, alias, 1)
			defer h.observer.Count(request.Context(), observe.AtomicActive, alias, -1)
		}
		outside := request.Context()
		defer request.SetContext(outside)
		err = h.connections.Atomic(outside, alias, db.Options{}, func(inside context.Context) error {
			request.SetContext(inside)
			response, err = call(request, args)
			return err
		})
		if err != nil {
			if !web.IsNil(response) { // the commit has failed
				response.Base().Abandon()
			}
			return nil, err
		}
		return response, nil
	}
}

// processExceptionByMiddleware asks the exception hooks, from the inside out,
// for an answer to an error of the view or of rendering. Without an answer the
// error goes on as it came; an error of a hook takes its place.
//
// Django: core/handlers/base.py BaseHandler.process_exception_by_middleware.
func (h *BaseHandler) processExceptionByMiddleware(ctx context.Context, request *web.Request, exception error) (web.Response, error) {
	if len(h.exceptionMiddleware) == 0 || uncatchable(ctx, exception) {
		return nil, exception
	}
	for _, hook := range h.exceptionMiddleware {
		response, err := hook(ctx, request, exception)
		if err != nil {
			return nil, err
		}
		if !web.IsNil(response) {
			return response, nil
		}
	}
	return nil, exception
}

// resetURLConf forgets the URLconf of a request when it is finished.
//
// Django: core/handlers/base.py reset_urlconf.
func resetURLConf(_ context.Context, event dispatch.Event) (any, error) {
	if request, ok := event.Request.(*web.Request); ok && request != nil {
		_, err := urls.SetURLConf(request, nil)
		return nil, err
	}
	return nil, nil
}

func init() {
	dispatch.RequestFinished.Connect(resetURLConf, dispatch.Options{DispatchUID: "django.core.handlers.base.reset_urlconf"})
}
