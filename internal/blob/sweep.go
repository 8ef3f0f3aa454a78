package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// questions is how many digests Sweep asks about at a time.
const questions = 500

// Sweep implements [Store].
//
// The danger is a writer that Puts content while Sweep is about to remove it:
// Put finds the blob, says that it is stored, the writer commits its row, and
// Sweep, whose question came before that row, removes the blob. So after the
// answer Sweep looks at the age once more, and looks and removes under a lock
// that Put's own look and renewal take too. One of the two is first:
//
//   - Put renews first: Sweep sees a new age and leaves the blob.
//   - Sweep removes first: Put finds nothing and places its own copy.
//
// A row that was committed before the question is in the answer. A row that
// comes after it had its Put within the spared time, so the blob is too young
// to be asked about at all, or its Put is one of the two cases above.
func (f *Folder) Sweep(ctx context.Context, before time.Time, referenced Referenced) (int, error) {
	removed, err := f.sweepBlobs(ctx, before, referenced)
	if err == nil {
		err = f.sweepTemp(ctx, before)
	}
	if err != nil {
		return removed, fmt.Errorf("sweep blobs: %w", err)
	}
	return removed, nil
}

func (f *Folder) sweepBlobs(ctx context.Context, before time.Time, referenced Referenced) (removed int, err error) {
	for i := range 256 {
		old, err := f.older(fmt.Sprintf("%02x", i), before)
		if err != nil {
			return removed, err
		}
		for some := range slices.Chunk(old, questions) {
			n, err := f.sweepSome(ctx, some, before, referenced)
			removed += n
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// older lists the blobs of one shard that were last Put before the given moment.
func (f *Folder) older(shard string, before time.Time) ([]Digest, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, blobs, shard))
	if err != nil {
		return nil, err
	}
	var old []Digest
	for _, e := range entries {
		d, err := ParseDigest(shard + e.Name())
		if err != nil {
			continue // not ours, so not ours to remove
		}
		if stale, err := isStale(e, before); err != nil {
			return nil, err
		} else if stale {
			old = append(old, d)
		}
	}
	return old, nil
}

func (f *Folder) sweepSome(ctx context.Context, some []Digest, before time.Time, referenced Referenced) (removed int, err error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	used, err := referenced(ctx, some)
	if err != nil {
		return 0, fmt.Errorf("ask what is in use: %w", err)
	}
	for _, d := range some {
		if used[d] {
			continue
		}
		gone, err := f.remove(d, before)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// remove removes d unless somebody has Put it again meanwhile.
func (f *Folder) remove(d Digest, before time.Time) (bool, error) {
	unlock, err := f.lock(exclusive)
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := os.Lstat(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // another sweep was here
	}
	if err != nil || !info.ModTime().Before(before) {
		return false, err
	}
	return true, os.Remove(f.path(d))
}

// sweepTemp removes what broken-off Puts left. A Put that is alive, but has
// not written for so long, fails when it comes to its rename.
func (f *Folder) sweepTemp(ctx context.Context, before time.Time) error {
	entries, err := os.ReadDir(filepath.Join(f.dir, temp))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		stale, err := isStale(e, before)
		if err != nil {
			return err
		}
		if !stale {
			continue
		}
		err = os.Remove(filepath.Join(f.dir, temp, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// isStale reports whether a plain file was last modified before the given
// moment. A file that is gone is not stale.
func isStale(e fs.DirEntry, before time.Time) (bool, error) {
	if !e.Type().IsRegular() {
		return false, nil
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.ModTime().Before(before), nil
}
