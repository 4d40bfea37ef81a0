package web

import (
	"iter"
	"slices"

	"basehandler/final/exceptions"
)

// MultiValueDict has several values for a key, and keeps the keys in the order
// in which they first came. The zero value is empty. Django:
// utils/datastructures.py MultiValueDict.
type MultiValueDict[T any] struct {
	entries []entry[T]
	index   map[string]int // key -> place in entries, once there are many
}

type entry[T any] struct {
	key    string
	values []T
}

func (d *MultiValueDict[T]) find(key string) int {
	if len(d.entries) <= indexed {
		for i := range d.entries {
			if d.entries[i].key == key {
				return i
			}
		}
		return -1
	}
	if d.index == nil {
		d.index = make(map[string]int, 2*len(d.entries))
		for i := range d.entries {
			d.index[d.entries[i].key] = i
		}
	}
	if i, ok := d.index[key]; ok {
		return i
	}
	return -1
}

// Len is the number of keys.
func (d *MultiValueDict[T]) Len() int { return len(d.entries) }

// Has tells whether there is such a key, even one with an empty list.
func (d *MultiValueDict[T]) Has(key string) bool { return d.find(key) >= 0 }

// Lookup gives the last value of a key, and whether there is one: what get()
// does in Django.
func (d *MultiValueDict[T]) Lookup(key string) (T, bool) {
	if i := d.find(key); i >= 0 {
		if n := len(d.entries[i].values); n > 0 {
			return d.entries[i].values[n-1], true
		}
	}
	var none T
	return none, false
}

// Get gives the last value of a key, the zero value where there is none.
func (d *MultiValueDict[T]) Get(key string) T {
	value, _ := d.Lookup(key)
	return value
}

// Item gives the last value of a key, which has to exist: the error is a
// *MultiValueDictKeyError. A key with an empty list gives the zero value, where
// Django gives the list. Django: MultiValueDict.__getitem__.
func (d *MultiValueDict[T]) Item(key string) (T, error) {
	if d.find(key) < 0 {
		var none T
		return none, &MultiValueDictKeyError{exceptions.Repr(key)}
	}
	return d.Get(key), nil
}

// List gives all values of a key, in a list that is the caller's. Django:
// MultiValueDict.getlist.
func (d *MultiValueDict[T]) List(key string) []T {
	if i := d.find(key); i >= 0 {
		return slices.Clone(d.entries[i].values)
	}
	return nil
}

// Keys gives the keys in order.
func (d *MultiValueDict[T]) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range d.entries {
			if !yield(d.entries[i].key) {
				return
			}
		}
	}
}

// Items gives each key with its last value.
func (d *MultiValueDict[T]) Items() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for i := range d.entries {
			var last T
			if n := len(d.entries[i].values); n > 0 {
				last = d.entries[i].values[n-1]
			}
			if !yield(d.entries[i].key, last) {
				return
			}
		}
	}
}

// Lists gives each key with all its values, in lists that are the caller's.
// Departs: Django gives its own, also those of a QueryDict that is immutable.
func (d *MultiValueDict[T]) Lists() iter.Seq2[string, []T] {
	return func(yield func(string, []T) bool) {
		for i := range d.entries {
			if !yield(d.entries[i].key, slices.Clone(d.entries[i].values)) {
				return
			}
		}
	}
}

// at gives the entry of a key, made if needed.
func (d *MultiValueDict[T]) at(key string) *entry[T] {
	i := d.find(key)
	if i < 0 {
		i = len(d.entries)
		d.entries = append(d.entries, entry[T]{key: key})
		if d.index != nil {
			d.index[key] = i
		}
	}
	return &d.entries[i]
}

func (d *MultiValueDict[T]) appendList(key string, value T) {
	e := d.at(key)
	e.values = append(e.values, value)
}

func (d *MultiValueDict[T]) setList(key string, values []T) { d.at(key).values = values }

func (d *MultiValueDict[T]) remove(i int) {
	if d.index != nil && i == len(d.entries)-1 {
		delete(d.index, d.entries[i].key)
	} else {
		d.index = nil
	}
	d.entries = slices.Delete(d.entries, i, i+1)
}
