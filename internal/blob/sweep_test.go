package blob

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rows are the digests that committed rows refer to.
type rows map[Digest]bool

func (r rows) uses(_ context.Context, chunk []Digest) (map[Digest]Use, error) {
	uses := map[Digest]Use{}
	for _, d := range chunk {
		if r[d] {
			uses[d] = Referenced
		}
	}
	return uses, nil
}

// fixedUses returns Uses with fixed results.
func fixedUses(uses map[Digest]Use) Uses {
	return func(context.Context, []Digest) (map[Digest]Use, error) { return uses, nil }
}

// sweepOld plans and does a sweep of the blobs that makeOld made old.
func sweepOld(ctx context.Context, f *Folder, uses Uses) (swept []Digest, err error) {
	p, err := f.PlanSweep(ctx, anHourAgo(), uses)
	if err != nil {
		return nil, err
	}
	return f.Sweep(ctx, p)
}

// exists reports whether a file exists.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestSweep(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	uses := map[Digest]Use{}
	for text, use := range map[string]Use{"used": Referenced, "unknown": Unknown, "replaced": Replaced, "purged": Purged} {
		d := put(t, f, text)
		makeOld(t, f.path(d))
		uses[d] = use
	}
	recent := put(t, f, "recent")
	foreign := filepath.Join(f.dir, blobsDir, "00", "README")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	makeOld(t, foreign)
	p, err := f.PlanSweep(t.Context(), anHourAgo(), fixedUses(uses))
	if err != nil || p.Blobs != 5 || len(p.Unknown) != 1 || len(p.Replaced) != 1 || len(p.Purged) != 1 {
		t.Fatalf("PlanSweep = %+v, %v; want one of each of 5 blobs", p, err)
	}
	if swept, err := f.Sweep(t.Context(), p); len(swept) != 3 || err != nil {
		t.Errorf("Sweep = %v, %v; want 3", swept, err)
	}
	for d, use := range uses {
		if kept, trashed := exists(f.path(d)), exists(f.trashPath(d)); kept != (use == Referenced) || trashed != (use == Unknown || use == Replaced) {
			t.Errorf("a blob with the use %d is kept: %t, in the trash: %t", use, kept, trashed)
		}
	}
	if !exists(f.path(recent)) || !exists(foreign) {
		t.Error("a recent blob or a foreign file is gone")
	}
}

// A blob leaves the trash when a row refers to it or a reader opens it, and is deleted after a week
// or when it is purged.
func TestTrash(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	trashed := func(text string) Digest {
		d := put(t, f, text)
		makeOld(t, f.path(d))
		if _, err := sweepOld(t.Context(), f, rows{}.uses); err != nil || !exists(f.trashPath(d)) {
			t.Fatalf("Sweep = %v, want %q in the trash", err, text)
		}
		return d
	}
	again, opened, referenced, purged, kept, expired := trashed("again"), trashed("opened"), trashed("referenced"), trashed("purged"), trashed("kept"), trashed("expired")
	put(t, f, "again")
	readBlob(t, f, opened)
	old := time.Now().Add(-trashPeriod - time.Minute)
	if err := os.Chtimes(f.trashPath(expired), old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := sweepOld(t.Context(), f, fixedUses(map[Digest]Use{referenced: Referenced, purged: Purged})); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		d               Digest
		stored, inTrash bool
	}{
		"stored again": {again, true, true}, "opened": {opened, true, false}, "referenced": {referenced, true, false},
		"purged": {purged, false, false}, "kept": {kept, false, true}, "expired": {expired, false, false},
	} {
		if stored, inTrash := exists(f.path(c.d)), exists(f.trashPath(c.d)); stored != c.stored || inTrash != c.inTrash {
			t.Errorf("a blob that was %s is stored: %t, in the trash: %t; want %t, %t", name, stored, inTrash, c.stored, c.inTrash)
		}
	}
}

// All readers that open a blob of the trash at the same time get it.
func TestRestoreConcurrently(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	for range 50 {
		makeOld(t, f.path(d))
		if _, err := sweepOld(t.Context(), f, rows{}.uses); err != nil || !exists(f.trashPath(d)) {
			t.Fatalf("Sweep = %v, want the blob in the trash", err)
		}
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				b, err := f.Open(t.Context(), d, int64(len("content")))
				if err != nil {
					t.Error(err)
					return
				}
				b.Close()
			})
		}
		readers.Wait()
	}
}

// TestSweepStops asserts that nothing is planned if uses fails.
func TestSweepStops(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	makeOld(t, f.path(d))
	down := errors.New("database is down")
	_, err := f.PlanSweep(t.Context(), anHourAgo(), func(context.Context, []Digest) (map[Digest]Use, error) { return nil, down })
	if !errors.Is(err, down) {
		t.Errorf("PlanSweep = %v, want %v", err, down)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.PlanSweep(ctx, anHourAgo(), rows{}.uses); !errors.Is(err, context.Canceled) {
		t.Errorf("PlanSweep = %v, want %v", err, context.Canceled)
	}
	if _, err := f.Sweep(ctx, &SweepPlan{Before: anHourAgo(), Purged: []Digest{d}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Sweep = %v, want %v", err, context.Canceled)
	}
	readBlob(t, f, d)
}

// A blob that cannot be removed does not keep the others.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	stuck, purged, replaced := Digest{1}, put(t, f, "purged"), put(t, f, "replaced")
	if err := os.MkdirAll(filepath.Join(f.path(stuck), "sub"), 0o700); err != nil { // cannot be removed like a file
		t.Fatal(err)
	}
	for _, d := range []Digest{stuck, purged, replaced} {
		makeOld(t, f.path(d))
	}
	swept, err := f.Sweep(t.Context(), &SweepPlan{Before: anHourAgo(), Purged: []Digest{stuck, purged}, Replaced: []Digest{replaced}})
	if err == nil || !slices.Equal(swept, []Digest{purged, replaced}) {
		t.Errorf("Sweep = %v, %v; want the two files and an error", swept, err)
	}
}

func TestSweepChunks(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	const count = 2*usesChunk + 1
	for i := range count {
		path := f.path(Digest{0xab, byte(i), byte(i >> 8)})
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		makeOld(t, path)
	}
	queried, maxChunk := 0, 0
	p, err := f.PlanSweep(t.Context(), anHourAgo(), func(_ context.Context, d []Digest) (map[Digest]Use, error) {
		queried, maxChunk = queried+len(d), max(maxChunk, len(d))
		return nil, nil
	})
	if err != nil || len(p.Unknown) != count || p.Blobs != count || queried != count || maxChunk != usesChunk {
		t.Errorf("PlanSweep = %d blobs, %v after %d digests, %d at a time; want %d, %d at a time", p.Blobs, err, queried, maxChunk, count, usesChunk)
	}
}

// TestSweepBetweenCheckAndRemoval lets writers work at the worst moment, between the plan and the
// sweep, and asserts that no row loses its blob, not even to the trash.
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
		p, err := f.PlanSweep(t.Context(), anHourAgo(), committed.uses)
		if err != nil {
			rt.Fatal(err)
		}
		write("during")
		if _, err := f.Sweep(t.Context(), p); err != nil {
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
	uses := func(ctx context.Context, chunk []Digest) (map[Digest]Use, error) {
		mu.Lock()
		defer mu.Unlock()
		return committed.uses(ctx, chunk)
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers, sweepers sync.WaitGroup
	for range 2 {
		sweepers.Go(func() {
			for ctx.Err() == nil {
				if _, err := sweepOld(ctx, f, uses); err != nil && !errors.Is(err, context.Canceled) {
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
