package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"

	"basehandler/asgi"
	"basehandler/asgi/gateway"
)

// The application answers with what it was sent, part by part.
func Example() {
	echo := func(ctx context.Context, scope *asgi.Scope, receive asgi.Receive, send asgi.Send) error {
		headers := []asgi.Header{{Name: "content-type", Value: "text/plain"}}
		if err := send(ctx, asgi.ResponseStart{Status: 200, Headers: headers}); err != nil {
			return err
		}
		for {
			event, err := receive(ctx)
			if err != nil {
				return err
			}
			request, ok := event.(asgi.Request)
			if !ok {
				return asgi.ErrDisconnected
			}
			if err := send(ctx, asgi.ResponseBody(request)); err != nil || !request.MoreBody {
				return err
			}
		}
	}

	// In a program: http.ListenAndServe("localhost:8000", gateway.New(echo))
	server := httptest.NewServer(gateway.New(echo))
	defer server.Close()

	response, err := server.Client().Post(server.URL, "text/plain", strings.NewReader("Is anybody there?"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.Status, string(body), err)
	// Output: 200 OK Is anybody there? <nil>
}
