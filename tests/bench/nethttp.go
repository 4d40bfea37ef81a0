package bench

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
)

// What ServeMux, chi and gorilla/mux share: views and middleware in the form of
// net/http.

type key string

func (l layer) wrap(inside http.Handler) http.Handler {
	switch l.does {
	case setValue:
		name := key(l.name)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inside.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), name, ada)))
		})
	case setHeader:
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(l.name, l.value)
			inside.ServeHTTP(w, r)
		})
	case readCookie:
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cookie, err := r.Cookie(l.name); err == nil && cookie.Value != "" {
				r = r.WithContext(context.WithValue(r.Context(), key("user"), ada))
			}
			inside.ServeHTTP(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inside.ServeHTTP(w, r) })
}

// view gives the view; id finds the parameter of the route.
func (a app) view(id func(r *http.Request) string) http.HandlerFunc {
	if !a.detail {
		return func(w http.ResponseWriter, r *http.Request) { write(w, html, greeting) }
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if n, err := strconv.Atoi(id(r)); err != nil || n == 0 {
			http.Error(w, "no id", http.StatusInternalServerError)
			return
		}
		write(w, json, document)
	}
}

func write(w http.ResponseWriter, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Write(content) //nolint:errcheck // a client that has gone
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", plain)
	w.WriteHeader(http.StatusNotFound)
	w.Write(nothing) //nolint:errcheck // as above
}

func buildServeMux(a app) http.Handler {
	router := http.NewServeMux()
	view := a.view(func(r *http.Request) string { return r.PathValue("id") })
	for _, route := range a.routes {
		router.HandleFunc("GET /"+route+"{$}", view)
	}
	router.HandleFunc("/", notFound)
	handler := http.Handler(router)
	for _, layer := range slices.Backward(a.layers) {
		handler = layer.wrap(handler)
	}
	return handler
}

func buildChi(a app) http.Handler {
	router := chi.NewRouter()
	for _, layer := range a.layers {
		router.Use(layer.wrap)
	}
	view := a.view(func(r *http.Request) string { return chi.URLParam(r, "id") })
	for _, route := range a.routes {
		router.Get("/"+route, view)
	}
	router.NotFound(notFound)
	return router
}

func buildGorilla(a app) http.Handler {
	router := mux.NewRouter()
	for _, layer := range a.layers {
		router.Use(layer.wrap)
	}
	view := a.view(func(r *http.Request) string { return mux.Vars(r)["id"] })
	for _, route := range a.routes {
		router.HandleFunc("/"+strings.Replace(route, "{id}", "{id:[0-9]+}", 1), view).Methods("GET")
	}
	router.NotFoundHandler = http.HandlerFunc(notFound)
	return router
}
