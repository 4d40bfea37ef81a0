package wsgi_test

import (
	"fmt"
	"io"
	"strings"

	"basehandler/wsgi"
)

// An application is called with an environ and a function that takes status and
// headers. What it returns is the body, here asked for its chunks as a server
// does it.
func Example() {
	hello := func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
		if err := start("200 OK", headers, nil); err != nil {
			return nil, err
		}
		return wsgi.Bytes("Hello from " + environ.Get("PATH_INFO") + "\n"), nil
	}

	environ := wsgi.NewEnviron(map[string]any{"REQUEST_METHOD": "GET", "PATH_INFO": "/launches/"})
	start := func(status string, headers []wsgi.Header, excInfo error) error {
		fmt.Println(status)
		for _, header := range headers {
			fmt.Printf("%s: %s\n", header.Name, header.Value)
		}
		return nil
	}
	body, err := hello(environ, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer body.Close()
	for chunk, err := range wsgi.Chunks(body) {
		fmt.Print(string(chunk), err)
	}
	// Output:
	// 200 OK
	// Content-Type: text/plain
	// Hello from /launches/
	// <nil>
}

// A program that wants to write its response gets a function to do so.
func ExamplePushed() {
	countdown := wsgi.Pushed(func(write func([]byte, error) bool) {
		for second := 3; second > 0 && write(fmt.Appendln(nil, second), nil); second-- {
		}
	})
	defer countdown.Close() // ends it, wherever it is
	for {
		chunk, err := countdown.Next()
		if err == io.EOF {
			break
		}
		fmt.Print(string(chunk))
	}
	// Output:
	// 3
	// 2
	// 1
}

// Middleware is an application that calls another one.
func ExampleApplication_middleware() {
	shout := func(app wsgi.Application) wsgi.Application {
		return func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
			environ.Set("PATH_INFO", strings.ToUpper(environ.Get("PATH_INFO")))
			return app(environ, start)
		}
	}
	app := shout(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		return wsgi.Bytes(environ.Get("PATH_INFO")), start("200 OK", nil, nil)
	})
	start := func(string, []wsgi.Header, error) error { return nil }
	body, err := app(wsgi.NewEnviron(map[string]any{"PATH_INFO": "/quiet"}), start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer body.Close()
	chunk, _ := body.Next()
	fmt.Println(string(chunk))
	// Output: /QUIET
}

// Validate tells an application what it does wrong.
func ExampleValidate() {
	careless := func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
		if err := start("200", headers, nil); err != nil {
			return nil, err
		}
		return wsgi.Bytes("hello"), nil
	}
	environ := wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
		wsgi.KeyVersion: [2]int{1, 0}, wsgi.KeyURLScheme: "http",
		wsgi.KeyInput: strings.NewReader(""), wsgi.KeyErrors: io.Discard,
		wsgi.KeyMultithread: true, wsgi.KeyMultiprocess: false, wsgi.KeyRunOnce: false,
	})
	start := func(string, []wsgi.Header, error) error { return nil }
	_, err := wsgi.Validate(careless, nil)(environ, start)
	fmt.Println(err)
	// Output: wsgi: the application breaks PEP 3333 (The start_response() Callable): the status "200" is not of the form "404 Not Found"
}
