package middleware

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/urls"
	"basehandler/final/web"
)

// Redirect makes the response that sends the client to another URL.
type Redirect func(to string, options ...web.Option) (web.HttpResponseRedirect, error)

// CommonMiddleware refuses DISALLOWED_USER_AGENTS and hosts that are not
// allowed, sends clients to the host with www. (PREPEND_WWW) and to the path
// with a slash at its end (APPEND_SLASH), and sets Content-Length.
//
// Django: middleware/common.py CommonMiddleware.
func CommonMiddleware(settings *conf.Settings) handlers.MiddlewareClass {
	return CommonMiddlewareWith(settings, web.NewHttpResponsePermanentRedirect)
}

// CommonMiddlewareWith redirects in another way than by a 301. Django:
// CommonMiddleware.response_redirect_class.
func CommonMiddlewareWith(settings *conf.Settings, redirect Redirect) handlers.MiddlewareClass {
	return class(func() (any, error) {
		agents, err := compile("DISALLOWED_USER_AGENTS", settings.DisallowedUserAgents)
		if err != nil {
			return nil, err
		}
		return &common{settings, agents, redirect}, nil
	})
}

type common struct {
	settings *conf.Settings
	agents   []*regexp.Regexp
	redirect Redirect
}

// ProcessRequest refuses, and redirects to the host with www.
func (c *common) ProcessRequest(request *web.Request) (web.Response, error) {
	if len(c.agents) > 0 {
		if agent, ok := request.Headers().Lookup("User-Agent"); ok {
			for _, disallowed := range c.agents {
				if disallowed.MatchString(agent) {
					return nil, &exceptions.PermissionDenied{Message: "Forbidden user agent"}
				}
			}
		}
	}
	host, err := request.GetHost()
	if err != nil {
		return nil, err
	}
	if !c.settings.PrependWWW || host == "" || strings.HasPrefix(host, "www.") {
		return nil, nil
	}
	// The slash is added by the same redirect, if one is missing.
	path := request.GetFullPath(false)
	slash, err := c.shouldRedirectWithSlash(request)
	if err == nil && slash {
		path, err = c.fullPathWithSlash(request)
	}
	if err != nil {
		return nil, err
	}
	return answer(c.redirect(request.Scheme() + "://www." + host + path))
}

// ProcessResponse redirects a 404 to the path with a slash, if there is
// something there. Departs: the 404 is closed, as every response is that a
// middleware of this package replaces. Django leaves it to the garbage collector.
func (c *common) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	base := response.Base()
	if base.StatusCode() == 404 {
		slash, err := c.shouldRedirectWithSlash(request)
		if err != nil {
			return nil, err
		}
		if slash {
			path, err := c.fullPathWithSlash(request)
			if err != nil {
				return nil, err
			}
			base.Abandon()
			return answer(c.redirect(path))
		}
	}
	if !base.Streaming() && !base.Has("Content-Length") {
		whole, err := contentsOf(response)
		if err != nil {
			return nil, err
		}
		if whole != nil {
			if err := base.Set("Content-Length", strconv.Itoa(len(whole.Content()))); err != nil {
				return nil, err
			}
		}
	}
	return response, nil
}

// shouldRedirectWithSlash tells whether a slash makes a path that leads nowhere
// lead to a view that wants it. Django: CommonMiddleware.should_redirect_with_slash.
func (c *common) shouldRedirectWithSlash(request *web.Request) (bool, error) {
	if !c.settings.AppendSlash || strings.HasSuffix(request.PathInfo, "/") {
		return false, nil
	}
	if match, err := urls.IsValidPath(request, request.PathInfo, request.URLConf); match != nil || err != nil {
		return false, err
	}
	match, err := urls.IsValidPath(request, request.PathInfo+"/", request.URLConf)
	return match != nil && !match.View.NoAppendSlash, err
}

// fullPathWithSlash is the path with a slash. One that begins with two slashes
// would name a host, so the second is escaped. While somebody develops, losing
// the body of a form is an error that says so. Django:
// CommonMiddleware.get_full_path_with_slash.
func (c *common) fullPathWithSlash(request *web.Request) (string, error) {
	path := web.EscapeLeadingSlashes(request.GetFullPath(true))
	if !c.settings.Debug {
		return path, nil
	}
	switch request.Method {
	case "DELETE", "POST", "PUT", "PATCH":
		host, err := request.GetHost()
		if err != nil {
			return "", err
		}
		return "", &exceptions.RuntimeError{Message: fmt.Sprintf(
			"You called this URL via %s, but the URL doesn't end in a slash and you have APPEND_SLASH set. "+
				"Django can't redirect to the slash URL while maintaining %s data. "+
				"Change your form to point to %s (note the trailing slash), or set APPEND_SLASH=False in your Django settings.",
			request.Method, request.Method, host+path)}
	}
	return path, nil
}
