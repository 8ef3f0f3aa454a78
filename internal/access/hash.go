package access

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrBadHash is the error for a stored hash that has an unknown format or exceeds the
// maximum cost of a check. The key must be replaced.
var ErrBadHash = errors.New("not a usable key hash")

// maxHash is the maximum length of a hash in bytes. Django's column holds 150.
const maxHash = 512

// A verifier reports whether a key matches a hash. It may take some 100 ms.
type verifier func(key string) (bool, error)

// Verify reports whether stored is a hash of k, in any format that Django or
// djangorestframework-api-key writes: sha512, pbkdf2_sha256, pbkdf2_sha1, argon2,
// bcrypt_sha256 and bcrypt. The error is an [ErrBadHash] and never contains the hash.
func Verify(k Key, stored string) (bool, error) {
	verify, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	ok, err := verify(k.Reveal())
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrBadHash, err)
	}
	return ok, nil
}

// ValidateHash returns an [ErrBadHash] that says what is wrong if Verify cannot check keys
// against stored.
func ValidateHash(stored string) error {
	_, err := parseHash(stored)
	return err
}

// isSlow reports whether a hash takes long to check, so that [Key.Hash] should replace it. All
// algorithms but sha512 are slow.
func isSlow(stored string) bool { return !strings.HasPrefix(stored, "sha512$") }

// parseHash returns the verifier for a hash, which begins with the name of its algorithm.
func parseHash(stored string) (verifier, error) {
	if len(stored) > maxHash {
		return nil, badHashf("it is longer than %d bytes", maxHash)
	}
	name, rest, _ := strings.Cut(stored, "$")
	switch name {
	case "sha512":
		return parseSHA512(rest)
	case "pbkdf2_sha256":
		return parsePBKDF2(sha256.New, rest)
	case "pbkdf2_sha1":
		return parsePBKDF2(sha1.New, rest)
	case "argon2":
		return parseArgon2(rest)
	case "bcrypt":
		return parseBcrypt(rest, rawKey)
	case "bcrypt_sha256":
		return parseBcrypt(rest, hexSHA256)
	default:
		return nil, badHashf("its algorithm is unknown; known are sha512, pbkdf2_sha256, pbkdf2_sha1, argon2, bcrypt_sha256 and bcrypt")
	}
}

// parseSHA512 parses `$<hex>`: the salt before the second dollar is empty.
func parseSHA512(s string) (verifier, error) {
	digits, found := strings.CutPrefix(s, "$")
	want, err := hex.DecodeString(digits)
	if !found || err != nil || len(want) != sha512.Size {
		return nil, badHashf("sha512$$ must be followed by %d hexadecimal digits", 2*sha512.Size)
	}
	return func(key string) (bool, error) {
		sum := sha512.Sum512([]byte(key))
		return subtle.ConstantTimeCompare(sum[:], want) == 1, nil
	}, nil
}

func badHashf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBadHash}, args...)...)
}
