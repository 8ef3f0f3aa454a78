package process_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/process"
)

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A fixture is a store with an assignment and a paused result, and a handler.
type fixture struct {
	store      *db.Store
	blobs      *blob.Folder
	handler    *process.Handler
	assignment *db.Assignment
	now        time.Time
}

const (
	recipeXML  = `<recipe xmlns="http://momotor.org/1.0"><steps><step id="run"/><step id="finalize"/></steps></recipe>`
	productXML = `<product xmlns="http://momotor.org/1.0"/>`
	passXML    = `<results xmlns="http://momotor.org/1.0">
		<result step="finalize" outcome="pass"><properties><property name="score" type="float" value="7.5"/><property name="reason" value="Well done"/></properties></result>
		<result step="run" outcome="pass"><properties/><files basesrc="result/run"><file name="small.txt"/><file name="large.txt"/></files></result>
	</results>`
)

func newFixture(t *testing.T, s *db.Store) *fixture {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	fx := &fixture{store: s, blobs: blobs, now: testTime}
	fx.handler = &process.Handler{Store: s, Blobs: blobs, Now: func() time.Time { return fx.now }, Log: slog.New(slog.DiscardHandler)}
	account := &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example", Name: "Account"}
	jobstest.Must(t)(ingest.UpsertAccounts(t.Context(), s, []*db.Account{account}))
	course := &db.Course{AccountID: account.MomotorID, CanvasID: 1, Name: "Course", Code: "C", Active: true, Valid: true}
	jobstest.Must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{course}))
	user := &db.User{AccountID: account.MomotorID, CanvasID: 9, Name: "Ann", SortableName: "Ann"}
	jobstest.Must(t)(ingest.UpsertUsers(t.Context(), s, []*db.User{user}))
	fx.assignment = &db.Assignment{CourseID: course.MomotorID, CanvasID: 5, Name: "Assignment"}
	if _, err := ingest.UpsertAssignment(t.Context(), s, fx.assignment, fx.newBundle(t, "recipe.xml", recipeXML), nil, testTime); err != nil {
		t.Fatal(err)
	}
	product := fx.newBundle(t, "product.xml", productXML)
	product.Kind = db.BundleProduct
	jobstest.Must(t)(ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{{
		Result:  db.Result{CourseID: course.MomotorID, AssignmentID: fx.assignment.MomotorID, UserID: user.MomotorID, Attempt: 1, State: db.StatePaused, SubmittedAt: testTime},
		Bundles: []*db.Bundle{product}, Group: []int64{user.MomotorID},
	}}, testTime))
	return fx
}

func (fx *fixture) newBundle(t *testing.T, name, content string) *db.Bundle {
	t.Helper()
	digest, size, err := fx.blobs.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return &db.Bundle{Name: name, Format: db.FormatXML, SHA256: new(digest.String()), Size: size}
}

// queueResult queues the result, and returns the job that processes it.
func (fx *fixture) queueResult(t *testing.T) jobs.ProcessResult {
	t.Helper()
	var queued []change.QueuedRun
	fx.now = fx.now.Add(time.Minute)
	err := change.InTx(t.Context(), fx.store, fx.now, func(ctx context.Context, c *change.Tx) (err error) {
		queued, err = c.QueueResults(ctx, db.AssignmentKey{CourseID: fx.assignment.CourseID, ID: fx.assignment.MomotorID}, change.Evaluation{Results: []int64{fx.loadResult(t).MomotorID}})
		return err
	})
	if err != nil || len(queued) != 1 {
		t.Fatalf("QueueResults = %v, %v", queued, err)
	}
	return jobs.ProcessResults(fx.assignment.CourseID, queued)[0].(jobs.ProcessResult)
}

func (fx *fixture) scope() query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.assignment.CourseID, Roles: access.Teacher}}})
}

// loadResult loads the result with the scope of a teacher.
func (fx *fixture) loadResult(t *testing.T) *db.Result {
	t.Helper()
	rows, err := db.AssignmentResults.Load(t.Context(), fx.store.DB(), fx.scope(), []query.Key{{fx.assignment.CourseID, fx.assignment.MomotorID}}, query.Params{})
	if err != nil || len(rows[0]) != 1 {
		t.Fatalf("%d results, %v", len(rows[0]), err)
	}
	return rows[0][0]
}

