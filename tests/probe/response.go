package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"basehandler/final/exceptions"
	"basehandler/final/web"
	"basehandler/wsgi"
)

func init() { kinds["response"] = response }

// spec says how a response is made and what is done to it.
type spec struct {
	Class string                     `json:"class"`
	Args  map[string]json.RawMessage `json:"args"`
	Ops   [][]json.RawMessage        `json:"ops"`
}

// subject is the response with what was given to it that can be closed.
type subject struct {
	web.Response
	closes []*int // how often each was closed
}

func response(p *probe) (object, error) {
	var s spec
	p.get("class", &s.Class)
	p.get("args", &s.Args)
	p.get("ops", &s.Ops)
	r, results, err := s.run()
	if err != nil {
		return nil, err
	}
	base := r.Base()
	answer := object{"results": results, "status": base.StatusLine(), "headers": headerList(base)}
	body, parts, err := take(r)
	answer["body"] = or(fromBytes(bytes.Join(body, nil)), err)
	if base.Class() == "StreamingHttpResponse" {
		answer["parts"] = parts
	}
	closed := []bool{base.Closed()}
	closes := [][]int{r.counts()}
	if err := r.Close(); err != nil {
		return nil, err
	}
	answer["closed"] = append(closed, base.Closed())
	answer["closes"] = append(closes, r.counts())
	return answer, nil
}

// take takes the body, part by part.
func take(body wsgi.Body) ([][]byte, []string, error) {
	var all [][]byte
	parts := []string{}
	for {
		chunk, err := body.Next()
		if err == io.EOF {
			return all, parts, nil
		}
		if err != nil {
			return all, parts, err
		}
		all = append(all, bytes.Clone(chunk))
		parts = append(parts, fromBytes(chunk))
	}
}

func headerList(base *web.HttpResponseBase) [][2]string {
	list := [][2]string{}
	for _, h := range base.HeaderList() {
		value := fromBytes(h.Value)
		if h.Name == "Set-Cookie" && strings.HasPrefix(value, " ") {
			name, _, _ := strings.Cut(value[1:], "=")
			if morsel := base.Cookies().Get(name); morsel != nil && derived(morsel) {
				value = strings.Replace(value, "expires="+morsel.Expires, "expires=<derived>", 1)
			}
		}
		list = append(list, [2]string{fromBytes(h.Name), value})
	}
	return list
}

// derived tells whether the expires of a cookie is its max_age from now.
func derived(morsel *web.Morsel) bool {
	if morsel.MaxAge == nil {
		return false
	}
	at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", morsel.Expires)
	want := time.Now().Add(time.Duration(*morsel.MaxAge) * time.Second)
	return err == nil && math.Abs(at.Sub(want).Seconds()) <= 2.5
}

func (s *subject) counts() []int {
	counts := []int{}
	for _, n := range s.closes {
		counts = append(counts, *n)
	}
	return counts
}

func (s *subject) counter() *int {
	n := new(int)
	s.closes = append(s.closes, n)
	return n
}

// run makes the response and does the operations.
func (s *spec) run() (*subject, []any, error) {
	r, err := s.make()
	if err != nil {
		return nil, nil, err
	}
	results := []any{}
	for _, op := range s.Ops {
		if len(op) == 0 {
			panic(malformed{fmt.Errorf("an operation without a name")})
		}
		o := operation{args: op[1:]}
		decode(op[0], &o.name, "ops")
		results = append(results, or(r.operate(o)))
	}
	return r, results, nil
}

// value is text, a number or bytes, as the response's charset makes bytes of
// it.
type value struct {
	text  string
	bytes []byte
	raw   bool // bytes it is
}

func readValue(raw json.RawMessage) value {
	var v any
	decode(raw, &v, "value")
	switch v := v.(type) {
	case string:
		return value{text: v}
	case json.Number:
		return value{text: v.String()}
	case map[string]any:
		if text, ok := v["bytes"].(string); ok {
			return value{bytes: []byte(toBytes(text)), raw: true}
		}
	}
	panic(malformed{fmt.Errorf("%s is no value", raw)})
}

func (v value) encode(base *web.HttpResponseBase) ([]byte, error) {
	if v.raw {
		return v.bytes, nil
	}
	return base.MakeBytes(v.text)
}

// values is an iterator over values, which are encoded when their turn comes.
type values struct {
	list   []value
	base   *web.HttpResponseBase
	closes *int // nil: it has no close()
}

