package access

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Maximum cost of a check with Argon2. Django uses 100 MiB, 2 passes and 8 lanes.
const (
	maxArgonKiB    = 128 << 10
	maxArgonPasses = 8
	maxArgonLanes  = 16
)

// An argonHash is a hash of Argon2 with its parameters.
type argonHash struct {
	derive      func(password, salt []byte, time, memoryKeys uint32, threads uint8, keyLen uint32) []byte
	memoryKeys  uint32 // KiB
	passes      uint32
	lanes       uint8
	salt, value []byte
}

// parseArgon2 parses `argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<value>`,
// the PHC string format in which Django stores Argon2, or the same for argon2i.
func parseArgon2(s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 || parts[1] != "v=19" {
		return nil, badHashf("Argon2 must have variant, version 19, parameters, salt and result")
	}
	var h argonHash
	switch parts[0] {
	case "argon2id":
		h.derive = argon2.IDKey
	case "argon2i":
		h.derive = argon2.Key
	default:
		return nil, badHashf("the variant of Argon2 must be argon2id or argon2i")
	}
	if !h.parseParameters(parts[2]) {
		return nil, badHashf("Argon2 must have m up to %d, t up to %d and p up to %d", maxArgonKiB, maxArgonPasses, maxArgonLanes)
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(parts[3])
	h.value, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.value) < 16 || len(h.value) > 64 {
		return nil, badHashf("Argon2 must have a salt of at least 8 and a result of 16 to 64 bytes, in base64")
	}
	return h.verify, nil
}

// parseParameters parses `m=…,t=…,p=…` and reports whether it is well-formed and within the
// maximum cost.
func (h *argonHash) parseParameters(s string) bool {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return false
	}
	m, ok1 := parseParameter(parts[0], "m=", maxArgonKiB)
	t, ok2 := parseParameter(parts[1], "t=", maxArgonPasses)
	p, ok3 := parseParameter(parts[2], "p=", maxArgonLanes)
	h.memoryKeys, h.passes, h.lanes = uint32(m), uint32(t), uint8(p)
	return ok1 && ok2 && ok3
}

// parseParameter parses name followed by a number from 1 to maximum.
func parseParameter(s, name string, maximum uint64) (uint64, bool) {
	digits, found := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, found && err == nil && n >= 1 && n <= maximum
}

func (h *argonHash) verify(key string) (bool, error) {
	got := h.derive([]byte(key), h.salt, h.passes, h.memoryKeys, h.lanes, uint32(len(h.value)))
	return subtle.ConstantTimeCompare(got, h.value) == 1, nil
}
