package web_test

import (
	"fmt"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/web"
	"basehandler/wsgi"
)

// Account is what a middleware of a site leaves on its requests.
type Account struct{ Name string }

// User is the attribute request.user of Django.
var User = web.NewKey[*Account]("user")

// A view reads the request and makes a response.
func Example() {
	view := func(request *web.Request) (web.Response, error) {
		account, ok := User.Get(request)
		if !ok {
			return web.NewHttpResponseRedirect("/login/")
		}
		form, err := request.POST()
		if err != nil {
			return nil, err
		}
		response := web.NewHttpResponse("Hello, "+form.Get("greeting")+" "+account.Name, web.Status(201))
		return response, response.SetCookie("seen", "1", web.Cookie{MaxAge: new(int64(0)), ExpiresText: "never", HTTPOnly: true})
	}

	request, err := web.NewWSGIRequest(wsgi.NewEnviron(map[string]any{
		"REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/hello/", "CONTENT_TYPE": "application/x-www-form-urlencoded",
		"CONTENT_LENGTH": "12", wsgi.KeyInput: strings.NewReader("greeting=dr."),
	}), conf.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		response, err := view(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(response)
		for _, header := range response.Base().HeaderList() {
			fmt.Printf("  %s: %s\n", header.Name, strings.TrimSpace(header.Value))
		}
		for chunk, err := range wsgi.Chunks(response) {
			fmt.Printf("  %s %v\n", chunk, err)
		}
		User.Set(request, &Account{"Ada"})
	}
	// Output:
	// <HttpResponseRedirect status_code=302, "text/html; charset=utf-8", url="/login/">
	//   Content-Type: text/html; charset=utf-8
	//   Location: /login/
	//    <nil>
	// <HttpResponse status_code=201, "text/html; charset=utf-8">
	//   Content-Type: text/html; charset=utf-8
	//   Set-Cookie: seen=1; expires=never; HttpOnly; Max-Age=0; Path=/
	//   Hello, dr. Ada <nil>
}
