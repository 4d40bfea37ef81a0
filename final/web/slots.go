package web

import "sync/atomic"

// Key names a value that middleware leaves on a request, as Django's set
// attributes: request.user, request.session. Make it once, in a variable of the
// package that owns the value:
//
//	var User = web.NewKey[*Account]("user")
//
//	User.Set(request, account)
//	account, ok := User.Get(request)
//
// Each key is a number, and the request a list of slots: there is no map and no
// chain of contexts, so looking up the tenth value costs what the first does.
type Key[T any] struct {
	index int // from 1; the zero Key is no key
	name  string
}

var keys atomic.Int64

// NewKey makes a key. The name is for messages; two keys of the same name are
// two keys.
func NewKey[T any](name string) Key[T] {
	return Key[T]{index: int(keys.Add(1)), name: name}
}

// String is the name of the key.
func (k Key[T]) String() string { return k.name }

// Get gives the value, and whether it was set.
func (k Key[T]) Get(r *Request) (T, bool) {
	if i := k.index - 1; uint(i) < uint(len(r.slots)) { // that of the zero Key is below all
		switch value := r.slots[i].(type) {
		case T:
			return value, true
		case null:
			var none T
			return none, true
		}
	}
	var none T
	return none, false
}

// Set leaves the value on the request.
func (k Key[T]) Set(r *Request, value T) {
	i := k.index - 1
	if i >= len(r.slots) {
		r.growSlots(k.index)
	}
	if r.slots[i] = value; r.slots[i] == nil {
		r.slots[i] = null{}
	}
}

// null stands for a nil interface that was set.
type null struct{}

// growSlots makes room for all keys there are, so that it happens once a
// request; a program of very many keys pays for those it uses.
func (r *Request) growSlots(needed int) {
	size := min(int(keys.Load()), max(needed, 2*len(r.slots), 16))
	slots := make([]any, size)
	copy(slots, r.slots)
	r.slots = slots
}
