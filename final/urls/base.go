package urls

import (
	"fmt"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/web"
)

// Django keeps the current URLconf and the script prefix in variables of the
// thread, so that reverse finds them from anywhere. Here they are the request's,
// and whoever wants the URL of a view for a request says which.

// Get gives the resolver of the URLconf that a request uses: the one that a
// middleware has set, or else the root's. Django: urls/base.py get_urlconf.
func Get(request *web.Request) (*Resolver, error) {
	var urlconf any = request.Settings().RootURLConf
	if request.URLConf != nil {
		urlconf = request.URLConf
	}
	switch urlconf := urlconf.(type) {
	case *URLConf:
		return GetResolver(urlconf)
	case string:
		table, err := conf.Import[*URLConf](request.Settings().Modules, urlconf)
		if err != nil {
			return nil, err
		}
		return GetResolver(table)
	}
	return nil, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf(
		"request.URLConf is a %T, but a dotted name or an *urls.URLConf is needed.", urlconf)}
}

// Resolve finds the view of a path as a request would see it. Django:
// urls/base.py resolve.
func Resolve(request *web.Request, path string) (*web.ResolverMatch, error) {
	resolver, err := Get(request)
	if err != nil {
		return nil, err
	}
	return resolver.Resolve(path)
}

// Reverse gives the URL of a view as a link in the answer to a request needs it:
// behind the script name, unless the options name another prefix. The current
// application is not guessed: request.ResolverMatch.Namespace() names it.
// Django: urls/base.py reverse.
func Reverse(request *web.Request, viewname any, options *ReverseOptions) (string, error) {
	resolver, err := Get(request)
	if err != nil {
		return "", err
	}
	with := ReverseOptions{}
	if options != nil {
		with = *options
	}
	if with.ScriptPrefix == "" {
		with.ScriptPrefix = request.META.Get("SCRIPT_NAME")
	}
	return resolver.Reverse(viewname, &with)
}
