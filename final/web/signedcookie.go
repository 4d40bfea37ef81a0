package web

import (
	"time"

	"basehandler/final/conf"
	"basehandler/final/signing"
)

// GetSignedCookie gives the value of a cookie that SetSignedCookie has set, with
// the same salt. A missing one is a *KeyError, one that was changed a
// *signing.BadSignature, one that is older than a maximal age, if there is one,
// a *signing.SignatureExpired. Django: HttpRequest.get_signed_cookie.
func (r *Request) GetSignedCookie(name, salt string, maxAge ...time.Duration) (string, error) {
	signed, ok := r.Cookie(name)
	if !ok {
		return "", &KeyError{"'" + name + "'"}
	}
	return signing.UnsignCookie(r.settings, name, signed, salt, maxAge...)
}

// SetSignedCookie sets a cookie that the client can read and not change. The
// settings are those of the site, for SECRET_KEY. The salt says what the value is
// for, and may be "". Django: HttpResponseBase.set_signed_cookie.
func (b *HttpResponseBase) SetSignedCookie(settings *conf.Settings, name, value, salt string, attributes ...Cookie) error {
	signed, err := signing.SignCookie(settings, name, value, salt)
	if err != nil {
		return err
	}
	return b.SetCookie(name, signed, attributes...)
}
