package handlers

import (
	"basehandler/final/conf"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// Reverse makes the path that a name stands for, by the URLconf that is current
// for the request: its own, once a view was looked up in it and until the
// request is finished, else that of ROOT_URLCONF. A script prefix that options
// do not name is that of the request.
//
// Django: urls/base.py reverse.
func Reverse(request *web.Request, name string, options *urls.ReverseOptions) (string, error) {
	var resolver *urls.Resolver
	switch current := request.META.Value(urlconfKey).(type) {
	case *urlconf:
		resolver = current.Resolver
	case error: // of the lookup
		return "", current
	default:
		settings := request.Settings()
		root, err := conf.Import[*urls.URLConf](settings.Modules, settings.RootURLConf)
		if err != nil {
			return "", err
		}
		if resolver, err = urls.GetResolver(root); err != nil {
			return "", err
		}
	}
	if options == nil {
		options = &urls.ReverseOptions{}
	}
	if options.ScriptPrefix == "" {
		here := *options
		here.ScriptPrefix = request.META.Get("SCRIPT_NAME")
		options = &here
	}
	return resolver.Reverse(name, options)
}
