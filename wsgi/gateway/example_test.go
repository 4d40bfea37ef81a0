package gateway_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"basehandler/wsgi"
	"basehandler/wsgi/gateway"
)

func Example() {
	hello := func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
		if err := start("200 OK", headers, nil); err != nil {
			return nil, err
		}
		return wsgi.Bytes("Hello from " + environ.Get("PATH_INFO") + "\n"), nil
	}

	// In a program: http.ListenAndServe("localhost:8000", gateway.New(hello))
	server := httptest.NewServer(gateway.New(hello))
	defer server.Close()

	response, err := server.Client().Get(server.URL + "/launches/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	var text strings.Builder
	response.Write(&text)
	status, _, _ := strings.Cut(text.String(), "\r\n")
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	fmt.Print(status, "\n", body)
	// Output:
	// HTTP/1.1 200 OK
	// Hello from /launches/
}

// An application below a path sees it as SCRIPT_NAME.
func ExampleHandler_mounted() {
	handler := gateway.New(func(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
		body := wsgi.Bytes(environ.Get("SCRIPT_NAME") + " + " + environ.Get("PATH_INFO"))
		return body, start("200 OK", nil, nil)
	})
	handler.ScriptName = "/shop"
	for _, path := range []string{"/shop/basket/", "/shopping/"} {
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, httptest.NewRequest("GET", path, nil))
		fmt.Println(response.Code, strings.TrimSpace(response.Body.String()))
	}
	// Output:
	// 200 /shop + /basket/
	// 404 404 page not found
}
