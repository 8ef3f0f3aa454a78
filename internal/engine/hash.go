package engine

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/mr-tron/base58"
)

// identity is the code of a multihash whose digest is the content itself.
const identity = 0x00

// hashes are the supported hash functions by multihash code.
var hashes = map[uint64]func() hash.Hash{
	0x11: sha1.New,
	0x12: sha256.New,
	0x13: sha512.New,
	0x14: func() hash.Hash { return sha3.New512() },
	0x15: func() hash.Hash { return sha3.New384() },
	0x16: func() hash.Hash { return sha3.New256() },
	0x17: func() hash.Hash { return sha3.New224() },
}

// maxHashText is the maximum length of the text of a hash. Only identity hashes are long, and
// decoding base58 takes quadratic time.
const maxHashText = 128 << 10

// A multihash is a digest with the code of its function (Multihash specification).
type multihash struct {
	code   uint64
	digest string
}

// parseMultihash parses the base58 text of a multihash.
func parseMultihash(text []byte) (multihash, error) {
	if len(text) > maxHashText {
		return multihash{}, fmt.Errorf("the text of a hash has %d bytes", len(text))
	}
	b, err := base58.Decode(string(text))
	if err != nil {
		return multihash{}, fmt.Errorf("a hash is not base58: %w", err)
	}
	code, n := binary.Uvarint(b)
	if n <= 0 {
		return multihash{}, errors.New("a hash has no function code")
	}
	b = b[n:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size != uint64(len(b)-n) {
		return multihash{}, errors.New("the length of a hash is wrong")
	}
	m := multihash{code, string(b[n:])}
	if code == identity {
		return m, nil
	}
	function := hashes[code]
	if function == nil {
		return multihash{}, fmt.Errorf("a hash has the unknown function %#x", code)
	}
	if size != uint64(function().Size()) {
		return multihash{}, fmt.Errorf("a hash of function %#x has %d bytes", code, size)
	}
	return m, nil
}

// text returns the multihash in base58.
func (m multihash) text() []byte {
	b := binary.AppendUvarint(nil, m.code)
	b = binary.AppendUvarint(b, uint64(len(m.digest)))
	return []byte(base58.Encode(append(b, m.digest...)))
}
