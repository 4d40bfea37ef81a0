package handler

import (
	"fmt"
	"maps"
	"slices"
)

// modules stands for Python's import system: what a dotted name stands for.
// Go links a program once, so a name that is to be found at run time has to be
// put on a list.
var modules = map[string]any{}

// Register gives a dotted name to a view or, from later steps on, to whatever
// else the settings may name. It is called from init functions.
func Register(name string, object any) { modules[name] = object }

// importString finds what a dotted name stands for. Django:
// utils/module_loading.py import_string.
func importString[T any](name string) (T, error) {
	object, found := modules[name]
	if !found {
		message := fmt.Sprintf("no module has the name %q", name)
		if near := nearest(name, slices.Sorted(maps.Keys(modules))); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		var none T
		return none, &ImproperlyConfigured{Message: message}
	}
	typed, ok := object.(T)
	if !ok {
		return typed, &ImproperlyConfigured{Message: fmt.Sprintf("%q is a %T, and a %T is needed", name, object, typed)}
	}
	return typed, nil
}

// nearest gives the candidate that needs the fewest changes to become name, ""
// where even that one needs more than a third of the letters.
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
