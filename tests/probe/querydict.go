package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"basehandler/final/web"
)

func init() { kinds["querydict"] = queryDict }

// ops reads a list of operations: a name and its arguments.
func ops(p *probe) (list []operation) {
	var raw [][]json.RawMessage
	p.get("ops", &raw)
	for _, op := range raw {
		if len(op) == 0 {
			panic(malformed{fmt.Errorf("an operation without a name")})
		}
		o := operation{args: op[1:]}
		decode(op[0], &o.name, "ops")
		list = append(list, o)
	}
	return list
}

type operation struct {
	name string
	args []json.RawMessage
}

// arg reads an argument, which has to be there.
func arg[T any](o operation, i int) T {
	var value T
	if i >= len(o.args) {
		panic(malformed{fmt.Errorf("operation %s: argument %d is missing", o.name, i+1)})
	}
	decode(o.args[i], &value, o.name)
	return value
}

func unknown(o operation) (any, error) {
	return nil, malformed{fmt.Errorf("there is no operation %q", o.name)}
}

func queryDict(p *probe) (object, error) {
	mutable := false
	p.get("mutable", &mutable)
	encoding := p.text("encoding", "utf-8")
	q, err := web.NewQueryDict(p.wire("query"), mutable, encoding, p.settings)
	if err != nil {
		return nil, err
	}
	results := []any{}
	for _, o := range ops(p) {
		results = append(results, or(queryOperation(&q, o, p)))
	}
	return object{"results": results, "lists": lists(q), "urlencode": or(q.URLEncode(""))}, nil
}

// lists gives all keys with all values.
func lists(q *web.QueryDict) any {
	list := [][]any{}
	for key, values := range q.Lists() {
		list = append(list, []any{key, orEmpty(values)})
	}
	return list
}

func orEmpty(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

// last is what Python has for the last value of a key: of an empty list the
// list itself.
func last(values []string) any {
	if len(values) == 0 {
		return []string{}
	}
	return values[len(values)-1]
}

func queryOperation(at **web.QueryDict, o operation, p *probe) (any, error) {
	q := *at
	switch o.name {
	case "get":
		if value, ok := q.Lookup(arg[string](o, 0)); ok {
			return value, nil
		}
		if len(o.args) > 1 {
			return arg[any](o, 1), nil
		}
		return nil, nil
	case "getitem":
		key := arg[string](o, 0)
		if _, err := q.Item(key); err != nil {
			return nil, err
		}
		return last(q.List(key)), nil
	case "getlist":
		key := arg[string](o, 0)
		if !q.Has(key) && len(o.args) > 1 {
			return arg[[]string](o, 1), nil
		}
		return orEmpty(q.List(key)), nil
	case "contains":
		return q.Has(arg[string](o, 0)), nil
	case "len":
		return q.Len(), nil
	case "keys":
		return append([]string{}, slices.Collect(q.Keys())...), nil
	case "values", "items", "dict":
		list := []any{}
		for key, values := range q.Lists() {
			if o.name == "values" {
				list = append(list, last(values))
			} else {
				list = append(list, []any{key, last(values)})
			}
		}
		return list, nil
	case "lists":
		return lists(q), nil
	case "urlencode":
		safe := ""
		if len(o.args) > 0 {
			safe = arg[string](o, 0)
		}
		return q.URLEncode(safe)
	case "set":
		return nil, q.Set(arg[string](o, 0), arg[string](o, 1))
	case "delete":
		return nil, q.Delete(arg[string](o, 0))
	case "setlist":
		return nil, q.SetList(arg[string](o, 0), arg[[]string](o, 1))
	case "appendlist":
		return nil, q.AppendList(arg[string](o, 0), arg[string](o, 1))
	case "clear":
		return nil, q.Clear()
	case "setdefault":
		key := arg[string](o, 0)
		if _, err := q.SetDefault(key, arg[string](o, 1)); err != nil {
			return nil, err
		}
		return last(q.List(key)), nil
	case "setlistdefault":
		values, err := q.SetListDefault(arg[string](o, 0), arg[[]string](o, 1))
		return orEmpty(values), err
	case "pop":
		key := arg[string](o, 0)
		values, err := q.Pop(key)
		if err != nil && len(o.args) > 1 && q.Mutable() {
			return arg[any](o, 1), nil
		}
		return orEmpty(values), err
	case "popitem":
		key, values, err := q.PopItem()
		return []any{key, orEmpty(values)}, err
	case "update":
		for _, pair := range arg[[][2]string](o, 0) {
			if err := q.AppendList(pair[0], pair[1]); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case "update_querydict":
		other, err := web.NewQueryDict(arg[string](o, 0), false, "", p.settings)
		if err != nil {
			return nil, err
		}
		return nil, q.Update(other)
	case "copy":
		*at = q.Copy()
		return nil, nil
	case "fromkeys":
		*at = web.QueryDictFromKeys(arg[[]string](o, 0), arg[string](o, 1), arg[bool](o, 2), "")
		return nil, nil
	}
	return unknown(o)
}
