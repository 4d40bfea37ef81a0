package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/middleware"
	"basehandler/final/urls"
	"basehandler/final/web"
)

func init() {
	kinds["middleware"] = middlewareProbe
	kinds["resolve"] = func(p *probe) (object, error) { return routesAnswer(probeResolve(p.line)) }
	kinds["reverse"] = func(p *probe) (object, error) { return routesAnswer(probeReverse(p.line)) }
}

func routesAnswer(answer object, err error) (object, error) {
	if err != nil {
		panic(malformed{err})
	}
	return answer, nil
}

var middlewares = map[string]handlers.MiddlewareFactory{
	"SecurityMiddleware":       middleware.SecurityMiddleware,
	"CommonMiddleware":         middleware.CommonMiddleware,
	"ConditionalGetMiddleware": middleware.ConditionalGetMiddleware,
	"GZipMiddleware":           middleware.GZipMiddleware,
	"XFrameOptionsMiddleware":  middleware.XFrameOptionsMiddleware,
}

func middlewareProbe(p *probe) (object, error) {
	var s spec
	p.get("response", &s)
	// The routes, which only the slash redirects look at.
	var routes []route
	if !p.get("routes", &routes) {
		routes = []route{{RePath: new(string)}}
	}
	var reader routeReader
	urlconf, err := reader.urlconf(routes)
	if err != nil {
		panic(malformed{err})
	}
	if _, err := urls.NewResolver(urlconf); err != nil {
		return object{"raised": routesRaised(err)}, nil // as path() does when it is called
	}
	p.settings.Modules = &conf.Modules{}
	p.settings.Modules.Register("probe.urls", urlconf)
	p.settings.RootURLConf = "probe.urls"

	request, err := newRequest(p)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	view := func(*web.Request) (web.Response, error) {
		r, _, err := s.run() // an operation that raises changes nothing
		if err != nil {
			return nil, err
		}
		return r.Response, nil
	}
	chain := handlers.GetResponse(view)
	names := p.texts("middleware")
	for i := len(names) - 1; i >= 0; i-- {
		factory, ok := middlewares[names[i]]
		if !ok {
			panic(malformed{fmt.Errorf("there is no middleware %q", names[i])})
		}
		layer, err := factory(p.settings).New(chain)
		if err != nil {
			return nil, err
		}
		chain = layer.Call
	}
	response, err := chain(request)
	if err != nil {
		return nil, err
	}
	return served(response)
}

// served is what goes over the wire, uncompressed.
func served(response web.Response) (object, error) {
	base := response.Base()
	answer := object{"status": base.StatusLine(), "gzip": false}
	headers := headerList(base)
	body, _, err := take(response)
	if err != nil {
		answer["body"] = raised(err)
	} else {
		content := bytes.Join(body, nil)
		if compressed(base, content) {
			answer["gzip"] = true
			content = decompress(content)
			for i := range headers {
				if strings.EqualFold(headers[i][0], "Content-Length") {
					headers[i][1] = "<compressed>"
				}
			}
		}
		answer["body"] = fromBytes(content)
	}
	answer["headers"] = headers
	return answer, response.Close()
}

// compressed tells whether the middleware has compressed the body: the header
// alone may be the view's.
func compressed(base *web.HttpResponseBase, content []byte) bool {
	return base.Get("Content-Encoding") == "gzip" && bytes.HasPrefix(content, []byte{0x1f, 0x8b})
}

func decompress(content []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(content))
	if err == nil {
		content, err = io.ReadAll(reader)
	}
	if err != nil {
		panic(fmt.Errorf("the compressed body: %w", err))
	}
	return content
}
