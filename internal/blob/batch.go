package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
)

// Batch is a group of blobs that become durable together. On Linux that takes
// two syncs of the file system in all instead of two syncs a blob; elsewhere it
// saves nothing. It may be used by several goroutines at once. Some hundreds to
// some thousands of blobs make a good batch; larger ones gain nothing more.
type Batch struct {
	f *Folder

	mu      sync.Mutex
	ended   bool
	waiting []*spooled
	renewed []Digest
}

// errEnded is the failure of using a batch after its end.
var errEnded = errors.New("the batch has ended")

// Batch starts an empty batch. Its caller ends it by Commit or by Discard.
func (f *Folder) Batch() *Batch { return &Batch{f: f} }

// Put reads r to its end and returns its digest and its size, like
// [Folder.Put], but content that is new becomes visible and durable only by
// Commit: a row that refers to it may be committed only after that. The age
// that Sweep looks at counts from Commit for new content, and from here for
// content that was there already.
func (b *Batch) Put(ctx context.Context, r io.Reader) (Digest, int64, error) {
	t, err := b.f.spool(ctx, r)
	if err != nil {
		return Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if err := b.add(t); err != nil {
		t.discard()
		return Digest{}, 0, fmt.Errorf("put blob %s: %w", t.digest, err)
	}
	return t.digest, t.size, nil
}

// add takes t over, unless it fails.
func (b *Batch) add(t *spooled) error {
	// A batch may be larger than the number of files that may be open.
	if err := t.Close(); err != nil {
		return err
	}
	renewed, err := b.f.renew(t)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ended:
		return errEnded
	case renewed:
		b.renewed = append(b.renewed, t.digest)
		t.discard()
	default:
		b.waiting = append(b.waiting, t)
	}
	return nil
}

// Commit makes everything that was Put visible and durable, and ends the batch.
// When it fails, some of the content may have become visible, each blob whole;
// Sweep finds it if nothing comes to refer to it.
func (b *Batch) Commit(ctx context.Context) error {
	waiting, renewed, err := b.end()
	defer discard(waiting)
	if err == nil {
		err = b.f.storeAll(ctx, waiting, renewed)
	}
	if err != nil {
		return fmt.Errorf("commit batch of %d blobs: %w", len(waiting)+len(renewed), err)
	}
	return nil
}

// Discard ends the batch and drops what was Put into it. After Commit it does
// nothing, so that it can be deferred.
func (b *Batch) Discard() {
	waiting, _, _ := b.end()
	discard(waiting)
}

func (b *Batch) end() (waiting []*spooled, renewed []Digest, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return nil, nil, errEnded
	}
	waiting, renewed = b.waiting, b.renewed
	b.ended, b.waiting, b.renewed = true, nil, nil
	return waiting, renewed, nil
}

// storeAll does for many what store does for one, in the same order: content on
// the disk, then names, then names on the disk.
func (f *Folder) storeAll(ctx context.Context, waiting []*spooled, renewed []Digest) error {
	if len(waiting)+len(renewed) == 0 {
		return nil
	}
	if err := f.flush(ctx, contents(waiting)); err != nil {
		return err
	}
	for _, t := range waiting {
		if err := f.place(t); err != nil {
			return err
		}
		renewed = append(renewed, t.digest)
	}
	return f.flush(ctx, f.folders(renewed))
}

// contents returns the temporary paths of the files.
func contents(files []*spooled) []string {
	paths := make([]string, len(files))
	for i, t := range files {
		paths[i] = t.Name()
	}
	return paths
}

// folders returns the folders that hold the digests, each once.
func (f *Folder) folders(digests []Digest) []string {
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

func discard(files []*spooled) {
	for _, t := range files {
		t.discard()
	}
}
