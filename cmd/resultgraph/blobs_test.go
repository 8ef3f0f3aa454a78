package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/blob"
)

// storeBlob stores a blob, and a result of the store that refers to it.
func storeBlob(t *testing.T, store *db.Store, folder *blob.Folder) {
	t.Helper()
	d, size, err := folder.Put(t.Context(), strings.NewReader("product"))
	if err != nil {
		t.Fatal(err)
	}
	fx := dbtest.NewFixture(t, store)
	item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
	for _, b := range item.Bundles {
		b.SHA256, b.Size = new(d.String()), size
	}
	fx.UpsertResults(t, store, item)
	dbtest.Exec(t, store, "UPDATE bundle SET sha256 = NULL WHERE kind = 'RECIPE'") // has no blob
}

// A server starts only on the folder of its own store. A folder of an earlier version, without an owner,
// becomes its folder if it has the files of the store.
func TestFolderOfStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := &Settings{Data: t.TempDir()}
		folder, err := s.openBlobs(t.Context(), store, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("open a new folder: %v", err)
		}
		other, empty := dbtest.Open(t, dbtest.SQLite(t)), dbtest.Open(t, dbtest.SQLite(t))
		dbtest.NewFixture(t, other)
		if _, err := s.openBlobs(t.Context(), other, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), folder.OwnerPath()) {
			t.Errorf("open the empty folder of another store = %v, want an error that says what to do", err)
		}
		storeBlob(t, store, folder)
		if err := os.Remove(folder.OwnerPath()); err != nil {
			t.Fatal(err)
		}
		for _, stranger := range []*db.Store{other, empty} {
			if _, err := s.openBlobs(t.Context(), stranger, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "another database") {
				t.Errorf("open a folder without an owner with the files of another store = %v, want an error", err)
			}
		}
		if _, err := s.openBlobs(t.Context(), store, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("open the folder of an earlier version: %v", err)
		}
		id, err := store.ID(t.Context())
		if owner, ownerErr := folder.Owner(); owner != id || err != nil || ownerErr != nil {
			t.Errorf("the owner is %s, want %s", owner, id)
		}
	})
}

// A store with bundles does not start on an empty folder: its volume is probably not mounted. The message
// says how to go on.
func TestFolderMissing(t *testing.T) {
	t.Parallel()
	store := dbtest.Open(t, dbtest.SQLite(t))
	dbtest.NewFixture(t, store) // has a recipe
	s := &Settings{Data: t.TempDir()}
	path := filepath.Join(s.Data, "blobs", "store")
	_, err := s.openBlobs(t.Context(), store, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "mounted") || !strings.Contains(err.Error(), path) {
		t.Fatalf("open an empty folder = %v, want an error that says what to do", err)
	}
	id, err := store.ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.openBlobs(t.Context(), store, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("open an empty folder that was claimed: %v", err)
	}
}

// The command sweep shows what would go, and sweeps with --force.
func TestSweepCommand(t *testing.T) {
	location := dbtest.SQLite(t)
	store := dbtest.Open(t, location)
	s := &Settings{Data: t.TempDir(), Database: location}
	folder, err := s.openBlobs(t.Context(), store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	sweep := func(force bool) (string, error) {
		var out bytes.Buffer
		err := (&sweepCommand{Force: force}).Run(t.Context(), s, &console{&out, io.Discard})
		return out.String(), err
	}
	if _, err := sweep(true); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("a forced sweep of an empty store = %v, want an error", err)
	}
	storeBlob(t, store, folder)
	lost, _, err := folder.Put(t.Context(), strings.NewReader("lost"))
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().AddDate(0, 0, -2)
	path := filepath.Join(s.Data, "blobs", "sha256", lost.String()[:2], lost.String()[2:])
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, store, "UPDATE store SET reverted = TRUE")
	if out, err := sweep(false); err != nil || !strings.Contains(out, "will not sweep") || !folder.Has(lost) {
		t.Errorf("sweep = %v\n%s\nwant that a server would refuse", err, out)
	}
	if out, err := sweep(true); err != nil || folder.Has(lost) {
		t.Errorf("sweep --force = %v, and the blob is left: %t\n%s", err, folder.Has(lost), out)
	}
}
