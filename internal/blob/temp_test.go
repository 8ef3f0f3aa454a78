package blob

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Opening a folder removes the files of killed processes, and no file of a living one.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	alive := openFolder(t)
	dead, err := OpenFolder(alive.dir, slog.New(slog.DiscardHandler))
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
		next, err := OpenFolder(alive.dir, slog.New(slog.DiscardHandler))
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

// Folders that are opened at the same time remove the same leftovers.
func TestLeftoversConcurrently(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	for i := range 20 {
		dir := filepath.Join(f.dir, tempDir, "process-"+strconv.Itoa(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for j := range 20 {
			if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(j)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() {
			next, err := OpenFolder(f.dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Errorf("OpenFolder: %v", err)
				return
			}
			if err := next.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	processes.Wait()
	if entries, err := os.ReadDir(filepath.Join(f.dir, tempDir)); err != nil || len(entries) != 1 {
		t.Errorf("%d folders are left, %v, want that of the living process", len(entries), err)
	}
}

// A leftover that cannot be removed is logged, and stops neither the start nor a sweep.
func TestLeftoverStays(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	// The lock cannot be taken, as in a folder of another user.
	if err := os.MkdirAll(filepath.Join(f.dir, tempDir, "process-1", tempLock), 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	next, err := OpenFolder(f.dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatalf("OpenFolder: %v", err)
	}
	defer next.Close()
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the log is %q, want a warning", &log)
	}
	if _, err := sweepOld(t.Context(), next, rows{}.uses); err != nil {
		t.Errorf("Sweep: %v", err)
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
	again, err := OpenFolder(f.dir, slog.New(slog.DiscardHandler))
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
