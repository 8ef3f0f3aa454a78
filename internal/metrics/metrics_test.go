package metrics

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
)

// docs/metrics.md has a row for each metric, with its labels and its help, and no others.
func TestMetricsPage(t *testing.T) {
	t.Parallel()
	m := New(func() sql.DBStats { return sql.DBStats{} })
	m.RegisterOperations(func() int { return 0 }, func() int { return 0 }, func() int64 { return 0 }, func() int { return 0 })
	m.ObserveCache("hit")
	m.ObserveOperation("fast", "", []string{"INTERNAL"})
	m.ObserveSweep("done")
	m.ObserveKeyFailure("invalid")
	m.SetStoreState(&StoreState{Jobs: map[JobKey]int{{"process", "waiting"}: 3}, Refreshes: map[int64]time.Time{1: time.Now()}, ImportedAt: new(time.Now())})
	m.SetBlobUsage(&BlobUsage{})
	r := chi.NewRouter()
	r.Use(m.Middleware(func(*http.Request) string { return "" }))
	r.Get("/", func(http.ResponseWriter, *http.Request) {})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))

	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "resultgraph_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", f.GetName(), strings.Join(labels, ", "), f.GetHelp()))
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `resultgraph_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("docs/metrics.md has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
