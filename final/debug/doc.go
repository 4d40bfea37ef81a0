// Package debug makes the pages that developers get, with DEBUG, where visitors
// get a short one: what happened, where, and what the request and the settings
// were, without the secrets.
//
// Django: views/debug.py.
package debug
