package middleware

import (
	"strings"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/web"
)

// XFrameOptionsMiddleware keeps other sites from showing a page in a frame. A
// view that has set the header, or is exempt, is left alone.
//
// Django: middleware/clickjacking.py XFrameOptionsMiddleware.
func XFrameOptionsMiddleware(settings *conf.Settings) handlers.MiddlewareClass {
	return class(func() (any, error) { return xframe{strings.ToUpper(settings.XFrameOptions)}, nil })
}

type xframe struct{ value string }

// ProcessResponse sets the header.
func (x xframe) ProcessResponse(_ *web.Request, response web.Response) (web.Response, error) {
	base := response.Base()
	if base.XFrameOptionsExempt() {
		return response, nil
	}
	return response, base.SetDefault("X-Frame-Options", x.value)
}
