package graph_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/demo"
	"github.com/momotor/resultgraph/internal/exporter"
	"github.com/momotor/resultgraph/internal/importer"
)

// A store that was exported to the other database, and from there back, gives every caller the same bytes for
// random operations and REST routes, except for the last digits of figures. It has random rows and demo data.
func TestExportedStoreAnswers(t *testing.T) {
	var compared, withData atomic.Int64
	t.Cleanup(func() { t.Logf("compared the answers to %d requests, %d with data", compared.Load(), withData.Load()) })
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		rows := randomRows(1)
		callers := rows.addCallers(t)
		rows.write(t, s)
		for _, statement := range countResults {
			dbtest.Exec(t, s, statement)
		}
		first := newExportedSite(t, s)
		callers = append(callers, first.addDemo(t))
		other, back := newExportedSite(t, openStore(t, !s.IsPostgres())), newExportedSite(t, openStore(t, s.IsPostgres()))
		first.move(t, other, rows)
		other.move(t, back, rows)
		var servers []*visibleServer
		for _, site := range []*exportedSite{first, other, back} {
			servers = append(servers, serveVisible(t, site.store, rows, site.blobs))
		}
		for _, c := range callers {
			t.Run(c.name, func(t *testing.T) { compareAnswers(t, servers, c, &compared, &withData) })
		}
	})
}

// countResults are the statements that count the results of random rows, as the code that writes results does.
var countResults = []string{
	`INSERT INTO result_count SELECT course_id, assignment_id, count(*), count(*) FILTER (WHERE is_latest) FROM result GROUP BY 1, 2`,
	`INSERT INTO task_count SELECT res.course_id, res.assignment_id, stp.position, stp.task, stp.task_id, count(*) FROM result AS res
		JOIN step AS stp ON stp.course_id = res.course_id AND stp.result_id = res.id WHERE res.is_latest GROUP BY 1, 2, 3, 4, 5`,
}

// compareAnswers compares the answers of servers to random requests of a caller.
func compareAnswers(t *testing.T, servers []*visibleServer, c *modelCaller, compared, withData *atomic.Int64) {
	rows, routes := servers[0].rows, readRoutes(t)
	gens := rows.generators()
	rapid.MakeCheck(func(rt *rapid.T) {
		var targets []string
		if rapid.IntRange(0, 3).Draw(rt, "kind") == 0 {
			targets = []string{rows.restTarget(rt, rapid.SampledFrom(routes).Draw(rt, "route"))}
		} else {
			op := rapid.SampledFrom(gens).Draw(rt, "root").operation(rt)
			for _, variables := range op.requests {
				text, _ := json.Marshal(variables)
				targets = append(targets, "/graphql?query="+url.QueryEscape(op.document)+"&variables="+url.QueryEscape(string(text)))
			}
		}
		for _, target := range targets {
			want, _ := servers[0].send(c, target)
			for i, server := range servers[1:] {
				if got, _ := server.send(c, target); got.status != want.status || roundFigures(got.body) != roundFigures(want.body) {
					readable, _ := url.QueryUnescape(target)
					rt.Fatalf("%s requests %s\nafter %d exports: %s\nbefore: %s", c.name, readable, i+1, got, want)
				}
			}
			compared.Add(1)
			if len(want.body) > 100 && want.status == http.StatusOK {
				withData.Add(1)
			}
		}
	})(t)
}

var float = regexp.MustCompile(`-?\d+\.\d+(e[+-]\d+)?`)

// roundFigures rounds the floats of a response: the databases add the numbers of a figure in their own orders, so
// that its last digits differ.
func roundFigures(body string) string {
	return float.ReplaceAllStringFunc(body, func(text string) string {
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil:
			return text
		case math.Abs(f) < 1e-9:
			return "0"
		}
		return strconv.FormatFloat(f, 'g', 12, 64)
	})
}

// An exportedSite is a store with its files.
type exportedSite struct {
	store *db.Store
	blobs *blob.Folder
}

func newExportedSite(t *testing.T, s *db.Store) *exportedSite {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &exportedSite{s, blobs}
}

// accountID is the id that an account of the demo has; the random rows have it too.
var accountID = regexp.MustCompile(`("type":"account".*),"id":\d+`)

// addDemo imports demo data, and returns a caller whose key opens its courses.
func (p *exportedSite) addDemo(t *testing.T) *modelCaller {
	t.Helper()
	before, err := p.store.ListCourseIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, p.store, "UPDATE counter SET value = 100000 WHERE name = 'id'")
	files := fstest.MapFS{}
	for name, content := range demo.Files(demo.Options{Seed: 1, Results: 200}) {
		if name == demo.Manifest {
			content = accountID.ReplaceAll(content, []byte("$1"))
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	im := &importer.Importer{Store: p.store, Blobs: p.blobs, Now: func() time.Time { return dbtest.Noon }, Log: slog.New(slog.DiscardHandler)}
	if report, err := im.Run(t.Context(), files); err != nil || report.RejectedLines() > 0 {
		t.Fatalf("import the demo: %v\n%.3000s", err, report)
	}
	courses, err := p.store.ListCourseIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := access.NewKey(sha256Reader("demo"))
	if err != nil {
		t.Fatal(err)
	}
	item := &db.APIKeyItem{Key: db.APIKey{Name: "demo", Prefix: key.Prefix(), HashedKey: key.Hash(), CreatedAt: dbtest.Noon}}
	item.Courses = slices.DeleteFunc(courses, func(id int64) bool { return slices.Contains(before, id) })
	if err := p.store.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	return &modelCaller{name: "demo", key: &item.Key, header: "Authorization", value: "Api-Key " + key.Reveal()}
}

// move exports the store and imports it into an empty one. The sessions of people, which an export does not
// have, are copied.
func (p *exportedSite) move(t *testing.T, to *exportedSite, rows *storeRows) {
	t.Helper()
	dir, log := filepath.Join(t.TempDir(), "export"), slog.New(slog.DiscardHandler)
	e := &exporter.Exporter{Store: p.store, Blobs: p.blobs, Dir: dir, Log: log}
	if _, err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	im := &importer.Importer{Store: to.store, Blobs: to.blobs, Now: time.Now, Log: log}
	if report, err := im.Run(t.Context(), os.DirFS(dir)); err != nil || report.RejectedLines() > 0 {
		t.Fatalf("import the export: %v\n%.3000s", err, report)
	}
	err := to.store.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return inserter(ctx, tx, rows.sessions)() })
	if err != nil {
		t.Fatal(err)
	}
}
