package debug

import "basehandler/final/web"

// Reporter makes the page for an error, as Technical500 does. Django:
// views/debug.py ExceptionReporter.
type Reporter func(request *web.Request, err error, status int, stack []byte) web.Response

// Filter gives a value as the page shows it, or hides it for its name. Cleansed
// is the usual one. The values of cookies are hidden whatever it says. Django:
// views/debug.py SafeExceptionReporterFilter.cleanse_setting.
type Filter func(name string, value any) string

const (
	reporterKey = "django.exception_reporter_class"
	filterKey   = "django.exception_reporter_filter"
)

// SetReporter has the page for an error of this request made by another function.
// Django: the attribute exception_reporter_class of a request.
func SetReporter(request *web.Request, reporter Reporter) { request.META.Set(reporterKey, reporter) }

// SetFilter has another function decide what the page for an error of this
// request shows. Django: the attribute exception_reporter_filter of a request.
func SetFilter(request *web.Request, filter Filter) { request.META.Set(filterKey, filter) }
