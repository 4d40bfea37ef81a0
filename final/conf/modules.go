package conf

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"basehandler/final/exceptions"
)

// Modules is a list of what dotted names stand for, such as "site.urls" or
// "site.middleware.Log". Python finds such a name by importing a module; a Go
// program is linked once, so what is to be found by its name has to be put on a
// list. The zero value is an empty list. It may be used by many goroutines.
type Modules struct {
	mu      sync.RWMutex
	objects map[string]any
}

// Default is the list that settings use which name no other.
var Default Modules

// Register puts an object on the list. A name that is there already is
// replaced.
func (m *Modules) Register(name string, object any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.objects == nil {
		m.objects = map[string]any{}
	}
	m.objects[name] = object
}

// Import finds what a dotted name stands for. The error is an
// *exceptions.ImproperlyConfigured, and names the nearest name there is. Django:
// utils/module_loading.py import_string.
func Import[T any](m *Modules, name string) (T, error) {
	if m == nil {
		m = &Default
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var none T
	object, found := m.objects[name]
	if !found {
		message := fmt.Sprintf("There is nothing called %q.", name)
		if near := nearest(name, slices.Sorted(maps.Keys(m.objects))); near != "" {
			message += fmt.Sprintf(" Did you mean %q?", near)
		} else {
			message += " Is the package imported that registers it?"
		}
		return none, &exceptions.ImproperlyConfigured{Message: message}
	}
	typed, ok := object.(T)
	if !ok {
		return none, &exceptions.ImproperlyConfigured{Message: fmt.Sprintf("%q is of type %T, but %v is needed.", name, object, reflect.TypeFor[T]())}
	}
	return typed, nil
}

// nearest gives the candidate that takes the fewest changes to become name, ""
// where even that one takes more than a third of the letters.
func nearest(name string, candidates []string) string {
	best, fewest := "", len(name)/3+1
	for _, candidate := range candidates {
		if d := distance(name, candidate); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
