// Command probe answers probes: small questions about the values that package
// final produces, each a line of JSON on standard input, each answered by a line
// on standard output. The same questions were put to the real Django; see
// tests/conformance and probe_test.go.
//
//	go run ./tests/probe < tests/conformance/probes.jsonl
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"basehandler/final/conf"
)

// object is a JSON object whose order does not count.
type object = map[string]any

// kinds are the kinds of probes; each file of this program adds its own. What a
// kind returns are the fields of the result beside kind and name; an error takes
// their place as field raised.
var kinds = map[string]func(p *probe) (object, error){}

// probe is one question.
type probe struct {
	line       []byte
	kind, name string
	fields     map[string]json.RawMessage
	settings   *conf.Settings
}

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// answer reads questions to the end, and flushes each answer: whoever asks may
// wait for it.
func answer(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(result(line)); err != nil {
				return err
			}
			if _, err := out.Write(b.Bytes()); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// malformed is an error in the question itself.
type malformed struct{ error }

// result answers one line.
func result(line []byte) (answer object) {
	p, err := parse(line)
	if err != nil {
		return object{"error": err.Error()}
	}
	defer func() {
		switch v := recover().(type) {
		case nil:
		case malformed:
			answer = object{"error": v.Error()}
		case error:
			answer = object{"raised": kindAndMessage(v)}
		default:
			answer = object{"error": fmt.Sprint(v)}
		}
		if answer["error"] == nil {
			answer["kind"], answer["name"] = p.kind, p.name
		}
	}()
	answer, err = kinds[p.kind](p)
	if err != nil {
		if answer == nil {
			answer = object{}
		}
		answer["raised"] = kindAndMessage(err)
	}
	return answer
}

func parse(line []byte) (p *probe, err error) {
	defer func() {
		if v, ok := recover().(malformed); ok {
			err = v
		}
	}()
	p = &probe{line: line}
	if err := json.Unmarshal(line, &p.fields); err != nil {
		return nil, err
	}
	p.kind, p.name = p.text("kind", ""), p.text("name", "")
	if kinds[p.kind] == nil {
		return nil, fmt.Errorf("there is no kind %q of probes", p.kind)
	}
	if _, ok := p.fields["name"]; !ok {
		return nil, errors.New("the probe has no name")
	}
	p.settings, err = readSettings(p.fields["settings"])
	return p, err
}

// get reads a field; one that is absent leaves target as it is.
func (p *probe) get(field string, target any) bool {
	raw, ok := p.fields[field]
	if !ok {
		return false
	}
	decode(raw, target, field)
	return true
}

func decode(raw []byte, target any, what string) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		panic(malformed{fmt.Errorf("%s: %w", what, err)})
	}
}

func (p *probe) text(field, otherwise string) string {
	p.get(field, &otherwise)
	return otherwise
}

func (p *probe) wire(field string) string { return toBytes(p.text(field, "")) }

func (p *probe) texts(field string) []string {
	var list []string
	p.get(field, &list)
	return list
}

// toBytes gives the bytes that a string of latin-1 characters stands for.
func toBytes(text string) string {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			panic(malformed{fmt.Errorf("%q does not stand for bytes", text)})
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// fromBytes is the other direction.
func fromBytes[T string | []byte](b T) string {
	runes := make([]rune, len(b))
	for i := range len(b) {
		runes[i] = rune(b[i])
	}
	return string(runes)
}

// used are the settings that probes are about.
var used = strings.Fields(`
	ALLOWED_HOSTS DEBUG USE_X_FORWARDED_HOST USE_X_FORWARDED_PORT
	SECURE_PROXY_SSL_HEADER FORCE_SCRIPT_NAME DATA_UPLOAD_MAX_MEMORY_SIZE
	DATA_UPLOAD_MAX_NUMBER_FIELDS DATA_UPLOAD_MAX_NUMBER_FILES
	FILE_UPLOAD_MAX_MEMORY_SIZE APPEND_SLASH PREPEND_WWW DISALLOWED_USER_AGENTS
	SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD
	SECURE_CONTENT_TYPE_NOSNIFF SECURE_SSL_REDIRECT SECURE_SSL_HOST
	SECURE_REDIRECT_EXEMPT SECURE_REFERRER_POLICY
	SECURE_CROSS_ORIGIN_OPENER_POLICY X_FRAME_OPTIONS`)

// readSettings lays the settings of a probe over the defaults. Others may be
// there, and do nothing.
func readSettings(raw json.RawMessage) (*conf.Settings, error) {
	settings := conf.Defaults()
	settings.AllowedHosts = []string{"*"}
	if raw == nil {
		return settings, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	for name, value := range fields {
		if !slices.Contains(used, name) {
			continue
		}
		null := string(value) == "null"
		switch name {
		case "SECURE_REFERRER_POLICY":
			settings.SecureReferrerPolicy = nil
			var text string
			if json.Unmarshal(value, &text) == nil {
				settings.SecureReferrerPolicy = splitPolicy(text)
				continue
			}
		case "SECURE_CROSS_ORIGIN_OPENER_POLICY":
			settings.SecureCrossOriginOpenerPolicy = ""
		case "X_FRAME_OPTIONS":
			if null {
				settings.XFrameOptions = ""
			}
		}
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(one, settings); err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
	}
	return settings, nil
}
