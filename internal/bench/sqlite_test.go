package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// BenchmarkSQLite measures both paths on SQLite with the small data set.
func BenchmarkSQLite(b *testing.B) {
	postgres := dbtest.MigratedPostgres(b)
	loadtest.Fill(b, postgres, loadtest.Small)
	sqlite := filepath.Join(b.TempDir(), "resultgraph.db")
	store := dbtest.Open(b, "sqlite:"+sqlite)
	loadtest.Copy(b, postgres, sqlite)
	e := &environment{student: studentCanvasID(b, postgres), key: makeKey(b, store)}
	e.startPaths(b, loadtest.Build(b), "sqlite:"+sqlite)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "workload on SQLite\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tserver CPU ms\tallocations\tbytes\tpeak MB\t")
	for _, w := range workloads(e.student) {
		if !strings.Contains(w.name, *nameFilter) {
			continue
		}
		for _, clients := range []int{1, 16} {
			sums := e.measureAlternately(b, w, clients, 3)
			for i, tgt := range e.targets {
				s := sums[i]
				fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%d\t%d\t\n", w.name, tgt.name, clients, s.rate(), s.rate()/sums[1].rate(),
					s.quantile(0.5), s.quantile(0.99), s.perRequest(s.serverCPU), s.allocations/float64(s.requests), s.bytes, loadtest.PeakMemoryMB(tgt.pid))
			}
			out.Flush()
		}
	}
}
