package field_test

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"basehandler/wsgi/field"
)

// token is RFC 9110's, section 5.6.2.
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// The quick ways to look at a header find what a look at each byte finds.
func TestQuickChecks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(alphabet string) string {
		b := make([]byte, random.IntN(28))
		for i := range b {
			b[i] = 'x' // most of it, so that what is not stands alone
			if random.IntN(8) == 0 {
				b[i] = alphabet[random.IntN(len(alphabet))]
			}
		}
		return string(b)
	}
	for range 100_000 {
		value := text("\x00\t\n\x1f !~\x7f\x80\xff")
		if got, want := field.Printable(value), strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) < 0; got != want {
			t.Fatalf("Printable(%q) is %v", value, got)
		}
		control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
		if got, want := field.HasControl(value), strings.IndexFunc(value, control) >= 0; got != want {
			t.Fatalf("HasControl(%q) is %v", value, got)
		}
		name := text("---ABZaz09!#~ :\x00\x7f\x80\xff")
		if random.IntN(2) == 0 { // as most are spelt
			name = http.CanonicalHeaderKey(name)
		}
		got, ok := field.Canonical(name)
		if want := http.CanonicalHeaderKey(name); ok != token.MatchString(name) || ok && got != want {
			t.Fatalf("Canonical(%q) is %q, %v, want %q", name, got, ok, want)
		}
	}
}
