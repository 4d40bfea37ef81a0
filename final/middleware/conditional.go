package middleware

import (
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"basehandler/final/conf"
	"basehandler/final/handlers"
	"basehandler/final/web"
)

// ConditionalGetMiddleware answers 304 where the client has the page already,
// and 412 where it wanted another. A response without an ETag gets one, of its
// content.
//
// Django: middleware/http.py ConditionalGetMiddleware.
func ConditionalGetMiddleware(*conf.Settings) handlers.MiddlewareClass {
	return class(func() (any, error) { return conditionalGet{}, nil })
}

type conditionalGet struct{}

// ProcessResponse acts on GET alone: other methods have been carried out, and
// HEAD has no content to make an ETag of.
func (conditionalGet) ProcessResponse(request *web.Request, response web.Response) (web.Response, error) {
	if request.Method != "GET" {
		return response, nil
	}
	base := response.Base()
	if !base.Has("ETag") && needsETag(base) && !base.Streaming() {
		whole, err := contentsOf(response)
		if err != nil {
			return nil, err
		}
		if whole != nil && len(whole.Content()) > 0 {
			sum := md5.Sum(whole.Content())
			if err := base.Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`); err != nil {
				return nil, err
			}
		}
	}
	etag := base.Get("ETag")
	lastModified := parseHTTPDate(base.Get("Last-Modified"))
	if etag == "" && lastModified == 0 {
		return response, nil
	}
	return conditionalResponse(request, etag, lastModified, response)
}

func needsETag(base *web.HttpResponseBase) bool {
	for _, directive := range splitCommas(base.Get("Cache-Control")) {
		if strings.EqualFold(directive, "no-store") {
			return false
		}
	}
	return true
}

// splitCommas splits a header at commas, which take the space around them
// along. Django: utils/cache.py cc_delim_re.
func splitCommas(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		if i > 0 {
			list[i] = strings.TrimLeftFunc(list[i], web.IsSpace)
		}
		if i < len(list)-1 {
			list[i] = strings.TrimRightFunc(list[i], web.IsSpace)
		}
	}
	return list
}

// conditionalResponse evaluates the preconditions in the order of RFC 9110,
// section 13.2.2, of responses that succeeded. Times are in seconds since 1970, 0 is
// none. Django: utils/cache.py get_conditional_response.
func conditionalResponse(request *web.Request, etag string, lastModified int64, response web.Response) (web.Response, error) {
	if status := response.Base().StatusCode(); status < 200 || status >= 300 {
		return response, nil
	}
	headers := request.Headers()
	ifMatch := parseETags(headers.Get("If-Match"))
	if len(ifMatch) > 0 {
		if !ifMatchPasses(etag, ifMatch) {
			return preconditionFailed(response), nil
		}
	} else if since := parseHTTPDate(headers.Get("If-Unmodified-Since")); since != 0 {
		if lastModified == 0 || lastModified > since {
			return preconditionFailed(response), nil
		}
	}
	ifNoneMatch := parseETags(headers.Get("If-None-Match"))
	if len(ifNoneMatch) > 0 {
		if !ifNoneMatchPasses(etag, ifNoneMatch) {
			return notModified(response)
		}
	} else if since := parseHTTPDate(headers.Get("If-Modified-Since")); since != 0 {
		if lastModified != 0 && lastModified <= since {
			return notModified(response)
		}
	}
	return response, nil
}

// preconditionFailed is the 412, in place of a response, which is closed. Django
// writes the record of the log at once; here the handler does, which says the
// same.
func preconditionFailed(response web.Response) web.Response {
	response.Base().Abandon()
	return web.NewHttpResponse("", web.Status(412))
}

// notModified is the 304: a new response with those headers that a cache needs,
// and the cookies. The old one is closed. Django: utils/cache.py _not_modified.
func notModified(response web.Response) (web.Response, error) {
	old, answer := response.Base(), web.NewHttpResponseNotModified()
	old.Abandon()
	for _, name := range [...]string{"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Last-Modified", "Vary"} {
		if value, ok := old.Lookup(name); ok {
			if err := answer.SetBytes(name, []byte(value)); err != nil {
				return nil, err
			}
		}
	}
	answer.SetCookies(old)
	return answer, nil
}

// ifMatchPasses compares strongly: a weak ETag equals nothing. Django:
// utils/cache.py _if_match_passes.
func ifMatchPasses(target string, etags []string) bool {
	switch {
	case target == "":
		return false
	case etags[0] == "*":
		return true
	case strings.HasPrefix(target, "W/"):
		return false
	}
	return slices.Contains(etags, target)
}

// ifNoneMatchPasses compares weakly. Django: utils/cache.py
// _if_none_match_passes.
func ifNoneMatchPasses(target string, etags []string) bool {
	switch {
	case target == "":
		return true
	case etags[0] == "*":
		return false
	}
	target = strings.Trim(target, "W/")
	return !slices.ContainsFunc(etags, func(etag string) bool { return strings.Trim(etag, "W/") == target })
}

var etagForm = regexp.MustCompile(`^(?:W/)?"[^"]*"$`)

// parseETags gives the ETags of a header that are ones, or "*". Django:
// utils/http.py parse_etags.
func parseETags(header string) []string {
	if header == "" {
		return nil
	}
	if strings.TrimFunc(header, web.IsSpace) == "*" {
		return []string{"*"}
	}
	var list []string
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimFunc(part, web.IsSpace); etagForm.MatchString(part) {
			list = append(list, part)
		}
	}
	return list
}

// The three forms of a date that HTTP knows. Django: utils/http.py.
var dateForms = []*regexp.Regexp{
	regexp.MustCompile(`^[\pL\pN_]{3}, (?P<day>[0-9]{2}) (?P<month>[\pL\pN_]{3}) (?P<year>[0-9]{4}) (?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) GMT\n?$`),
	regexp.MustCompile(`^[\pL\pN_]{6,9}, (?P<day>[0-9]{2})-(?P<month>[\pL\pN_]{3})-(?P<year>[0-9]{2}) (?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) GMT\n?$`),
	regexp.MustCompile(`^[\pL\pN_]{3} (?P<month>[\pL\pN_]{3}) (?P<day>[ 0-9][0-9]) (?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) (?P<year>[0-9]{4})\n?$`),
}

// parseHTTPDate gives seconds since 1970, 0 for what is no date (and for that
// very second, which Django takes for none too). Django: utils/http.py
// parse_http_date_safe.
func parseHTTPDate(text string) int64 {
	if text == "" {
		return 0
	}
	for _, form := range dateForms {
		match := form.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		field := func(name string) string { return match[form.SubexpIndex(name)] }
		year, _ := strconv.Atoi(field("year"))
		if year < 100 { // of this century, unless that is more than 50 years ahead
			now := time.Now().UTC().Year()
			century := now - now%100
			if year-now%100 > 50 {
				century -= 100
			}
			year += century
		}
		t, err := time.Parse("2006-Jan-2 15:04:05", strconv.Itoa(1e4 + year)[1:]+"-"+title(field("month"))+"-"+strings.TrimLeft(strings.TrimLeft(field("day"), " "), "0")+" "+field("time"))
		if err != nil {
			return 0
		}
		return t.Unix()
	}
	return 0
}

// title writes the name of a month as package time wants it.
func title(month string) string {
	return strings.ToUpper(month[:1]) + strings.ToLower(month[1:])
}
