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

	"github.com/momotor/resultgraph/internal/filelock"
)

// sweepChunkSize is the number of digests in one call of Referenced.
const sweepChunkSize = 500

// Sweep implements [Store].
//
// There is a race with a writer that Puts content while Sweep is about to remove it: Put
// finds the blob and reports it as stored, the writer commits its row, and Sweep, which
// called referenced before that row existed, removes the blob. Therefore Sweep checks the age
// again after the call, and both checks and removes under a lock that Put takes to check and
// touch a blob. There are two orders:
//
//   - Put touches the blob first: Sweep sees the new age and keeps the blob.
//   - Sweep removes the blob first: Put finds nothing and stores its own copy.
//
// The result of referenced includes rows that were committed before the call. For a row that
// is committed later, either the Put is so recent that Sweep does not consider the blob at
// all, or it is one of the two cases above.
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
		oldDigests, err := f.listOlder(fmt.Sprintf("%02x", i), before)
		if err != nil {
			return removed, err
		}
		for chunk := range slices.Chunk(oldDigests, sweepChunkSize) {
			n, err := f.sweepChunk(ctx, chunk, before, referenced)
			removed += n
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// listOlder lists the blobs of one shard whose last Put was before the given time.
func (f *Folder) listOlder(shard string, before time.Time) ([]Digest, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, blobsDir, shard))
	if err != nil {
		return nil, err
	}
	var oldDigests []Digest
	for _, e := range entries {
		d, err := ParseDigest(shard + e.Name())
		if err != nil {
			continue // not a blob, so leave it alone
		}
		if stale, err := isStale(e, before); err != nil {
			return nil, err
		} else if stale {
			oldDigests = append(oldDigests, d)
		}
	}
	return oldDigests, nil
}

func (f *Folder) sweepChunk(ctx context.Context, chunk []Digest, before time.Time, referenced Referenced) (removed int, err error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	used, err := referenced(ctx, chunk)
	if err != nil {
		return 0, fmt.Errorf("find referenced blobs: %w", err)
	}
	for _, d := range chunk {
		if used[d] {
			continue
		}
		ok, err := f.remove(d, before)
		if err != nil {
			return removed, err
		}
		if ok {
			removed++
		}
	}
	return removed, nil
}

// remove removes d unless it was Put again in the meantime, and reports whether it did.
func (f *Folder) remove(d Digest, before time.Time) (bool, error) {
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := os.Lstat(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // another sweep has removed it
	}
	if err != nil || !info.ModTime().Before(before) {
		return false, err
	}
	return true, os.Remove(f.path(d))
}

// sweepTemp removes the temporary files of interrupted Puts. A running Put that has not
// written anything since then fails at its rename.
func (f *Folder) sweepTemp(ctx context.Context, before time.Time) error {
	entries, err := os.ReadDir(filepath.Join(f.dir, tempDir))
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
		err = os.Remove(filepath.Join(f.dir, tempDir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// isStale reports whether a regular file was last modified before the given time. A file
// that no longer exists is not stale.
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
