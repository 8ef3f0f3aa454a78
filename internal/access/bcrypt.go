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
	// maxBcryptCost takes about a second; Django asks for 12.
	maxBcryptCost = 14
	// maxBcryptKey is how much of a password bcrypt reads.
	maxBcryptKey = 72
)

// bcryptForm is the modular crypt format of bcrypt: version, cost, and 22
// letters of salt with 31 of result.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// parseBcrypt reads `$2b$<cost>$<salt and result>`, made of what prepare makes
// of a key.
func parseBcrypt(s string, prepare func(key string) []byte) (check, error) {
	m := bcryptForm.FindStringSubmatch(s)
	if m == nil {
		return nil, badHash("bcrypt must have its usual 60 letters")
	}
	cost, err := strconv.Atoi(m[1])
	if err != nil || cost < bcrypt.MinCost || cost > maxBcryptCost {
		return nil, badHash("the cost of bcrypt must be from %d to %d", bcrypt.MinCost, maxBcryptCost)
	}
	return func(key string) (bool, error) {
		password := prepare(key)
		if len(password) > maxBcryptKey {
			return false, nil // else all keys with the same beginning were one
		}
		err := bcrypt.CompareHashAndPassword([]byte(s), password)
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}, nil
}

// whole is the key itself.
func whole(key string) []byte { return []byte(key) }

// digested is the hexadecimal SHA-256 of the key, which is how Django gets
// around the limit of bcrypt.
func digested(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return hex.AppendEncode(nil, sum[:])
}
