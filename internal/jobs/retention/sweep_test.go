package retention

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/blob"
)

// A sweepFixture is a handler whose server was started long ago, with old blobs.
type sweepFixture struct {
	*Handler
	dir string
	log bytes.Buffer
}

func newSweepFixture(t *testing.T, store *db.Store) *sweepFixture {
	t.Helper()
	h, dir := newHandler(t, store)
	fx := &sweepFixture{Handler: h, dir: dir}
	h.Log = slog.New(slog.NewTextHandler(&fx.log, nil))
	dbtest.Exec(t, store, "UPDATE store SET started_at = '2026-03-01 12:00:00.000+00:00'")
	return fx
}

// put stores content that no row refers to.
func (fx *sweepFixture) put(t *testing.T, content string) {
	t.Helper()
	if _, _, err := fx.Blobs.Put(t.Context(), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// ageBlobs makes all blobs older than the grace period.
func (fx *sweepFixture) ageBlobs(t *testing.T) {
	t.Helper()
	old := time.Now().Add(-2 * gracePeriod)
	err := filepath.Walk(filepath.Join(fx.dir, "sha256"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// count returns the number of blobs, and of those in the trash.
func (fx *sweepFixture) count(t *testing.T) (blobs, trash int) {
	t.Helper()
	p, err := fx.Blobs.PlanSweep(t.Context(), time.Now(), (&Sweeper{fx.Store, fx.Blobs}).uses)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(fx.dir, "trash"))
	if err != nil {
		t.Fatal(err)
	}
	return p.Blobs, len(entries)
}

// sweepOnce runs the sweep of the job and compares its outcome.
func (fx *sweepFixture) sweepOnce(t *testing.T, want string) {
	t.Helper()
	if got, err := fx.sweep(t.Context()); err != nil || got != want {
		t.Errorf("the sweep is %q, %v, want %q", got, err, want)
	}
}

// A sweep moves old blobs that no row refers to to the trash, and deletes purged ones. It keeps
// referenced ones however old they are.
func TestSweep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		total, _ := fx.count(t)
		fx.put(t, "unreferenced")
		fx.sweepOnce(t, "done")
		if blobs, trash := fx.count(t); blobs != total+1 || trash != 0 {
			t.Errorf("a sweep of new blobs leaves %d, and %d in the trash, want %d, 0", blobs, trash, total+1)
		}
		fx.ageBlobs(t)
		fx.sweepOnce(t, "done")
		if blobs, trash := fx.count(t); blobs != total || trash != 1 {
			t.Errorf("a sweep of old blobs leaves %d, and %d in the trash, want %d, 1", blobs, trash, total)
		}
		fx.Periods = Periods{Full: 1, Basic: 1, Product: 1}
		purged, err := fx.purge(t.Context(), time.Now().Add(time.Hour))
		if err != nil || purged == 0 {
			t.Fatalf("purge = %d, %v", purged, err)
		}
		fx.sweepOnce(t, "done")
		if blobs, trash := fx.count(t); blobs >= total/2 || trash != 1 {
			t.Errorf("a sweep after a purge of all results leaves %d of %d blobs, and %d in the trash, want the recipes and 1", blobs, total, trash)
		}
		var recorded int
		if err := store.DB().NewRaw("SELECT count(*) FROM released_blob").Scan(t.Context(), &recorded); err != nil || recorded != 0 {
			t.Errorf("%d files are recorded after the sweep, %v, want none", recorded, err)
		}
	})
}

// A sweep is refused, and nothing is removed, if it is probably a mistake. A sweep by the operator
// removes the blobs.
func TestSweepRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		for _, step := range []struct {
			name string
			lose func()
		}{
			{"reverted", func() { dbtest.Exec(t, store, "UPDATE store SET reverted = TRUE") }},
			{"empty", func() {
				for _, table := range []string{"revision", "course", `"user"`, "account"} {
					dbtest.Exec(t, store, "DELETE FROM "+table)
				}
			}},
		} {
			step.lose()
			fx.put(t, "lost")
			fx.ageBlobs(t)
			fx.log.Reset()
			before, trashBefore := fx.count(t)
			fx.sweepOnce(t, "refused")
			if after, trash := fx.count(t); after != before || trash != trashBefore {
				t.Errorf("%s: a refused sweep leaves %d of %d blobs, and %d in the trash", step.name, after, before, trash)
			}
			if log := fx.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "resultgraph sweep") {
				t.Errorf("%s: the log is %s, want an error that says what to do", step.name, log)
			}
			sweeper := &Sweeper{store, fx.Blobs}
			p, err := sweeper.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n, err := sweeper.Sweep(t.Context(), p); err != nil || n == 0 {
				t.Errorf("%s: a forced sweep = %d, %v", step.name, n, err)
			}
		}
	})
}

