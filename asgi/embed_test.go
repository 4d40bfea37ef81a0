package asgi_test

import (
	"bytes"
	"os"
	"testing"

	"basehandler/asgi"
)

func TestFiles(t *testing.T) {
	for _, name := range []string{"asgi.go", "gateway/gateway.go"} {
		got, err := asgi.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from the file, %v", name, err)
		}
	}
}
