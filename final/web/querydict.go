package web

import (
	"slices"
	"strings"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
)

// QueryDict is the query of a URL or the fields of a form. Those of a request
// are immutable; Copy gives one that is not. The zero value is empty and
// immutable. Django: http/request.py QueryDict.
type QueryDict struct {
	MultiValueDict[string]
	encoding string // "": utf-8
	mutable  bool
}

// NewQueryDict reads a query as it stands in a URL. The encoding is that of the
// text within, "" for the settings' DEFAULT_CHARSET; an unknown one is a
// *LookupError, and more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS are
// *TooManyFieldsSent. Without settings there is no limit. Django:
// QueryDict.__init__.
func NewQueryDict(query string, mutable bool, encoding string, settings *conf.Settings) (*QueryDict, error) {
	q, err := parseQuery(query, false, encoding, settings)
	if err != nil {
		return nil, err
	}
	q.mutable = mutable
	return q, nil
}

// QueryDictFromKeys makes one with the same value for each key; a key may come
// several times. Django: QueryDict.fromkeys.
func QueryDictFromKeys(keys []string, value string, mutable bool, encoding string) *QueryDict {
	q := &QueryDict{mutable: mutable, encoding: encoding}
	for _, key := range keys {
		q.appendList(key, value)
	}
	return q
}

// parseQuery reads a query; isText says that it was decoded already. Bytes that
// are not of the encoding are taken for latin-1, since browsers have sent that.
func parseQuery(query string, isText bool, encoding string, settings *conf.Settings) (*QueryDict, error) {
	var limit *int
	if settings != nil {
		limit = settings.DataUploadMaxNumberFields
		if encoding == "" && settings.DefaultCharset != "utf-8" {
			encoding = settings.DefaultCharset
		}
	}
	q := &QueryDict{encoding: encoding}
	if query == "" {
		return q, nil
	}
	charset := utf8Charset
	if encoding != "" {
		var known bool
		if charset, known = lookupCharset(encoding); !known && (!isText || strings.Contains(query, "%")) {
			return nil, &LookupError{"unknown encoding: " + encoding}
		}
	}
	if !isText && !isASCII(query) {
		if charset.valid(query) {
			query = charset.decode(query)
		} else {
			query = fromLatin1(query)
		}
	}
	if limit != nil && strings.Count(query, "&")+1 > *limit {
		return nil, tooManyFields()
	}
	for rest, more := query, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		q.appendList(unquotePlus(name, charset), unquotePlus(value, charset))
	}
	return q, nil
}

func tooManyFields() error {
	return &exceptions.TooManyFieldsSent{Message: "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."}
}

func unquotePlus(s string, charset charset) string {
	return unquoteIn(strings.ReplaceAll(s, "+", " "), charset)
}

func (q *QueryDict) assertMutable() error {
	if !q.mutable {
		return &exceptions.AttributeError{Message: "This QueryDict instance is immutable"}
	}
	return nil
}

// Mutable tells whether it may be changed.
func (q *QueryDict) Mutable() bool { return q.mutable }

// Encoding is the charset that URLEncode writes.
func (q *QueryDict) Encoding() string {
	if q.encoding == "" {
		return "utf-8"
	}
	return q.encoding
}

// Set is q[key] = value: the one value of the key. Changing an immutable one is
// an *AttributeError, here and below. Django: QueryDict.__setitem__.
func (q *QueryDict) Set(key, value string) error { return q.SetList(key, []string{value}) }

// SetList sets all values of a key. Django: QueryDict.setlist.
func (q *QueryDict) SetList(key string, values []string) error {
	if err := q.assertMutable(); err != nil {
		return err
	}
	q.setList(key, slices.Clone(values))
	return nil
}

// AppendList adds a value to a key. Django: QueryDict.appendlist.
func (q *QueryDict) AppendList(key, value string) error {
	if err := q.assertMutable(); err != nil {
		return err
	}
	q.appendList(key, value)
	return nil
}

// Delete is del q[key]; a key that is not there is a *KeyError. Django:
// QueryDict.__delitem__.
func (q *QueryDict) Delete(key string) error {
	if err := q.assertMutable(); err != nil {
		return err
	}
	i := q.find(key)
	if i < 0 {
		return &KeyError{exceptions.Repr(key)}
	}
	q.remove(i)
	return nil
}

