// Package pseudonym derives the numbers that replace the ids of people for callers who must not learn who
// they are.
package pseudonym

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// SecretSize is the number of bytes of a secret.
const SecretSize = 32

// Bits is the number of bits of a pseudonym. A JSON number represents it exactly.
const Bits = 53

// A Key derives pseudonyms from ids by HMAC-SHA256 (RFC 2104). Different keys give the same id unrelated
// pseudonyms. A Key holds the secret in the form that HMAC needs: the inner and the outer padded key, so
// that a database can compute the same numbers with SHA-256 alone.
type Key [2 * sha256.BlockSize]byte

// NewSecret returns a new secret for NewKey.
func NewSecret() []byte {
	secret := make([]byte, SecretSize)
	rand.Read(secret) // never fails
	return secret
}

// NewKey returns the key of a secret of SecretSize bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("the secret of pseudonyms must have %d bytes, not %d", SecretSize, len(secret))
	}
	k := &Key{}
	copy(k[:], secret)
	copy(k[sha256.BlockSize:], secret)
	for i := range sha256.BlockSize {
		k[i] ^= 0x36
		k[sha256.BlockSize+i] ^= 0x5c
	}
	return k, nil
}

// Number returns the pseudonym of an id: the first Bits bits of the HMAC of its eight bytes, with the most
// significant byte first.
func (k *Key) Number(id int64) int64 {
	message := append(make([]byte, 0, sha256.BlockSize+8), k[:sha256.BlockSize]...)
	inner := sha256.Sum256(binary.BigEndian.AppendUint64(message, uint64(id)))
	outer := append(make([]byte, 0, sha256.BlockSize+sha256.Size), k[sha256.BlockSize:]...)
	sum := sha256.Sum256(append(outer, inner[:]...))
	return int64(binary.BigEndian.Uint64(sum[:]) >> (64 - Bits))
}

// String hides the key in logs.
func (*Key) String() string { return "key of pseudonyms" }

// GoString hides the key in logs.
func (k *Key) GoString() string { return k.String() }
