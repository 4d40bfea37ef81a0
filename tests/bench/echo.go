package bench

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

func (l layer) echo(inside echo.HandlerFunc) echo.HandlerFunc {
	switch l.does {
	case setValue:
		return func(c echo.Context) error {
			c.Set(l.name, ada)
			return inside(c)
		}
	case setHeader:
		return func(c echo.Context) error {
			c.Response().Header().Set(l.name, l.value)
			return inside(c)
		}
	case readCookie:
		return func(c echo.Context) error {
			if cookie, err := c.Cookie(l.name); err == nil && cookie.Value != "" {
				c.Set("user", ada)
			}
			return inside(c)
		}
	}
	return func(c echo.Context) error { return inside(c) }
}

func buildEcho(a app) http.Handler {
	router := echo.New()
	for _, layer := range a.layers {
		router.Use(layer.echo)
	}
	view := func(c echo.Context) error { return c.Blob(http.StatusOK, html, greeting) }
	if a.detail {
		view = func(c echo.Context) error {
			if n, err := strconv.Atoi(c.Param("id")); err != nil || n == 0 {
				return echo.NewHTTPError(http.StatusInternalServerError, "no id")
			}
			return c.Blob(http.StatusOK, json, document)
		}
	}
	for _, route := range a.routes {
		router.GET("/"+strings.Replace(route, "{id}", ":id", 1), view)
	}
	router.RouteNotFound("/*", func(c echo.Context) error { return c.Blob(http.StatusNotFound, plain, nothing) })
	return router
}
