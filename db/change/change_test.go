package change_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

func configure(t testing.TB, s *db.Store, g *db.Assignment, conf change.Configuration) (queued []int64, err error) {
	t.Helper()
	err = dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
		all, err := c.Configure(ctx, g.Key(), conf)
		queued = idsOf(all)
		return err
	})
	return queued, err
}

func idsOf(all []change.QueuedRun) (ids []int64) {
	for _, q := range all {
		ids = append(ids, q.ID)
	}
	return ids
}

func queueResults(t testing.TB, s *db.Store, g *db.Assignment, sel change.Evaluation) (queued []int64, err error) {
	t.Helper()
	err = dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
		all, err := c.QueueResults(ctx, g.Key(), sel)
		queued = idsOf(all)
		return err
	})
	return queued, err
}

// read reads an assignment and its results as a teacher sees them.
func read(t testing.TB, s *db.Store, g *db.Assignment) (*db.Assignment, []*db.Result) {
	t.Helper()
	sc := query.ScopeOf(&access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: g.CourseID, Roles: access.Teacher}}})
	key := []query.Key{{g.CourseID, g.MomotorID}}
	rows, err := db.AssignmentByID.Load(t.Context(), s.DB(), sc, key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := db.AssignmentResults.Load(t.Context(), s.DB(), sc, key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0][0], results[0]
}

// Of a hundred who ask at once for an assignment to be refreshed, one is let through.
func TestOneRefreshOfMany(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		first := dbtest.Open(t, location)
		w := dbtest.NewFixture(t, first)
		second := dbtest.Open(t, location) // as another instance
		answers := make([]error, 100)
		var all sync.WaitGroup
		for i := range answers {
			s := []*db.Store{first, second}[i%2]
			all.Go(func() {
				answers[i] = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, c *change.Tx) error { return c.StartRefresh(ctx, w.Published.Key()) })
			})
		}
		all.Wait()
		let := 0
		for _, err := range answers {
			var limited *fault.Error
			switch {
			case err == nil:
				let++
			case !errors.As(err, &limited) || limited.Kind != fault.RateLimited:
				t.Errorf("StartRefresh = %v, want %v", err, fault.RateLimited)
			case limited.RetryAfter < change.MinRefreshInterval-time.Minute || limited.RetryAfter > change.MinRefreshInterval:
				t.Errorf("StartRefresh says to wait %s, want nearly %s", limited.RetryAfter, change.MinRefreshInterval)
			}
		}
		if let != 1 {
			t.Errorf("%d of %d were let through, want 1", let, len(answers))
		}
		if g, _ := read(t, first, w.Published); g.RefreshedAt == nil {
			t.Error("RefreshedAt is not noted")
		}
	})
}

// The pause ends by itself, and there is none for an active assignment.
func TestRefreshAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		start := func(g *db.Assignment) error {
			return dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error { return c.StartRefresh(ctx, g.Key()) })
		}
		ago := map[bool]string{
			true:  "UPDATE assignment SET refreshed_at = now() - interval '901 seconds'",
			false: "UPDATE assignment SET refreshed_at = strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', '-901 seconds')",
		}[s.IsPostgres()]
		if err := start(w.Published); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, ago)
		if err := start(w.Published); err != nil {
			t.Errorf("StartRefresh after 901 seconds = %v", err)
		}
		if err := start(w.Published); !errors.Is(err, fault.RateLimited) {
			t.Errorf("StartRefresh at once = %v, want %v", err, fault.RateLimited)
		}
		dbtest.Exec(t, s, "UPDATE assignment SET active = TRUE, refreshed_at = NULL")
		if err := start(w.Unpublished); !errors.Is(err, fault.Conflict) {
			t.Errorf("StartRefresh of an active one = %v, want %v", err, fault.Conflict)
		}
		dbtest.Exec(t, s, "UPDATE course SET readonly = TRUE")
		if err := start(w.Unpublished); !errors.Is(err, fault.Forbidden) {
			t.Errorf("StartRefresh in a course that can only be read = %v, want %v", err, fault.Forbidden)
		}
	})
}

