package access

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a check with Argon2 may cost. Django asks for 100 MiB, 2 passes and 8
// lanes.
const (
	maxArgonKiB    = 128 << 10
	maxArgonPasses = 8
	maxArgonLanes  = 16
)

// argonHash is the result and the parameters of Argon2.
type argonHash struct {
	derive      func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte
	memory      uint32 // KiB
	passes      uint32
	lanes       uint8
	salt, value []byte
}

// parseArgon2 reads `argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<value>`,
// the PHC string format in which Django stores Argon2, or the same for argon2i.
func parseArgon2(s string) (check, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 || parts[1] != "v=19" {
		return nil, badHash("Argon2 must have variant, version 19, parameters, salt and result")
	}
	var h argonHash
	switch parts[0] {
	case "argon2id":
		h.derive = argon2.IDKey
	case "argon2i":
		h.derive = argon2.Key
	default:
		return nil, badHash("the variant of Argon2 must be argon2id or argon2i")
	}
	if !h.cost(parts[2]) {
		return nil, badHash("Argon2 must have m up to %d, t up to %d and p up to %d", maxArgonKiB, maxArgonPasses, maxArgonLanes)
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(parts[3])
	h.value, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.value) < 16 || len(h.value) > 64 {
		return nil, badHash("Argon2 must have a salt of at least 8 and a result of 16 to 64 bytes, in base64")
	}
	return h.check, nil
}

// cost reads `m=…,t=…,p=…` and reports whether it is well-formed and bearable.
func (h *argonHash) cost(s string) bool {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return false
	}
	m, ok1 := bounded(parts[0], "m=", maxArgonKiB)
	t, ok2 := bounded(parts[1], "t=", maxArgonPasses)
	p, ok3 := bounded(parts[2], "p=", maxArgonLanes)
	h.memory, h.passes, h.lanes = uint32(m), uint32(t), uint8(p)
	return ok1 && ok2 && ok3
}

// bounded reads a number from 1 to most after its name.
func bounded(s, name string, most uint64) (uint64, bool) {
	digits, found := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, found && err == nil && n >= 1 && n <= most
}

func (h *argonHash) check(key string) (bool, error) {
	got := h.derive([]byte(key), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.value)))
	return subtle.ConstantTimeCompare(got, h.value) == 1, nil
}
