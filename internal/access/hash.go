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

// ErrBadHash says that a stored hash is in no format that Verify knows, or
// would cost too much to check. The key must be made anew.
var ErrBadHash = errors.New("not a usable key hash")

// maxHash is longer than any hash of Django, whose column holds 150.
const maxHash = 512

// check tells whether a key is the one that a hash was made of. It may take
// some 100 ms.
type check func(key string) (bool, error)

// Verify reports whether stored is a hash of k, in any format that Django or
// djangorestframework-api-key has left in a database: sha512, pbkdf2_sha256,
// pbkdf2_sha1, argon2, bcrypt_sha256 and bcrypt. stale says that the key was
// right and that [Key.Hash] should replace the hash. The error is an
// [ErrBadHash] and never tells the hash.
func Verify(k Key, stored string) (ok, stale bool, err error) {
	c, err := parseHash(stored)
	if err != nil {
		return false, false, err
	}
	ok, err = c(k.Reveal())
	if err != nil {
		return false, false, fmt.Errorf("%w: %w", ErrBadHash, err)
	}
	return ok, ok && isSlow(stored), nil
}

// ValidHash returns nil when Verify can check keys against stored, else an
// [ErrBadHash] that says what is wrong with it.
func ValidHash(stored string) error {
	_, err := parseHash(stored)
	return err
}

// isSlow reports whether a hash takes long to check: all but sha512 do.
func isSlow(stored string) bool { return !strings.HasPrefix(stored, "sha512$") }

// parseHash finds the check for a hash, which begins with its algorithm's name.
func parseHash(stored string) (check, error) {
	if len(stored) > maxHash {
		return nil, badHash("it is longer than %d bytes", maxHash)
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
		return parseBcrypt(rest, whole)
	case "bcrypt_sha256":
		return parseBcrypt(rest, digested)
	default:
		return nil, badHash("its algorithm is unknown; known are sha512, pbkdf2_sha256, pbkdf2_sha1, argon2, bcrypt_sha256 and bcrypt")
	}
}

// parseSHA512 reads `$<hex>`: there is no salt before the second dollar.
func parseSHA512(s string) (check, error) {
	digits, found := strings.CutPrefix(s, "$")
	want, err := hex.DecodeString(digits)
	if !found || err != nil || len(want) != sha512.Size {
		return nil, badHash("sha512$$ must be followed by %d hexadecimal digits", 2*sha512.Size)
	}
	return func(key string) (bool, error) {
		sum := sha512.Sum512([]byte(key))
		return subtle.ConstantTimeCompare(sum[:], want) == 1, nil
	}, nil
}

func badHash(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBadHash}, args...)...)
}
