package web_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basehandler/final/web"
)

// however many headers come and go, each has the place of the first
// time and the case of the last, and no name is there twice.
func TestManyHeadersInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		response := web.NewHttpResponse("")
		response.Delete("Content-Type")
		var want []string // "Name: value"
		place := func(name string) int {
			return slices.IndexFunc(want, func(line string) bool {
				known, _, _ := strings.Cut(line, ":")
				return strings.EqualFold(known, name)
			})
		}
		for i := range random.IntN(400) {
			name := fmt.Sprintf("X-Header-%d", random.IntN(120))
			if random.IntN(2) == 0 {
				name = strings.ToLower(name)
			}
			switch at := place(name); {
			case random.IntN(8) == 0:
				response.Delete(name)
				if at >= 0 {
					want = slices.Delete(want, at, at+1)
				}
			default:
				line := fmt.Sprintf("%s: %d", name, i)
				if err := response.Set(name, fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
				if at >= 0 {
					want[at] = line
				} else {
					want = append(want, line)
				}
			}
			if got := response.Has(name); got != (place(name) >= 0) {
				t.Fatalf("after %d steps %s is there: %v", i+1, name, got)
			}
		}
		var got []string
		for name, value := range response.Items() {
			got = append(got, name+": "+value)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got\n%q\nwant\n%q", got, want)
		}
	}
}

// what is no text of a header is seen wherever it stands.
func TestOddBytesOfHeaders(t *testing.T) {
	for length := range 20 {
		for at := range length {
			with := func(odd string) string {
				return strings.Repeat("x", at) + odd + strings.Repeat("x", length-at-1)
			}
			for _, odd := range []string{"\n", "\r"} {
				response := web.NewHttpResponse("")
				if response.Set(with(odd), "") == nil || response.Set("X", with(odd)) == nil {
					t.Errorf("%q is taken", with(odd))
				}
			}
			response := web.NewHttpResponse("")
			if response.Set(with("é"), "") == nil {
				t.Errorf("the name %q is taken", with("é"))
			}
			if err := response.Set("X", with("é")); err != nil || response.Get("X") != with("\xe9") {
				t.Errorf("%q becomes %q, %v", with("é"), response.Get("X"), err)
			}
		}
	}
}
