package handlers

import (
	"context"

	"basehandler/final/observe"
	"basehandler/final/web"
)

// observeLayer puts a span around a layer, if somebody looks.
func (h *BaseHandler) observeLayer(layer anyHandler, path string) anyHandler {
	if h.observer == nil {
		return layer
	}
	if layer.isAsync() {
		return anyHandler{async: func(ctx context.Context, request *web.Request) (web.Response, error) {
			defer h.observer.Span(request.Context(), observe.Middleware, path)()
			return layer.async(ctx, request)
		}}
	}
	return anyHandler{sync: func(request *web.Request) (web.Response, error) {
		defer h.observer.Span(request.Context(), observe.Middleware, path)()
		return layer.sync(request)
	}}
}

// span begins a span, if somebody looks.
func (h *BaseHandler) span(ctx context.Context, name, detail string) (end func()) {
	if h.observer == nil {
		return nothing
	}
	return h.observer.Span(ctx, name, detail)
}

func nothing() {}

// observerKey finds the observer in a context, for the crossings that the
// handler does not make itself.
type observerKey struct{}

// observed puts the observer of the handler into a context.
func (h *BaseHandler) observed(ctx context.Context) context.Context {
	return context.WithValue(ctx, observerKey{}, h.observer)
}

func countCrossing(ctx context.Context, direction string) {
	if observer, ok := ctx.Value(observerKey{}).(observe.Observer); ok {
		observer.Count(ctx, observe.Bridges, direction, 1)
	}
}