// Clear takes all keys away. Django: QueryDict.clear.
func (q *QueryDict) Clear() error {
	if err := q.assertMutable(); err != nil {
		return err
	}
	q.entries, q.index = nil, nil
	return nil
}

// SetDefault gives a key that is missing the value, and returns what is there
// then. Django: QueryDict.setdefault.
func (q *QueryDict) SetDefault(key, value string) (string, error) {
	if err := q.assertMutable(); err != nil {
		return "", err
	}
	if !q.Has(key) {
		q.setList(key, []string{value})
	}
	return q.Get(key), nil
}

// SetListDefault gives a key that is missing the values, and returns the list
// that is there then. Django: QueryDict.setlistdefault.
func (q *QueryDict) SetListDefault(key string, values []string) ([]string, error) {
	if err := q.assertMutable(); err != nil {
		return nil, err
	}
	if !q.Has(key) {
		q.setList(key, slices.Clone(values))
	}
	return q.List(key), nil
}

// Pop takes a key away and gives its values. One that is not there is a
// *KeyError. Django: QueryDict.pop.
func (q *QueryDict) Pop(key string) ([]string, error) {
	if err := q.assertMutable(); err != nil {
		return nil, err
	}
	i := q.find(key)
	if i < 0 {
		return nil, &KeyError{exceptions.Repr(key)}
	}
	values := q.entries[i].values
	q.remove(i)
	return values, nil
}

// PopItem takes the last key away. Django: QueryDict.popitem.
func (q *QueryDict) PopItem() (string, []string, error) {
	if err := q.assertMutable(); err != nil {
		return "", nil, err
	}
	if len(q.entries) == 0 {
		return "", nil, &KeyError{"'popitem(): dictionary is empty'"}
	}
	last := q.entries[len(q.entries)-1]
	q.remove(len(q.entries) - 1)
	return last.key, last.values, nil
}

// Update adds the values of another one to those that are there. Django:
// MultiValueDict.update.
func (q *QueryDict) Update(other *QueryDict) error {
	if other.Len() == 0 {
		return nil // Django looks whether it may when there is something to do
	}
	if err := q.assertMutable(); err != nil {
		return err
	}
	for _, from := range other.entries {
		e := q.at(from.key)
		e.values = append(e.values, from.values...)
	}
	return nil
}

// Copy gives a mutable copy that shares nothing. Django: QueryDict.copy.
func (q *QueryDict) Copy() *QueryDict {
	c := &QueryDict{mutable: true, encoding: q.encoding}
	c.entries = make([]entry[string], len(q.entries))
	for i, e := range q.entries {
		c.entries[i] = entry[string]{e.key, slices.Clone(e.values)}
	}
	return c
}

// URLEncode writes all values as a query. The characters of safe, besides
// letters, digits and "_.-~", are not escaped. Text that the encoding cannot
// hold is a *UnicodeEncodeError. Django: QueryDict.urlencode.
func (q *QueryDict) URLEncode(safe string) (string, error) {
	charset, known := lookupCharset(q.Encoding())
	if !known && (safe != "" || q.hasValues()) {
		return "", &LookupError{"unknown encoding: " + q.Encoding()}
	}
	// Python quotes spaces as plus signs, but not where characters are safe.
	set := safeInForm
	if safe != "" {
		encoded, err := charset.encode(safe)
		if err != nil {
			return "", err
		}
		set = newSafe(encoded)
	}
	var b strings.Builder
	for _, e := range q.entries {
		for _, value := range e.values {
			k, err := charset.encode(e.key)
			if err != nil {
				return "", err
			}
			v, err := charset.encode(value)
			if err != nil {
				return "", err
			}
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			k, v = quote(k, set), quote(v, set)
			if safe == "" {
				k, v = strings.ReplaceAll(k, " ", "+"), strings.ReplaceAll(v, " ", "+")
			}
			b.WriteString(k)
			b.WriteByte('=')
			b.WriteString(v)
		}
	}
	return b.String(), nil
}

func (q *QueryDict) hasValues() bool {
	for _, e := range q.entries {
		if len(e.values) > 0 {
			return true
		}
	}
	return false
}
