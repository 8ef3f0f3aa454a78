package access

import (
	"errors"
	"strings"
)

var (
	// ErrNoCredentials is the error for a request without credentials.
	ErrNoCredentials = errors.New("no credentials were given")

	// ErrBadCredentials is the error for invalid credentials. It is the same for a
	// malformed header and for a key that is unknown, wrong, revoked or expired, so that
	// it does not reveal which keys exist.
	ErrBadCredentials = errors.New("the credentials are not valid")
)

// scheme is the authentication scheme of API keys.
const scheme = "Api-Key"

// ParseAuthorization parses the value of an Authorization header,
// `Api-Key prefix.secret`, as djangorestframework-api-key 3 does: the scheme in any case,
// one space, then the key, split at its first dot. The error is ErrNoCredentials for an
// empty value, else ErrBadCredentials.
func ParseAuthorization(header string) (Key, error) {
	if header == "" {
		return Key{}, ErrNoCredentials
	}
	name, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(name, scheme) {
		return Key{}, ErrBadCredentials
	}
	k, ok := parseKey(rest)
	if !ok {
		return Key{}, ErrBadCredentials
	}
	return k, nil
}
