// Package gateway is the server's side of PEP 3333 on net/http: it turns a
// [wsgi.Application] into an [http.Handler].
//
//	http.ListenAndServe("localhost:8000", gateway.New(application))
//
// It is what gunicorn or mod_wsgi is to a Django site, and no part of Django.
//
// # When things are sent
//
// Nothing leaves before the body gives its first chunk that is not empty, or
// ends. Until then the application may replace its status and headers. From
// then on each chunk has been flushed to the client before the next one is
// asked for. Only a body that knows it has one chunk ([wsgi.Lener]) is written
// in one go, with a Content-Length if the application gave none.
//
// A response without a body, to HEAD or with status 204 or 304, is produced up
// to the same point, so that status and headers are those of a GET, and then
// no more chunks are asked for.
//
// When the application has given its last chunk, what it gave is flushed, and
// then the body is closed. The closing mark of a chunked response is written by
// net/http when all that is done.
//
// What the application has not read of a request is read and dropped, for half a
// second at most, where the connection is closed after it: closing it with bytes
// unread could cost the client its response.
//
// # When things go wrong
//
// A body is closed exactly once, whatever happens. What fails before the
// headers are sent (an error, a panic, a broken contract) becomes a 500 with a
// line in the log; what fails later is logged and the connection is aborted
// with [http.ErrAbortHandler], so that the client can tell a truncated response
// from a whole one. So ServeHTTP returns only if all of a response was written.
// A client that goes away is no failure: the gateway stops asking for chunks,
// closes the body and logs nothing. The same holds for an application that ends
// with [context.Canceled] because the request's context was cancelled.
//
// # What net/http decides
//
// It writes the reason phrase that belongs to the status code, so that
// "200 Fine" arrives as "200 OK"; it sorts headers by name, keeping the order
// of equal names; it adds Date; it drops the Content-Length of 204 and 304
// responses.
package gateway
