// Package seal encrypts the small secrets that the store keeps for others, such as tokens
// of Canvas: who reads the database alone does not learn them.
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

// Why something can not be opened.
var (
	// ErrOtherKey is for what was sealed with another key than the one at hand.
	ErrOtherKey = errors.New("it was sealed with another key: set the key that it was sealed with, or enter the secret again")
	// ErrBroken is for what is not as it was sealed, or was sealed for something else.
	ErrBroken = errors.New("it is damaged, or belongs to something else: enter the secret again")
)

// A Key seals and opens secrets by AES-256 in Galois/Counter Mode (NIST SP 800-38D), each
// with a random nonce. It is safe for concurrent use.
type Key struct {
	aead cipher.AEAD
	id   [idSize]byte
}

// What is sealed begins with the version of this format and the beginning of the key's
// SHA-256, by which a wrong key is told from damage.
const (
	version = 1
	idSize  = 4
)

// NewKey returns a key of KeySize random bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, fmt.Errorf("a key has %d bytes, and this one %d", KeySize, len(secret))
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

// ParseKey reads a key in base64, as “openssl rand -base64 32” prints one. Its error does
// not hold the text.
func ParseKey(text string) (*Key, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("the key is not base64: make one with “openssl rand -base64 32”")
	}
	return NewKey(secret)
}

// Seal encrypts a secret. It can be opened for the same purpose alone: what is sealed for
// one account is of no use in the row of another.
func (k *Key) Seal(secret []byte, purpose string) []byte {
	out := append([]byte{version}, k.id[:]...)
	return k.aead.Seal(out, nil, secret, []byte(purpose))
}

// Open returns the secret of what was sealed for a purpose. It fails with ErrOtherKey or
// ErrBroken.
func (k *Key) Open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < 1+idSize || sealed[0] != version {
		return nil, ErrBroken
	}
	if [idSize]byte(sealed[1:]) != k.id {
		return nil, ErrOtherKey
	}
	secret, err := k.aead.Open(nil, nil, sealed[1+idSize:], []byte(purpose))
	if err != nil {
		return nil, ErrBroken
	}
	return secret, nil
}
