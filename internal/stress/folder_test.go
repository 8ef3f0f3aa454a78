package stress

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// A server that is started with another database on a data folder deletes no bundle of the first.
func testOtherDatabase(t *testing.T, s *site) {
	data := t.TempDir()
	serve := func(settings ...string) (*loadtest.Process, error) {
		location := s.newLocation(t)
		s.run(t, "migrate", "up", "--data", t.TempDir(), "--database", location)
		return loadtest.TryStart(t, nil, append([]string{s.program, "serve", "--listen", "127.0.0.1:0", "--data", data, "--database", location}, settings...)...)
	}
	p, err := serve("--demo")
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	before := ageBlobs(t, data)
	if before == 0 {
		t.Fatal("the demo has no bundles")
	}
	if p, err := serve(); err == nil {
		pause(t, 10*time.Second, nil) // the server accepted the folder: see whether it sweeps
		p.Kill()
	}
	atMost(t, "another database on a data folder: lost bundles", float64(before-ageBlobs(t, data)), 0, "")
}

// ageBlobs makes the bundles of a data folder three days old, and returns their number.
func ageBlobs(t *testing.T, data string) (n int) {
	t.Helper()
	old := time.Now().Add(-72 * time.Hour)
	err := filepath.WalkDir(filepath.Join(data, "blobs", "sha256"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		n++
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
