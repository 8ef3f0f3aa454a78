package blob

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// A blob of the wrong size does not open, and the last bytes of a blob of the right size are only
// returned if its SHA-256 is right.
func TestDamagedBlob(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	content := []byte(strings.Repeat("0123456789", 10_000))
	d := put(t, f, string(content))
	damage := func(damaged []byte) {
		if err := os.WriteFile(f.path(d), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage(content[:99])
	if _, err := f.Open(t.Context(), d, int64(len(content))); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), d.String()) {
		t.Errorf("Open of a cut-off blob = %v, want ErrDamaged with the digest", err)
	}
	content[0]++
	damage(content)
	b := open(t, f, d)
	defer b.Close()
	for name, read := range map[string]func(io.Writer) (int64, error){
		"read":     func(w io.Writer) (int64, error) { return io.Copy(w, b) },
		"sent":     func(w io.Writer) (int64, error) { return io.CopyN(w, b, b.Size()) },
		"verified": func(io.Writer) (int64, error) { return 0, Verify(b) },
		"read halves": func(w io.Writer) (int64, error) {
			_, err := io.CopyN(w, b, 50_000)
			n, err2 := io.Copy(w, b)
			return n, errors.Join(err, err2)
		},
	} {
		if _, err := b.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := read(&got); !errors.Is(err, ErrDamaged) || got.Len() >= len(content) {
			t.Errorf("%s: %d of %d bytes, %v; want less and ErrDamaged", name, got.Len(), len(content), err)
		}
	}
	// A range has no digest of its own.
	if _, err := b.Seek(10, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(b); err != nil || !bytes.Equal(rest, content[10:]) {
		t.Errorf("a range = %d bytes, %v", len(rest), err)
	}
	if err := os.Truncate(f.path(d), 99); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, b); !errors.Is(err, ErrDamaged) {
		t.Errorf("a blob that is cut off while it is open = %v, want ErrDamaged", err)
	}
}
