package bench

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// BenchmarkSQLite prints figures of the program on SQLite with the small data set.
func BenchmarkSQLite(b *testing.B) {
	postgres := dbtest.MigratedPostgres(b)
	loadtest.Fill(b, postgres, loadtest.Small)
	sqlite := filepath.Join(b.TempDir(), "resultgraph.db")
	store := dbtest.Open(b, "sqlite:"+sqlite)
	loadtest.Copy(b, postgres, sqlite)
	e := &environment{location: "sqlite:" + sqlite, student: studentCanvasID(b, postgres), key: makeKey(b, store)}
	e.startProgram(b)
	e.startResolvers(b)
	fmt.Println("\nSQLite:")
	clients := selectedClients(b)
	rp := newReport(clients)
	for _, w := range workloads(e.student) {
		if !isMeasured(b, w) {
			continue
		}
		rp.start(w)
		for _, n := range clients {
			rp.add(n, e.measureAlternately(b, w, n), nil)
		}
	}
}
