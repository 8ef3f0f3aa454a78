package retention

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
	"github.com/momotor/resultgraph/internal/importer"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// newHandler returns a handler without retention periods for a store with demo data, and
// the folder of its blobs.
func newHandler(t *testing.T, store *db.Store) (h *Handler, dir string) {
	t.Helper()
	dir = t.TempDir()
	blobs, err := blob.OpenFolder(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := importDemo(t.Context(), store, blobs, filepath.Join(t.TempDir(), "demo.zip")); err != nil {
		t.Fatal(err)
	}
	return &Handler{Store: store, Blobs: blobs, Log: slog.New(slog.DiscardHandler)}, dir
}

func importDemo(ctx context.Context, store *db.Store, blobs blob.Store, archive string) error {
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	if err := errors.Join(demo.WriteZip(ctx, f, demo.Options{Results: 60}), f.Close()); err != nil {
		return err
	}
	files, closer, err := importer.OpenPath(archive)
	if err != nil {
		return err
	}
	defer closer.Close()
	im := &importer.Importer{Store: store, Blobs: blobs, Now: time.Now, Limits: bundle.DefaultLimits(), Log: slog.New(slog.DiscardHandler)}
	_, err = im.Run(ctx, files)
	return err
}
