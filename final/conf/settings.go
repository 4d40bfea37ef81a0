// Package conf holds the settings of a site. Django has one global module of
// them; here they are a value that is handed on, so that several sites can live
// in one process and tests need not patch anything.
//
// Django: conf/__init__.py, conf/global_settings.py.
package conf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"basehandler/final/exceptions"
)

// Variable is the environment variable that names the settings file. Django:
// DJANGO_SETTINGS_MODULE.
const Variable = "DJANGO_SETTINGS_FILE"

// Settings are Django's, under Go's names; in JSON they have Django's names.
// Sizes are in bytes, times in seconds. Use [Defaults] for Django's defaults:
// the zero value allows no upload at all.
type Settings struct {
	Debug                    bool `json:"DEBUG"`
	DebugPropagateExceptions bool `json:"DEBUG_PROPAGATE_EXCEPTIONS"`

	RootURLConf string     `json:"ROOT_URLCONF"` // dotted name of an urls.URLConf
	Middleware  []string   `json:"MIDDLEWARE"`   // dotted names, the outermost first
	Databases   []Database `json:"DATABASES"`    // in the order that ATOMIC_REQUESTS goes by

	AllowedHosts         []string   `json:"ALLOWED_HOSTS"`
	UseXForwardedHost    bool       `json:"USE_X_FORWARDED_HOST"`
	UseXForwardedPort    bool       `json:"USE_X_FORWARDED_PORT"`
	SecureProxySSLHeader *[2]string `json:"SECURE_PROXY_SSL_HEADER"` // name in META, and the value that means https
	ForceScriptName      *string    `json:"FORCE_SCRIPT_NAME"`

	DefaultCharset            string `json:"DEFAULT_CHARSET"`
	DataUploadMaxMemorySize   *int64 `json:"DATA_UPLOAD_MAX_MEMORY_SIZE"`   // nil: no limit
	DataUploadMaxNumberFields *int   `json:"DATA_UPLOAD_MAX_NUMBER_FIELDS"` // nil: no limit
	DataUploadMaxNumberFiles  *int   `json:"DATA_UPLOAD_MAX_NUMBER_FILES"`  // nil: no limit
	FileUploadMaxMemorySize   int64  `json:"FILE_UPLOAD_MAX_MEMORY_SIZE"`
	FileUploadTempDir         string `json:"FILE_UPLOAD_TEMP_DIR"` // "": the system's

	SecretKey                      string   `json:"SECRET_KEY"`
	SecretKeyFallbacks             []string `json:"SECRET_KEY_FALLBACKS"` // old keys, which are still good
	SignedCookieLegacySaltFallback bool     `json:"SIGNED_COOKIE_LEGACY_SALT_FALLBACK"`

	AppendSlash          bool     `json:"APPEND_SLASH"`
	PrependWWW           bool     `json:"PREPEND_WWW"`
	DisallowedUserAgents []string `json:"DISALLOWED_USER_AGENTS"` // regular expressions

	SecureHSTSSeconds             int      `json:"SECURE_HSTS_SECONDS"`
	SecureHSTSIncludeSubdomains   bool     `json:"SECURE_HSTS_INCLUDE_SUBDOMAINS"`
	SecureHSTSPreload             bool     `json:"SECURE_HSTS_PRELOAD"`
	SecureContentTypeNosniff      bool     `json:"SECURE_CONTENT_TYPE_NOSNIFF"`
	SecureSSLRedirect             bool     `json:"SECURE_SSL_REDIRECT"`
	SecureSSLHost                 string   `json:"SECURE_SSL_HOST"`
	SecureRedirectExempt          []string `json:"SECURE_REDIRECT_EXEMPT"` // regular expressions
	SecureReferrerPolicy          []string `json:"SECURE_REFERRER_POLICY"` // joined with a comma
	SecureCrossOriginOpenerPolicy string   `json:"SECURE_CROSS_ORIGIN_OPENER_POLICY"`
	XFrameOptions                 string   `json:"X_FRAME_OPTIONS"`

	// Templates are the templates of the site, by name; nil for none. Django:
	// TEMPLATES.
	Templates *template.Template `json:"-"`

	// Logger gets the records of the handler; nil means slog.Default. Each has the
	// attribute "logger" with the name that the logger has in Django.
	Logger *slog.Logger `json:"-"`

	// Modules is where the dotted names above are looked up; nil means Default.
	Modules *Modules `json:"-"`
}

// Database is what the settings say of a database. Django: DATABASES.
type Database struct {
	Alias          string `json:"ALIAS"`
	Driver         string `json:"DRIVER"` // the name of a driver of database/sql
	DSN            string `json:"DSN"`    // what that driver wants to know
	AtomicRequests bool   `json:"ATOMIC_REQUESTS"`
}

// Defaults are the settings that hold where nothing is said. Django:
// conf/global_settings.py.
func Defaults() *Settings {
	return &Settings{
		DefaultCharset:                 "utf-8",
		DataUploadMaxMemorySize:        new(int64(2621440)),
		DataUploadMaxNumberFields:      new(1000),
		DataUploadMaxNumberFiles:       new(100),
		FileUploadMaxMemorySize:        2621440,
		SignedCookieLegacySaltFallback: true,
		AppendSlash:                    true,
		SecureContentTypeNosniff:       true,
		SecureReferrerPolicy:           []string{"same-origin"},
		SecureCrossOriginOpenerPolicy:  "same-origin",
		XFrameOptions:                  "DENY",
	}
}

// Read reads settings in JSON over the defaults. A name that is no setting is an
// error that says which, and what was probably meant.
func Read(r io.Reader) (*Settings, error) {
	improper := func(err error) error {
		return &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("the settings cannot be read: %v", err)}
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, improper(err)
	}
	// Package json takes a name in any case; a setting has but one.
	var given map[string]json.RawMessage
	if err := json.Unmarshal(content, &given); err != nil {
		return nil, improper(err)
	}
	known := names()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(known, name) {
			continue
		}
		message := fmt.Sprintf("%q is no setting.", name)
		if near := nearest(strings.ToUpper(name), known); near != "" {
			message += fmt.Sprintf(" Did you mean %q?", near)
		}
		return nil, &exceptions.ImproperlyConfigured{Message: message}
	}
	settings := Defaults()
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // inside of DATABASES
	if err := decoder.Decode(settings); err != nil {
		return nil, improper(err)
	}
	return settings, nil
}

// names are the names of all settings that a file can have.
func names() []string {
	var list []string
	for field := range reflect.TypeFor[Settings]().Fields() {
		if name := field.Tag.Get("json"); name != "-" {
			list = append(list, name)
		}
	}
	return list
}

// Load reads the file that the environment variable [Variable] names.
func Load() (*Settings, error) {
	path := os.Getenv(Variable)
	if path == "" {
		return nil, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("the environment variable %s names no settings file", Variable)}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("%s: %v", Variable, err)}
	}
	defer file.Close()
	return Read(file)
}
