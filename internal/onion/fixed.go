package onion

import (
	"fmt"
	"strings"
)

// Names are the names of the fixed drawings.
var Names = []string{"server", "road", "timeline"}

// Fixed gives the fixed drawing of that name.
func Fixed(name string) (Picture, error) {
	return Picture{}, fmt.Errorf("there is no picture %q; there are: %s", name, strings.Join(Names, ", "))
}
