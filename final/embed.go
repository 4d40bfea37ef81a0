// Package final carries the sources of the complete handler, so that slides and
// pages can show code from them. The packages are in the folders below.
package final

import "embed"

// Files is the folder as it was when the program was built.
//
//go:embed README.md */*.go */*/*.go
var Files embed.FS
