package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
)

// conformance/urls.jsonl holds more probes of URLs, random ones in which routes
// overlap a great deal, and what Django 5.2.17 answered. tests/oracle/routes.py
// records them anew. Repeated groups that can match nothing are not among them:
// there RE2 and Python part, as the documentation of package urls says.
func TestRecordedRoutes(t *testing.T) {
	questions, answers := readLines(t, "../conformance/urls.jsonl"), readLines(t, "../conformance/urls.django.jsonl")
	if len(questions) != len(answers) || len(questions) < 700 {
		t.Fatalf("%d probes, %d answers", len(questions), len(answers))
	}
	for i, line := range questions {
		want := decodeLine(t, answers[i])
		answer := probeResolve
		if want["kind"] == "reverse" {
			answer = probeReverse
		}
		result, err := answer(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		encoded, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		got := decodeLine(t, encoded)
		got["name"], got["kind"] = want["name"], want["kind"]
		if reflect.DeepEqual(got, want) {
			continue
		}
		names := maps.Clone(want)
		maps.Copy(names, got)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if !reflect.DeepEqual(got[name], want[name]) {
				t.Errorf("%s\n%s: got %v, Django says %v", line, name, got[name], want[name])
				break
			}
		}
	}
}

func readLines(t *testing.T, path string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

func decodeLine(t *testing.T, line []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return object
}
