package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// buildProbe builds the program that answers probes.
func buildProbe(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "probe")
	build := exec.Command("go", "build", "-o", program, "./probe")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the probe: %v\n%s", err, out)
	}
	return program
}

// ask puts lines to the program and gives the lines that it answers.
func ask(t *testing.T, program string, questions []byte) [][]byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program)
	command.Stdin = bytes.NewReader(questions)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("the probe: %v\n%s", err, stderr.Bytes())
	}
	return lines(out)
}

func lines(text []byte) [][]byte {
	var list [][]byte
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if len(line) > 0 {
			list = append(list, line)
		}
	}
	return list
}

// Each probe is answered as Django answered it: the ones that Django's recorder
// was given, and our own.
func TestProbes(t *testing.T) {
	program := buildProbe(t)
	for _, file := range []string{"probes", "moreprobes", "urls"} {
		t.Run(file, func(t *testing.T) {
			questions, err := os.ReadFile("conformance/" + file + ".jsonl")
			if err != nil {
				t.Fatal(err)
			}
			django, err := os.ReadFile("conformance/" + file + ".django.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			probes, want := lines(questions), lines(django)
			got := ask(t, program, questions)
			if len(got) != len(probes) || len(want) != len(probes) || len(probes) == 0 {
				t.Fatalf("%d probes, %d answers of Django, %d answers", len(probes), len(want), len(got))
			}
			asked, agreed := map[string]int{}, map[string]int{}
			for i := range probes {
				wanted := read(t, want[i]).(map[string]any)
				kind, name := wanted["kind"].(string), wanted["name"].(string)
				asked[kind]++
				if at := difference("", read(t, got[i]), wanted); at != "" {
					t.Errorf("%s: %s\nthe probe: %s", name, at, probes[i])
					continue
				}
				agreed[kind]++
			}
			for _, kind := range slices.Sorted(maps.Keys(asked)) {
				t.Logf("%-10s %d of %d", kind, agreed[kind], asked[kind])
			}
		})
	}
}

func read(t *testing.T, line []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return value
}

// difference says where two values differ first, "" where they do not.
func difference(path string, got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			break
		}
		keys := []string{}
		for key := range want {
			keys = append(keys, key)
		}
		for key := range got {
			if _, ok := want[key]; !ok {
				keys = append(keys, key)
			}
		}
		sort.Strings(keys)
		for _, key := range keys {
			below := strings.TrimPrefix(path+"."+key, ".")
			g, gotten := got[key]
			w, wanted := want[key]
			switch {
			case !gotten:
				return fmt.Sprintf("%s is missing, want %s", below, show(w))
			case !wanted:
				return fmt.Sprintf("%s is %s, want none", below, show(g))
			}
			if at := difference(below, g, w); at != "" {
				return at
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok {
			break
		}
		for i := range min(len(got), len(want)) {
			if at := difference(fmt.Sprintf("%s[%d]", path, i), got[i], want[i]); at != "" {
				return at
			}
		}
		if len(got) != len(want) {
			return fmt.Sprintf("%s has %d elements, want %d: %s, want %s", path, len(got), len(want), show(got), show(want))
		}
		return ""
	case json.Number:
		// 1 and 1.0 are written in either way.
		if got, ok := got.(json.Number); ok {
			g, err1 := got.Float64()
			w, err2 := want.Float64()
			if err1 == nil && err2 == nil && g == w && strings.ContainsAny(string(want)+string(got), ".eE") {
				return ""
			}
		}
	}
	if _, isMap := got.(map[string]any); !isMap {
		if _, isList := got.([]any); !isList && got == want {
			return ""
		}
	}
	return fmt.Sprintf("%s is %s, want %s", path, show(got), show(want))
}

func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// difference finds what differs, and nothing where nothing does.
func TestDifference(t *testing.T) {
	for _, test := range []struct{ got, want, at string }{
		{`{"a": [1, {"b": null}]}`, `{"a": [1, {"b": null}]}`, ""},
		{`{"b": 1, "a": 2}`, `{"a": 2, "b": 1}`, ""},
		{`{"a": [1, 2]}`, `{"a": [1, 3]}`, "a[1] is 2, want 3"},
		{`{"a": [1]}`, `{"a": [1, 3]}`, "a has 1 elements, want 2: [1], want [1,3]"},
		{`{}`, `{"a": 1}`, "a is missing, want 1"},
		{`{"a": {"b": 1}}`, `{"a": {}}`, "a.b is 1, want none"},
		{`{"a": "1"}`, `{"a": 1}`, `a is "1", want 1`},
		{`{"a": []}`, `{"a": {}}`, `a is [], want {}`},
		{`{"a": null}`, `{"a": []}`, `a is null, want []`},
		{`{"a": {}}`, `{"a": null}`, `a is {}, want null`},
		{`{"a": 1}`, `{"a": 1.0}`, ""},
		{`{"a": 123456789012345678901}`, `{"a": 123456789012345678902}`, "a is 123456789012345678901, want 123456789012345678902"},
	} {
		if at := difference("", read(t, []byte(test.got)), read(t, []byte(test.want))); at != test.at {
			t.Errorf("%s and %s: %q, want %q", test.got, test.want, at, test.at)
		}
	}
}

// A line that is no probe gets an error of its own, each answer is flushed, and
// the run goes on.
func TestMalformedProbes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, buildProbe(t))
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(out)
	for _, test := range []struct {
		question string
		fields   []string
	}{
		{`{`, []string{"error"}},
		{`[]`, []string{"error"}},
		{`{"kind": "nothing", "name": "x"}`, []string{"error"}},
		{`{"kind": "cookie"}`, []string{"error"}},
		{`{"kind": "cookie", "name": "x", "header": 1}`, []string{"error"}},
		{`{"kind": "cookie", "name": "x", "settings": 1}`, []string{"error"}},
		{`{"kind": "querydict", "name": "x", "ops": [[]]}`, []string{"error"}},
		{`{"kind": "querydict", "name": "x", "ops": [["nothing"]]}`, []string{"error"}},
		{`{"kind": "querydict", "name": "x", "ops": [["get"]]}`, []string{"error"}},
		{`{"kind": "querydict", "name": "x", "query": "\u0100"}`, []string{"error"}},
		{`{"kind": "request", "name": "x", "access": ["nothing"]}`, []string{"error"}},
		{`{"kind": "response", "name": "x", "class": "Nothing"}`, []string{"error"}},
		{`{"kind": "response", "name": "x", "args": {"content": {}}}`, []string{"error"}},
		{`{"kind": "response", "name": "x", "ops": [["set_cookie"]]}`, []string{"error"}},
		{`{"kind": "middleware", "name": "x", "middleware": ["Nothing"]}`, []string{"error"}},
		{`{"kind": "resolve", "name": "x", "routes": 1}`, []string{"error"}},
		{`{"kind": "response", "name": "x", "class": "StreamingHttpResponse", "args": {"status": 600}}`, []string{"kind", "name", "raised"}},
		{`{"kind": "cookie", "name": "x", "header": "a=b"}`, []string{"cookies", "kind", "name"}},
	} {
		if _, err := fmt.Fprintln(in, test.question); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() {
			t.Fatalf("%s: no answer: %v", test.question, answers.Err())
		}
		var fields []string
		for field := range read(t, answers.Bytes()).(map[string]any) {
			fields = append(fields, field)
		}
		sort.Strings(fields)
		if !slices.Equal(fields, test.fields) {
			t.Errorf("%s: answered %s, want the fields %v", test.question, answers.Bytes(), test.fields)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}
