// Package tests holds what is tested across the whole course. Its golden cases
// are data that the command shows as well, so they are embedded.
package tests

import "embed"

// Golden is the folder golden: NN-name/case.txtar for each case.
//
//go:embed golden
var Golden embed.FS
