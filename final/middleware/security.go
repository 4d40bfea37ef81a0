package middleware

import (
	"fmt"
	"regexp"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/handlers"
	"basehandler/final/web"
)

// SecurityMiddleware sends clients to https if SECURE_SSL_REDIRECT says so, and
// sets the headers that make browsers careful. Those that a view has set stay.
//
// Django: middleware/security.py SecurityMiddleware.
func SecurityMiddleware(settings *conf.Settings) handlers.MiddlewareClass {
	return class(func() (any, error) {
		exempt, err := compile("SECURE_REDIRECT_EXEMPT", settings.SecureRedirectExempt)
		if err != nil {
			return nil, err
		}
		s := &security{
			nosniff:        settings.SecureContentTypeNosniff,
			redirect:       settings.SecureSSLRedirect,
			redirectHost:   settings.SecureSSLHost,
			redirectExempt: exempt,
			referrer:       strings.Join(settings.SecureReferrerPolicy, ","),
			hasReferrer:    len(settings.SecureReferrerPolicy) > 0,
			opener:         settings.SecureCrossOriginOpenerPolicy,
		}
		if settings.SecureHSTSSeconds != 0 {
			s.hsts = fmt.Sprintf("max-age=%d", settings.SecureHSTSSeconds)
			if settings.SecureHSTSIncludeSubdomains {
				s.hsts += "; includeSubDomains"
			}
			if settings.SecureHSTSPreload {
				s.hsts += "; preload"
			}
		}
		return s, nil
	})
}

// security is what the settings say, read once.
type security struct {
	hsts           string // "" for none
	nosniff        bool
	redirect       bool
	redirectHost   string
	redirectExempt []*regexp.Regexp
	referrer       string
	hasReferrer    bool
	opener         string
}

// ProcessRequest redirects.
func (s *security) ProcessRequest(request *web.Request) (web.Response, error) {
	if !s.redirect || request.IsSecure() {
		return nil, nil
	}
	path := strings.TrimLeft(request.Path, "/")
	for _, exempt := range s.redirectExempt {
		if exempt.MatchString(path) {
			return nil, nil
		}
	}
	host := s.redirectHost
	if host == "" {
		var err error
		if host, err = request.GetHost(); err != nil {
			return nil, err
		}
	}
	return answer(web.NewHttpResponsePermanentRedirect("https://" + host + request.GetFullPath(false)))
}

// answer makes a redirect a response, and one that failed none at all.
func answer(redirect web.HttpResponseRedirect, err error) (web.Response, error) {
	if err != nil {
		return nil, err
	}
	return redirect, nil
}

// ProcessResponse sets the headers.
func (s *security) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	base := response.Base()
	if s.hsts != "" && request.IsSecure() {
		if err := base.SetDefault("Strict-Transport-Security", s.hsts); err != nil {
			return nil, err
		}
	}
	if s.nosniff {
		if err := base.SetDefault("X-Content-Type-Options", "nosniff"); err != nil {
			return nil, err
		}
	}
	if s.hasReferrer {
		if err := base.SetDefault("Referrer-Policy", s.referrer); err != nil {
			return nil, err
		}
	}
	if s.opener != "" {
		if err := base.SetDefault("Cross-Origin-Opener-Policy", s.opener); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// compile reads a setting that is a list of regular expressions.
func compile(setting string, texts []string) ([]*regexp.Regexp, error) {
	var list []*regexp.Regexp
	for _, text := range texts {
		regex, err := regexp.Compile(text)
		if err != nil {
			return nil, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("%s: %v", setting, err)}
		}
		list = append(list, regex)
	}
	return list, nil
}
