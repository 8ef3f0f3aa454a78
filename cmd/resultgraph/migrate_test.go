package main

import (
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// migrate up, status and down report each migration. Undoing migrations needs --yes, and up applies
// them again.
func TestMigrate(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		migrate := func(args ...string) (string, error) {
			t.Helper()
			return call(t, append(append([]string{"migrate"}, args...), "--data", t.TempDir(), "--database", location)...)
		}
		// count returns the number of lines of the output that contain a word.
		count := func(word string, args ...string) int {
			t.Helper()
			out, err := migrate(args...)
			if err != nil {
				t.Fatalf("migrate %v = %v\n%s", args, err, out)
			}
			return strings.Count(out, word)
		}
		all := count("pending\n", "status")
		if all == 0 || count("applied\n", "status") > 0 {
			t.Fatalf("%d migrations of an empty database are pending, or some are applied", all)
		}
		for range 2 {
			if n := count("applied ", "up"); n != all {
				t.Errorf("migrate up applied %d migrations, want %d", n, all)
			}
			if n := count("No migrations are pending.", "up"); n != 1 || count("applied\n", "status") != all {
				t.Errorf("after migrate up some migrations are pending")
			}
			if out, err := migrate("down"); err == nil || !strings.Contains(err.Error(), "--yes") || count("applied\n", "status") != all {
				t.Errorf("migrate down without --yes = %v, %s; want an error that names it, and no change", err, out)
			}
			if n := count("undid ", "down", "--yes"); n != all || count("pending\n", "status") != all {
				t.Errorf("migrate down undid %d migrations, want all %d that were applied together", n, all)
			}
		}
	})
}
