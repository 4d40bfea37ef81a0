package tests

import (
	"errors"
	"strings"
	"testing"

	handler "basehandler/steps/14-asgi"
)

// The whole record of each kind of error, of which a trace shows the message
// only. The texts are Django's.
func TestLogRecords(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&handler.Http404{Message: "gone"}, `level=WARN msg="Not Found: /sync/" logger=django.request status_code=404`},
		{&handler.Resolver404{Path: "x"}, `level=WARN msg="Not Found: /sync/" logger=django.request status_code=404`},
		{&handler.PermissionDenied{Message: "no"}, `level=WARN msg="Forbidden (Permission denied): /sync/" logger=django.request status_code=403 exception=no`},
		{&handler.BadRequest{Message: "which year?"}, `level=WARN msg="which year?: /sync/" logger=django.request status_code=400 exception="which year?"`},
		{&handler.SuspiciousOperation{Message: "a trick"}, `level=ERROR msg="a trick" logger=django.security.SuspiciousOperation status_code=400 exception="a trick"`},
		{&handler.DisallowedHost{Host: "evil"}, `level=ERROR msg="invalid host \"evil\"" logger=django.security.DisallowedHost status_code=400 exception="invalid host \"evil\""`},
		{errors.New("smoke"), `level=ERROR msg="Internal Server Error: /sync/" logger=django.request status_code=500 exception=smoke`},
	} {
		for _, mode := range modes {
			var log strings.Builder
			c := &call{path: "/sync/", middleware: []string{"site.middleware.A", "site.middleware.B"}, log: &log}
			c.environ = map[string]any{"tests.sync": syncView(func(*handler.Request) (handler.Response, error) { return nil, test.err })}
			if err := c.serve(t.Context(), mode.async, mode.asgi); err != nil {
				t.Error(err)
			}
			if got := strings.TrimSuffix(log.String(), "\n"); got != test.want {
				t.Errorf("%T, %s:\ngot  %s\nwant %s", test.err, mode.name, got, test.want)
			}
		}
	}
}