// loadStepsAndBundles loads the task ids of the steps and the bundles of the result.
func (fx *fixture) loadStepsAndBundles(t *testing.T) (steps []string, bundles map[db.BundleKind]*db.Bundle) {
	t.Helper()
	key := []query.Key{{fx.assignment.CourseID, fx.loadResult(t).MomotorID}}
	rows, err := db.ResultSteps.Load(t.Context(), fx.store.DB(), fx.scope(), key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rows[0] {
		steps = append(steps, s.TaskID)
	}
	files, err := db.ResultBundles.Load(t.Context(), fx.store.DB(), fx.scope(), key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	bundles = map[db.BundleKind]*db.Bundle{}
	for _, b := range files[0] {
		bundles[b.Kind] = b
	}
	return steps, bundles
}

// An engineFunc is an engine that evaluates with a function, which returns the XML or zip of
// the results.
type engineFunc func(ctx context.Context, sub engine.Submission, progress func(engine.Progress)) (string, error)

func (f engineFunc) Evaluate(ctx context.Context, sub engine.Submission, progress func(engine.Progress)) (*engine.Results, error) {
	content, err := f(ctx, sub, progress)
	if err != nil {
		return nil, err
	}
	return engine.SpoolResults("", engine.XML, strings.NewReader(content))
}
func (engineFunc) Check(context.Context) (engine.Info, error) { return engine.Info{}, nil }
func (engineFunc) EndJob(context.Context, string) error       { return nil }
func (engineFunc) Close() error                               { return nil }

// zippedResults returns a zip with results and a small and a large attachment.
func zippedResults(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"result.xml": passXML, "result/run/small.txt": "small", "result/run/large.txt": strings.Repeat("large", 20_000)} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The handler stores the outcome of the engine in the result. The summary
// of a result that must be retried says why.
func TestProcess(t *testing.T) {
	zipped := zippedResults(t)
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		for _, tt := range []struct {
			name, results string
			err           error
			state         db.ResultState
			accepted      *bool
			label         string
			summary       string
			bundles       string
		}{
			{"XML", passXML, nil, db.StateDone, new(true), "Accepted", "Well done", "BASIC FULL PRODUCT"},
			{"zip", zipped, nil, db.StateDone, new(true), "Accepted", "Well done", "BASIC FULL PRODUCT"},
			{"failed job", "", &engine.JobFailed{Failure: "no such checklet"}, db.StateDone, new(false), "Recipe error", "no such checklet", "PRODUCT"},
			{"too large", "", engine.ErrTooLarge, db.StateDone, new(false), "Recipe error", "exceed the size limit", "PRODUCT"},
			{"invalid", "<results", nil, db.StateDone, new(false), "Recipe error", "results are invalid", "PRODUCT"},
			{"recipe instead of results", recipeXML, nil, db.StateDone, new(false), "Recipe error", "recipe bundle", "PRODUCT"},
			{"engine unavailable", "", fmt.Errorf("%w: refused", engine.ErrUnavailable), db.StateQueued, nil, "Queued", "could not process this result", "PRODUCT"},
			{"internal error", "", jobstest.ErrFailed, db.StateProcessing, nil, "Processing", "", "PRODUCT"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				args := fx.queueResult(t)
				fx.handler.Engine = engineFunc(func(_ context.Context, sub engine.Submission, progress func(engine.Progress)) (string, error) {
					if sub.Config.Open != nil || sub.Recipe.Name != "recipe.xml" || sub.Product.Size != int64(len(productXML)) {
						t.Errorf("the engine got %+v", sub)
					}
					progress(engine.Progress{State: engine.Queued, JobID: "j"})
					progress(engine.Progress{State: engine.Processing, JobID: "j", Done: 1, Total: 4})
					if r := fx.loadResult(t); r.State != db.StateProcessing || *r.Progress != 0.25 || r.StartedAt == nil {
						t.Errorf("during processing the result is %s, progress %v, started at %v", r.State, *r.Progress, r.StartedAt)
					}
					fx.now = fx.now.Add(time.Minute)
					progress(engine.Progress{State: engine.Processing, JobID: "j", Done: 5, Total: 4}) // of a broken engine
					if r := fx.loadResult(t); *r.Progress != 1 {
						t.Errorf("with 5 of 4 steps done the progress is %v, want 1", *r.Progress)
					}
					return tt.results, tt.err
				})
				err := fx.handler.Do(t.Context(), args)
				var ok bool
				switch {
				case errors.Is(tt.err, engine.ErrUnavailable):
					ok = errors.As(err, new(jobs.RetryLater))
				case errors.Is(tt.err, jobstest.ErrFailed):
					ok = errors.Is(err, jobstest.ErrFailed)
				default:
					ok = err == nil
				}
				if !ok {
					t.Errorf("Do = %v after %v of the engine", err, tt.err)
				}
				r := fx.loadResult(t)
				if r.State != tt.state || (r.Accepted == nil) != (tt.accepted == nil) || r.Accepted != nil && *r.Accepted != *tt.accepted || *r.Label != tt.label {
					t.Errorf("the result is %s, accepted %v, %q", r.State, r.Accepted, *r.Label)
				}
				if summary := fmt.Sprint(deref(r.Summary)); !strings.Contains(summary, tt.summary) {
					t.Errorf("the summary is %q, want %q in it", summary, tt.summary)
				}
				steps, bundles := fx.loadStepsAndBundles(t)
				kinds := []string{}
				for k := range bundles {
					kinds = append(kinds, string(k))
				}
				slices.Sort(kinds)
				if got := strings.Join(kinds, " "); got != tt.bundles {
					t.Errorf("the bundles are %s, want %s", got, tt.bundles)
				}
				if tt.label == "Accepted" {
					isZip := tt.name == "zip"
					fx.checkAccepted(t, r, steps, bundles, isZip)
				}
			})
		}
	})
}

