package blob

import (
	"crypto/sha256"
	"strings"
	"testing"
)

func TestParseDigestRejects(t *testing.T) {
	t.Parallel()
	good := Digest(sha256.Sum256([]byte("content"))).String()
	for _, s := range []string{
		"", good[1:], good + "0", good + "\n", " " + good[1:], "0x" + good[2:],
		strings.ToUpper(good), good[:63] + "g", good[:62] + "é", strings.Repeat("é", 32),
	} {
		if d, err := ParseDigest(s); err == nil {
			t.Errorf("ParseDigest(%q) = %s, want an error", s, d)
		}
	}
}

// FuzzParseDigest asserts that a digest has one textual form.
func FuzzParseDigest(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("0f", 32))
	f.Add(strings.Repeat("0F", 32))
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDigest(s)
		switch {
		case err == nil && d.String() != s:
			t.Errorf("ParseDigest(%q).String() = %q", s, d)
		case err != nil && d != Digest{}:
			t.Errorf("ParseDigest(%q) = %s with error %v, want the zero digest", s, d, err)
		}
	})
}
