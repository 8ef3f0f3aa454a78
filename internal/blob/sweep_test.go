package blob

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// rows are the digests that committed rows refer to.
type rows map[Digest]bool

func (r rows) referenced(context.Context, []Digest) (map[Digest]bool, error) { return r, nil }

func TestSweep(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	used, recent, old := put(t, f, "used"), put(t, f, "recent"), put(t, f, "old")
	makeOld(t, f.path(used))
	makeOld(t, f.path(old))
	stale, active := filepath.Join(f.dir, tempDir, "put-1"), filepath.Join(f.dir, tempDir, "put-2")
	foreign := filepath.Join(f.dir, blobsDir, "00", "README")
	for _, path := range []string{stale, active, foreign} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	makeOld(t, stale)
	makeOld(t, foreign)
	removed, err := f.Sweep(t.Context(), anHourAgo(), rows{used: true}.referenced)
	if removed != 1 || err != nil {
		t.Errorf("Sweep = %d, %v; want 1", removed, err)
	}
	for path, want := range map[string]bool{
		f.path(used): true, f.path(recent): true, f.path(old): false, stale: false, active: true, foreign: true,
	} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s after Sweep: %v, want existence %v", path, err, want)
		}
	}
}

// TestSweepStops asserts that no blob is removed if referenced fails.
func TestSweepStops(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	makeOld(t, f.path(d))
	down := errors.New("database is down")
	_, err := f.Sweep(t.Context(), anHourAgo(), func(context.Context, []Digest) (map[Digest]bool, error) { return nil, down })
	if !errors.Is(err, down) {
		t.Errorf("Sweep = %v, want %v", err, down)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Sweep(ctx, anHourAgo(), rows{}.referenced); !errors.Is(err, context.Canceled) {
		t.Errorf("Sweep = %v, want %v", err, context.Canceled)
	}
	readBlob(t, f, d)
}

func TestSweepChunks(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	const count = 2*sweepChunkSize + 1
	for i := range count {
		path := f.path(Digest{0xab, byte(i), byte(i >> 8)})
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		makeOld(t, path)
	}
	queried, maxChunk := 0, 0
	removed, err := f.Sweep(t.Context(), anHourAgo(), func(_ context.Context, d []Digest) (map[Digest]bool, error) {
		queried, maxChunk = queried+len(d), max(maxChunk, len(d))
		return nil, nil
	})
	if removed != count || queried != count || maxChunk != sweepChunkSize || err != nil {
		t.Errorf("Sweep = %d, %v after %d digests, %d at a time; want %d, %d at a time", removed, err, queried, maxChunk, count, sweepChunkSize)
	}
}

// TestSweepBetweenCheckAndRemoval lets writers work at the worst moment, after Sweep has called
// referenced and before it removes blobs, and asserts that no row loses its blob.
func TestSweepBetweenCheckAndRemoval(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	rapid.Check(t, func(rt *rapid.T) {
		committed := rows{}
		write := func(label string) {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4).Draw(rt, label+": puts") {
				d := put(t, f, strconv.Itoa(i))
				committed[d] = rapid.Bool().Draw(rt, label+": commit")
			}
		}
		write("before")
		for _, path := range listFiles(t, f.dir) {
			if rapid.Bool().Draw(rt, "age") {
				makeOld(t, path)
			}
		}
		_, err := f.Sweep(t.Context(), anHourAgo(), func(_ context.Context, chunk []Digest) (map[Digest]bool, error) {
			answer := map[Digest]bool{}
			for _, d := range chunk {
				answer[d] = committed[d]
			}
			write("during")
			return answer, nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		for d, isCommitted := range committed {
			if _, err := os.Stat(f.path(d)); isCommitted && err != nil {
				rt.Fatalf("a row refers to %s, but %v", d, err)
			}
		}
	})
}

// TestSweepAgainstWriters runs writers and sweepers concurrently. A writer adds a row, checks
// that its blob exists, deletes the row, and makes the blob old.
func TestSweepAgainstWriters(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	var mu sync.Mutex
	committed := rows{}
	referenced := func(_ context.Context, chunk []Digest) (map[Digest]bool, error) {
		mu.Lock()
		defer mu.Unlock()
		answer := map[Digest]bool{}
		for _, d := range chunk {
			answer[d] = committed[d]
		}
		return answer, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers, sweepers sync.WaitGroup
	for range 2 {
		sweepers.Go(func() {
			for ctx.Err() == nil {
				if _, err := f.Sweep(ctx, anHourAgo(), referenced); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	for i := range 4 {
		writers.Go(func() {
			for range 50 {
				d, _, err := f.Put(ctx, strings.NewReader("writer "+strconv.Itoa(i)))
				if err != nil {
					t.Error(err)
					continue
				}
				mu.Lock()
				committed[d] = true
				mu.Unlock()
				for range 20 { // give the sweepers time to make a mistake
					if _, err := os.Stat(f.path(d)); err != nil {
						t.Errorf("a row refers to %s, but %v", d, err)
						return
					}
				}
				mu.Lock()
				delete(committed, d)
				mu.Unlock()
				_ = os.Chtimes(f.path(d), anHourAgo().Add(-1), anHourAgo().Add(-1)) // a sweeper may have removed it
			}
		})
	}
	writers.Wait()
	stop()
	sweepers.Wait()
}
