package urls

import (
	"errors"
	"fmt"

	"basehandler/final/conf"
	"basehandler/final/web"
)

// Django keeps the current URLconf and the script prefix in variables of the
// thread, so that reverse finds them from anywhere. Here they are the request's,
// and whoever wants the URL of a view says for which request.

// GetResolver gives the resolver of a URLconf: a dotted name of the settings'
// Modules, or an *URLConf. The table keeps its resolver itself, so that what a
// middleware has made for one request goes with that request. Django:
// urls/resolvers.py get_resolver.
func GetResolver(settings *conf.Settings, urlconf any) (*Resolver, error) {
	switch urlconf := urlconf.(type) {
	case *URLConf:
		return urlconf.Resolver()
	case string:
		table, err := conf.Import[*URLConf](settings.Modules, urlconf)
		if err != nil {
			return nil, err
		}
		return table.Resolver()
	}
	return nil, improper(fmt.Sprintf("A URLconf is a dotted name or an *urls.URLConf, not a %T.", urlconf))
}

// inUse is the URLconf that is current for a request, or why it cannot be.
type inUse struct {
	resolver *Resolver
	err      error
}

// SetURLConf makes another URLconf than that of ROOT_URLCONF the current one of a
// request; nil takes that back. The handler does so with request.URLConf when it
// looks for the view, and takes it back when the request is finished. A URLconf
// that cannot be read is current all the same: who asks for it gets the error.
// Django: urls/base.py set_urlconf.
func SetURLConf(request *web.Request, urlconf any) (*Resolver, error) {
	if urlconf == nil {
		if request.CurrentURLConf() != nil {
			request.SetCurrentURLConf(nil)
		}
		return nil, nil
	}
	resolver, err := GetResolver(request.Settings(), urlconf)
	request.SetCurrentURLConf(inUse{resolver, err})
	return resolver, err
}

// GetURLConf gives the resolver of the current URLconf of a request, nil if that
// is the one of ROOT_URLCONF. Django: urls/base.py get_urlconf.
func GetURLConf(request *web.Request) (*Resolver, error) {
	in, _ := request.CurrentURLConf().(inUse)
	return in.resolver, in.err
}

// resolverFor gives the resolver of the current URLconf.
func resolverFor(request *web.Request) (*Resolver, error) {
	if resolver, err := GetURLConf(request); resolver != nil || err != nil {
		return resolver, err
	}
	return GetResolver(request.Settings(), request.Settings().RootURLConf)
}

// Resolve finds the view of a path by the URLconf that is current for the
// request. Django: urls/base.py resolve.
func Resolve(request *web.Request, path string) (*web.ResolverMatch, error) {
	resolver, err := resolverFor(request)
	if err != nil {
		return nil, err
	}
	return resolver.Resolve(path)
}

// IsValidPath gives the match of a path, nil if it leads nowhere. urlconf is a
// URLconf to look in, nil for the current one. Django: urls/base.py
// is_valid_path.
func IsValidPath(request *web.Request, path string, urlconf any) (*web.ResolverMatch, error) {
	var resolver *Resolver
	var err error
	if urlconf == nil {
		resolver, err = resolverFor(request)
	} else {
		resolver, err = GetResolver(request.Settings(), urlconf)
	}
	if err != nil {
		return nil, err
	}
	match, err := resolver.Resolve(path)
	var missed *Resolver404
	if errors.As(err, &missed) {
		return nil, nil
	}
	return match, err
}

// Reverse gives the URL of a view as a link in the answer to a request needs it:
// by the URLconf that is current for the request, behind the script name unless
// the options name another prefix. What a middleware leaves in request.URLConf
// is current from when the view was looked up until the request is finished. The
// current application is not guessed: request.ResolverMatch.Namespace() names it.
// Django: urls/base.py reverse.
func Reverse(request *web.Request, viewname any, options *ReverseOptions) (string, error) {
	resolver, err := resolverFor(request)
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
