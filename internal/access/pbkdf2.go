package access

import (
	"crypto/pbkdf2"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"
)

// maxIterations is well above the number that any release of Django uses, and keeps a check
// below a second.
const maxIterations = 2_000_000

// parsePBKDF2 parses `<iterations>$<salt>$<base64>`, with a result as long as the digest.
func parsePBKDF2(h func() hash.Hash, s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 3 || parts[1] == "" {
		return nil, badHashf("PBKDF2 must have iterations, salt and result")
	}
	n, err := strconv.ParseUint(parts[0], 10, 32)
	if err != nil || n < 1 || n > maxIterations {
		return nil, badHashf("PBKDF2 must have from 1 to %d iterations", maxIterations)
	}
	want, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(want) != h().Size() {
		return nil, badHashf("the result of PBKDF2 must be %d bytes in base64", h().Size())
	}
	return func(key string) (bool, error) {
		got, err := pbkdf2.Key(h, key, []byte(parts[1]), int(n), len(want))
		return subtle.ConstantTimeCompare(got, want) == 1, err
	}, nil
}
