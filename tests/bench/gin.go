package bench

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

func (l layer) gin() gin.HandlerFunc {
	switch l.does {
	case setValue:
		return func(c *gin.Context) {
			c.Set(l.name, ada)
			c.Next()
		}
	case setHeader:
		return func(c *gin.Context) {
			c.Header(l.name, l.value)
			c.Next()
		}
	case readCookie:
		return func(c *gin.Context) {
			if session, err := c.Cookie(l.name); err == nil && session != "" {
				c.Set("user", ada)
			}
			c.Next()
		}
	}
	return func(c *gin.Context) { c.Next() }
}

func buildGin(a app) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	for _, layer := range a.layers {
		router.Use(layer.gin())
	}
	view := func(c *gin.Context) { c.Data(http.StatusOK, html, greeting) }
	if a.detail {
		view = func(c *gin.Context) {
			if n, err := strconv.Atoi(c.Param("id")); err != nil || n == 0 {
				c.AbortWithStatus(http.StatusInternalServerError)
				return
			}
			c.Data(http.StatusOK, json, document)
		}
	}
	for _, route := range a.routes {
		router.GET("/"+strings.Replace(route, "{id}", ":id", 1), view)
	}
	router.NoRoute(func(c *gin.Context) { c.Data(http.StatusNotFound, plain, nothing) })
	return router
}
