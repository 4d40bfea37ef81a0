// Package steps holds the fourteen steps from a hello-world WSGI application
// to BaseHandler, sync and async. Each folder is a package that is read, run
// and tested alone; this one only carries their sources.
package steps

import "embed"

// Files is the folder of the steps as it was when the program was built, with
// the beats (_beats) and typical mistakes (_mistakes) of each.
//
//go:embed all:*-*
var Files embed.FS
