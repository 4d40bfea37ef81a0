package bench

import "net/http"

// peer builds an application with one framework.
type peer struct {
	name  string
	build func(app) http.Handler
}

var peers = []peer{
	{"final", buildFinal},
	{"final-asgi", buildASGI},
	{"nethttp", buildServeMux},
	{"chi", buildChi},
	{"gin", buildGin},
	{"echo", buildEcho},
	{"gorilla", buildGorilla},
}
