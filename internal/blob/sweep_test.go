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

// rows stands for the database: which digests committed rows name.
type rows map[Digest]bool

func (r rows) referenced(context.Context, []Digest) (map[Digest]bool, error) { return r, nil }

func TestSweep(t *testing.T) {
	t.Parallel()
	f := open(t)
	used, young, old := put(t, f, "used"), put(t, f, "young"), put(t, f, "old")
	age(t, f.path(used))
	age(t, f.path(old))
	stale, live := filepath.Join(f.dir, temp, "put-1"), filepath.Join(f.dir, temp, "put-2")
	foreign := filepath.Join(f.dir, blobs, "00", "README")
	for _, path := range []string{stale, live, foreign} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, stale)
	age(t, foreign)
	removed, err := f.Sweep(t.Context(), anHourAgo(), rows{used: true}.referenced)
	if removed != 1 || err != nil {
		t.Errorf("Sweep = %d, %v; want 1", removed, err)
	}
	for path, want := range map[string]bool{
		f.path(used): true, f.path(young): true, f.path(old): false, stale: false, live: true, foreign: true,
	} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s after Sweep: %v, want there = %v", path, err, want)
		}
	}
}

// TestSweepStops holds that without an answer nothing is removed.
func TestSweepStops(t *testing.T) {
	t.Parallel()
	f := open(t)
	d := put(t, f, "content")
	age(t, f.path(d))
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
	content(t, f, d)
}

func TestSweepAsksInBatches(t *testing.T) {
	t.Parallel()
	f := open(t)
	const many = 2*questions + 1
	for i := range many {
		path := f.path(Digest{0xab, byte(i), byte(i >> 8)})
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path)
	}
	asked, most := 0, 0
	removed, err := f.Sweep(t.Context(), anHourAgo(), func(_ context.Context, d []Digest) (map[Digest]bool, error) {
		asked, most = asked+len(d), max(most, len(d))
		return nil, nil
	})
	if removed != many || asked != many || most != questions || err != nil {
		t.Errorf("Sweep = %d, %v after %d questions, %d at a time; want %d, %d at a time", removed, err, asked, most, many, questions)
	}
}

// TestSweepBetweenAnswerAndRemoval lets writers do anything they may do at the
// worst moment, when Sweep has its answer but has removed nothing yet, and
// holds that no row is ever left without its blob.
func TestSweepBetweenAnswerAndRemoval(t *testing.T) {
	t.Parallel()
	f := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		committed := rows{}
		write := func(label string) {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4).Draw(rt, label+": puts") {
				d := put(t, f, strconv.Itoa(i))
				committed[d] = rapid.Bool().Draw(rt, label+": commit")
			}
		}
		write("before")
		for _, path := range files(t, f.dir) {
			if rapid.Bool().Draw(rt, "age") {
				age(t, path)
			}
		}
		_, err := f.Sweep(t.Context(), anHourAgo(), func(_ context.Context, some []Digest) (map[Digest]bool, error) {
			answer := map[Digest]bool{}
			for _, d := range some {
				answer[d] = committed[d]
			}
			write("during")
			return answer, nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		for d, there := range committed {
			if _, err := os.Stat(f.path(d)); there && err != nil {
				rt.Fatalf("a row names %s, but %v", d, err)
			}
		}
	})
}

// TestSweepAgainstWriters lets writers and sweepers run freely. A writer makes
// a row, checks that its blob is there, deletes the row, and lets the blob age.
func TestSweepAgainstWriters(t *testing.T) {
	t.Parallel()
	f := open(t)
	var mu sync.Mutex
	committed := rows{}
	referenced := func(_ context.Context, some []Digest) (map[Digest]bool, error) {
		mu.Lock()
		defer mu.Unlock()
		answer := map[Digest]bool{}
		for _, d := range some {
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
				for range 20 { // the sweepers get time to be wrong
					if _, err := os.Stat(f.path(d)); err != nil {
						t.Errorf("a row names %s, but %v", d, err)
						return
					}
				}
				mu.Lock()
				delete(committed, d)
				mu.Unlock()
				_ = os.Chtimes(f.path(d), anHourAgo().Add(-1), anHourAgo().Add(-1)) // it may be swept already
			}
		})
	}
	writers.Wait()
	stop()
	sweepers.Wait()
}
