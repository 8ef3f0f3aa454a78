package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/metrics"
)

// Scrapes show the figures of the last read, also while the database does not answer.
func TestStoreWatch(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		store := dbtest.Open(t, location)
		s := &Settings{Data: t.TempDir(), Database: location}
		log := slog.New(slog.DiscardHandler)
		folder, err := s.openBlobs(t.Context(), store, log)
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		storeBlob(t, store, folder)
		dbtest.Exec(t, store, "INSERT INTO river_job (kind, state, max_attempts, args) VALUES ('process', 'available', 5, '{}')")
		dbtest.Exec(t, store, "UPDATE assignment SET refreshed_at = '2026-03-01 12:00:00+00:00' WHERE canvas_id = 501")
		if err := store.RecordImport(t.Context()); err != nil {
			t.Fatal(err)
		}
		m := metrics.New(store.Stats)
		scrape := scraper(t, m)
		if text := scrape(); strings.Contains(text, "resultgraph_jobs") {
			t.Errorf("figures are exported before they are read: %s", text)
		}
		watch, err := newStoreWatch(s, store, m, log)
		if err != nil {
			t.Fatal(err)
		}
		if err := watch.readStatus(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := watch.readUsage(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed, err := db.Open(t.Context(), location)
		if err != nil {
			t.Fatal(err)
		}
		closed.Close()
		watch.store = closed
		if err := watch.readStatus(t.Context()); err == nil {
			t.Error("a read of a closed database succeeds")
		}
		text := scrape()
		for _, want := range []string{
			`resultgraph_jobs{kind="process",state="waiting"} 1`, `resultgraph_jobs{kind="process",state="failed"} 0`,
			`resultgraph_jobs{kind="sync",state="running"} 0`, `resultgraph_blob_files 1`, `resultgraph_blob_bytes 7`,
			`resultgraph_last_refresh_timestamp_seconds{account="1"} 1.7723664e+09`, `resultgraph_last_import_timestamp_seconds `,
			`resultgraph_read_timestamp_seconds{source="database"} `, `resultgraph_read_timestamp_seconds{source="folder"} `,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
	})
}

// scraper returns a function that returns the metrics as Prometheus gets them.
func scraper(t *testing.T, m *metrics.Metrics) func() string {
	t.Helper()
	l, err := listen("--metrics-listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Serve(l, slog.New(slog.DiscardHandler)))
	return func() string {
		t.Helper()
		_, text, err := request(t, "GET", "http://"+l.Addr().String()+"/metrics")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}