// Many unknown blobs stay, but do not keep purged ones: requests that fail can leave them. A sweep by the
// operator removes them.
func TestSweepDoubt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		fx.Periods = Periods{Full: 1}
		if n, err := fx.purge(t.Context(), time.Now().Add(time.Hour)); err != nil || n == 0 {
			t.Fatalf("purge = %d, %v", n, err)
		}
		total, _ := fx.count(t)
		lost := max(maxUnknown, total/9) + 1 // more than a tenth of the sum
		for i := range lost {
			fx.put(t, "lost "+strconv.Itoa(i))
		}
		fx.ageBlobs(t)
		fx.sweepOnce(t, "refused")
		blobs, trash := fx.count(t)
		if blobs <= lost || blobs >= total+lost || trash != 0 {
			t.Errorf("a sweep with unknown blobs leaves %d of %d, and %d in the trash, want that it deletes the purged ones", blobs, total+lost, trash)
		}
		if log := fx.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "resultgraph sweep") {
			t.Errorf("the log is %s, want an error that says what to do", log)
		}
		sweeper := &Sweeper{store, fx.Blobs}
		p, err := sweeper.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n, err := sweeper.Sweep(t.Context(), p); err != nil || n != lost {
			t.Errorf("a forced sweep = %d, %v, want %d", n, err, lost)
		}
	})
}

// A few unknown blobs are swept even from a small store.
func TestDoubt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		unknown, blobs int
		want           bool
	}{{0, 0, false}, {20, 20, false}, {21, 21, true}, {21, 209, true}, {21, 210, false}, {100, 1000, false}, {101, 1000, true}} {
		got := doubt(&blob.SweepPlan{Unknown: make([]blob.Digest, tt.unknown), Blobs: tt.blobs})
		if (got != "") != tt.want {
			t.Errorf("doubt about %d of %d blobs = %q, want one: %t", tt.unknown, tt.blobs, got, tt.want)
		}
	}
}

// A sweep that is cancelled records what it has swept.
func TestSweepCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		d, _, err := fx.Blobs.Put(t.Context(), strings.NewReader("purged"))
		if err != nil {
			t.Fatal(err)
		}
		fx.ageBlobs(t)
		dbtest.Exec(t, store, "INSERT INTO released_blob (sha256, purged) VALUES ('"+d.String()+"', TRUE)")
		ctx, cancel := context.WithCancel(t.Context())
		sweeper := &Sweeper{store, cancellingBlobs{fx.Blobs, cancel}}
		p, err := sweeper.Plan(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := sweeper.Sweep(ctx, p); n != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("a sweep that is cancelled after a blob = %d, %v", n, err)
		}
		uses, err := store.BlobUses(t.Context(), []string{d.String()})
		if err != nil || uses[d.String()] != db.BlobUnknown {
			t.Errorf("the use of the swept blob is %d, %v, want that its record is deleted", uses[d.String()], err)
		}
	})
}

// cancellingBlobs cancels a context at the end of a sweep.
type cancellingBlobs struct {
	blob.Store
	cancel func()
}

func (b cancellingBlobs) Sweep(ctx context.Context, p *blob.SweepPlan) ([]blob.Digest, error) {
	swept, err := b.Store.Sweep(ctx, p)
	b.cancel()
	return swept, errors.Join(err, context.Cause(ctx))
}

// A wait that ends in a refusal is logged before.
func TestEarlyRefusal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		dbtest.Exec(t, store, "UPDATE store SET started_at = NULL, reverted = TRUE")
		fx.sweepOnce(t, "early")
		if log := fx.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "migrations were reverted") {
			t.Errorf("the log is %s, want a warning with the reason", log)
		}
	})
}

// The first sweep waits about a day after the start.
func TestSweepWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := newSweepFixture(t, store)
		fx.put(t, "unreferenced")
		fx.ageBlobs(t)
		dbtest.Exec(t, store, "UPDATE store SET started_at = NULL")
		fx.sweepOnce(t, "early")
		if err := store.RecordStart(t.Context()); err != nil {
			t.Fatal(err)
		}
		fx.sweepOnce(t, "early")
		// A backup whose last sweep was a day before the start of its server.
		dbtest.Exec(t, store, fmt.Sprintf("UPDATE store SET started_at = %s, job_ran_at = %s", daysAgo(3), daysAgo(4)))
		if err := store.RecordStart(t.Context()); err != nil {
			t.Fatal(err)
		}
		fx.sweepOnce(t, "early")
		if _, trash := fx.count(t); trash != 0 {
			t.Error("the sweep did not wait")
		}
	})
}

// daysAgo returns a timestamp in SQL.
func daysAgo(n int) string {
	return time.Now().AddDate(0, 0, -n).UTC().Format("'2006-01-02 15:04:05.000+00:00'")
}
