// Package seal encrypts small secrets in the store, such as Canvas tokens, so that access to
// the database alone does not reveal them.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the number of bytes of a key: that of AES-256.
const KeySize = 32

// Errors of Open.
var (
	// ErrWrongKey is the error for data that was sealed with another key.
	ErrWrongKey = errors.New("the secret was sealed with another key: set that key, or enter the secret again")
	// ErrDamaged is the error for data that was changed, or sealed for another purpose.
	ErrDamaged = errors.New("the sealed secret is damaged or belongs to another object: enter the secret again")
)

// A Key seals and opens secrets by AES-256 in Galois/Counter Mode (NIST SP 800-38D), each
// with a random nonce. It is safe for concurrent use.
type Key struct {
	aead cipher.AEAD
	id   [idSize]byte
}

// Sealed data begins with the version of this format and the beginning of the key's SHA-256,
// which distinguishes a wrong key from damage.
const (
	version = 1
	idSize  = 4
)

// NewKey returns a key of KeySize random bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, fmt.Errorf("a key must have %d bytes, not %d", KeySize, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	k := &Key{}
	if k.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(secret)
	copy(k.id[:], sum[:])
	return k, nil
}

// ParseKey parses a key in base64, as “openssl rand -base64 32” prints it. Its error does not
// contain the text.
func ParseKey(text string) (*Key, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("the key is not base64: create one with “openssl rand -base64 32”")
	}
	return NewKey(secret)
}

// Seal encrypts a secret for a purpose, such as the id of a row. Open needs the same purpose,
// so that a sealed secret cannot be moved to another row.
func (k *Key) Seal(secret []byte, purpose string) []byte {
	out := append([]byte{version}, k.id[:]...)
	return k.aead.Seal(out, nil, secret, []byte(purpose))
}

// Open decrypts a secret that was sealed for a purpose. It fails with ErrWrongKey or
// ErrDamaged.
func (k *Key) Open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < 1+idSize || sealed[0] != version {
		return nil, ErrDamaged
	}
	if [idSize]byte(sealed[1:]) != k.id {
		return nil, ErrWrongKey
	}
	secret, err := k.aead.Open(nil, nil, sealed[1+idSize:], []byte(purpose))
	if err != nil {
		return nil, ErrDamaged
	}
	return secret, nil
}
