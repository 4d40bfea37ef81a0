package web_test

import (
	"maps"
	"testing"
)

// A Content-Type in capitals is HTTP_CONTENT_TYPE under ASGI, and the
// header of this name if there is no other.
func TestContentHeadersInCapitals(t *testing.T) {
	for _, test := range []struct {
		meta map[string]any
		want string
	}{
		{map[string]any{"CONTENT_TYPE": "a/b"}, "a/b"},
		{map[string]any{"HTTP_CONTENT_TYPE": "c/d"}, "c/d"},
		{map[string]any{"CONTENT_TYPE": "a/b", "HTTP_CONTENT_TYPE": "c/d"}, "a/b"},
	} {
		r := request(t, test.meta)
		if got, _ := r.Headers().Lookup("content-type"); got != test.want {
			t.Errorf("%v: looked up it is %q", test.meta, got)
		}
		if got := maps.Collect(r.Headers().All())["Content-Type"]; got != test.want {
			t.Errorf("%v: listed it is %q", test.meta, got)
		}
	}
	if value, ok := request(t, nil).Headers().Lookup("Content-Length"); ok {
		t.Errorf("there is a Content-Length, %q", value)
	}
}
