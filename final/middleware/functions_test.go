package middleware_test

import (
	"context"
	"errors"
	"testing"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/urls"
	"basehandler/final/web"
)

func sign(response web.Response, err error, name string) (web.Response, error) {
	if err == nil {
		err = response.Base().Set("X-Layer", name)
	}
	return response, err
}

func syncLayer(getResponse handlers.GetResponse) handlers.GetResponse {
	return func(request *web.Request) (web.Response, error) {
		response, err := getResponse(request)
		return sign(response, err, "sync")
	}
}

func asyncLayer(getResponse handlers.GetResponseAsync) handlers.GetResponseAsync {
	return func(ctx context.Context, request *web.Request) (web.Response, error) {
		response, err := getResponse(ctx, request)
		return sign(response, err, "async")
	}
}

// A function is a layer of the kind that it is declared to be.
func TestFunctions(t *testing.T) {
	for name, c := range map[string]struct {
		class       handlers.MiddlewareClass
		sync, async string // what the layer signs with, "" if there is none of this kind
	}{
		"sync only":      {middleware.SyncOnlyMiddleware(syncLayer), "sync", ""},
		"async only":     {middleware.AsyncOnlyMiddleware(asyncLayer), "", "async"},
		"sync and async": {middleware.SyncAndAsyncMiddleware(syncLayer, asyncLayer), "sync", "async"},
	} {
		if (c.class.New != nil) != (c.sync != "") || (c.class.NewAsync != nil) != (c.async != "") {
			t.Errorf("%s: the wrong capabilities", name)
			continue
		}
		signed := func(response web.Response, err error) string {
			if err != nil {
				t.Fatal(err)
			}
			return response.Base().Get("X-Layer")
		}
		if c.sync != "" {
			layer, err := c.class.New(func(*web.Request) (web.Response, error) { return web.NewHttpResponse(""), nil })
			if err != nil {
				t.Fatal(err)
			}
			if got := signed(layer.Call(nil)); got != c.sync {
				t.Errorf("%s: signed by %q", name, got)
			}
		}
		if c.async != "" {
			layer, err := c.class.NewAsync(func(context.Context, *web.Request) (web.Response, error) { return web.NewHttpResponse(""), nil })
			if err != nil {
				t.Fatal(err)
			}
			if got := signed(layer.CallAsync(t.Context(), nil)); got != c.async {
				t.Errorf("%s: signed by %q", name, got)
			}
		}
	}
}

// A function that gives no layer stops the start.
func TestFunctionsGiveNothing(t *testing.T) {
	class := middleware.SyncAndAsyncMiddleware(
		func(handlers.GetResponse) handlers.GetResponse { return nil },
		func(handlers.GetResponseAsync) handlers.GetResponseAsync { return nil })
	settings := settingsWith(class)
	var improper *exceptions.ImproperlyConfigured
	if _, err := handlers.NewWSGIHandler(settings, handlers.Options{}); !errors.As(err, &improper) {
		t.Errorf("sync: %v", err)
	}
	if _, err := handlers.NewASGIHandler(settings, handlers.Options{}); !errors.As(err, &improper) {
		t.Errorf("async: %v", err)
	}
}

func settingsWith(class handlers.MiddlewareClass) *conf.Settings {
	settings := conf.Defaults()
	settings.Modules = &conf.Modules{}
	settings.RootURLConf = "urls"
	settings.Middleware = []string{"layer"}
	settings.Modules.Register("urls", &urls.URLConf{})
	settings.Modules.Register("layer", class)
	return settings
}
