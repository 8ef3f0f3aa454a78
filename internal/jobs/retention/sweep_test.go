package retention

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A sweep deletes old unreferenced blobs. It keeps referenced ones however old they are.
func TestSweep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		h, dir := newHandler(t, store)
		if _, _, err := h.Blobs.Put(t.Context(), strings.NewReader("unreferenced")); err != nil {
			t.Fatal(err)
		}
		if deleted, err := sweep(t.Context(), store, h.Blobs); err != nil || deleted != 0 {
			t.Errorf("a sweep of new blobs = %d, %v; want 0", deleted, err)
		}
		old := time.Now().Add(-2 * gracePeriod)
		err := filepath.Walk(filepath.Join(dir, "sha256"), func(path string, info os.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			return os.Chtimes(path, old, old)
		})
		if err != nil {
			t.Fatal(err)
		}
		if deleted, err := sweep(t.Context(), store, h.Blobs); err != nil || deleted != 1 {
			t.Errorf("a sweep of old blobs = %d, %v; want the unreferenced one", deleted, err)
		}
	})
}
