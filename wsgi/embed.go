package wsgi

import "embed"

// Files holds this package and its gateway as text. `walkthrough start` copies
// them, without the tests, into the module that it makes, which then needs no
// download.
//
//go:embed *.go gateway/*.go
var Files embed.FS
