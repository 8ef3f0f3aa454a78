package access

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost takes about a second; Django uses 12.
	maxBcryptCost = 14
	// maxBcryptInput is the number of bytes of a password that bcrypt reads.
	maxBcryptInput = 72
)

// bcryptPattern matches the modular crypt format of bcrypt: version, cost, and 22
// characters of salt with 31 of result.
var bcryptPattern = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// parseBcrypt parses `$2b$<cost>$<salt and result>`. The hashed password is prepare(key).
func parseBcrypt(s string, prepare func(key string) []byte) (verifier, error) {
	m := bcryptPattern.FindStringSubmatch(s)
	if m == nil {
		return nil, badHashf("bcrypt must have its usual 60 characters")
	}
	cost, err := strconv.Atoi(m[1])
	if err != nil || cost < bcrypt.MinCost || cost > maxBcryptCost {
		return nil, badHashf("the cost of bcrypt must be from %d to %d", bcrypt.MinCost, maxBcryptCost)
	}
	return func(key string) (bool, error) {
		password := prepare(key)
		if len(password) > maxBcryptInput {
			return false, nil // bcrypt would accept every key with the same beginning
		}
		err := bcrypt.CompareHashAndPassword([]byte(s), password)
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}, nil
}

// rawKey returns the key itself.
func rawKey(key string) []byte { return []byte(key) }

// hexSHA256 returns the hexadecimal SHA-256 of the key. Django hashes it in place of the key
// because of the length limit of bcrypt.
func hexSHA256(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return hex.AppendEncode(nil, sum[:])
}
