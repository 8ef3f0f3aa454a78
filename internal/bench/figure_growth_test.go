package bench

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// figureSelections are selections of the measured course with figures about all of its results, or about
// those of an assignment.
var figureSelections = []struct{ name, selection string }{
	{"figures of results", `assignments(first: 12) { nodes { results(first: 0) { stats { count students passRate score { mean median histogram(bins: 10, from: 0, to: 10) { counts } } } } } }`},
	{"pass rates of tasks", `assignments(first: 12) { nodes { stepStats { taskId count passed passRate } } }`},
	{"sections and days", `results(first: 0, pick: ALL) { groups(by: [SECTION, DAY], first: 1000) { totalCount nodes { key { section { name } day } stats { count students passRate } } } }`},
	{"item analysis", `assignment(canvasId: 501) { itemAnalysis { n alpha items { taskId discrimination } } }`},
}

// BenchmarkFigureGrowth prints the milliseconds of figures, and the peak memory of the program, for courses
// with 500, 2,000 and 8,000 students, three assignments and two attempts each.
func BenchmarkFigureGrowth(b *testing.B) {
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "figures\tstudents\tms\tbytes\tpeak MB\t")
	for _, students := range []int{500, 2000, 8000} {
		e := setUp(b, loadtest.Size{Courses: 1, Assignments: 3, Students: students, Users: 3*students + 300})
		e.startProgram(b)
		t := e.targets[0]
		for _, f := range figureSelections {
			loadtest.ResetPeakMemory(t.pid)
			m, err := e.measure(t, graphql(f.name, courseQuery(f.selection), "", 0).request(t.host, e.key, ""), 1, time.Second)
			if err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(out, "%s\t%d\t%.1f\t%d\t%d\t\n", f.name, students, measurements{m}.quantile(0.5), m.bytes, loadtest.PeakMemoryMB(t.pid))
		}
	}
	out.Flush()
}
