package bundle

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"slices"
	"strings"
)

// Hash is a digest of a file in hexadecimal.
type Hash struct{ Algorithm, Digest string }

// hashAlgorithms lists the hashes whose names are attributes of a file. MD5 and
// SHA-1 are fit to detect damage here, not forgery.
var hashAlgorithms = []struct {
	name string
	new  func() hash.Hash
}{
	{"md5", md5.New},
	{"sha1", sha1.New},
	{"sha224", sha256.New224},
	{"sha256", sha256.New},
	{"sha384", sha512.New384},
	{"sha512", sha512.New},
	{"sha3_224", func() hash.Hash { return sha3.New224() }},
	{"sha3_256", func() hash.Hash { return sha3.New256() }},
	{"sha3_384", func() hash.Hash { return sha3.New384() }},
	{"sha3_512", func() hash.Hash { return sha3.New512() }},
}

// hashAttributes returns the digests among an element's attributes: the first of
// each algorithm, because encoding/xml accepts repeated attributes.
func hashAttributes(e *element) []Hash {
	var list []Hash
	for _, a := range e.attrs {
		if name := strings.ReplaceAll(a.Name.Local, "-", "_"); newHash(name) != nil && a.Name.Space == "" && !hasAlgorithm(list, name) {
			list = append(list, Hash{name, strings.ToLower(strings.TrimSpace(a.Value))})
		}
	}
	return list
}

func hasAlgorithm(list []Hash, name string) bool {
	return slices.ContainsFunc(list, func(h Hash) bool { return h.Algorithm == name })
}

// newHash returns a new hash, or nil when the algorithm is unknown.
func newHash(name string) hash.Hash {
	for _, a := range hashAlgorithms {
		if a.name == name {
			return a.new()
		}
	}
	return nil
}
