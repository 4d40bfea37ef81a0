package wsgi

// Application is a web application as PEP 3333 sees it: a function of the
// environ and of start, called once for each request, by many goroutines at a
// time.
//
// It calls start before its body gives the first chunk that is not empty, and
// returns a body that the server closes exactly once. An error returned in
// place of a body is Python's uncaught exception: the server answers 500 if no
// header has left yet.
type Application func(environ *Environ, start StartResponse) (Body, error)

// StartResponse says the status line without the protocol ("404 Not Found")
// and the headers in the order in which they are to be sent.
//
// Nothing is sent by the call itself: the server waits for the first chunk, so
// that an application that fails while producing it can still change its mind.
// To do so it calls start again with the failure as excInfo (Python's
// exc_info): that replaces status and headers if none have left, and otherwise
// returns excInfo, which the application must hand on. Calling start twice
// without excInfo is an error.
type StartResponse func(status string, headers []Header, excInfo error) error

// Header is one header field. A name may occur several times in a list of
// headers; Set-Cookie usually does.
type Header struct {
	Name, Value string
}
