package urls

import (
	"math/big"

	"basehandler/final/exceptions"
)

// pyRepr gives a value as Python's repr does, which Django's messages show.
func pyRepr(value any) string {
	switch value := value.(type) {
	case string:
		return exceptions.Repr(value)
	case UUID:
		return "UUID('" + value.String() + "')"
	case *big.Int:
		return value.String()
	}
	return pyText(value)
}
