// Package web is django.http: requests, responses and what they are made of
// (query dictionaries, headers, cookies, uploads).
//
// A [Request] is a view of the environ of a gateway. It is small, and nothing
// of it is parsed before somebody asks; what was parsed is kept. Methods that
// parse return an error where Django raises.
//
// A [Response] is the body that the server sends, and the status and headers
// that all kinds of response share ([HttpResponseBase]).
//
// # Text and bytes
//
// Python tells str from bytes; a Go string is bytes. Here a string that a
// person typed (a form value, a path, a header that a view sets) is UTF-8, and
// one that stands for what goes over the wire (META, the headers of a request,
// the headers that [HttpResponseBase.HeaderList] gives) is bytes as they are.
// Python carries the latter as latin-1.
//
// # Departures
//
// A response knows no settings, so text content is UTF-8 where Django asks
// DEFAULT_CHARSET; the constructor takes another charset. Charsets are utf-8,
// iso-8859-1 and us-ascii: the standard library has no others, and Django takes
// a name it does not know for none as well. Constructors that return no error
// panic for arguments that only a programmer can have got wrong. There are no
// upload handlers of one's own. A value that is read from an empty list is "",
// where Django gives the list.
//
// Django: http/request.py, http/response.py, http/cookie.py,
// http/multipartparser.py, utils/datastructures.py.
package web
