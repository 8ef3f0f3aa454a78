package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
)

// Blobs compares the blobs of a folder with the bundles of a store. It holds the names of one part in 256 of
// them at a time, and a small piece of the content of one.
type Blobs struct {
	Store  *db.Store
	Folder *blob.Inspector
	// Contents makes it read the contents, and not only the sizes.
	Contents bool
	Now      func() time.Time
	// Progress is called after each part, with the share that is done, from 0 to 1, and what was checked so far.
	Progress func(share float64, files int, bytes int64)
	// Log gets the name of each file that is missing, damaged or stray.
	Log *slog.Logger

	count blobCount
}

// A blobCount counts the files of a check.
type blobCount struct {
	files   int   // that bundles refer to
	bytes   int64 // of these files, without the missing ones
	missing int
	damaged int
	unknown int // that the database knows nothing of, and that are not new
	waiting int // that no bundle refers to, and that the next sweep removes
	strays  int // that are no blobs
}

// newBlobAge is the age up to which a blob may still wait for the transaction with its row.
const newBlobAge = 24 * time.Hour

// Run returns the findings, or an error if the folder or the database cannot be read. It fails for the folder of
// another store.
func (b *Blobs) Run(ctx context.Context) ([]Finding, error) {
	if err := b.checkOwner(ctx); err != nil {
		return nil, err
	}
	strays, err := b.Folder.Strays()
	if err != nil {
		return nil, err
	}
	b.addStrays(ctx, strays)
	shards := b.Folder.Shards()
	for i, shard := range shards {
		if err := b.checkShard(ctx, shard); err != nil {
			return nil, err
		}
		b.Progress(float64(i+1)/float64(len(shards)), b.count.files, b.count.bytes)
	}
	return b.findings(), nil
}

func (b *Blobs) checkOwner(ctx context.Context) error {
	id, err := b.Store.ID(ctx)
	if err != nil {
		return err
	}
	owner, err := b.Folder.Owner()
	if err == nil && owner != id && owner != "" {
		err = fmt.Errorf("it holds the bundles of another database (id %s; this database has the id %s)", owner, id)
	}
	return err
}

// checkShard checks the blobs whose digests begin with a prefix. It reads the rows before the files, because a
// blob is stored before its row.
func (b *Blobs) checkShard(ctx context.Context, shard string) error {
	rows, err := b.Store.BlobSizes(ctx, shard)
	if err != nil {
		return err
	}
	files, strays, err := b.Folder.List(shard)
	if err != nil {
		return err
	}
	b.addStrays(ctx, strays)
	for _, row := range rows {
		d, err := blob.ParseDigest(row.SHA256)
		if err == nil {
			err = b.checkBlob(ctx, d, row.Size)
		}
		if err != nil {
			return err
		}
		delete(files, d)
	}
	return b.addUnreferenced(ctx, files)
}

// checkBlob checks the file that a row refers to.
func (b *Blobs) checkBlob(ctx context.Context, d blob.Digest, size int64) error {
	err := b.Folder.Verify(ctx, d, size, b.Contents)
	if errors.Is(err, fs.ErrNotExist) {
		if isReferenced, usesErr := b.isReferenced(ctx, d); usesErr != nil || !isReferenced {
			return usesErr // it was purged since
		}
	}
	switch b.count.files++; {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		b.count.missing++
		b.Log.ErrorContext(ctx, "blob is missing", "sha256", d)
		return nil
	case err != nil: // also for a file that cannot be read
		b.count.damaged++
		b.Log.ErrorContext(ctx, "blob is damaged", "sha256", d, "error", err)
	}
	b.count.bytes += size
	return nil
}

func (b *Blobs) isReferenced(ctx context.Context, d blob.Digest) (bool, error) {
	uses, err := b.Store.BlobUses(ctx, []string{d.String()})
	return uses[d.String()] == db.BlobReferenced, err
}

// addUnreferenced counts files that no row refers to.
func (b *Blobs) addUnreferenced(ctx context.Context, files map[blob.Digest]blob.FileInfo) error {
	if len(files) == 0 {
		return nil
	}
	var sums []string
	for d := range files {
		sums = append(sums, d.String())
	}
	uses, err := b.Store.BlobUses(ctx, sums)
	if err != nil {
		return err
	}
	for d, info := range files {
		switch use := uses[d.String()]; {
		case use == db.BlobReferenced: // its row was committed since
		case use == db.BlobUnknown && b.Now().Sub(info.PutAt) > newBlobAge:
			b.count.unknown++
		default:
			b.count.waiting++
		}
	}
	return nil
}

func (b *Blobs) addStrays(ctx context.Context, paths []string) {
	b.count.strays += len(paths)
	for _, path := range paths {
		b.Log.WarnContext(ctx, "file is not a blob", "path", path)
	}
}

// findings returns a finding for each kind of fault, or one if there is none.
func (b *Blobs) findings() (all []Finding) {
	c := &b.count
	if c.missing > 0 {
		all = append(all, fail("blobs", "restore them from a backup, or upload or import the same bundles again; the log has their names",
			"%d of %d files are missing", c.missing, c.files).about("missing"))
	}
	if c.damaged > 0 {
		all = append(all, fail("blobs", "restore them from a backup, or upload or import the same bundles again; the log has their names",
			"%d of %d files are damaged or cannot be read", c.damaged, c.files).about("damaged"))
	}
	if c.unknown > 0 {
		all = append(all, warn("blobs", "check --database and --data; “resultgraph sweep” shows whether the server removes them",
			"%d files belong to no bundle, and are older than a day", c.unknown).about("unreferenced"))
	}
	if c.strays > 0 {
		all = append(all, warn("blobs", "move them to another folder; the log has their paths",
			"%d files are not blobs", c.strays).about("stray"))
	}
	if all == nil {
		checked := "have the right SHA-256"
		if !b.Contents {
			checked = "have the right size; their contents were not read"
		}
		all = append(all, ok("blobs", "%d files (%s) %s, and %d wait for a row or for the next sweep", c.files, SizeText(c.bytes), checked, c.waiting))
	}
	return all
}
