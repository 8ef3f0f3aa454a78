package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// pages are selections of the measured course whose answers are as large for any number of students.
var pages = []struct{ name, selection string }{
	{"assignment, changed since", `assignment(canvasId: 501) { results(first: 20, pick: ALL, filter: { changedSince: 1 }, orderBy: [{ field: SEQUENCE_ID }]) ` + pageFields + ` }`},
	{"course, changed since", `results(first: 20, filter: { changedSince: 1 }, orderBy: [{ field: SEQUENCE_ID }]) ` + pageFields},
	{"course, by score", `results(first: 20, orderBy: [{ field: SCORE }]) ` + pageFields},
	{"course, by score, descending", `results(first: 20, orderBy: [{ field: SCORE, direction: DESC }]) ` + pageFields},
	{"course, by processedAt", `results(first: 20, orderBy: [{ field: PROCESSED_AT }]) ` + pageFields},
	{"course, by submittedAt", `results(first: 20, orderBy: [{ field: SUBMITTED_AT }]) ` + pageFields},
	{"course, all attempts", `results(first: 20) ` + pageFields},
	{"assignment, all attempts", `assignment(canvasId: 501) { results(first: 20, pick: ALL) ` + pageFields + ` }`},
	{"assignment, taskIds", `assignment(canvasId: 501) { taskIds }`},
	{"course, totalCount of latest", `results(first: 0, pick: LATEST) { totalCount }`},
}

const pageFields = `{ nodes { attempt isLatest sequenceId score processedAt submittedAt } }`

// BenchmarkPageGrowth prints the milliseconds of pages of a course with 500 and with 8,000 students, on
// both databases.
func BenchmarkPageGrowth(b *testing.B) {
	courses := []*environment{}
	for _, students := range []int{500, 8000} {
		postgres := setUp(b, loadtest.Size{Courses: 1, Assignments: 6, Students: students, Users: 3*students + 300})
		postgres.startProgram(b)
		courses = append(courses, postgres, postgres.copyToSQLite(b))
	}
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "page\tPostgreSQL, 500\t8,000\tSQLite, 500\t8,000\t")
	for _, page := range pages {
		w := graphql(page.name, courseQuery(page.selection), "", 0)
		fmt.Fprint(out, page.name, "\t")
		for _, i := range []int{0, 2, 1, 3} {
			e := courses[i]
			m, err := e.measure(e.targets[0], w.request(e.targets[0].host, e.key, ""), 1, time.Second)
			if err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(out, "%.2f\t", measurements{m}.quantile(0.5))
		}
		fmt.Fprintln(out)
	}
	out.Flush()
}

// copyToSQLite starts the program on a copy of the data in SQLite.
func (e *environment) copyToSQLite(tb testing.TB) *environment {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "resultgraph.db")
	store := dbtest.Open(tb, "sqlite:"+file)
	loadtest.Copy(tb, e.location, file)
	sqlite := &environment{program: e.program, location: "sqlite:" + file, student: e.student, key: makeKey(tb, store)}
	sqlite.startProgram(tb)
	return sqlite
}
