package blob

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	put(t, f, "content 0")
	b := f.Batch()
	defer b.Discard()
	digests := make([]Digest, 40)
	var wg sync.WaitGroup
	for i := range digests {
		wg.Go(func() {
			d, _, err := b.Put(t.Context(), strings.NewReader("content "+strconv.Itoa(i%20)))
			if err != nil {
				t.Error(err)
			}
			digests[i] = d
		})
	}
	wg.Wait()
	if _, err := f.Open(t.Context(), digests[1], 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open before Commit = %v, want fs.ErrNotExist", err)
	}
	if err := b.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, d := range digests {
		if got, want := readBlob(t, f, d), "content "+strconv.Itoa(i%20); got != want {
			t.Errorf("content of %s = %q, want %q", d, got, want)
		}
	}
	if all := listFiles(t, f.dir); len(all) != 20 {
		t.Errorf("%d files after Commit, want 20", len(all))
	}
}

func TestBatchEnded(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, end := range map[string]func(*Batch) error{
		"Discard":          func(b *Batch) error { b.Discard(); return errClosed },
		"Commit cancelled": func(b *Batch) error { return b.Commit(cancelled) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := openFolder(t)
			b := f.Batch()
			if _, _, err := b.Put(t.Context(), strings.NewReader("content")); err != nil {
				t.Fatal(err)
			}
			if err := end(b); err == nil {
				t.Error("end of the batch = nil, want an error")
			}
			if _, _, err := b.Put(t.Context(), strings.NewReader("late")); !errors.Is(err, errClosed) {
				t.Errorf("Put after the end = %v, want %v", err, errClosed)
			}
			if err := b.Commit(t.Context()); !errors.Is(err, errClosed) {
				t.Errorf("Commit after the end = %v, want %v", err, errClosed)
			}
			if left := listFiles(t, f.dir); len(left) > 0 {
				t.Errorf("files after the end: %q, want none", left)
			}
		})
	}
}
