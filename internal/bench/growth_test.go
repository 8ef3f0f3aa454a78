package bench

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"
)

// BenchmarkGrowth prints what lists of 500, 2,000 and 8,000 results take, with their
// students and with their steps, a row.
func BenchmarkGrowth(b *testing.B) {
	f := setUp(b, small)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "results\twith\tserver\tms\tµs a result\tallocations\tbytes\t")
	for _, with := range []string{"user { canvasId name }", "steps { " + stepFields + " }"} {
		for _, n := range []int{500, 2000, 8000} {
			w := graphql(fmt.Sprint(n), inCourse(fmt.Sprintf(`results(first: %d, filter: {}) { nodes { %s submittedAt summary %s } }`, n, resultFields, with)), 0)
			for _, to := range f.targets[:2] {
				var s figure
				for range 3 {
					g, err := drive(to, w, f.key, 1, time.Second)
					if err != nil {
						b.Fatal(err)
					}
					s.add(g)
				}
				ms := s.quantile(0.5)
				fmt.Fprintf(out, "%d\t%.5s\t%s\t%.1f\t%.1f\t%.0f\t%d\t\n", n, with, to.name, ms, 1000*ms/float64(n), s.allocations/float64(s.requests), s.bytes)
			}
		}
	}
	out.Flush()
}
