package importer_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/importer"
)

var benchResults = flag.Int("results", 2000, "number of results that BenchmarkImport imports")

// benchStepCount is the number of steps of each result.
const benchStepCount = 5

// BenchmarkImport imports results, whose steps are either in the manifest or in bundles of plain XML. On
// PostgreSQL it also prints the rate as a fraction of the rate at which PostgreSQL copies the same
// results, steps and bundles.
func BenchmarkImport(b *testing.B) {
	for _, store := range []struct {
		name     string
		location func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, steps := range []string{"manifest", "bundles"} {
			b.Run(store.name+"/"+steps, func(b *testing.B) {
				dir := b.TempDir()
				writeSchool(b, dir, *benchResults, steps == "bundles")
				elapsed, limit := time.Duration(0), time.Duration(0)
				for b.Loop() {
					b.StopTimer()
					location := store.location(b)
					p := newTarget(b, location)
					files, closer, err := importer.OpenPath(dir)
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					started := time.Now()
					p.load(b, files)
					elapsed += time.Since(started)
					closer.Close()
					if store.name == "postgres" {
						limit += copyTime(b, location)
					}
				}
				if limit > 0 {
					b.ReportMetric(limit.Seconds()/elapsed.Seconds(), "of-COPY")
				}
				b.ReportMetric(float64(*benchResults*b.N)/elapsed.Seconds(), "results/s")
			})
		}
	}
}

// writeSchool writes an import folder with as many courses as needed. Each has 10
// assignments with 4 attempts of 250 users.
func writeSchool(b *testing.B, dir string, results int, bundles bool) {
	b.Helper()
	file, err := os.Create(filepath.Join(dir, importer.Manifest))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	defer w.Flush()
	add := func(o object) { fmt.Fprintln(w, o) }
	add(account)
	for u := range 250 {
		add(user.with(object{"canvas_id": 9001 + u}))
	}
	for n := range results {
		c, g, u, attempt := n/10_000, n/1000%10, n/4%250, n%4
		if n%10_000 == 0 {
			add(course.with(object{"canvas_id": 1001 + c}))
		}
		if n%1000 == 0 {
			add(assignment.with(object{"course": 1001 + c, "canvas_id": 501 + g, "recipe": nil, "config": nil}))
		}
		r := result.with(object{
			"course": 1001 + c, "assignment": 501 + g, "user": 9001 + u, "attempt": attempt + 1,
			"queued_at": "2026-03-01T12:00:01.5Z", "started_at": "2026-03-01T12:00:02.25Z", "processed_at": "2026-03-01T12:00:09.123456Z",
		})
		if bundles {
			r["results"] = fmt.Sprintf("%d.xml", n)
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.xml", n)), []byte(benchBundle(n)), 0o600); err != nil {
				b.Fatal(err)
			}
		} else {
			r = r.with(object{"accepted": false, "has_error": false, "score": 5.5, "summary": "1 of 5 tests failed", "steps": benchSteps(n)})
		}
		add(r)
	}
}

func benchReport(n, step int) string {
	return fmt.Sprintf("<p>Output of test %d of submission %d:</p><pre>%s</pre>", step, n, strings.Repeat("line of output\n", 10))
}

func benchSteps(n int) (steps []any) {
	for i := range benchStepCount {
		steps = append(steps, []any{object{
			"id": fmt.Sprintf("step-%d", i), "accepted": true, "has_error": false, "label": fmt.Sprint("Test ", i), "score": 1.0, "max_score": 1.0,
			"secret": false, "hidden": false, "summary": "OK", "details": object{"outcome": "pass", "report": []any{benchReport(n, i)}, "hidden": false, "warnings": []any{}},
		}})
	}
	return steps
}

func benchBundle(n int) string {
	var x strings.Builder
	x.WriteString(`<?xml version="1.0" encoding="UTF-8"?><results xmlns="http://momotor.org/1.0">`)
	for i := range benchStepCount {
		id := fmt.Sprintf("step-%d", i)
		if i == benchStepCount-1 {
			id = "finalize"
		}
		fmt.Fprintf(&x, `<result step="%s" outcome="pass"><properties><property name="label" value="Test %d"/><property name="score" type="float" value="1.0"/>`+
			`<property name="max-score" type="float" value="1.0"/><property name="status" value="OK"/><property name="report"><![CDATA[%s]]></property></properties></result>`,
			id, i, benchReport(n, i))
	}
	x.WriteString(`</results>`)
	return x.String()
}
