package handlers

import (
	"basehandler/final/urls"
	"basehandler/final/web"
)

// getResolver gives the URLconf that is current for the request.
//
// Django: urls/resolvers.py get_resolver, urls/base.py get_urlconf.
func (h *BaseHandler) getResolver(request *web.Request) (*urls.Resolver, error) {
	if current, err := urls.GetURLConf(request); current != nil || err != nil {
		return current, err
	}
	return h.rootURLConf()
}

// rootURLConf is the one of ROOT_URLCONF.
func (h *BaseHandler) rootURLConf() (*urls.Resolver, error) {
	if root := h.root.Load(); root != nil {
		return root, nil
	}
	root, err := urls.GetResolver(h.settings, h.settings.RootURLConf)
	if err != nil {
		return nil, err
	}
	h.root.Store(root)
	return root, nil
}

// setURLConf makes the URLconf that the request asks for the current one, until
// the request is finished: a response that is streamed late still needs it.
func (h *BaseHandler) setURLConf(request *web.Request) (*urls.Resolver, error) {
	if current, err := urls.SetURLConf(request, request.URLConf); current != nil || err != nil {
		return current, err
	}
	return h.rootURLConf()
}

// urlconfName is what the technical pages call the current URLconf.
func (h *BaseHandler) urlconfName(request *web.Request) string {
	if name, ok := request.URLConf.(string); ok {
		return name
	}
	return h.settings.RootURLConf
}
