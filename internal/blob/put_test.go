package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// errReset is the error of the readers of the tests.
var errReset = errors.New("connection reset")

func TestPutOpen(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(rapid.Byte(), 0, 100_000).Draw(rt, "content")
		d, n, err := f.Put(t.Context(), iotest.HalfReader(bytes.NewReader(want)))
		if sum := Digest(sha256.Sum256(want)); err != nil || d != sum || n != int64(len(want)) {
			rt.Fatalf("Put(%d bytes) = %s, %d, %v; want %s", len(want), d, n, err, sum)
		}
		if got := readBlob(t, f, d); got != string(want) {
			rt.Errorf("content of %s = %q, want %q", d, got, want)
		}
	})
}

func TestOpenIsSeekable(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	b := open(t, f, put(t, f, "0123456789"))
	defer b.Close()
	if err := iotest.TestReader(b, []byte("0123456789")); err != nil {
		t.Error(err)
	}
}

func TestOpenUnknownDigest(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	_, err := f.Open(t.Context(), Digest{1}, 1)
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), f.dir) {
		t.Errorf("Open(unknown digest) = %v, want fs.ErrNotExist without a path", err)
	}
}

// TestPutFails asserts that a failed Put leaves no file.
func TestPutFails(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	ctx, cancelLater := context.WithCancel(t.Context())
	half := strings.Repeat("half", 50_000)
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"reset at once", t.Context(), iotest.ErrReader(errReset), errReset},
		{"reset half way", t.Context(), io.MultiReader(strings.NewReader(half), iotest.ErrReader(errReset)), errReset},
		{"cancelled before", cancelled, strings.NewReader(half), context.Canceled},
		{"cancelled half way", ctx, io.MultiReader(strings.NewReader(half), atEOF(cancelLater)), context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := openFolder(t)
			if _, _, err := f.Put(c.ctx, c.r); !errors.Is(err, c.want) {
				t.Errorf("Put = %v, want %v", err, c.want)
			}
			if left := listFiles(t, f.dir); len(left) > 0 {
				t.Errorf("files after a failed Put: %q, want none", left)
			}
		})
	}
}

// atEOF returns an empty reader that calls do at its end.
func atEOF(do func()) io.Reader {
	return readerFunc(func([]byte) (int, error) { do(); return 0, io.EOF })
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestPutAgain asserts that existing content is touched and not rewritten, and that damaged
// content is replaced.
func TestPutAgain(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	makeOld(t, f.path(d))
	before, _ := os.Stat(f.path(d))
	put(t, f, "content")
	after, _ := os.Stat(f.path(d))
	if !os.SameFile(before, after) {
		t.Error("the second Put rewrote the file")
	}
	if since := time.Since(after.ModTime()); since > time.Hour {
		t.Errorf("age after the second Put = %v, want zero", since)
	}
	for _, damage := range []string{"con", "cOntent", "", "content, and more"} {
		for name, again := range map[string]func(){
			"Put": func() { put(t, f, "content") },
			"Batch": func() {
				b := f.Batch()
				defer b.Discard()
				_, _, err := b.Put(t.Context(), strings.NewReader("content"))
				if err := errors.Join(err, b.Commit(t.Context())); err != nil {
					t.Fatal(err)
				}
			},
		} {
			if err := os.WriteFile(f.path(d), []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			again()
			if got := readBlob(t, f, d); got != "content" {
				t.Errorf("content after a %s over %q = %q, want %q", name, damage, got, "content")
			}
		}
	}
	if all := listFiles(t, f.dir); len(all) != 1 {
		t.Errorf("files = %q, want one", all)
	}
}

// TestPutTouchesAtEnd asserts that a new blob is not old if the reader ends long after its
// last byte.
func TestPutTouchesAtEnd(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	slow := atEOF(func() { makeOld(t, listFiles(t, f.dir)[0]) })
	d, _, err := f.Put(t.Context(), io.MultiReader(strings.NewReader("content"), slow))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(f.path(d))
	if err != nil || info.ModTime().Before(anHourAgo()) {
		t.Errorf("modified at %v, %v; want now", info.ModTime(), err)
	}
}

func TestPutConcurrently(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			want := "content " + strconv.Itoa(i%8) // eight goroutines put the same
			d, _, err := f.Put(t.Context(), strings.NewReader(want))
			if err != nil {
				t.Error(err)
			} else if got := readBlob(t, f, d); got != want {
				t.Errorf("content of %s = %q, want %q", d, got, want)
			}
		})
	}
	wg.Wait()
	if all := listFiles(t, f.dir); len(all) != 8 {
		t.Errorf("files = %q, want 8", all)
	}
}

func TestOpenFolder(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	for path, want := range map[string]fs.FileMode{
		f.dir:                        0o700,
		filepath.Dir(f.path(d)):      0o700,
		f.path(d):                    0o600,
		filepath.Join(f.dir, "lock"): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s = %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
	again, err := OpenFolder(f.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got := readBlob(t, again, d); got != "content" {
		t.Errorf("content after opening again = %q, want %q", got, "content")
	}
	if _, err := OpenFolder(f.path(d), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "must be a folder") {
		t.Errorf("OpenFolder(a file) = %v, want an error that says what to do", err)
	}
}
