package stress

import (
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// A migration that is killed at any moment leaves a store that the next one completes.
func testKilledMigrations(t *testing.T, s *site) {
	start := time.Now()
	s.run(t, s.migrateUp(t)...)
	longest := time.Since(start)
	wedged := 0.0
	for range size(100, 3) {
		args := s.migrateUp(t)
		cmd := exec.Command(s.program, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(rand.N(longest), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		if out, err := exec.Command(s.program, args...).CombinedOutput(); err != nil {
			wedged++
			t.Logf("after a kill: %v\n%s", err, out)
		}
	}
	atMost(t, "killed migrations: wedged stores", wedged, 0, "")
}

// migrateUp returns the arguments that migrate a new database.
func (s *site) migrateUp(t *testing.T) []string {
	t.Helper()
	return []string{"migrate", "up", "--data", t.TempDir(), "--database", s.newLocation(t)}
}

// Two servers that start on a new SQLite file at the same time both serve.
func testConcurrentStarts(t *testing.T, s *site) {
	if s.database == "PostgreSQL" {
		t.Skip("only SQLite is migrated at the start")
	}
	failures := 0.0
	for range size(20, 2) {
		data := t.TempDir()
		errs := make([]error, 2)
		wait(len(errs), func(i int) {
			var p *loadtest.Process
			if p, errs[i] = loadtest.TryStart(t, nil, s.program, "serve", "--listen", "127.0.0.1:0", "--data", data); errs[i] == nil {
				defer p.Kill()
			}
		})
		if errs[0] != nil || errs[1] != nil {
			failures++
			t.Logf("%v\n%v", errs[0], errs[1])
		}
	}
	atMost(t, "pairs of concurrent first starts: failed", failures, 0, "")
}
