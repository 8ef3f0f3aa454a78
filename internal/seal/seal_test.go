package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/internal/seal"
)

func key(t *testing.T, fill byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpen(t *testing.T) {
	t.Parallel()
	k := key(t, 1)
	for _, secret := range []string{"", "x", "1234~token", strings.Repeat("long", 1000)} {
		sealed := k.Seal([]byte(secret), "account 1")
		if got, err := k.Open(sealed, "account 1"); string(got) != secret || err != nil {
			t.Errorf("Open(Seal(%.20q)) = %.20q, %v", secret, got, err)
		}
		if len(secret) > 1 && bytes.Contains(sealed, []byte(secret)) {
			t.Errorf("Seal(%.20q) shows it", secret)
		}
		if again := k.Seal([]byte(secret), "account 1"); bytes.Equal(again, sealed) {
			t.Errorf("Seal(%.20q) is the same twice", secret)
		}
		if _, err := k.Open(sealed, "account 2"); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("Open for another purpose = %v, want %v", err, seal.ErrDamaged)
		}
		if _, err := key(t, 2).Open(sealed, "account 1"); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("Open with another key = %v, want %v", err, seal.ErrWrongKey)
		}
	}
}

// TestOpenDamaged asserts that sealed data with a changed or missing byte is rejected.
func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	k := key(t, 1)
	sealed := k.Seal([]byte("token"), "")
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 0x10
		if got, err := k.Open(broken, ""); err == nil {
			t.Errorf("Open with byte %d changed = %q, want an error", i, got)
		}
		if got, err := k.Open(sealed[:i], ""); err == nil {
			t.Errorf("Open of the first %d bytes = %q, want an error", i, got)
		}
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	const good = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	for text, ok := range map[string]bool{
		good: true, " " + good + "\n": true, "": false, "secret-words": false, good[:40]: false, "c2hvcnQ=": false,
	} {
		_, err := seal.ParseKey(text)
		if (err == nil) != ok {
			t.Errorf("ParseKey(%q) = %v, want success: %t", text, err, ok)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error %q shows the key", err)
		}
	}
}

// TestLoadOrCreateKey asserts that concurrent callers create one key file and get the same key.
func TestLoadOrCreateKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	keys := make([]*seal.Key, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			k, err := seal.LoadOrCreateKey(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	sealed := keys[0].Seal([]byte("token"), "")
	for i, k := range keys {
		if got, err := k.Open(sealed, ""); string(got) != "token" {
			t.Errorf("key %d opens %q, %v, want token", i, got, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("temporary files %v were not removed", left)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreateKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("LoadOrCreateKey of a file that others can read = %v, want an error that says what to do", err)
	}
}
