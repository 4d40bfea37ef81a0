// Package wsgi is PEP 3333, the Python Web Server Gateway Interface, written
// down in Go types.
//
// The specification has two sides. The server calls the application with an
// [Environ] (what is known of the request) and a [StartResponse] (how to say
// status and headers); the application returns a [Body], whose chunks the
// server sends one by one and which it closes when the request is over. An
// [Application] is nothing but a function:
//
//	func hello(environ *wsgi.Environ, start wsgi.StartResponse) (wsgi.Body, error) {
//		headers := []wsgi.Header{{Name: "Content-Type", Value: "text/plain"}}
//		if err := start("200 OK", headers, nil); err != nil {
//			return nil, err
//		}
//		return wsgi.Bytes("Hello, world!\n"), nil
//	}
//
// Package basehandler/wsgi/gateway serves an Application on net/http, and
// [Validate] watches that both sides keep the contract.
//
// # Where Go and Python part
//
// An exception is a returned error. An iterator is [Body.Next], which ends in
// io.EOF. Python's str is Unicode, so PEP 3333 carries bytes through it as
// latin-1; a Go string holds bytes as they are, so here every text value is
// simply the bytes that came over the wire.
//
// start_response returns a write callable in Python, a concession to
// frameworks that pushed their output before 2003. New code is told not to use
// it, and here it does not exist. A program that wants to push becomes a
// [Pushed] body: its write callable is the yield function of a Go iterator,
// and the server still pulls.
package wsgi