func (v *values) Next() ([]byte, error) {
	if len(v.list) == 0 {
		return nil, io.EOF
	}
	first := v.list[0]
	v.list = v.list[1:]
	return first.encode(v.base)
}

func (v *values) Close() error {
	if v.closes != nil {
		*v.closes++
	}
	return nil
}

// content reads a content: a single value, or an iterator.
func (s *subject) content(raw json.RawMessage) (value, *values) {
	var list []json.RawMessage
	var closing struct {
		Iter *[]json.RawMessage `json:"iter"`
	}
	v := &values{}
	switch {
	case json.Unmarshal(raw, &list) == nil && list != nil:
	case json.Unmarshal(raw, &closing) == nil && closing.Iter != nil:
		list, v.closes = *closing.Iter, s.counter()
	default:
		return readValue(raw), nil
	}
	for _, one := range list {
		v.list = append(v.list, readValue(one))
	}
	return value{}, v
}

// options reads the arguments that all classes have.
func (s *spec) options() (options []web.Option) {
	for name, option := range map[string]func(string) web.Option{"content_type": web.ContentType, "reason": web.Reason, "charset": web.Charset} {
		if raw, ok := s.Args[name]; ok && string(raw) != "null" {
			var text string
			decode(raw, &text, name)
			options = append(options, option(text))
		}
	}
	if raw, ok := s.Args["status"]; ok && string(raw) != "null" {
		var status any
		decode(raw, &status, "status")
		switch status := status.(type) {
		case string:
			options = append(options, web.Status(status))
		case json.Number:
			f, err := status.Float64()
			if err != nil {
				panic(malformed{err})
			}
			options = append(options, web.Status(int(f)))
		default:
			panic(malformed{fmt.Errorf("%s is no status", raw)})
		}
	}
	var headers [][2]json.RawMessage
	if raw, ok := s.Args["headers"]; ok {
		decode(raw, &headers, "headers")
	}
	for _, pair := range headers {
		var name string
		decode(pair[0], &name, "headers")
		v := readValue(pair[1])
		text := v.text
		if v.raw { // text of the same bytes
			text = fromBytes(v.bytes)
		}
		options = append(options, web.Header(name, text))
	}
	return options
}

func (s *spec) text(name string) string {
	var text string
	if raw, ok := s.Args[name]; ok && string(raw) != "null" {
		decode(raw, &text, name)
	}
	return text
}

func (s *spec) flag(name string, otherwise bool) bool {
	if raw, ok := s.Args[name]; ok {
		decode(raw, &otherwise, name)
	}
	return otherwise
}

func (s *spec) make() (r *subject, err error) {
	// Constructors that return no error panic with what Django raises.
	defer func() {
		if v := recover(); v != nil {
			failed, ok := v.(error)
			if _, bad := v.(malformed); bad || !ok {
				panic(v)
			}
			r, err = nil, failed
		}
	}()
	r = &subject{}
	options := s.options()
	switch s.Class {
	case "StreamingHttpResponse", "FileResponse":
		return r, s.makeStreaming(r, options)
	case "JsonResponse":
		return r, s.makeJSON(r, options)
	case "HttpResponseRedirect", "HttpResponsePermanentRedirect":
		if s.flag("preserve_request", false) {
			options = append(options, web.PreserveRequest())
		}
		redirect := web.NewHttpResponseRedirect
		if s.Class == "HttpResponsePermanentRedirect" {
			redirect = web.NewHttpResponsePermanentRedirect
		}
		response, err := redirect(s.text("redirect_to"), options...)
		if err != nil {
			return nil, err
		}
		r.Response = response
		return r, s.setContent(r)
	case "HttpResponseNotAllowed":
		var methods []string
		decode(s.Args["permitted_methods"], &methods, "permitted_methods")
		// The constructor takes no content; Django's encodes it before it looks
		// at the methods.
		if err := s.setContent(&subject{Response: web.NewHttpResponse([]byte(nil), options...)}); err != nil {
			return nil, err
		}
		r.Response = web.NewHttpResponseNotAllowed(methods, options...)
		return r, s.setContent(r)
	case "HttpResponseNotModified":
		r.Response = web.NewHttpResponseNotModified(options...)
		return r, s.setContent(r)
	}
	raw, ok := s.Args["content"]
	if !ok {
		raw = json.RawMessage(`{"bytes": ""}`)
	}
	single, iterator := r.content(raw)
	if iterator != nil || single.raw {
		r.Response = plain(s.Class, single.bytes, options)
	} else {
		r.Response = plain(s.Class, single.text, options)
	}
	if iterator != nil {
		iterator.base = r.Base()
		return r, r.Response.(holder).Consume(iterator)
	}
	return r, nil
}

