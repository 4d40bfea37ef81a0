package handlers_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"basehandler/asgi"
	"basehandler/wsgi"
)

const boundary = "b0undary"

// form is a multipart form with one file.
var form = fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n--%[1]s--\r\n", boundary, strings.Repeat("x", 100))

// upload is what the environ of a request with that form has.
func upload() map[string]any {
	return map[string]any{
		"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=" + boundary, "CONTENT_LENGTH": fmt.Sprint(len(form)), wsgi.KeyInput: strings.NewReader(form),
	}
}

func (a *app) uploadASGI() {
	a.t.Helper()
	c := a.newClient(asgi.Request{Body: []byte(form)})
	s := scope("/")
	s.Method = "POST"
	s.Headers = []asgi.Header{{Name: "content-type", Value: "multipart/form-data; boundary=" + boundary}, {Name: "content-length", Value: fmt.Sprint(len(form))}}
	_ = c.run(a.t.Context(), a.asgiHandler(), s)
}

func refuse(string, []wsgi.Header, error) error { return errBoom }

func glob(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}
