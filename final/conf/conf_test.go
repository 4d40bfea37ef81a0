package conf_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"basehandler/final/conf"
	"basehandler/final/exceptions"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestDefaults holds the defaults to Django's, whose names the JSON has.
func TestDefaults(t *testing.T) {
	settings := conf.Defaults()
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"DEBUG", settings.Debug, false},
		{"DEBUG_PROPAGATE_EXCEPTIONS", settings.DebugPropagateExceptions, false},
		{"DATA_UPLOAD_MAX_MEMORY_SIZE", *settings.DataUploadMaxMemorySize, int64(2621440)},
		{"FILE_UPLOAD_MAX_MEMORY_SIZE", settings.FileUploadMaxMemorySize, int64(2621440)},
		{"DATA_UPLOAD_MAX_NUMBER_FIELDS", *settings.DataUploadMaxNumberFields, 1000},
		{"DATA_UPLOAD_MAX_NUMBER_FILES", *settings.DataUploadMaxNumberFiles, 100},
		{"DEFAULT_CHARSET", settings.DefaultCharset, "utf-8"},
		{"APPEND_SLASH", settings.AppendSlash, true},
		{"FORCE_SCRIPT_NAME", settings.ForceScriptName == nil, true},
		{"ALLOWED_HOSTS", len(settings.AllowedHosts), 0},
		{"X_FRAME_OPTIONS", settings.XFrameOptions, "DENY"},
		{"SECURE_CONTENT_TYPE_NOSNIFF", settings.SecureContentTypeNosniff, true},
		{"SECURE_HSTS_SECONDS", settings.SecureHSTSSeconds, 0},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	// One site's changes are not another's.
	*settings.DataUploadMaxNumberFields = 1
	settings.SecureReferrerPolicy[0] = "changed"
	if other := conf.Defaults(); *other.DataUploadMaxNumberFields != 1000 || other.SecureReferrerPolicy[0] != "same-origin" {
		t.Error("two sites share their settings")
	}
}

