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
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "results\twith\tserver\tms\tµs a result\tallocations\tbytes\t")
	for _, relation := range []string{"user { canvasId name }", "steps { " + stepFields + " }"} {
		for _, n := range []int{500, 2000, 8000} {
			w := graphql(fmt.Sprint(n), courseQuery(fmt.Sprintf(`results(first: %d, filter: {}) { nodes { %s submittedAt summary %s } }`, n, resultFields, relation)), 0)
			for _, tgt := range e.targets[:2] {
				var s measurement
				for range 3 {
					g, err := measure(tgt, w, e.key, 1, time.Second)
					if err != nil {
						b.Fatal(err)
					}
					s.add(g)
				}
				ms := s.quantile(0.5)
				fmt.Fprintf(out, "%d\t%.5s\t%s\t%.1f\t%.1f\t%.0f\t%d\t\n", n, relation, tgt.name, ms, 1000*ms/float64(n), s.allocations/float64(s.requests), s.bytes)
			}
		}
	}
	out.Flush()
}
