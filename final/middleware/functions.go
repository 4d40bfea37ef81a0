package middleware

import "basehandler/final/handlers"

// SyncOnlyMiddleware makes a middleware of a function: it gets what is inside of
// the layer, and gives the layer. A nil layer is a mistake, which stops the
// start. What has hooks, or can be not used, is a [handlers.MiddlewareClass].
//
//	func timed(getResponse handlers.GetResponse) handlers.GetResponse {
//		return func(request *web.Request) (web.Response, error) {
//			defer func(began time.Time) { slog.Info(request.Path, "took", time.Since(began)) }(time.Now())
//			return getResponse(request)
//		}
//	}
//
// Django: utils/decorators.py sync_only_middleware.
func SyncOnlyMiddleware(layer func(getResponse handlers.GetResponse) handlers.GetResponse) handlers.MiddlewareClass {
	return SyncAndAsyncMiddleware(layer, nil)
}

// AsyncOnlyMiddleware is SyncOnlyMiddleware for async code.
//
// Django: utils/decorators.py async_only_middleware.
func AsyncOnlyMiddleware(layer func(getResponse handlers.GetResponseAsync) handlers.GetResponseAsync) handlers.MiddlewareClass {
	return SyncAndAsyncMiddleware(nil, layer)
}

// SyncAndAsyncMiddleware makes a middleware of two functions, of which the chain
// uses the one that fits what is inside. In Django it is one function, which looks
// at what it was given.
//
// Django: utils/decorators.py sync_and_async_middleware.
func SyncAndAsyncMiddleware(
	layer func(getResponse handlers.GetResponse) handlers.GetResponse,
	asyncLayer func(getResponse handlers.GetResponseAsync) handlers.GetResponseAsync,
) handlers.MiddlewareClass {
	var class handlers.MiddlewareClass
	if layer != nil {
		class.New = func(getResponse handlers.GetResponse) (handlers.Middleware, error) {
			return handlers.MiddlewareFunc(layer(getResponse)), nil
		}
	}
	if asyncLayer != nil {
		class.NewAsync = func(getResponse handlers.GetResponseAsync) (handlers.AsyncMiddleware, error) {
			return handlers.AsyncMiddlewareFunc(asyncLayer(getResponse)), nil
		}
	}
	return class
}
