package check

import (
	"bytes"
	"errors"
	"io/fs"
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

// A blobFixture is a store with a result whose product and results bundle are blobs of a folder.
type blobFixture struct {
	store            *db.Store
	folder           *blob.Folder
	dir              string
	product, results blob.Digest
	log              bytes.Buffer
}

func newBlobFixture(t *testing.T, store *db.Store) *blobFixture {
	t.Helper()
	f := &blobFixture{store: store, dir: filepath.Join(t.TempDir(), "blobs")}
	var err error
	if f.folder, err = blob.OpenFolder(f.dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.folder.Close() })
	id, err := store.ID(t.Context())
	if err == nil {
		_, err = f.folder.SetOwner(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	fx := dbtest.NewFixture(t, store)
	dbtest.Exec(t, store, "UPDATE bundle SET sha256 = NULL") // recipes without files
	item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
	f.product, f.results = f.put(t, "product"), f.put(t, "results")
	item.Bundles[0].SHA256, item.Bundles[0].Size = new(f.product.String()), int64(len("product"))
	item.Bundles[1].SHA256, item.Bundles[1].Size = new(f.results.String()), int64(len("results"))
	fx.UpsertResults(t, store, item)
	return f
}

func (f *blobFixture) put(t *testing.T, content string) blob.Digest {
	t.Helper()
	d, _, err := f.folder.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (f *blobFixture) path(d blob.Digest) string {
	return filepath.Join(f.dir, "sha256", d.String()[:2], d.String()[2:])
}

func (f *blobFixture) write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *blobFixture) run(t *testing.T, contents bool) ([]Finding, error) {
	t.Helper()
	folder, err := blob.Inspect(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	shares := 0
	b := &Blobs{Store: f.store, Folder: folder, Contents: contents, Now: time.Now, Log: slog.New(slog.NewTextHandler(&f.log, nil))}
	b.Progress = func(share float64, _ int, _ int64) { shares++ }
	findings, err := b.Run(t.Context())
	if err == nil && shares != 256 {
		t.Errorf("progress was reported %d times, want 256", shares)
	}
	return findings, err
}

// Each fault of the folder is found, with the name of the file in the log, and the folder does not change.
func TestBlobs(t *testing.T) {
	for name, test := range map[string]struct {
		spoil   func(t *testing.T, f *blobFixture)
		subject string // "" for none
		state   State
		found   string
		logged  func(f *blobFixture) string
		// onlyContents is set for a fault that only reading the contents finds.
		onlyContents bool
	}{
		"none": {func(*testing.T, *blobFixture) {}, "", OK, "2 files (14 B)", nil, false},
		"missing": {func(t *testing.T, f *blobFixture) {
			if err := os.Remove(f.path(f.product)); err != nil {
				t.Fatal(err)
			}
		}, "missing", Failed, "1 of 2 files", func(f *blobFixture) string { return f.product.String() }, false},
		"damaged": {func(t *testing.T, f *blobFixture) { f.write(t, f.path(f.results), "resulTs") },
			"damaged", Failed, "1 of 2 files", func(f *blobFixture) string { return f.results.String() }, true},
		"cut off": {func(t *testing.T, f *blobFixture) { f.write(t, f.path(f.results), "resul") },
			"damaged", Failed, "1 of 2 files", func(f *blobFixture) string { return f.results.String() }, false},
		"in the trash": {func(t *testing.T, f *blobFixture) {
			if err := os.Rename(f.path(f.product), filepath.Join(f.dir, "trash", f.product.String())); err != nil {
				t.Fatal(err)
			}
		}, "", OK, "2 files", nil, false},
		"new without a row": {func(t *testing.T, f *blobFixture) { f.put(t, "upload") }, "", OK, "1 wait", nil, false},
		"old without a row": {func(t *testing.T, f *blobFixture) {
			old := time.Now().AddDate(0, 0, -2)
			if err := os.Chtimes(f.path(f.put(t, "upload")), old, old); err != nil {
				t.Fatal(err)
			}
		}, "unreferenced", Warning, "1 files", nil, false},
		"purged": {func(t *testing.T, f *blobFixture) {
			dbtest.Exec(t, f.store, "UPDATE bundle SET sha256 = NULL WHERE kind = 'PRODUCT'")
		}, "", OK, "1 files (7 B) have the right", nil, false},
		"stray in a shard": {func(t *testing.T, f *blobFixture) { f.write(t, f.path(f.product)+".bak", "?") },
			"stray", Warning, "1 files", func(*blobFixture) string { return ".bak" }, false},
		"stray in the folder": {func(t *testing.T, f *blobFixture) { f.write(t, filepath.Join(f.dir, "notes.txt"), "?") },
			"stray", Warning, "1 files", func(*blobFixture) string { return "notes.txt" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, store *db.Store) {
				f := newBlobFixture(t, store)
				test.spoil(t, f)
				if test.onlyContents {
					findings, err := f.run(t, false)
					if err != nil || Worst(findings) != OK {
						t.Errorf("without contents: %+v, %v", findings, err)
					}
				}
				findings, err := f.run(t, true)
				if err != nil || len(findings) != 1 {
					t.Fatalf("findings %+v, %v, want one", findings, err)
				}
				if got := requireFinding(t, findings, "blobs", test.subject, test.state); !strings.Contains(got, test.found) {
					t.Errorf("found %q, want %q", got, test.found)
				}
				if test.logged != nil && !strings.Contains(f.log.String(), test.logged(f)) {
					t.Errorf("the log lacks %s:\n%s", test.logged(f), f.log.String())
				}
			})
		})
	}
}

// The folder of another store is an error: its files would all seem to be unreferenced.
func TestBlobsOfAnotherStore(t *testing.T) {
	t.Parallel()
	f := newBlobFixture(t, dbtest.NewSQLite(t))
	f.store = dbtest.Open(t, dbtest.SQLite(t)) // with an id of its own
	if _, err := f.run(t, true); err == nil || !strings.Contains(err.Error(), "another database") {
		t.Errorf("check of the folder of another store = %v, want an error", err)
	}
	if _, err := blob.Inspect(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Inspect of an empty folder = %v", err)
	}
}
