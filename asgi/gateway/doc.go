// Package gateway is the server's side of ASGI on net/http: it turns an
// [asgi.Application] into an [http.Handler].
//
//	http.ListenAndServe("localhost:8000", gateway.New(application))
//
// It is what uvicorn or daphne is to a Django site, and no part of Django.
//
// # What the application hears
//
// receive gives the parts of the request's body as they arrive, and then
// [asgi.Disconnect] once the client has gone or the response is complete. The
// context of the application is cancelled when the client goes away, and from
// then on send returns [asgi.ErrDisconnected]. net/http notices a client that
// goes away only when the body of the request has been read, or when writing
// fails.
//
// # What the application says
//
// Status and headers leave with the first [asgi.ResponseBody], and each one is
// flushed before send returns. A body of one event gets a Content-Length if
// there was none. Bodies of responses to HEAD, and with status 204 and 304, are
// taken and not sent. Transfer-Encoding belongs to the server and is ignored,
// as the specification says. Over HTTP/1 a response that begins before the
// body of its request has been read is the last one of its connection.
//
// # When things go wrong
//
// An error, a panic or an end without a response become a 500 with a line in
// the log; when the response has begun and is not complete, the connection is
// aborted with [http.ErrAbortHandler] instead. An application that ends because
// the client has gone is not logged. The handler waits until the application
// function has returned.
//
// # What net/http decides
//
// It writes the reason phrase, sorts headers by name, keeping the order of
// equal names, adds Date, and drops the Content-Length of 204 and 304
// responses.
package gateway