// checkAccepted checks the fields, steps and bundles of an accepted result.
func (fx *fixture) checkAccepted(t *testing.T, r *db.Result, steps []string, bundles map[db.BundleKind]*db.Bundle, zipped bool) {
	t.Helper()
	if got := strings.Join(steps, " "); got != "run finalize" || *r.Score != 7.5 || *r.Revision != 1 || *r.Progress != 1 {
		t.Errorf("the result has the steps %s, score %v, revision %v, progress %v", got, *r.Score, *r.Revision, *r.Progress)
	}
	full, basic := bundles[db.BundleFull], bundles[db.BundleBasic]
	if smaller := basic.Size < full.Size; smaller != zipped {
		t.Errorf("the basic bundle has %d bytes, the full one %d", basic.Size, full.Size)
	}
	digest, err := blob.ParseDigest(*basic.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	content, err := fx.blobs.Open(t.Context(), digest, basic.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if zipped {
		z, err := zip.NewReader(content, content.Size())
		if err != nil || len(z.File) != 2 {
			t.Errorf("the basic bundle has %v, %v, want the XML and the small file", z, err)
		}
		return
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil || hex.EncodeToString(sum.Sum(nil)) != *full.SHA256 {
		t.Errorf("the basic bundle differs from the full one: %v", err)
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// The next attempt at an interrupted run resumes the engine's job. A result that is queued again
// during a run gets a new generation, and the outcome of the superseded run is dropped.
func TestSupersededRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		first := fx.queueResult(t)
		fx.handler.Engine = engineFunc(func(_ context.Context, sub engine.Submission, progress func(engine.Progress)) (string, error) {
			progress(engine.Progress{State: engine.Processing, JobID: "17"})
			return "", errors.New("the instance was killed")
		})
		if err := fx.handler.Do(t.Context(), first); err == nil {
			t.Error("Do = nil")
		}
		var second jobs.ProcessResult
		fx.handler.Engine = engineFunc(func(ctx context.Context, sub engine.Submission, progress func(engine.Progress)) (string, error) {
			if sub.JobID != "17" {
				t.Errorf("the attempt resumes the engine job %q, want 17", sub.JobID)
			}
			second = fx.queueResult(t)
			progress(engine.Progress{State: engine.Processing, JobID: "17", Done: 1, Total: 1})
			if ctx.Err() == nil {
				t.Error("the engine was not stopped for a superseded run")
			}
			return passXML, nil
		})
		if err := fx.handler.Do(t.Context(), first); err != nil {
			t.Errorf("Do of a superseded run = %v", err)
		}
		if r := fx.loadResult(t); r.State != db.StateQueued || r.Accepted != nil || first == second {
			t.Errorf("after the superseded run the result is %s, and the jobs are %v, %v", r.State, first, second)
		}
		fx.handler.Engine = engineFunc(func(_ context.Context, sub engine.Submission, _ func(engine.Progress)) (string, error) {
			if sub.JobID != "" {
				t.Errorf("a new generation resumes the engine job %q", sub.JobID)
			}
			return passXML, nil
		})
		for range 2 { // an instance may be killed before River records the end of the job
			if err := fx.handler.Do(t.Context(), second); err != nil {
				t.Errorf("Do = %v", err)
			}
		}
		r := fx.loadResult(t)
		if err := errors.Join(fx.handler.Do(t.Context(), first), fx.handler.GiveUp(t.Context(), second, jobstest.ErrFailed)); err != nil {
			t.Error(err)
		}
		if again := fx.loadResult(t); again.State != db.StateDone || !*again.Accepted || again.SequenceID != r.SequenceID {
			t.Errorf("the result is %s, accepted %v, and changed again: %t", again.State, *again.Accepted, again.SequenceID != r.SequenceID)
		}
	})
}

// The handler stores results of the stand-in engine. If the instance stops during
// processing, the result keeps its state, and the next attempt completes it.
func TestStandIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		args := fx.queueResult(t)
		stopped, stop := context.WithCancel(t.Context())
		fx.handler.Engine = &engine.StandIn{Wait: func(ctx context.Context, _ time.Duration) error {
			if r := fx.loadResult(t); r.State == db.StateProcessing {
				stop()
			}
			return ctx.Err()
		}}
		if err := fx.handler.Do(stopped, args); !errors.Is(err, context.Canceled) {
			t.Errorf("Do = %v", err)
		}
		if r := fx.loadResult(t); r.State != db.StateProcessing {
			t.Errorf("the interrupted result is %s", r.State)
		}
		dir := t.TempDir()
		fx.handler.Engine = &engine.StandIn{Dir: dir, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
		if err := fx.handler.Do(t.Context(), args); err != nil {
			t.Fatal(err)
		}
		if r := fx.loadResult(t); r.State != db.StateDone || r.Accepted == nil {
			t.Errorf("the result is %s, accepted %v", r.State, r.Accepted)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the engine left the files %v, %v", left, err)
		}
	})
}

