package wsgi

import "embed"

// Files holds this package, its gateway and what that stands on as text.
// `walkthrough start` copies them, without the tests, into the module that it
// makes, which then needs no download.
//
//go:embed *.go field/*.go gateway/*.go
var Files embed.FS
