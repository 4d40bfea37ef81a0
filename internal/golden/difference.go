package golden

import "strings"

// Difference is one way in which what came is not what a case wants.
type Difference struct {
	What  string   `json:"what"`            // differs, and where
	Means string   `json:"means,omitempty"` // a sentence, if there is more to say than what differs
	More  []string `json:"more,omitempty"`  // lines that belong to What
}

// String is all of it, What first.
func (d Difference) String() string {
	lines := append([]string{d.What}, d.More...)
	if d.Means != "" {
		lines = append(lines, d.Means)
	}
	return strings.Join(lines, "\n")
}
