package access

import (
	"errors"
	"strings"
)

var (
	// ErrNoCredentials says that a request did not say who makes it.
	ErrNoCredentials = errors.New("no credentials were given")

	// ErrBadCredentials says that what a request says is not good. It is the
	// same for a header that is malformed and a key that is unknown, wrong,
	// revoked or expired, so that nobody learns which keys there are.
	ErrBadCredentials = errors.New("the credentials are not valid")
)

// scheme is the authentication scheme of API keys.
const scheme = "Api-Key"

// ParseAuthorization reads the value of an Authorization header,
// `Api-Key prefix.secret`, as djangorestframework-api-key 3 does: the scheme in
// any case, one space, and all the rest is the key, split at its first dot.
// The error is ErrNoCredentials for an empty value, else ErrBadCredentials.
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
