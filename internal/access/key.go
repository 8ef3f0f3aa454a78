package access

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The format of a key, as in djangorestframework-api-key.
const (
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	prefixLength = 8
	secretLength = 32

	// Keys in requests may be longer, as the documented example is.
	maxPrefix = 32
	maxKey    = 256
)

// A Key is an API key in plain text, `prefix.secret`. Only Reveal returns the secret; a key
// that is printed, logged or encoded shows only its prefix. The zero Key is invalid.
type Key struct {
	// A pointer, because package fmt ignores the methods of a Key in an unexported field
	// and for verbs like %d, but never follows a nested pointer.
	text *string
}

// parseKey parses a key. It accepts only visible ASCII, so that a prefix is safe in a query
// and in a log.
func parseKey(s string) (Key, bool) {
	prefix, secret, found := strings.Cut(s, ".")
	if !found || prefix == "" || secret == "" || len(prefix) > maxPrefix || len(s) > maxKey {
		return Key{}, false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return Key{}, false
		}
	}
	return Key{&s}, true
}

// NewKey generates a key from a source of random bytes, which is crypto/rand.Reader outside
// of tests.
func NewKey(rand io.Reader) (Key, error) {
	letters, err := randomLetters(rand, prefixLength+secretLength)
	if err != nil {
		return Key{}, fmt.Errorf("generate API key: %w", err)
	}
	s := letters[:prefixLength] + "." + letters[prefixLength:]
	return Key{&s}, nil
}

// randomLetters returns n letters of the alphabet, each equally likely. It rejects bytes from
// the last whole multiple of the alphabet's length on, which would favor the first letters.
func randomLetters(rand io.Reader, n int) (string, error) {
	const limit = 256 - 256%len(alphabet)
	letters := make([]byte, 0, n)
	buf := make([]byte, 2*n)
	for range 16 { // a working source needs one round, almost never three
		if _, err := io.ReadFull(rand, buf); err != nil {
			return "", err
		}
		for _, b := range buf {
			if int(b) < limit && len(letters) < n {
				letters = append(letters, alphabet[int(b)%len(alphabet)])
			}
		}
		if len(letters) == n {
			return string(letters), nil
		}
	}
	return "", errors.New("the source of random bytes is broken")
}

// Reveal returns the whole key. Show it only to its owner.
func (k Key) Reveal() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// Prefix returns the public part, by which a store finds the key.
func (k Key) Prefix() string {
	prefix, _, _ := strings.Cut(k.Reveal(), ".")
	return prefix
}

// Hash returns the hash that a store holds: `sha512$$` and the hexadecimal SHA-512 of the
// whole key, as in djangorestframework-api-key 3. A secret of 32 random letters needs
// neither a salt nor a slow hash.
func (k Key) Hash() string {
	sum := sha512.Sum512([]byte(k.Reveal()))
	return "sha512$$" + hex.EncodeToString(sum[:])
}

// String returns the key without its secret.
func (k Key) String() string { return k.Prefix() + ".[secret]" }

// GoString returns the same text as String.
func (k Key) GoString() string { return k.String() }

// LogValue returns the same text as String, for package slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText returns the same text as String, so that encoding never reveals the secret.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
