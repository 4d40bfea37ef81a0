package handler

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// SettingsVariable names the environment variable that holds the path of the
// settings file: Django's DJANGO_SETTINGS_MODULE.
const SettingsVariable = "WALKTHROUGH_SETTINGS"

// Settings is what a project decides. Django has one global settings module;
// here it is a value that is handed on, so that two applications with
// different settings can live in one process.
type Settings struct {
	Debug        bool     `json:"DEBUG"`         // true while developing
	RootURLConf  string   `json:"ROOT_URLCONF"`  // dotted name of the table of URLs
	RequestClass string   `json:"REQUEST_CLASS"` // dotted name of what makes the request
	Middleware   []string `json:"MIDDLEWARE"`    // dotted names of the layers, the outermost first

	// Async makes the handler async code, as one under ASGI is, with WSGI
	// waiting for it. It shows on which side of the stack the bridges are.
	Async bool `json:"ASYNC"`

	Databases   []Database         `json:"DATABASES"`
	Connections map[string]*sql.DB `json:"-"` // by alias; opened and closed by whoever runs the site

	Logger *slog.Logger `json:"-"` // nil for slog's own

	// For tests that want to see the error and not a page made of it.
	DebugPropagateExceptions bool `json:"DEBUG_PROPAGATE_EXCEPTIONS"`
}

// ReadSettings reads JSON in Django's names. What it does not name keeps the
// site's default.
func ReadSettings(r io.Reader) (Settings, error) {
	settings := DefaultSettings()
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		return Settings{}, &ImproperlyConfigured{Message: fmt.Sprintf("the settings cannot be read: %v", err)}
	}
	return settings, nil
}

// setup reads the settings file, or takes the defaults where none is named.
func setup(path string) (Settings, error) {
	if path == "" {
		return DefaultSettings(), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return Settings{}, &ImproperlyConfigured{Message: fmt.Sprintf("%s: %v", SettingsVariable, err)}
	}
	defer file.Close()
	return ReadSettings(file)
}

// ImproperlyConfigured is the error for a mistake in the settings.
type ImproperlyConfigured struct{ Message string }

func (e *ImproperlyConfigured) Error() string { return e.Message }
