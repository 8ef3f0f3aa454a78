package rest

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/exporter"
	"github.com/momotor/resultgraph/internal/importer"
)

// requestTime is a time that a request has set.
var requestTime = regexp.MustCompile(`"20(2[7-9]|26-1)[^"]*Z"`)

// A store that was exported to the other database answers every route, and every recorded request, with the
// same bytes. Routes that read come first, because others change the data. The times of changes differ.
func TestExportedStoreResponds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		first := serveRecordedData(t, s, "testdata/wire")
		second := first.moveToOther(t, s)
		compared := 0
		compare := func(name string, want, got *wireResponse) {
			compared++
			body := requestTime.ReplaceAllString(want.text, "TIME")
			if other := requestTime.ReplaceAllString(got.text, "TIME"); got.status != want.status || other != body ||
				got.header.Get("Content-Type") != want.header.Get("Content-Type") || got.header.Get("Content-Disposition") != want.header.Get("Content-Disposition") {
				t.Errorf("%s = %d %q %s\nwant %d %q %s", name, got.status, got.header, other, want.status, want.header, body)
			}
		}
		for _, reads := range []bool{true, false} {
			for _, rt := range routes() {
				if (rt.method == http.MethodGet) != reads {
					continue
				}
				for _, user := range []string{"9001", "9002"} {
					path := exampleURL(basePath+rt.path, user)
					raw := rawRequest(rt.method, path, sampleKey)
					if rt.personOnly() {
						raw = rawRequest(rt.method, path, "", sessionHeaders(first.token)...)
					}
					compare(rt.method+" "+path, sendRaw(t, first.address(), rt.method, raw), sendRaw(t, second.address(), rt.method, raw))
				}
			}
			for _, rec := range loadRecordings(t) {
				if (rec.Request.Method == http.MethodGet) == reads {
					compare(rec.Name, rec.replay(t, first), rec.replay(t, second))
				}
			}
		}
		t.Logf("%d responses are the same", compared)
	})
}

// moveToOther exports a store and serves an import of the export in the other database. It also copies the
// tokens of accounts and the sessions of people, which an export does not have.
func (s *recordedServer) moveToOther(t *testing.T, store *db.Store) *recordedServer {
	t.Helper()
	to := dbtest.NewSQLite(t)
	if !store.IsPostgres() {
		to = dbtest.NewPostgres(t)
	}
	log := slog.New(slog.DiscardHandler)
	blobs, err := blob.OpenFolder(t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "export")
	e := &exporter.Exporter{Store: store, Blobs: s.blobs, Dir: dir, Log: log}
	if report, err := e.Run(t.Context()); err != nil || report.Missing > 0 {
		t.Fatalf("Run = %+v, %v", report, err)
	}
	im := &importer.Importer{Store: to, Blobs: blobs, Now: time.Now, Log: log}
	if report, err := im.Run(t.Context(), os.DirFS(dir)); err != nil || report.RejectedLines() > 0 {
		t.Fatalf("import the export: %v\n%s", err, report)
	}
	copyRows[db.CanvasAccess](t, store, to)
	copyRows[db.Session](t, store, to)
	return &recordedServer{serveStore(t, to, blobs), blobs, s.token}
}

// copyRows copies the rows of a table.
func copyRows[T any](t *testing.T, from, to *db.Store) {
	t.Helper()
	var rows []*T
	if err := from.DB().NewSelect().Model(&rows).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := to.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return query.Insert(ctx, tx, rows) }); err != nil {
		t.Fatal(err)
	}
}