// A nestedStore processes a job again while it stores a bundle, up to a depth.
type nestedStore struct {
	blob.Store
	t       *testing.T
	handler *process.Handler
	job     jobs.ProcessResult
	depth   int
}

func (ns *nestedStore) Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error) {
	switch ns.depth++; ns.depth {
	case 1:
		if err := ns.handler.Do(ctx, ns.job); err != nil {
			ns.t.Errorf("the second job = %v, want nil", err)
		}
	case 2:
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if err := ns.handler.Do(ctx, ns.job); !errors.Is(err, context.DeadlineExceeded) {
			ns.t.Errorf("the third job = %v, want to wait for the others until its deadline", err)
		}
	default:
		ns.t.Error("three results bundles are read at the same time, want at most two")
	}
	return ns.Store.Put(ctx, r)
}

// At most two results bundles are read at the same time.
func TestReadsAreLimited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fx.handler.Engine = engineFunc(func(context.Context, engine.Submission, func(engine.Progress)) (string, error) { return passXML, nil })
		store := &nestedStore{Store: fx.blobs, t: t, handler: fx.handler, job: fx.queueResult(t)}
		fx.handler.Blobs = store
		if err := fx.handler.Do(t.Context(), store.job); err != nil || store.depth != 2 {
			t.Errorf("the first job = %v, and %d bundles were stored; want nil and 2", err, store.depth)
		}
	})
}
