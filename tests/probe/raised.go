package main

import (
	"errors"
	"regexp"
	"strings"

	"basehandler/final/exceptions"
)

// raised is what stands in the place of a value that raises.
func raised(err error) object { return object{"raised": kindAndMessage(err)} }

// or gives the value, or what it raised.
func or[T any](value T, err error) any {
	if err != nil {
		return raised(err)
	}
	return value
}

var patternsTried = regexp.MustCompile(`[0-9]+ pattern\(s\) tried`)

// The exceptions whose message is told, and those of ValueError's messages that
// are.
var (
	toldWhole = map[string]bool{
		"OSError": true, "RawPostDataException": true, "RequestDataTooBig": true, "TooManyFieldsSent": true, "TooManyFilesSent": true,
		"BadRequest": true, "DisallowedRedirect": true, "PermissionDenied": true, "RuntimeError": true, "AttributeError": true, "TypeError": true,
	}
	toldOfValueError = map[string]bool{
		"HTTP status code must be an integer from 100 to 599.":                                     true,
		"'headers' must not contain 'Content-Type' when the 'content_type' parameter is provided.": true,
		"'expires' and 'max_age' can't be used together.":                                          true,
		`samesite must be "lax", "none", or "strict".`:                                             true,
		"Don't mix *args and **kwargs in call to reverse()!":                                       true,
	}
)

func kindAndMessage(err error) string {
	var bad malformed
	if errors.As(err, &bad) {
		panic(bad)
	}
	kind, message := exceptions.Kind(err), err.Error()
	switch {
	case toldWhole[kind], kind == "ValueError" && toldOfValueError[message]:
	case kind == "MultiPartParserError":
		message, _, _ = strings.Cut(message, ":")
	case kind == "NoReverseMatch":
		if tried := patternsTried.FindString(message); tried != "" {
			message = tried
		}
	default:
		return kind
	}
	return kind + ": " + message
}
