package memdb

import "embed"

// Files holds this package as text. `walkthrough start` copies it for steps
// that need databases.
//
//go:embed memdb.go
var Files embed.FS
