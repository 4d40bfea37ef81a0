package page

import (
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// colours reads the variables of a style sheet that have a colour for light and
// one for dark.
func colours(t *testing.T, css string) map[string][2]string {
	t.Helper()
	found := map[string][2]string{}
	for _, m := range regexp.MustCompile(`(--[a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\);`).FindAllStringSubmatch(css, -1) {
		found[m[1]] = [2]string{m[2], m[3]}
	}
	return found
}

// luminance is the relative luminance of #rrggbb, from 0 to 1 (WCAG 2.2).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	value, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift uint) float64 {
		c := float64(value>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestContrast(t *testing.T) {
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.001 {
		t.Fatalf("black on white has %f", got)
	}
	base, err := os.ReadFile("../site/static/base.css")
	if err != nil {
		t.Fatal(err)
	}
	grounds, inks := colours(t, string(base)), colours(t, CodeCSS)
	if len(inks) != 6 {
		t.Errorf("code.css has %d colours: %v", len(inks), slices.Sorted(maps.Keys(inks)))
	}
	for ink, colour := range inks {
		for _, ground := range []string{"--paper", "--shade", "--add", "--del", "--mark"} {
			behind, found := grounds[ground]
			if !found {
				t.Fatalf("base.css has no colour %s", ground)
			}
			for i, mode := range []string{"light", "dark"} {
				if got := contrast(t, colour[i], behind[i]); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", mode, ink, ground, got)
				}
			}
		}
	}
}

// Every class that code gets has a rule, and every rule a class.
func TestClassesAndRules(t *testing.T) {
	ruled := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)(?:^|, )code \.([a-z0-9]+)`).FindAllStringSubmatch(CodeCSS, -1) {
		ruled[m[1]] = true
	}
	for _, class := range classes {
		if !ruled[class] {
			t.Errorf("there is no rule for code .%s", class)
		}
		delete(ruled, class)
	}
	for class := range ruled {
		t.Errorf("no code has the class %s", class)
	}
}
