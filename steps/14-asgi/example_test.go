package handler

import (
	"fmt"

	"basehandler/wsgi"
)

// A server calls the application with environ and start_response, and sends
// what it returns.
func ExampleNewApplication() {
	settings := DefaultSettings()
	settings.Databases = nil // this example has none
	application, err := NewApplication(settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := func(status string, headers []wsgi.Header, excInfo error) error {
		fmt.Println(status, headers)
		return excInfo
	}
	body, err := application(wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/launches/2021/"}), start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer body.Close()
	for chunk := range wsgi.Chunks(body) {
		fmt.Printf("%s", chunk)
	}
	// Output:
	// 200 OK [{Content-Type text/plain; charset=utf-8} {X-Via C,B,A}]
	// Aurora: 340 m, recovered
	// Borealis: 90 m, lost in the wood
}
