package asgi_test

import (
	"context"
	"fmt"

	"basehandler/asgi"
)

// An application is called with a scope and two functions. Here they are those
// of a server that has a request without a body, and prints what it gets.
func Example() {
	hello := func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		headers := []asgi.Header{{Name: "content-type", Value: "text/plain"}}
		if err := send(ctx, asgi.ResponseStart{Status: 200, Headers: headers}); err != nil {
			return err
		}
		return send(ctx, asgi.ResponseBody{Body: []byte("Hello from " + scope.Path)})
	}

	receive := func(ctx context.Context) (asgi.Event, error) { return asgi.Request{}, nil }
	send := func(ctx context.Context, event asgi.Event) error {
		switch event := event.(type) {
		case asgi.ResponseStart:
			fmt.Println(event.Status, event.Headers)
		case asgi.ResponseBody:
			fmt.Println(string(event.Body))
		}
		return nil
	}
	err := hello(context.Background(), &asgi.Scope{Type: "http", Method: "GET", Path: "/launches/"}, receive, send)
	fmt.Println(err)
	// Output:
	// 200 [{content-type text/plain}]
	// Hello from /launches/
	// <nil>
}
