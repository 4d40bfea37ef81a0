package signing_test

import (
	"strings"
	"testing"
	"time"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
	"basehandler/final/signing"
)

// at is a clock that stands.
func at(seconds float64) func() time.Time {
	return func() time.Time { return time.UnixMilli(int64(seconds * 1000)) }
}

// The signatures are those that Django 5.2.17 made of the same, at the same time.
func TestSigner(t *testing.T) {
	for _, test := range []struct{ key, salt, value, want string }{
		{"k", "", "v", "v:k4enFurzlQROEtUd-hRryEVuIseVMeDQ1XZiY5F3juM"},
		{"k", "s", "a:b", "a:b:7yYvsqzYM0_6YO67f_mWtgzvcnFe4_tfx5_3jGrykYY"},
	} {
		signer := signing.Signer{Key: test.key, Salt: test.salt}
		if got := signer.Sign(test.value); got != test.want {
			t.Errorf("%q was signed as %q, want %q", test.value, got, test.want)
		}
		if got, err := signer.Unsign(test.want); got != test.value || err != nil {
			t.Errorf("%q: %q, %v", test.want, got, err)
		}
		if got, err := (signing.Signer{Key: "new", FallbackKeys: []string{"x", test.key}, Salt: test.salt}).Unsign(test.want); got != test.value || err != nil {
			t.Errorf("%q with an old key: %q, %v", test.want, got, err)
		}
		for _, other := range []signing.Signer{{Key: "K", Salt: test.salt}, {Key: test.key, Salt: "other"}} {
			if got, err := other.Unsign(test.want); !exceptions.Is[*signing.BadSignature](err) {
				t.Errorf("%+v takes %q: %q, %v", other, test.want, got, err)
			}
		}
	}
	for signed, want := range map[string]string{
		"v":   `No ":" found in value`,
		"":    `No ":" found in value`,
		":":   `Signature "" does not match`,
		"v:x": `Signature "x" does not match`,
	} {
		if _, err := (signing.Signer{Key: "k"}).Unsign(signed); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", signed, err, want)
		}
	}
}

// Of each signed value no byte can be changed, nor any added or taken away.
func TestTampering(t *testing.T) {
	signer := signing.TimestampSigner{Signer: signing.Signer{Key: "k"}}
	signed := signer.Sign("value")
	for i := range signed {
		for _, bad := range []string{signed[:i], signed[i+1:], signed[:i] + string(signed[i]^1) + signed[i+1:], signed[:i] + "A" + signed[i:]} {
			if got, err := signer.Unsign(bad); err == nil {
				t.Errorf("%q is good, and is %q", bad, got)
			}
		}
	}
}

func TestTimestampSigner(t *testing.T) {
	const signed = "v:1r31eq:A1M7DfuPSheAGIvEl-9y1cfP3qkhZAudNv84Zk2HxLI"
	signer := signing.TimestampSigner{Signer: signing.Signer{Key: "k"}, Now: at(1700000000.5)}
	if got := signer.Sign("v"); got != signed {
		t.Errorf("signed as %q, want %q", got, signed)
	}
	for _, test := range []struct {
		now    float64
		maxAge time.Duration
		want   string // the message
	}{
		{1700000010, 10 * time.Second, ""},
		{1700000010.25, 10 * time.Second, "Signature age 10.25 > 10 seconds"},
		{1700000010.25, 9500 * time.Millisecond, "Signature age 10.25 > 9.5 seconds"},
		{1700000000, 0, ""},
		{1700000020, 0, "Signature age 20.0 > 0 seconds"},
	} {
		signer.Now = at(test.now)
		got, err := signer.Unsign(signed, test.maxAge)
		if test.want == "" {
			if got != "v" || err != nil {
				t.Errorf("%v: %q, %v", test.now, got, err)
			}
			continue
		}
		if !exceptions.Is[*signing.SignatureExpired](err) || !exceptions.Is[*signing.BadSignature](err) || err.Error() != test.want {
			t.Errorf("%v: %v, want %s", test.now, err, test.want)
		}
		if got, err := signer.Unsign(signed); got != "v" || err != nil {
			t.Errorf("without a maximal age: %q, %v", got, err)
		}
	}
	signer.Now = nil
	if got, err := signer.Unsign(signer.Sign("é:"), time.Minute); got != "é:" || err != nil {
		t.Errorf("just now: %q, %v", got, err)
	}
	// What somebody signed without a time, or with one that is none.
	plain := signing.Signer{Key: "k", Salt: "django.core.signing.TimestampSigner"}
	for _, value := range []string{"v", "v:!", "v:zzzzzzzzzzzzz"} {
		if _, err := signer.Unsign(plain.Sign(value)); !exceptions.Is[*exceptions.ValueError](err) {
			t.Errorf("%q: %v", value, err)
		}
	}
	for seconds, want := range map[float64]string{0: "0", 61: "z", 62: "10", -5: "-5"} {
		signer.Now = at(seconds)
		if got := strings.Split(signer.Sign("v"), ":")[1]; got != want {
			t.Errorf("%v is %s, want %s", seconds, got, want)
		}
		if got, err := signer.Unsign(signer.Sign("v"), 0); got != "v" || err != nil {
			t.Errorf("signed at %v: %q, %v", seconds, got, err)
		}
	}
}

