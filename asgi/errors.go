package asgi

import "errors"

// ErrDisconnected is what [Send] returns when there is nobody left to send to.
var ErrDisconnected = errors.New("asgi: the client has disconnected")
