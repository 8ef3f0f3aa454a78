package blob

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/momotor/resultgraph/internal/filelock"
)

// A Use says what the rows of the database know of a blob.
type Use int

// The uses of a blob.
const (
	Unknown    Use = iota // no row refers to it, and none is known to have referred to it
	Referenced            // a row refers to it
	Replaced              // no row refers to it any more, because other content took its place
	Purged                // no row refers to it any more, because it was purged
)

// Uses returns the uses of blobs by committed rows. A digest that is missing in the map is Unknown.
type Uses func(context.Context, []Digest) (map[Digest]Use, error)

// usesChunk is the number of digests in one call of Uses.
const usesChunk = 500

// A SweepPlan is what a sweep does. Blobs that were Put after Before are in none of the lists.
type SweepPlan struct {
	Before time.Time
	// Blobs is the number of all blobs that are not in the trash.
	Blobs int
	// Unknown and Replaced go to the trash for a week, and Purged are deleted.
	Unknown, Replaced, Purged []Digest
	// Restored leave the trash, because a row refers to them. Expired are deleted from it.
	Restored, Expired []Digest
}

// PlanSweep implements [Store].
func (f *Folder) PlanSweep(ctx context.Context, before time.Time, uses Uses) (*SweepPlan, error) {
	p := &SweepPlan{Before: before}
	for _, shard := range shards() {
		old, total, err := f.listOlder(shard, before)
		if err == nil {
			err = p.addBlobs(ctx, old, uses)
		}
		if err != nil {
			return nil, fmt.Errorf("plan a sweep of blobs: %w", err)
		}
		p.Blobs += total
	}
	expired, err := f.listTrash()
	if err == nil {
		err = p.addTrash(ctx, expired, uses)
	}
	if err != nil {
		return nil, fmt.Errorf("plan a sweep of the trash: %w", err)
	}
	return p, nil
}

func (p *SweepPlan) addBlobs(ctx context.Context, digests []Digest, uses Uses) error {
	return eachUse(ctx, digests, uses, func(d Digest, use Use) {
		switch use {
		case Unknown:
			p.Unknown = append(p.Unknown, d)
		case Replaced:
			p.Replaced = append(p.Replaced, d)
		case Purged:
			p.Purged = append(p.Purged, d)
		}
	})
}

func (p *SweepPlan) addTrash(ctx context.Context, expired map[Digest]bool, uses Uses) error {
	return eachUse(ctx, slices.Collect(maps.Keys(expired)), uses, func(d Digest, use Use) {
		switch {
		case use == Referenced:
			p.Restored = append(p.Restored, d)
		case use == Purged, expired[d]:
			p.Expired = append(p.Expired, d)
		}
	})
}

// eachUse calls do with the use of each digest.
func eachUse(ctx context.Context, digests []Digest, uses Uses, do func(Digest, Use)) error {
	for chunk := range slices.Chunk(digests, usesChunk) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		found, err := uses(ctx, chunk)
		if err != nil {
			return fmt.Errorf("find the uses of blobs: %w", err)
		}
		for _, d := range chunk {
			do(d, found[d])
		}
	}
	return nil
}

// listOlder lists the blobs of one shard whose last Put was before the given time, and counts all.
func (f *Folder) listOlder(shard string, before time.Time) (old []Digest, total int, err error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, blobsDir, shard))
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		d, err := ParseDigest(shard + e.Name())
		if err != nil {
			continue // not a blob, so leave it alone
		}
		total++
		if stale, err := isStale(e, before); err != nil {
			return nil, 0, err
		} else if stale {
			old = append(old, d)
		}
	}
	return old, total, nil
}

// Sweep implements [Store].
//
// There is a race with a writer that Puts content after the plan was made: Put finds the blob and
// reports it as stored, the writer commits its row, and Sweep removes the blob. Therefore Sweep checks
// the age again, and both checks and removes under a lock that Put takes to check and touch a blob.
// There are two orders:
//
//   - Put touches the blob first: Sweep sees the new age and keeps the blob.
//   - Sweep removes the blob first: Put finds nothing and stores its own copy.
//
// The plan includes rows that were committed before it. For a row that is committed later, either the
// Put is so recent that the plan does not consider the blob at all, or it is one of the two cases above.
//
// A blob that cannot be removed does not stop the others.
func (f *Folder) Sweep(ctx context.Context, p *SweepPlan) (swept []Digest, err error) {
	var problems []error
	for _, step := range []struct {
		digests []Digest
		remove  func(Digest) error
	}{
		{p.Purged, func(d Digest) error { return os.Remove(f.path(d)) }},
		{p.Replaced, f.trash},
		{p.Unknown, f.trash},
	} {
		for _, d := range step.digests {
			if err := context.Cause(ctx); err != nil {
				return swept, fmt.Errorf("sweep blobs: %w", errors.Join(append(problems, err)...))
			}
			ok, err := f.sweep(d, p.Before, step.remove)
			if ok {
				swept = append(swept, d)
			}
			problems = append(problems, err)
		}
	}
	problems = append(problems, f.sweepTrash(p))
	f.removeLeftovers()
	if err := errors.Join(problems...); err != nil {
		return swept, fmt.Errorf("sweep blobs: %w", err)
	}
	return swept, nil
}

// sweep removes d unless it was Put again in the meantime, and reports whether it did.
func (f *Folder) sweep(d Digest, before time.Time, remove func(Digest) error) (bool, error) {
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := os.Lstat(f.path(d))
	if err != nil || !info.ModTime().Before(before) {
		return false, ignoreNotExist(err) // another sweep may have removed it
	}
	err = remove(d)
	return err == nil, err
}

// sweepTrash restores and deletes the blobs of the trash. Another sweep may have done so.
func (f *Folder) sweepTrash(p *SweepPlan) error {
	var problems []error
	for _, d := range p.Restored {
		problems = append(problems, ignoreNotExist(f.restore(d)))
	}
	for _, d := range p.Expired {
		problems = append(problems, ignoreNotExist(os.Remove(f.trashPath(d))))
	}
	return errors.Join(problems...)
}