func plain[T string | []byte](class string, content T, options []web.Option) web.Response {
	switch class {
	case "", "HttpResponse":
		return web.NewHttpResponse(content, options...)
	case "HttpResponseBadRequest":
		return web.NewHttpResponseBadRequest(content, options...)
	case "HttpResponseForbidden":
		return web.NewHttpResponseForbidden(content, options...)
	case "HttpResponseNotFound":
		return web.NewHttpResponseNotFound(content, options...)
	case "HttpResponseGone":
		return web.NewHttpResponseGone(content, options...)
	case "HttpResponseServerError":
		return web.NewHttpResponseServerError(content, options...)
	}
	panic(malformed{fmt.Errorf("there is no class %q of responses", class)})
}

// holder is a response with content.
type holder interface {
	web.Response
	Content() []byte
	SetContent([]byte) error
	SetText(string) error
	Consume(interface {
		Next() ([]byte, error)
		Close() error
	}) error
	Text() (string, error)
	WriteString(string) (int, error)
}

// setContent gives the content that an argument names, if one does.
func (s *spec) setContent(r *subject) error {
	if raw, ok := s.Args["content"]; ok {
		return r.setContent(raw)
	}
	return nil
}

func (r *subject) setContent(raw json.RawMessage) error {
	response := r.Response.(holder)
	single, iterator := r.content(raw)
	switch {
	case iterator != nil:
		iterator.base = r.Base()
		return response.Consume(iterator)
	case single.raw:
		return response.SetContent(single.bytes)
	case single.text == "0" && string(raw) == "0" && r.Base().Class() == "HttpResponseNotModified":
		return response.SetContent(nil) // 0 is nothing, to Python
	}
	return response.SetText(single.text)
}

func (s *spec) makeJSON(r *subject, options []web.Option) error {
	data, err := web.ReadJSON(bytes.NewReader(s.Args["data"]))
	if err != nil {
		panic(malformed{err})
	}
	if !s.flag("safe", true) {
		options = append(options, web.Unsafe())
	}
	if string(s.Args["content_type"]) == "null" {
		// None is not what JsonResponse takes where nothing is said.
		charset := web.NewHttpResponse("", options...).Charset()
		options = append(options, web.ContentType("text/html; charset="+charset))
	}
	var given struct {
		Indent      *int       `json:"indent"`
		SortKeys    bool       `json:"sort_keys"`
		EnsureASCII *bool      `json:"ensure_ascii"`
		Separators  *[2]string `json:"separators"`
	}
	if raw, ok := s.Args["json_dumps_params"]; ok {
		decode(raw, &given, "json_dumps_params")
	}
	params := web.JSONParams{Indent: given.Indent, SortKeys: given.SortKeys, Separators: given.Separators}
	params.KeepUnicode = given.EnsureASCII != nil && !*given.EnsureASCII
	response, err := web.NewJsonResponseWith(special(data), params, options...)
	r.Response = response
	return err
}

// uuid is a UUID, which JSON has no form for.
type uuid string

func (u uuid) MarshalText() ([]byte, error) { return []byte(u), nil }

// special replaces what stands for a datetime or a UUID.
func special(data any) any {
	switch data := data.(type) {
	case []any:
		for i := range data {
			data[i] = special(data[i])
		}
	case web.JSONObject:
		if len(data) == 1 {
			text, _ := data[0].Value.(string)
			switch data[0].Key {
			case "$datetime":
				t, err := time.Parse(time.RFC3339Nano, text)
				if err != nil {
					panic(malformed{err})
				}
				return t
			case "$uuid":
				return uuid(strings.ToLower(text))
			}
		}
		for i := range data {
			data[i].Value = special(data[i].Value)
		}
	}
	return data
}

// memory is a file in memory.
type memory struct {
	*bytes.Reader
	closes *int
}

type namedMemory struct {
	memory
	name string
}

func (f namedMemory) Name() string { return f.name }

func (m memory) Read(p []byte) (int, error) {
	if *m.closes > 0 {
		return 0, &exceptions.ValueError{Message: "I/O operation on closed file."}
	}
	return m.Reader.Read(p)
}

func (m memory) Close() error {
	*m.closes++
	return nil
}