// Cookies that Django 5.2.17 has signed, in the present form and in the one from
// before 5.2.15.
func TestCookies(t *testing.T) {
	settings := conf.Defaults()
	settings.SecretKey = "kéy"
	for _, test := range []struct{ name, salt, value, signed, legacy string }{
		{"a", "", "1", "1:1r31eq:CSRFG2RIanmGwR9OLklB4U3bd3ykDYp8_X6B76-m584", "1:1r31eq:P6FboSIVZ_UOjzU5lzL85q9P8nfp70quL1LzPUtR8sI"},
		{"user", "pepér", `b c;d"é\`, `b c;d"é\:1r31eq:qHrwg5ZKGYZgwts09QAHzjx7db1pgZ6hx2i191TnyZk`, `b c;d"é\:1r31eq:8AJ8Xn_b0svCj4w6-U5aNxuySH-f8gjOkXziYAg2PCo`},
		{"n", "x", ":::", "::::1r31eq:r7ElQt7YX-1BFKOYh8qwVDV0O69_bHXxMg8N3KZ-1CY", "::::1r31eq:W6-DfO6_M2bsuNf7Nl7DA2BXv5bjC8Q7QVNFkkG-l3E"},
	} {
		for _, fallback := range []bool{true, false} {
			settings.SignedCookieLegacySaltFallback = fallback
			if got, err := signing.UnsignCookie(settings, test.name, test.signed, test.salt); got != test.value || err != nil {
				t.Errorf("%s: %q, %v", test.name, got, err)
			}
			if got, err := signing.UnsignCookie(settings, test.name, test.legacy, test.salt); (err == nil) != fallback || err == nil && got != test.value {
				t.Errorf("%s, the old form, fallback %v: %q, %v", test.name, fallback, got, err)
			}
			if _, err := signing.UnsignCookie(settings, test.name+"x", test.signed, test.salt); !exceptions.Is[*signing.BadSignature](err) {
				t.Errorf("%s under another name: %v", test.name, err)
			}
			// The old form would have taken the two for one.
			if _, err := signing.UnsignCookie(settings, test.name+test.salt, test.signed, ""); test.salt != "" && !exceptions.Is[*signing.BadSignature](err) {
				t.Errorf("%s with its salt in its name: %v", test.name, err)
			}
			if _, err := signing.UnsignCookie(settings, test.name, test.signed, test.salt, time.Hour); !exceptions.Is[*signing.SignatureExpired](err) {
				t.Errorf("%s after years: %v", test.name, err)
			}
		}
	}
	settings.SecretKeyFallbacks = []string{"older", "old"}
	if got, err := signing.UnsignCookie(settings, "a", "1:1r31eq:n2O0_M8Jl4RqW4G-tOYmjar4pEvaN60pS461lnD3UbI", ""); got != "1" || err != nil {
		t.Errorf("an old key: %q, %v", got, err)
	}
	settings.SecretKey = ""
	_, errSign := signing.SignCookie(settings, "a", "1", "")
	_, errUnsign := signing.UnsignCookie(settings, "a", "1:x:y", "")
	for _, err := range []error{errSign, errUnsign} {
		if !exceptions.Is[*exceptions.ImproperlyConfigured](err) || err.Error() != "The SECRET_KEY setting must not be empty." {
			t.Errorf("without a key: %v", err)
		}
	}
}
