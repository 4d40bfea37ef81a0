package scenario

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed named.jsonl
var namedLines []byte

// Named gives the scenarios that come along, in order. Each shows one thing.
var Named = sync.OnceValue(func() []*Scenario {
	var list []*Scenario
	for line := range bytes.Lines(namedLines) {
		s, err := Parse(line)
		if err != nil {
			panic(err) // a test reads them all
		}
		list = append(list, s)
	}
	return list
})

// Find finds a scenario by its number from 1 on, its name, or a part of its name
// that no other has.
func Find(name string) (*Scenario, error) {
	all := Named()
	if number, err := strconv.Atoi(name); err == nil {
		if number < 1 || number > len(all) {
			return nil, fmt.Errorf("there is no scenario %d; they go from 1 to %d: walkthrough trace --list", number, len(all))
		}
		return all[number-1], nil
	}
	var found []*Scenario
	for _, s := range all {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		if strings.Contains(strings.ToLower(s.Name), strings.ToLower(name)) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no scenario %q; for all of them: walkthrough trace --list", name)
	}
	var names strings.Builder
	for _, s := range found {
		fmt.Fprintf(&names, "\n  %s", s.Name)
	}
	return nil, fmt.Errorf("%q is in the names of several scenarios:%s", name, names.String())
}