func (s *spec) makeStreaming(r *subject, options []web.Option) error {
	if s.Class == "FileResponse" {
		if s.flag("as_attachment", false) {
			options = append(options, web.AsAttachment())
		}
		if name := s.text("filename"); name != "" {
			options = append(options, web.Filename(name))
		}
		if raw, ok := s.Args["file"]; ok {
			var given struct {
				Bytes    string  `json:"bytes"`
				Name     *string `json:"name"`
				Position int64   `json:"position"`
			}
			decode(raw, &given, "file")
			m := memory{bytes.NewReader([]byte(toBytes(given.Bytes))), r.counter()}
			if _, err := m.Seek(given.Position, io.SeekStart); err != nil {
				panic(malformed{err})
			}
			var file io.Reader = m
			if given.Name != nil {
				file = namedMemory{m, *given.Name}
			}
			response, err := web.NewFileResponse(file, options...)
			r.Response = response
			return err
		}
		response, err := web.NewFileResponse(nil, options...)
		if err != nil {
			return err
		}
		r.Response = response
		return r.stream(response, s.Args["streaming_content"])
	}
	iterator, failed := r.iterable(s.Args["streaming_content"])
	response := web.NewStreamingHttpResponse(iterator, options...)
	iterator.base = response.Base()
	r.Response = response
	return failed
}

// iterable reads a content that is to be streamed. Of a single text Python's
// iterator gives the characters, of bytes their numbers, and a number has none.
func (s *subject) iterable(raw json.RawMessage) (*values, error) {
	if raw == nil {
		raw = json.RawMessage("[]")
	}
	single, iterator := s.content(raw)
	if iterator != nil {
		return iterator, nil
	}
	iterator = &values{}
	for _, b := range single.bytes {
		iterator.list = append(iterator.list, value{text: strconv.Itoa(int(b))})
	}
	for _, r := range single.text {
		iterator.list = append(iterator.list, value{text: string(r)})
	}
	var number json.Number
	if raw[0] != '"' && json.Unmarshal(raw, &number) == nil {
		kind := "int"
		if strings.ContainsAny(number.String(), ".eE") {
			kind = "float"
		}
		return iterator, &exceptions.TypeError{Message: "'" + kind + "' object is not an async iterable"}
	}
	return iterator, nil
}

type streamer interface {
	web.Response
	SetStreamingContent(wsgi.Body)
	GetValue() ([]byte, error)
	Content() ([]byte, error)
	Text() (string, error)
}

func (r *subject) stream(response streamer, raw json.RawMessage) error {
	iterator, err := r.iterable(raw)
	if err != nil {
		return err
	}
	iterator.base = response.Base()
	response.SetStreamingContent(iterator)
	return nil
}

// set does one of two kinds of set.
func set(base *web.HttpResponseBase, name string, v value) error {
	if v.raw {
		return base.SetBytes(name, v.bytes)
	}
	return base.Set(name, v.text)
}

