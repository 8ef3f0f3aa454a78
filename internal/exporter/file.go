package exporter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/db/transfer"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/importer"
)

const (
	filesPerBatch   = 500
	concurrentFiles = 4
)

// copyFiles copies the files of the present bundles, except for those of an earlier run. It leaves out files
// that are missing: see writer.bundle.
func (r *run) copyFiles(ctx context.Context) error {
	last := ""
	for {
		files, err := transfer.Files(ctx, r.Store, last, filesPerBatch)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return nil
		}
		last = files[len(files)-1].SHA256
		if err := r.copyBatch(ctx, files); err != nil {
			return err
		}
		for _, f := range files {
			r.addProgress(f.Bundles)
		}
	}
}

// copyBatch copies files. Each is complete when it has its name.
func (r *run) copyBatch(ctx context.Context, files []transfer.File) error {
	batch := r.folder.files.Batch()
	defer batch.Discard()
	var copied atomic.Int64
	g, copying := errgroup.WithContext(ctx)
	g.SetLimit(concurrentFiles)
	for _, f := range files {
		g.Go(func() error {
			isNew, err := r.copyFile(copying, batch, f.SHA256, f.Size)
			if isNew {
				copied.Add(1)
			}
			if isLost(err) {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	r.report.Copied += copied.Load()
	return batch.Commit(ctx)
}

// copyFile copies the file with a SHA-256 sum, unless the folder has it.
func (r *run) copyFile(ctx context.Context, batch *blob.Batch, sum string, size int64) (isNew bool, err error) {
	digest, err := blob.ParseDigest(sum)
	if err != nil || r.folder.files.Has(digest) {
		return false, err
	}
	content, err := r.Blobs.Open(ctx, digest, size)
	if err != nil {
		return false, err
	}
	defer content.Close()
	_, _, err = batch.Put(ctx, content)
	return err == nil, err
}

// isLost reports whether an error means that the store does not have the content of a file any more.
func isLost(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, blob.ErrDamaged)
}

// bundleFile copies the file of a row, unless the folder has it: the bundle is newer than copyFiles, or its
// file is lost.
func (r *run) bundleFile(ctx context.Context, b *db.Bundle) error {
	if b.SHA256 == nil {
		return nil
	}
	batch := r.folder.files.Batch()
	defer batch.Discard()
	isNew, err := r.copyFile(ctx, batch, *b.SHA256, b.Size)
	switch {
	case isLost(err):
		r.report.Missing++
		r.Log.WarnContext(ctx, "the file of a bundle is missing or damaged", "course", b.CourseID, "bundle", b.MomotorID, "sha256", *b.SHA256, "error", err)
		return nil
	case err != nil || !isNew:
		return err
	}
	r.report.Copied++
	return batch.Commit(ctx)
}

// staleFiles returns the paths of the files that no bundle of the snapshot has: those of an earlier export.
func (r *run) staleFiles(ctx context.Context, tx query.ReadTx) (stale []string, err error) {
	for shard := range 256 {
		prefix := fmt.Sprintf("%02x", shard)
		folder := filepath.Join(importer.BundleFolder, "sha256", prefix)
		entries, err := os.ReadDir(filepath.Join(r.folder.dir, folder))
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			continue
		}
		sums, err := transfer.FileSums(ctx, tx, prefix)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if _, found := slices.BinarySearch(sums, prefix+entry.Name()); !found {
				stale = append(stale, filepath.Join(folder, entry.Name()))
			}
		}
	}
	return stale, nil
}
