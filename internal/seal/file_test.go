package seal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestKeyFileIsDurable asserts that the content of a key file is synced before the file has its
// name, and the folder afterwards: what a key seals must not outlive the key. A failed sync is an
// error.
func TestKeyFileIsDurable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	var synced []string
	record := func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		_, err = os.Stat(path)
		switch exists := err == nil; {
		case info.IsDir() && f.Name() == filepath.Dir(path) && exists:
			synced = append(synced, "folder with key")
		case !info.IsDir() && info.Size() == int64(len("secret")) && !exists:
			synced = append(synced, "content")
		default:
			synced = append(synced, f.Name())
		}
		return nil
	}
	if err := writeIfAbsent(path, "secret", record); err != nil {
		t.Fatal(err)
	}
	if want := []string{"content", "folder with key"}; !slices.Equal(synced, want) {
		t.Errorf("writeIfAbsent synced %q, want %q", synced, want)
	}
	errDisk := errors.New("no space left on device")
	other := filepath.Join(t.TempDir(), "key")
	if err := writeIfAbsent(other, "secret", func(*os.File) error { return errDisk }); !errors.Is(err, errDisk) {
		t.Errorf("writeIfAbsent = %v, want %v", err, errDisk)
	}
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after a failed sync the key file exists: %v", err)
	}
}
