package handler

import (
	"encoding/json"
	"fmt"
	"io"
)

// Settings is what a project decides. So far there is nothing to decide.
type Settings struct{}

// DefaultSettings are the site's own.
func DefaultSettings() Settings { return Settings{} }

// ReadSettings reads JSON in Django's names. What it does not name keeps the
// site's default.
func ReadSettings(r io.Reader) (Settings, error) {
	settings := DefaultSettings()
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		return Settings{}, fmt.Errorf("the settings cannot be read: %w", err)
	}
	return settings, nil
}
