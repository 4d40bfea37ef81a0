// Package signing signs text, so that it can be given away and trusted when it
// comes back: nobody can change it, though everybody can read it. A signed value
// is the value, a colon and the signature; one with a time has it in between:
//
//	6f1b…:1vMXYZ:kqQ…
//	value time   signature
//
// What Django has signed with the same SECRET_KEY is good here, and the other
// way round.
//
// Django: core/signing.py.
package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"basehandler/final/conf"
	"basehandler/final/exceptions"
)

// BadSignature says that a value was not signed with this key, or was changed.
// Django: core/signing.py BadSignature.
type BadSignature struct{ Message string }

func (e *BadSignature) Error() string { return e.Message }

// SignatureExpired is the BadSignature of a value that was good, but is too old.
// Django: core/signing.py SignatureExpired.
type SignatureExpired struct{ Message string }

func (e *SignatureExpired) Error() string { return e.Message }
func (e *SignatureExpired) Unwrap() error { return &BadSignature{e.Message} }

const separator = ":"

// Signer signs with a key. Django: core/signing.py Signer.
type Signer struct {
	Key          string
	FallbackKeys []string // which are good as well, so that Key can be changed
	Salt         string   // what the value is for; "" for Django's default
}

// Signature is that of a value: HMAC-SHA256 with a key made of the salt and the
// key, in base64 for URLs. Django: Signer.signature, utils/crypto.py salted_hmac.
func (s Signer) Signature(value string) string { return s.signature(value, s.Key) }

func (s Signer) signature(value, key string) string {
	salt := s.Salt
	if salt == "" {
		salt = "django.core.signing.Signer"
	}
	derived := sha256.Sum256([]byte(salt + "signer" + key))
	mac := hmac.New(sha256.New, derived[:])
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Sign gives the value with its signature. Django: Signer.sign.
func (s Signer) Sign(value string) string { return value + separator + s.Signature(value) }

// Unsign gives the value without its signature. A wrong one is a *BadSignature.
// Django: Signer.unsign.
func (s Signer) Unsign(signed string) (string, error) {
	at := strings.LastIndex(signed, separator)
	if at < 0 {
		return "", &BadSignature{`No "` + separator + `" found in value`}
	}
	value, signature := signed[:at], signed[at+1:]
	for i := -1; i < len(s.FallbackKeys); i++ {
		key := s.Key
		if i >= 0 {
			key = s.FallbackKeys[i]
		}
		if hmac.Equal([]byte(signature), []byte(s.signature(value, key))) {
			return value, nil
		}
	}
	return "", &BadSignature{fmt.Sprintf(`Signature "%s" does not match`, signature)}
}

// TimestampSigner signs a value together with the time. Django:
// core/signing.py TimestampSigner.
type TimestampSigner struct {
	Signer
	Now func() time.Time // nil: time.Now
}

func (s TimestampSigner) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s TimestampSigner) signer() Signer {
	if s.Salt == "" {
		s.Salt = "django.core.signing.TimestampSigner"
	}
	return s.Signer
}

// Sign gives the value with the time, in seconds, and their signature. Django:
// TimestampSigner.sign.
func (s TimestampSigner) Sign(value string) string {
	return s.signer().Sign(value + separator + encode62(s.now().Unix()))
}

// Unsign gives the value without time and signature. With a maximal age, one
// that is older is *SignatureExpired. Django: TimestampSigner.unsign.
func (s TimestampSigner) Unsign(signed string, maxAge ...time.Duration) (string, error) {
	signed, err := s.signer().Unsign(signed)
	if err != nil {
		return "", err
	}
	at := strings.LastIndex(signed, separator)
	if at < 0 {
		return "", &exceptions.ValueError{Message: "a value without a time was signed"}
	}
	signedAt, err := decode62(signed[at+1:])
	if err != nil {
		return "", err
	}
	if len(maxAge) > 0 {
		if age := s.now().Sub(time.Unix(signedAt, 0)); age > maxAge[0] {
			return "", &SignatureExpired{fmt.Sprintf("Signature age %s > %s seconds", float(age), seconds(maxAge[0]))}
		}
	}
	return signed[:at], nil
}

// seconds is a whole number or a float, as Python writes them; float is one in any
// case.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func float(d time.Duration) string {
	if text := seconds(d); strings.Contains(text, ".") {
		return text
	}
	return seconds(d) + ".0"
}

// The digits of base 62. Package math/big has them too, in another order.
const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Django: core/signing.py b62_encode.
func encode62(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := ""
	for ; n > 0 || text == ""; n /= 62 {
		text = digits62[n%62:n%62+1] + text
	}
	return sign + text
}

// Django: core/signing.py b62_decode.
func decode62(text string) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	var n int64
	for i := range len(digits) {
		digit := strings.IndexByte(digits62, digits[i])
		if digit < 0 || n > (1<<62)/62 {
			return 0, &exceptions.ValueError{Message: fmt.Sprintf("%q is no time", text)}
		}
		n = n*62 + int64(digit)
	}
	if negative {
		n = -n
	}
	return n, nil
}

// cookieSigner makes the signer of cookies for a salt. Django: core/signing.py
// get_cookie_signer.
func cookieSigner(settings *conf.Settings, salt string) (TimestampSigner, error) {
	if settings.SecretKey == "" {
		return TimestampSigner{}, &exceptions.ImproperlyConfigured{Message: "The SECRET_KEY setting must not be empty."}
	}
	const purpose = "django.http.cookies"
	signer := TimestampSigner{Signer: Signer{Key: purpose + settings.SecretKey, Salt: salt}}
	for _, key := range settings.SecretKeyFallbacks {
		signer.FallbackKeys = append(signer.FallbackKeys, purpose+key)
	}
	return signer, nil
}

// cookieSalt names a cookie and the salt it is given, so that no two pairs have
// the same. Django: core/signing.py _cookie_signer_salt.
func cookieSalt(name, salt string) string {
	return fmt.Sprintf("django.http.cookies.v2:%d:%s%s", utf8.RuneCountInString(salt), salt, name)
}

// SignCookie gives the signed value of a cookie. The signature is good for a
// cookie of this name only. Django: HttpResponseBase.set_signed_cookie.
func SignCookie(settings *conf.Settings, name, value, salt string) (string, error) {
	signer, err := cookieSigner(settings, cookieSalt(name, salt))
	if err != nil {
		return "", err
	}
	return signer.Sign(value), nil
}

// UnsignCookie gives the value that was signed for a cookie of this name. Values
// from before Django 5.2.15 had another salt; they are good while
// SIGNED_COOKIE_LEGACY_SALT_FALLBACK says so. Django: core/signing.py
// _unsign_cookie.
func UnsignCookie(settings *conf.Settings, name, signed, salt string, maxAge ...time.Duration) (string, error) {
	signer, err := cookieSigner(settings, cookieSalt(name, salt))
	if err != nil {
		return "", err
	}
	value, err := signer.Unsign(signed, maxAge...)
	if err != nil && settings.SignedCookieLegacySaltFallback && exceptions.Is[*BadSignature](err) && !exceptions.Is[*SignatureExpired](err) {
		signer.Salt = name + salt
		return signer.Unsign(signed, maxAge...)
	}
	return value, err
}
