package blob

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Opening a folder removes the files of killed processes, and no file of a living one.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	alive := openFolder(t)
	dead, err := OpenFolder(alive.dir)
	if err != nil {
		t.Fatal(err)
	}
	left, err := dead.writeTemp(t.Context(), strings.NewReader("half"))
	if err != nil {
		t.Fatal(err)
	}
	dead.unlockTemp() // as the system does when a process is killed
	old, recent := filepath.Join(alive.dir, tempDir, "put-1"), filepath.Join(alive.dir, tempDir, "put-2")
	for _, path := range []string{old, recent} { // of an earlier version
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().AddDate(0, 0, -1).Add(-time.Minute)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	uploaded := atEOF(func() { // while alive uploads
		next, err := OpenFolder(alive.dir)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]bool{left.Name(): false, dead.temp: false, old: false, recent: true, alive.temp: true, next.temp: true} {
			if exists(path) != want {
				t.Errorf("%s exists: %t, want %t", path, !want, want)
			}
		}
		if err := next.Close(); err != nil || exists(next.temp) {
			t.Errorf("Close = %v and leaves %s: %t", err, next.temp, exists(next.temp))
		}
	})
	d, _, err := alive.Put(t.Context(), io.MultiReader(strings.NewReader("content"), uploaded))
	if err != nil {
		t.Fatal(err)
	}
	if got := readBlob(t, alive, d); got != "content" {
		t.Errorf("content = %q", got)
	}
}

// A folder keeps its first owner.
func TestOwner(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	for _, id := range []string{"first", "second"} {
		if owner, err := f.SetOwner(id); owner != "first" || err != nil {
			t.Errorf("SetOwner(%s) = %q, %v, want first", id, owner, err)
		}
	}
	again, err := OpenFolder(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if owner, err := again.Owner(); owner != "first" || err != nil {
		t.Errorf("Owner = %q, %v, want first", owner, err)
	}
	if empty, err := f.IsEmpty(); !empty || err != nil {
		t.Errorf("IsEmpty = %t, %v", empty, err)
	}
	if d := put(t, f, "content"); !f.Has(d) || f.Has(Digest{}) {
		t.Error("Has is wrong")
	}
	if empty, err := f.IsEmpty(); empty || err != nil {
		t.Errorf("IsEmpty of a folder with a blob = %t, %v", empty, err)
	}
}
