package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
)

// A Batch is a group of blobs that become durable together. On Linux a batch takes two syncs
// of the file system instead of two syncs per blob; elsewhere it saves nothing. It is safe for
// concurrent use. A good size is some hundreds to some thousands of blobs.
type Batch struct {
	f *Folder

	mu       sync.Mutex
	closed   bool
	pending  []*tempFile
	existing []Digest
}

// errClosed is the error for using a batch after Commit or Discard.
var errClosed = errors.New("the batch is closed")

// Batch returns an empty batch. The caller must call Commit or Discard.
func (f *Folder) Batch() *Batch { return &Batch{f: f} }

// Put is like [Folder.Put], but new content becomes visible and durable only by Commit: a row
// that refers to it may be committed only after that. For Sweep the age of new content counts
// from Commit, and the age of existing content from Put.
func (b *Batch) Put(ctx context.Context, r io.Reader) (Digest, int64, error) {
	t, err := b.f.writeTemp(ctx, r)
	if err != nil {
		return Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if err := b.add(t); err != nil {
		t.discard()
		return Digest{}, 0, fmt.Errorf("put blob %s: %w", t.digest, err)
	}
	return t.digest, t.size, nil
}

// add adds t to the batch. After an error t still belongs to the caller.
func (b *Batch) add(t *tempFile) error {
	existing, err := b.f.touchExisting(t)
	if err != nil {
		return err
	}
	// A batch may have more files than a process can have open.
	if err := t.Close(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return errClosed
	case existing:
		b.existing = append(b.existing, t.digest)
		t.discard()
	default:
		b.pending = append(b.pending, t)
	}
	return nil
}

// Commit makes all blobs of the batch visible and durable, and closes the batch. After an
// error some of the blobs may be visible, each of them whole. Sweep removes those that remain
// unreferenced.
func (b *Batch) Commit(ctx context.Context) error {
	pending, existing, err := b.close()
	defer discard(pending)
	if err == nil {
		err = b.f.commitAll(ctx, pending, existing)
	}
	if err != nil {
		return fmt.Errorf("commit batch of %d blobs: %w", len(pending)+len(existing), err)
	}
	return nil
}

// Discard closes the batch and deletes its temporary files. After Commit it does nothing, so
// it can be deferred.
func (b *Batch) Discard() {
	pending, _, _ := b.close()
	discard(pending)
}

func (b *Batch) close() (pending []*tempFile, existing []Digest, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, errClosed
	}
	pending, existing = b.pending, b.existing
	b.closed, b.pending, b.existing = true, nil, nil
	return pending, existing, nil
}

// commitAll is commit for many files, in the same order: it syncs the content, renames the
// files and syncs the folders.
func (f *Folder) commitAll(ctx context.Context, pending []*tempFile, existing []Digest) error {
	if len(pending)+len(existing) == 0 {
		return nil
	}
	if err := f.flush(ctx, tempPaths(pending)); err != nil {
		return err
	}
	for _, t := range pending {
		if err := f.rename(t); err != nil {
			return err
		}
		existing = append(existing, t.digest)
	}
	return f.flush(ctx, f.parentDirs(existing))
}

// tempPaths returns the paths of the files.
func tempPaths(files []*tempFile) []string {
	paths := make([]string, len(files))
	for i, t := range files {
		paths[i] = t.Name()
	}
	return paths
}

// parentDirs returns the folders of the digests, without duplicates.
func (f *Folder) parentDirs(digests []Digest) []string {
	var paths []string
	seen := map[byte]bool{}
	for _, d := range digests {
		if !seen[d[0]] {
			seen[d[0]] = true
			paths = append(paths, filepath.Dir(f.path(d)))
		}
	}
	return paths
}

func discard(files []*tempFile) {
	for _, t := range files {
		t.discard()
	}
}
