package access

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// A hashVector is a hash by Django, its hashers or djangorestframework-api-key.
type hashVector struct {
	Hasher, Key string
	Hash        string `json:"hashed_key"`
	Valid       bool
}

func hashVectors(tb testing.TB) []hashVector {
	tb.Helper()
	data, err := os.ReadFile("testdata/key_hash_vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var all []hashVector
	if err := json.Unmarshal(data, &all); err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestVerifyVectors(t *testing.T) {
	t.Parallel()
	for _, v := range hashVectors(t) {
		t.Run(v.Hasher, func(t *testing.T) {
			t.Parallel()
			if err := ValidateHash(v.Hash); err != nil {
				t.Errorf("ValidateHash(%q) = %v, want nil", v.Hash, err)
			}
			if ok, err := Verify(mustParseKey(t, v.Key), v.Hash); ok != v.Valid || err != nil {
				t.Errorf("Verify(%s, %q) = %v, %v; want %v", v.Key, v.Hash, ok, err, v.Valid)
			}
			if got, want := isSlow(v.Hash), !strings.HasPrefix(v.Hasher, "sha512"); got != want {
				t.Errorf("isSlow(%q) = %v, want %v", v.Hash, got, want)
			}
		})
	}
}

func TestHashVerifies(t *testing.T) {
	t.Parallel()
	k, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := Verify(k, k.Hash()); !ok || isSlow(k.Hash()) || err != nil {
		t.Errorf("Verify(k, k.Hash()) = %v, %v; want true by a fast hash", ok, err)
	}
	if ok, err := Verify(k, unmatchableHash); ok || err != nil {
		t.Errorf("Verify(k, unmatchableHash) = %v, %v; want false", ok, err)
	}
}

// TestVerifyRejects asserts that a malformed or too expensive hash is rejected before any
// computation.
func TestVerifyRejects(t *testing.T) {
	t.Parallel()
	const (
		b64    = "mydR7AyyPI9B0hBlbsh1lVdIQAL4O2mjAyhKLLx1t8k="
		salt   = "b3JhY2xlc2FsdDEyM2FiYw"
		value  = "B3Nn5TnZBx9Iu+ER4KHtAg"
		letter = "JEP0LfyBOu7Eg.78AnQlceBDvahaj//TNAzAYKZAu6z.lDem5E0TC"
	)
	for _, stored := range []string{
		"", "$", "$$$", "secret", "md5$salt$d41d8cd98f00b204e9800998ecf8427e", "!unusable",
		"SHA512$$" + strings.Repeat("0", 128), " sha512$$" + strings.Repeat("0", 128),
		"sha512$$", "sha512$$00", "sha512$" + strings.Repeat("0", 128), "sha512$$" + strings.Repeat("0", 127) + "g", "sha512$$" + strings.Repeat("0", 130),
		"pbkdf2_sha256", "pbkdf2_sha256$1$salt", "pbkdf2_sha256$1$salt$", "pbkdf2_sha256$1$$" + b64, "pbkdf2_sha256$1$salt$" + b64 + "$",
		"pbkdf2_sha256$0$salt$" + b64, "pbkdf2_sha256$-1$salt$" + b64, "pbkdf2_sha256$1e3$salt$" + b64, "pbkdf2_sha1$1$salt$" + b64,
		"pbkdf2_sha256$2000001$salt$" + b64, "pbkdf2_sha256$99999999999999999999$salt$" + b64, "pbkdf2_sha256$1$" + strings.Repeat("s", maxHash) + "$" + b64,
		"argon2$argon2id$v=19$m=131073,t=1,p=1$" + salt + "$" + value, "argon2$argon2id$v=19$m=4294967296,t=1,p=1$" + salt + "$" + value,
		"argon2$argon2id$v=19$m=512,t=9,p=1$" + salt + "$" + value, "argon2$argon2id$v=19$m=512,t=1,p=17$" + salt + "$" + value,
		"argon2$argon2id$v=19$m=512,t=0,p=1$" + salt + "$" + value, "argon2$argon2id$v=19$m=512,t=1,p=0$" + salt + "$" + value,
		"argon2$argon2id$v=19$t=1,m=512,p=1$" + salt + "$" + value, "argon2$argon2id$v=19$m=512,t=1$" + salt + "$" + value,
		"argon2$argon2id$v=16$m=512,t=1,p=1$" + salt + "$" + value, "argon2$argon2i$m=512,t=1,p=1$" + salt + "$" + value,
		"argon2$argon2d$v=19$m=512,t=2,p=1$" + salt + "$" + value, "argon2$argon2id$v=19$m=512,t=1,p=1$$" + value,
		"argon2$argon2id$v=19$m=512,t=1,p=1$" + salt + "$", "argon2$argon2id$v=19$m=512,t=1,p=1$" + salt + "$AAAA",
		"bcrypt$$2b$15$" + letter, "bcrypt$$2b$31$" + letter, "bcrypt$$2b$03$" + letter, "bcrypt$$2b$-1$" + letter, "bcrypt$2b$12$" + letter,
		"bcrypt$$2c$12$" + letter, "bcrypt$$2b$12$" + letter[1:], "bcrypt$$2b$12$" + letter[1:] + "!", "bcrypt_sha256$$2b$15$" + letter, "bcrypt_sha256$" + letter,
	} {
		ok, err := Verify(mustParseKey(t, "12345678.secret"), stored)
		if ok || !errors.Is(err, ErrBadHash) {
			t.Errorf("Verify(%q) = %v, %v; want %v", stored, ok, err, ErrBadHash)
		}
		if invalid := ValidateHash(stored); !errors.Is(invalid, ErrBadHash) || invalid.Error() != err.Error() {
			t.Errorf("ValidateHash(%q) = %v, want %v", stored, invalid, err)
		}
		if parts := strings.Split(stored, "$"); len(parts) > 2 && len(parts[len(parts)-1]) > 8 && strings.Contains(err.Error(), parts[len(parts)-1]) {
			t.Errorf("Verify(%q): the error %v reveals the hash", stored, err)
		}
	}
}

// TestBcryptComparesWholeKeys asserts that keys differ that differ only after the last byte
// that bcrypt reads.
func TestBcryptComparesWholeKeys(t *testing.T) {
	t.Parallel()
	// bcrypt itself would hash only the first 72 bytes.
	first := "12345678." + strings.Repeat("x", 63)
	stored := bcryptHash(t, first)
	for key, want := range map[string]bool{first: true, first + "x": false} {
		if ok, err := Verify(mustParseKey(t, key), stored); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v; want %v", key, ok, err, want)
		}
	}
}

// FuzzVerify asserts that no stored hash makes Verify panic or contradict ValidateHash, and
// that no random hash matches a key.
func FuzzVerify(f *testing.F) {
	const key = "12345678.a key that is in no vector"
	f.Add(unmatchableHash)
	f.Add("pbkdf2_sha1$1$s$AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Add(pbkdf2Hash(f, validKeyText))
	f.Add(bcryptHash(f, validKeyText))
	f.Add(strings.Replace(bcryptHash(f, validKeyText), "bcrypt", "bcrypt_sha256", 1))
	f.Add("argon2$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("argon2$argon2i$v=19$m=512,t=2,p=2$b3JhY2xlc2FsdDEyM2FiYw$B3Nn5TnZBx9Iu+ER4KHtAg")
	f.Fuzz(func(t *testing.T, stored string) {
		ok, err := Verify(Key{new(key)}, stored)
		if ok {
			t.Errorf("Verify(%q) = true, want false", stored)
		}
		if valid := ValidateHash(stored); (err == nil) != (valid == nil) {
			t.Errorf("Verify(%q) fails with %v, ValidateHash with %v", stored, err, valid)
		}
	})
}
