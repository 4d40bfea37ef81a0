package scenario

import (
	"basehandler/final/exceptions"
)

// kinds makes the exceptions that a scenario may raise.
var kinds = map[string]func(message string) error{
	"Http404":              func(m string) error { return &exceptions.Http404{Message: m} },
	"PermissionDenied":     func(m string) error { return &exceptions.PermissionDenied{Message: m} },
	"SuspiciousOperation":  func(m string) error { return &exceptions.SuspiciousOperation{Message: m} },
	"DisallowedHost":       func(m string) error { return &exceptions.DisallowedHost{Message: m} },
	"BadRequest":           func(m string) error { return &exceptions.BadRequest{Message: m} },
	"MultiPartParserError": func(m string) error { return &exceptions.MultiPartParserError{Message: m} },
	"ValueError":           func(m string) error { return &exceptions.ValueError{Message: m} },
	"TypeError":            func(m string) error { return &exceptions.TypeError{Message: m} },
	"RuntimeError":         func(m string) error { return &exceptions.RuntimeError{Message: m} },
	"SystemExit":           func(m string) error { return &exceptions.SystemExit{Message: m} },
}

func knownKind(kind string) bool { return kinds[kind] != nil }
