// Package slides is the talk: a file of Markdown for each section, and the
// player that shows them. Package deck below it makes pages of them.
package slides

import "embed"

// Files holds the sections and, in player, what a browser needs.
//
//go:embed *.md player/*
var Files embed.FS
