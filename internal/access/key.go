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

// The form of a key, after djangorestframework-api-key.
const (
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	prefixLength = 8
	secretLength = 32

	// What is taken from a request may be longer: the documented example is.
	maxPrefix = 32
	maxKey    = 256
)

// Key is an API key as its owner has it, `prefix.secret`. Only Reveal gives the
// secret away; printed, logged or encoded, a key shows its prefix alone. The
// zero Key is no key.
type Key struct {
	// A pointer, because package fmt does not always ask a Key how to print it,
	// not in an unexported field and not for %d, but always stops at pointers.
	text *string
}

// parseKey reads a key. It takes visible ASCII alone, so that a prefix can go
// into a query and into a log as it is.
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

// NewKey makes a key from a source of random bytes, crypto/rand.Reader outside
// of tests.
func NewKey(rand io.Reader) (Key, error) {
	letters, err := randomLetters(rand, prefixLength+secretLength)
	if err != nil {
		return Key{}, fmt.Errorf("make API key: %w", err)
	}
	s := letters[:prefixLength] + "." + letters[prefixLength:]
	return Key{&s}, nil
}

// randomLetters draws n letters of the alphabet, each equally likely: a byte
// past the last whole multiple of the alphabet's length is drawn again.
func randomLetters(rand io.Reader, n int) (string, error) {
	const fair = 256 - 256%len(alphabet)
	letters := make([]byte, 0, n)
	buf := make([]byte, 2*n)
	for range 16 { // a good source needs one round, all but never three
		if _, err := io.ReadFull(rand, buf); err != nil {
			return "", err
		}
		for _, b := range buf {
			if int(b) < fair && len(letters) < n {
				letters = append(letters, alphabet[int(b)%len(alphabet)])
			}
		}
		if len(letters) == n {
			return string(letters), nil
		}
	}
	return "", errors.New("the source of random bytes is broken")
}

// Reveal returns the whole key, for its owner alone.
func (k Key) Reveal() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// Prefix returns the public part, by which the key is found.
func (k Key) Prefix() string {
	prefix, _, _ := strings.Cut(k.Reveal(), ".")
	return prefix
}

// Hash returns what a store keeps of the key: `sha512$$` and the hexadecimal
// SHA-512 of the whole key, as djangorestframework-api-key 3 does. A secret of
// 32 random letters needs neither salt nor a slow hash.
func (k Key) Hash() string {
	sum := sha512.Sum512([]byte(k.Reveal()))
	return "sha512$$" + hex.EncodeToString(sum[:])
}

// String returns the key with its secret left out.
func (k Key) String() string { return k.Prefix() + ".[secret]" }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// LogValue is String, for package slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is String: a key does not survive being encoded.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
