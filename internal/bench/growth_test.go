package bench

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// BenchmarkGrowth prints the cost of lists of 500, 2,000 and 8,000 results, with users and
// with steps.
func BenchmarkGrowth(b *testing.B) {
	e := setUp(b, loadtest.Small)
	limits := []string{"--max-page-size", "10000", "--max-nodes", "10000000", "--max-values", "100000000", "--max-response-bytes", "100000000"}
	e.startProgram(b, limits...)
	e.startResolvers(b, limits...)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "results\twith\tserver\tms\tµs a result\tallocations\tbytes\t")
	for _, relation := range []string{"user { canvasId name }", "steps { " + stepFields + " }"} {
		for _, n := range []int{500, 2000, 8000} {
			query := courseQuery(fmt.Sprintf(`results(first: %d, pick: ALL) { nodes { %s submittedAt summary %s } }`, n, resultFields, relation))
			w := graphql(fmt.Sprint(n), query, "", 0)
			for _, t := range e.targets {
				if !supports(t, w) {
					continue
				}
				var ms measurements
				for range 3 {
					m, err := e.measure(t, w.request(t.host, e.key, ""), 1, time.Second)
					if err != nil {
						b.Fatal(err)
					}
					ms = append(ms, m)
				}
				p50 := ms.quantile(0.5)
				fmt.Fprintf(out, "%d\t%.5s\t%s\t%.1f\t%.1f\t%.0f\t%d\t\n", n, relation, t.name, p50, 1000*p50/float64(n), ms.perRequest(allocations), ms[0].bytes)
			}
		}
	}
	out.Flush()
}
