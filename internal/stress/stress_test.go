// Package stress attacks, kills and overloads the program, as processes on both databases. “make
// stress” runs the scenarios at full size and prints their figures. “go test” runs the short ones, and
// checks only what does not depend on the speed of the machine.
package stress

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

var (
	full    = flag.Bool("stress", false, "run all scenarios at full size and print their figures")
	program = flag.String("program", "", "the program to test; by default it is built from this tree")
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// scenarios are the scenarios for each database. Short ones also run without -stress.
var scenarios = []struct {
	name  string
	short bool
	run   func(t *testing.T, s *site)
}{
	{"SlowReaders", true, testSlowReaders},
	{"LargeReaders", false, testLargeReaders},
	{"WideQueries", false, testWideQueries},
	{"OddShapes", true, testOddShapes},
	{"Fairness", false, testFairness},
	{"HostileRecipes", true, testHostileRecipes},
	{"RollingRestart", false, testRollingRestart},
	{"KilledMigrations", true, testKilledMigrations},
	{"ConcurrentStarts", true, testConcurrentStarts},
	{"DatabaseFaults", false, testDatabaseFaults},
	{"OtherDatabase", false, testOtherDatabase},
}

// TestStress runs the scenarios one after another, because they measure the whole machine.
func TestStress(t *testing.T) {
	t.Cleanup(printFigures)
	command := *program
	if command == "" {
		command = loadtest.Build(t)
	}
	for _, database := range []string{"PostgreSQL", "SQLite"} {
		t.Run(database, func(t *testing.T) {
			s := newSite(t, database, command)
			for _, scenario := range scenarios {
				t.Run(scenario.name, func(t *testing.T) {
					if !scenario.short && !*full {
						t.Skip("runs only in make stress")
					}
					scenario.run(t, s)
				})
			}
		})
	}
}

// A figure is a row of the table of “make stress”.
type figure struct {
	name            string // of the test
	what, unit      string
	measured, limit float64
}

var figures []figure

// atMost adds a figure to the table, and fails the test if it exceeds the limit. Figures with a unit
// depend on the machine and are not checked without -stress.
func atMost(t *testing.T, what string, measured, limit float64, unit string) {
	t.Helper()
	figures = append(figures, figure{t.Name(), what, unit, measured, limit})
	if measured > limit && (*full || unit == "") {
		t.Errorf("%s: %.4g %s, want at most %.4g", what, measured, unit, limit)
	}
}

// printFigures prints the table of “make stress”.
func printFigures() {
	if !*full {
		return
	}
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	fmt.Fprintln(out, "database and scenario\twhat\tlimit\tmeasured\t\t")
	for _, f := range figures {
		verdict := "pass"
		if f.measured > f.limit {
			verdict = "FAIL"
		}
		fmt.Fprintf(out, "%s\t%s\t%.4g %s\t%.4g %s\t%s\t\n", f.name[len("TestStress/"):], f.what, f.limit, f.unit, f.measured, f.unit, verdict)
	}
	out.Flush()
}

// size returns the size of a scenario: large with -stress, else small.
func size(large, small int) int {
	if *full {
		return large
	}
	return small
}
