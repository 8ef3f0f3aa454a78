package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
)

// blobPath returns the folder of the bundles.
func (s *Settings) blobPath() string { return filepath.Join(s.Data, "blobs") }

// openBlobs opens the folder of the bundles of a store. It fails for the folder of another store, of
// which this one would sweep all blobs.
func (s *Settings) openBlobs(ctx context.Context, store *db.Store, log *slog.Logger) (*blob.Folder, error) {
	folder, err := blob.OpenFolder(s.blobPath(), log)
	if err != nil {
		return nil, err
	}
	if err := claimFolder(ctx, store, folder); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return folder, nil
}

// claimFolder makes a folder without an owner the folder of a store, if it has the files of the store.
// Folders of earlier versions of this program have no owner.
func claimFolder(ctx context.Context, store *db.Store, folder *blob.Folder) error {
	id, err := store.ID(ctx)
	if err != nil {
		return err
	}
	owner, err := folder.Owner()
	if err == nil && owner == "" {
		var claimable bool
		if claimable, err = canClaim(ctx, store, id, folder); claimable {
			owner, err = folder.SetOwner(id)
		}
	}
	if err == nil && owner != id {
		err = fmt.Errorf("the data folder holds the bundles of another database (id %s; this database has the id %s): "+
			"use the --data and --database that belong together; if these do, record it with “echo %[2]s > %[3]s”",
			cmp.Or(owner, "unknown"), id, folder.OwnerPath())
	}
	return err
}

// canClaim reports whether a folder has most of the files of the store with an id. It fails if the folder is empty and
// the store is not, because then the files are elsewhere.
func canClaim(ctx context.Context, store *db.Store, id string, folder *blob.Folder) (bool, error) {
	const sampleSize = 100
	sums, err := store.SampleBlobs(ctx, sampleSize)
	if err != nil {
		return false, err
	}
	empty, err := folder.IsEmpty()
	if err != nil {
		return false, err
	}
	if empty && len(sums) > 0 {
		return false, fmt.Errorf("the data folder has no bundles, but the database refers to some: check --data, and that the volume is mounted; "+
			"to go on without the bundles, record it with “echo %s > %s”", id, folder.OwnerPath())
	}
	found := 0
	for _, sum := range sums {
		if d, err := blob.ParseDigest(sum); err == nil && folder.Has(d) {
			found++
		}
	}
	return empty || 2*found > len(sums), nil
}
