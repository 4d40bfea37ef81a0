package debug

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"basehandler/final/conf"
)

// hidden are the names whose values are nobody's business. Django:
// SafeExceptionReporterFilter.hidden_settings.
var hidden = regexp.MustCompile(`(?i)API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|DSN`)

// substitute is what stands in their place. Django:
// SafeExceptionReporterFilter.cleansed_substitute.
const substitute = "********************"

// Row is a name and its value, as text.
type Row struct{ Name, Value string }

// Cleansed gives a value as text, or what hides it if its name asks for that.
//
// Django: SafeExceptionReporterFilter.cleanse_setting.
func Cleansed(name string, value any) string {
	if hidden.MatchString(name) {
		return substitute
	}
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%q", value)
	case bool, int, int64, float64:
		return fmt.Sprint(value)
	}
	// A structure has names of its own inside.
	encoded, err := json.Marshal(value)
	if err != nil {
		return substitute // who knows what is inside
	}
	return cleanseJSON(encoded)
}

// cleanseJSON hides inside a structure, however deep.
func cleanseJSON(encoded []byte) string {
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		return substitute
	}
	var walk func(any) any
	walk = func(value any) any {
		switch value := value.(type) {
		case map[string]any:
			for name, inner := range value {
				if hidden.MatchString(name) {
					value[name] = substitute
				} else {
					value[name] = walk(inner)
				}
			}
		case []any:
			for i := range value {
				value[i] = walk(value[i])
			}
		}
		return value
	}
	clean, err := json.Marshal(walk(value))
	if err != nil {
		return substitute
	}
	return string(clean)
}

// SafeSettings gives the settings under Django's names, sorted, without the
// secrets.
//
// Django: SafeExceptionReporterFilter.get_safe_settings.
func SafeSettings(settings *conf.Settings) []Row { return Filter(Cleansed).settings(settings) }

func (f Filter) settings(settings *conf.Settings) []Row {
	var rows []Row
	value := reflect.ValueOf(settings).Elem()
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("json")
		if name == "" || name == "-" {
			continue
		}
		rows = append(rows, Row{name, f(name, value.Field(i).Interface())})
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Name, b.Name) })
	return rows
}
