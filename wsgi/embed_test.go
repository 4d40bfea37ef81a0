package wsgi_test

import (
	"bytes"
	"os"
	"testing"

	"basehandler/wsgi"
)

func TestFiles(t *testing.T) {
	for _, name := range []string{"wsgi.go", "gateway/gateway.go"} {
		got, err := wsgi.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from the file, %v", name, err)
		}
	}
}