// Changes of different columns at the same time do not undo each other.
func TestParallelConfigure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		for round := range 20 {
			on := round%2 == 0
			confs := []change.Configuration{{Published: &on}, {Paused: &on}, {Recipe: dbtest.File(string(rune('a'+round)) + ".zip")}, {Config: dbtest.File(string(rune('A'+round)) + ".xml")}}
			var all sync.WaitGroup
			for _, conf := range confs {
				all.Go(func() {
					if _, err := configure(t, s, w.Unpublished, conf); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			g, _ := read(t, s, w.Unpublished)
			if g.Published != on || g.Paused != on || *g.Revision != 3+2*round {
				t.Fatalf("round %d: published %t, paused %t, revision %d, want %t, %t, %d", round, g.Published, g.Paused, *g.Revision, on, on, 3+2*round)
			}
		}
	})
}

// The first recipe lets the submissions go that waited for it; a file that is there makes
// no revision, and a change for another version is none.
func TestConfigure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		g := &db.Assignment{CourseID: w.Course.MomotorID, CanvasID: 503, Name: "New"}
		if _, err := ingest.UpsertAssignment(t.Context(), s, g, nil, nil, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		waits := dbtest.Result(g, w.Anna, 1)
		waits.Result.State = db.StatePaused
		w.UpsertResults(t, s, waits, dbtest.Result(g, w.Bob, 1))
		for _, tt := range []struct {
			name     string
			conf     change.Configuration
			queued   int
			revision int
			version  string
		}{
			{"a config alone", change.Configuration{Config: dbtest.File("c.xml")}, 0, 1, "1"},
			{"the first recipe", change.Configuration{Recipe: dbtest.File("r.zip")}, 1, 2, "2"},
			{"the same recipe", change.Configuration{Recipe: dbtest.File("r.zip")}, 0, 2, "2"},
			{"another recipe", change.Configuration{Recipe: dbtest.File("s.zip"), Paused: new(true), IfVersion: new("2")}, 0, 3, "3-paused"},
		} {
			queued, err := configure(t, s, g, tt.conf)
			if err != nil || len(queued) != tt.queued {
				t.Errorf("%s: queued %v, %v, want %d", tt.name, queued, err, tt.queued)
			}
			if now, _ := read(t, s, g); now.Revision == nil || *now.Revision != tt.revision || now.Version != tt.version {
				t.Errorf("%s: revision %v and version %s, want %d and %s", tt.name, now.Revision, now.Version, tt.revision, tt.version)
			}
		}
		if _, err := configure(t, s, g, change.Configuration{Published: new(true), IfVersion: new("2")}); !errors.Is(err, fault.Outdated) {
			t.Errorf("Configure of an old version = %v, want %v", err, fault.Outdated)
		}
		if now, _ := read(t, s, g); now.Published {
			t.Error("Configure of an old version changed something")
		}
	})
}

