// Package gateway is the server's side of ASGI on net/http: it turns an
// [asgi.Application] into an [http.Handler].
package gateway