func TestRead(t *testing.T) {
	want := conf.Defaults()
	want.Debug = true
	want.RootURLConf = "site.urls"
	want.Middleware = []string{"site.A", "site.B"}
	want.Databases = []conf.Database{{Alias: "default", Driver: "sqlite3", DSN: ":memory:", AtomicRequests: true}, {Alias: "other"}}
	want.DataUploadMaxMemorySize = nil
	want.SecureProxySSLHeader = &[2]string{"HTTP_X_FORWARDED_PROTO", "https"}
	want.ForceScriptName = new("")
	want.SecureReferrerPolicy = []string{"origin", "no-referrer"}
	got, err := conf.Read(strings.NewReader(`{
		"DEBUG": true, "ROOT_URLCONF": "site.urls", "MIDDLEWARE": ["site.A", "site.B"],
		"DATABASES": [{"ALIAS": "default", "DRIVER": "sqlite3", "DSN": ":memory:", "ATOMIC_REQUESTS": true}, {"ALIAS": "other"}],
		"DATA_UPLOAD_MAX_MEMORY_SIZE": null, "FORCE_SCRIPT_NAME": "",
		"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"], "SECURE_REFERRER_POLICY": ["origin", "no-referrer"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if empty, err := conf.Read(strings.NewReader(`{}`)); err != nil || !reflect.DeepEqual(empty, conf.Defaults()) {
		t.Errorf("nothing said is not the defaults: %v, %v", empty, err)
	}
}

func TestReadErrors(t *testing.T) {
	for input, want := range map[string]string{
		`{"ROOT_URLCONFF": "x"}`:           `"ROOT_URLCONFF" is no setting. Did you mean "ROOT_URLCONF"?`,
		`{"debug": true}`:                  `"debug" is no setting. Did you mean "DEBUG"?`,
		`{"DEBUG": true, "COLOUR": "red"}`: `"COLOUR" is no setting.`,
		`{"Templates": {}}`:                `"Templates" is no setting.`,
		`{"-": {}}`:                        `"-" is no setting.`,
		`{"DATABASES": [{"NAME": "x"}]}`:   `the settings cannot be read: json: unknown field "NAME"`,
		`{"DEBUG": 1}`:                     `the settings cannot be read: json: cannot unmarshal number into Go struct field Settings.DEBUG of type bool`,
		`{"DEBUG": true} {"DEBUG": false}`: `the settings cannot be read: invalid character '{' after top-level value`,
		`{"DEBUG": true`:                   `the settings cannot be read: unexpected end of JSON input`,
		`[]`:                               `the settings cannot be read: json: cannot unmarshal array into Go value of type map[string]json.RawMessage`,
		``:                                 `the settings cannot be read: unexpected end of JSON input`,
	} {
		settings, err := conf.Read(strings.NewReader(input))
		if settings != nil || err == nil || err.Error() != want || !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
			t.Errorf("Read(%s) = %v, %q, want %q", input, settings, err, want)
		}
	}
	if _, err := conf.Read(iotest.ErrReader(io.ErrUnexpectedEOF)); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestLoad(t *testing.T) {
	t.Setenv(conf.Variable, "")
	if _, err := conf.Load(); err == nil || !strings.Contains(err.Error(), conf.Variable) {
		t.Errorf("without the variable: %v", err)
	}
	path := filepath.Join(t.TempDir(), "settings.json")
	t.Setenv(conf.Variable, path)
	if _, err := conf.Load(); err == nil || !strings.Contains(err.Error(), path) || !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"DEBUG": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if settings, err := conf.Load(); err != nil || !settings.Debug {
		t.Errorf("got %v, %v", settings, err)
	}
}

func TestImport(t *testing.T) {
	var modules conf.Modules
	modules.Register("site.middleware.Log", 1)
	modules.Register("site.middleware.Log", 2)
	modules.Register("site.middleware.Auth", "auth")
	modules.Register("site.urls", errors.New("an error"))
	if got, err := conf.Import[int](&modules, "site.middleware.Log"); got != 2 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := conf.Import[error](&modules, "site.urls"); got == nil || err != nil {
		t.Errorf("as an interface: got %v, %v", got, err)
	}
	for name, want := range map[string]string{
		"site.midleware.Log":  `There is nothing called "site.midleware.Log". Did you mean "site.middleware.Log"?`,
		"site.middleware.Aut": `There is nothing called "site.middleware.Aut". Did you mean "site.middleware.Auth"?`,
		"elsewhere":           `There is nothing called "elsewhere". Is the package imported that registers it?`,
		"":                    `There is nothing called "". Is the package imported that registers it?`,
		"site.urls":           `"site.urls" is of type *errors.errorString, but int is needed.`,
	} {
		got, err := conf.Import[int](&modules, name)
		if got != 0 || err == nil || err.Error() != want || !exceptions.Is[*exceptions.ImproperlyConfigured](err) {
			t.Errorf("Import(%q) = %v, %q, want %q", name, got, err, want)
		}
	}
}

// What is needed may be an interface, which has to be named all the same.
func TestImportInterface(t *testing.T) {
	var modules conf.Modules
	modules.Register("a", 1)
	if _, err := conf.Import[io.Reader](&modules, "a"); err == nil || err.Error() != `"a" is of type int, but io.Reader is needed.` {
		t.Errorf("got %v", err)
	}
}

// A nil list is the default one.
func TestImportDefault(t *testing.T) {
	conf.Default.Register("conf_test.thing", 7)
	if got, err := conf.Import[int](nil, "conf_test.thing"); got != 7 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := conf.Import[int](&conf.Modules{}, "conf_test.thing"); err == nil {
		t.Error("a list of its own has what is on the default one")
	}
}

func TestModulesConcurrently(t *testing.T) {
	var modules conf.Modules
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprint("name", i)
			for range 50 {
				modules.Register(name, i)
				if got, err := conf.Import[int](&modules, name); got != i || err != nil {
					t.Errorf("got %v, %v", got, err)
				}
				_, _ = conf.Import[int](&modules, "nam")
			}
		})
	}
	group.Wait()
}