// Each selection queues what it says: all, with the next sequence ids, or nothing.
func TestQueueResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		waits := dbtest.Result(w.Published, w.Carl, 1)
		waits.Result.State = db.StatePaused
		items := []*ingest.ResultItem{dbtest.Result(w.Published, w.Anna, 1), dbtest.Result(w.Published, w.Bob, 1), waits, dbtest.Result(w.Unpublished, w.Anna, 1)}
		w.UpsertResults(t, s, items...)
		if _, err := configure(t, s, w.Published, change.Configuration{Recipe: dbtest.File("new.zip")}); err != nil {
			t.Fatal(err)
		}
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Anna, 2)) // with the new recipe
		ids := func(places ...int) (ids []int64) {
			for _, i := range places {
				ids = append(ids, items[i].Result.MomotorID)
			}
			return ids
		}
		for _, sel := range []change.Evaluation{{Results: ids(0, 3)}, {Results: []int64{-1}}} {
			if queued, err := queueResults(t, s, w.Published, sel); !errors.Is(err, fault.BadInput) {
				t.Errorf("QueueResults(%v) = %v, %v, want %v", sel, queued, err, fault.BadInput)
			}
		}
		_, results := read(t, s, w.Published)
		if slices.ContainsFunc(results, func(r *db.Result) bool { return r.State == db.StateQueued }) {
			t.Error("a selection that was refused queued something")
		}
		before := results[len(results)-1].SequenceID
		for _, tt := range []struct {
			sel  change.Evaluation
			want []int64
		}{
			{change.Evaluation{Scope: new(change.EvaluatePaused)}, ids(2)},
			{change.Evaluation{Scope: new(change.EvaluateOutdated)}, ids(1)},
			{change.Evaluation{Results: ids(0)}, ids(0)},
			{change.Evaluation{Results: []int64{}}, ids()},
		} {
			queued, err := queueResults(t, s, w.Published, tt.sel)
			if err != nil || !slices.Equal(queued, tt.want) {
				t.Errorf("QueueResults(%v) = %v, %v, want %v", tt.sel, queued, err, tt.want)
			}
		}
		if queued, err := queueResults(t, s, w.Published, change.Evaluation{Scope: new(change.EvaluateLatest)}); err != nil || len(queued) != 3 {
			t.Errorf("QueueResults(latest) = %v, %v, want 3", queued, err)
		}
		_, results = read(t, s, w.Published)
		seen := map[int64]bool{}
		for _, r := range results {
			cleared := r.Accepted == nil && r.HasError == nil && r.Score == nil && r.Revision == nil && r.ProcessedAt == nil
			if r.State != db.StateQueued || *r.Label != "Queued" || !r.QueuedAt.Equal(dbtest.Noon) || !cleared {
				t.Errorf("result %d is %s %q since %v, cleared: %t", r.MomotorID, r.State, *r.Label, r.QueuedAt, cleared)
			}
			if r.SequenceID <= before || seen[r.SequenceID] {
				t.Errorf("result %d has the sequence id %d", r.MomotorID, r.SequenceID)
			}
			seen[r.SequenceID] = true
		}
	})
}

// An upload of a kind that waits already is not doubled, and none waits for a Canvas that
// can not be reached.
func TestStartUpload(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		start := func(order change.UploadRequest) (x *db.ScoreUpload, fresh bool, err error) {
			err = change.InTx(t.Context(), s, dbtest.Noon, func(ctx context.Context, c *change.Tx) (err error) {
				x, fresh, err = c.StartUpload(ctx, w.Published.Key(), order)
				return err
			})
			return x, fresh, err
		}
		if _, _, err := start(change.UploadRequest{}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("StartUpload without Canvas = %v, want %v", err, fault.Unavailable)
		}
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: w.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		if err := s.RecordCanvasContact(t.Context(), w.Account.MomotorID, dbtest.Noon, "no answer"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := start(change.UploadRequest{}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("StartUpload without an answer = %v, want %v", err, fault.Unavailable)
		}
		if err := s.RecordCanvasContact(t.Context(), w.Account.MomotorID, dbtest.Noon, ""); err != nil {
			t.Fatal(err)
		}
		if _, _, err := start(change.UploadRequest{Section: new(int64(99))}); !errors.Is(err, fault.BadInput) {
			t.Errorf("StartUpload of another section = %v, want %v", err, fault.BadInput)
		}
		var all sync.WaitGroup
		ids, fresh := make([]int64, 20), make([]bool, 20)
		for i := range ids {
			all.Go(func() {
				x, f, err := start(change.UploadRequest{Passed: true, Section: []*int64{nil, &w.Section.CanvasID}[i%2]})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i], fresh[i] = x.MomotorID, f
			})
		}
		all.Wait()
		slices.Sort(ids)
		n := 0
		for _, f := range fresh {
			n += map[bool]int{true: 1}[f]
		}
		if distinct := slices.Compact(ids); len(distinct) != 2 || n != 2 {
			t.Errorf("two kinds of uploads, twenty times: ids %v, %d fresh, want 2", distinct, n)
		}
	})
}