func (r *subject) operate(o operation) (any, error) {
	base := r.Base()
	held, hasContent := r.Response.(holder)
	streamed, streaming := r.Response.(streamer)
	switch o.name {
	case "set":
		return nil, set(base, arg[string](o, 0), readValue(arg[json.RawMessage](o, 1)))
	case "delete":
		base.Delete(arg[string](o, 0))
		return nil, nil
	case "get":
		if got, ok := base.Lookup(arg[string](o, 0)); ok {
			return fromBytes(got), nil
		}
		if len(o.args) > 1 {
			return arg[any](o, 1), nil
		}
		return nil, nil
	case "getitem":
		got, ok := base.Lookup(arg[string](o, 0))
		if !ok {
			return nil, &web.KeyError{Message: arg[string](o, 0)}
		}
		return fromBytes(got), nil
	case "has_header":
		return base.Has(arg[string](o, 0)), nil
	case "setdefault":
		if base.Has(arg[string](o, 0)) {
			return nil, nil
		}
		return nil, set(base, arg[string](o, 0), readValue(arg[json.RawMessage](o, 1)))
	case "items":
		items := [][2]string{}
		for name, value := range base.Items() {
			items = append(items, [2]string{name, fromBytes(value)})
		}
		return items, nil
	case "set_cookie", "delete_cookie":
		return nil, r.cookie(o)
	case "write":
		return nil, r.write(readValue(arg[json.RawMessage](o, 0)))
	case "writelines":
		for _, raw := range arg[[]json.RawMessage](o, 0) {
			if err := r.write(readValue(raw)); err != nil {
				return nil, err
			}
		}
		if !hasContent { // it refuses even nothing
			_, err := base.Write(nil)
			return nil, err
		}
		return nil, nil
	case "content":
		switch {
		case len(o.args) == 0 && streaming:
			content, err := streamed.Content()
			return fromBytes(content), err
		case len(o.args) == 0:
			return fromBytes(held.Content()), nil
		case hasContent:
			return nil, r.setContent(o.args[0])
		}
		r.content(o.args[0])
		return nil, &exceptions.AttributeError{Message: fmt.Sprintf("property 'content' of '%s' object has no setter", base.Class())}
	case "streaming_content":
		if raw := arg[json.RawMessage](o, 0); streaming {
			return nil, r.stream(streamed, raw)
		} else {
			r.content(raw) // to Python, an attribute like any other
			return nil, nil
		}
	case "getvalue":
		if streaming {
			content, err := streamed.GetValue()
			return fromBytes(content), err
		}
		return fromBytes(held.Content()), nil
	case "text":
		if streaming {
			return streamed.Text()
		}
		return held.Text()
	case "tell":
		if teller, ok := r.Response.(interface{ Tell() (int, error) }); ok {
			return teller.Tell()
		}
	case "readable":
		return base.Readable(), nil
	case "seekable":
		return base.Seekable(), nil
	case "writable":
		return r.Response.(interface{ Writable() bool }).Writable(), nil
	case "closed":
		return base.Closed(), nil
	case "streaming":
		return base.Streaming(), nil
	case "url":
		if redirect, ok := r.Response.(web.HttpResponseRedirect); ok {
			if !base.Has("Location") {
				return nil, &web.KeyError{Message: "location"}
			}
			return fromBytes(redirect.URL()), nil
		}
		return nil, &exceptions.AttributeError{Message: fmt.Sprintf("'%s' object has no attribute 'url'", base.Class())}
	case "close":
		return nil, r.Close()
	case "status_code":
		if len(o.args) == 0 {
			return base.StatusCode(), nil
		}
		base.SetStatusCode(arg[int](o, 0))
		return nil, nil
	case "reason_phrase":
		if len(o.args) == 0 {
			return base.ReasonPhrase(), nil
		}
		base.SetReasonPhrase(arg[string](o, 0))
		return nil, nil
	case "charset":
		if len(o.args) == 0 {
			return base.Charset(), nil
		}
		base.SetCharset(arg[string](o, 0))
		return nil, nil
	case "xframe_options_exempt":
		base.SetXFrameOptionsExempt()
		return nil, nil
	}
	return unknown(o)
}

func (r *subject) write(v value) error {
	held, ok := r.Response.(holder)
	if !ok {
		_, err := r.Base().Write(nil)
		return err
	}
	if v.raw {
		_, err := r.Response.(io.Writer).Write(v.bytes)
		return err
	}
	_, err := held.WriteString(v.text)
	return err
}

func (r *subject) cookie(o operation) error {
	given := arg[map[string]json.RawMessage](o, 0)
	text := func(name string) string {
		var text string
		if raw, ok := given[name]; ok && string(raw) != "null" {
			text = readValue(raw).text
		}
		return text
	}
	flag := func(name string) bool { return len(given[name]) > 0 && string(given[name]) == "true" }
	pointer := func(name string) *string {
		if raw, ok := given[name]; ok && string(raw) != "null" {
			return new(text(name))
		}
		return nil
	}
	c := web.Cookie{
		Path: pointer("path"), NoPath: string(given["path"]) == "null", Domain: pointer("domain"),
		Secure: flag("secure"), HTTPOnly: flag("httponly"), SameSite: text("samesite"),
	}
	if o.name == "delete_cookie" {
		return r.Base().DeleteCookie(text("key"), c)
	}
	if raw, ok := given["max_age"]; ok && string(raw) != "null" {
		seconds, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			panic(malformed{err})
		}
		c.MaxAge = new(int64(seconds))
	}
	if raw, ok := given["expires"]; ok && string(raw) != "null" {
		var at struct {
			Datetime *string `json:"datetime"`
		}
		if json.Unmarshal(raw, &at) == nil && at.Datetime != nil {
			c.Expires = datetime(*at.Datetime)
		} else {
			c.ExpiresText = text("expires")
		}
	}
	return r.Base().SetCookie(text("key"), text("value"), c)
}

// datetime reads Python's isoformat; without a zone it is UTC.
func datetime(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	panic(malformed{fmt.Errorf("%q is no datetime", text)})
}
