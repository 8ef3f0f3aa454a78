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

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A lab is an assignment with one result that is queued, and a processor.
type lab struct {
	store      *db.Store
	blobs      *blob.Folder
	processor  *process.Handler
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

func newLab(t *testing.T, s *db.Store) *lab {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{store: s, blobs: blobs, now: noon}
	l.processor = &process.Handler{Store: s, Blobs: blobs, Now: func() time.Time { return l.now }, Log: slog.New(slog.DiscardHandler)}
	account := &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example", Name: "Account"}
	jobstest.Must(t)(ingest.UpsertAccounts(t.Context(), s, []*db.Account{account}))
	course := &db.Course{AccountID: account.MomotorID, CanvasID: 1, Name: "Course", Code: "C", Active: true, Valid: true}
	jobstest.Must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{course}))
	user := &db.User{AccountID: account.MomotorID, CanvasID: 9, Name: "Ann", SortableName: "Ann"}
	jobstest.Must(t)(ingest.UpsertUsers(t.Context(), s, []*db.User{user}))
	l.assignment = &db.Assignment{CourseID: course.MomotorID, CanvasID: 5, Name: "Assignment"}
	if _, err := ingest.UpsertAssignment(t.Context(), s, l.assignment, l.file(t, "recipe.xml", recipeXML), nil, noon); err != nil {
		t.Fatal(err)
	}
	product := l.file(t, "product.xml", productXML)
	product.Kind = db.BundleProduct
	jobstest.Must(t)(ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{{
		Result:  db.Result{CourseID: course.MomotorID, AssignmentID: l.assignment.MomotorID, UserID: user.MomotorID, Attempt: 1, State: db.StatePaused, SubmittedAt: noon},
		Bundles: []*db.Bundle{product}, Group: []int64{user.MomotorID},
	}}, noon))
	return l
}

func (l *lab) file(t *testing.T, name, content string) *db.Bundle {
	t.Helper()
	digest, size, err := l.blobs.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return &db.Bundle{Name: name, Format: db.FormatXML, SHA256: new(digest.String()), Size: size}
}

// queue queues the result, and returns the work of processing it.
func (l *lab) queue(t *testing.T) jobs.ProcessResult {
	t.Helper()
	var queued []change.QueuedRun
	l.now = l.now.Add(time.Minute)
	err := change.InTx(t.Context(), l.store, l.now, func(ctx context.Context, c *change.Tx) (err error) {
		queued, err = c.QueueResults(ctx, db.AssignmentKey{CourseID: l.assignment.CourseID, ID: l.assignment.MomotorID}, change.Evaluation{Results: []int64{l.read(t).MomotorID}})
		return err
	})
	if err != nil || len(queued) != 1 {
		t.Fatalf("QueueResults = %v, %v", queued, err)
	}
	return jobs.ProcessResults(l.assignment.CourseID, queued)[0].(jobs.ProcessResult)
}

func (l *lab) scope() query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: l.assignment.CourseID, Roles: access.Teacher}}})
}

// read returns the result as a teacher sees it.
func (l *lab) read(t *testing.T) *db.Result {
	t.Helper()
	rows, err := db.AssignmentResults.Load(t.Context(), l.store.DB(), l.scope(), []query.Key{{l.assignment.CourseID, l.assignment.MomotorID}}, query.Params{})
	if err != nil || len(rows[0]) != 1 {
		t.Fatalf("%d results, %v", len(rows[0]), err)
	}
	return rows[0][0]
}

// parts returns the steps' ids and the bundles' kinds of the result.
func (l *lab) parts(t *testing.T) (steps []string, bundles map[db.BundleKind]*db.Bundle) {
	t.Helper()
	key := []query.Key{{l.assignment.CourseID, l.read(t).MomotorID}}
	rows, err := db.ResultSteps.Load(t.Context(), l.store.DB(), l.scope(), key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rows[0] {
		steps = append(steps, s.TaskID)
	}
	files, err := db.ResultBundles.Load(t.Context(), l.store.DB(), l.scope(), key, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	bundles = map[db.BundleKind]*db.Bundle{}
	for _, b := range files[0] {
		bundles[b.Kind] = b
	}
	return steps, bundles
}

// A script is an engine that does what a test says.
type script func(ctx context.Context, w engine.Submission, progress func(engine.Progress)) (string, error)

func (s script) Evaluate(ctx context.Context, w engine.Submission, progress func(engine.Progress)) (*engine.Results, error) {
	content, err := s(ctx, w, progress)
	if err != nil {
		return nil, err
	}
	return engine.SpoolResults("", engine.XML, strings.NewReader(content))
}
func (script) Check(context.Context) (engine.Info, error) { return engine.Info{}, nil }
func (script) EndJob(context.Context, string) error       { return nil }
func (script) Close() error                               { return nil }

// zipped packs results with a small and a large attachment.
func zipped(t *testing.T) string {
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

// What the engine answers becomes the result; who waits for it reads why.
func TestProcess(t *testing.T) {
	packed := zipped(t)
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		for _, tt := range []struct {
			name, results string
			err           error
			state         db.ResultState
			accepted      *bool
			label         string
			summary       string
			bundles       string
		}{
			{"plain", passXML, nil, db.StateDone, new(true), "Accepted", "Well done", "BASIC FULL PRODUCT"},
			{"packed", packed, nil, db.StateDone, new(true), "Accepted", "Well done", "BASIC FULL PRODUCT"},
			{"gives up", "", &engine.JobFailed{Failure: "no such checklet"}, db.StateDone, new(false), "Recipe error", "no such checklet", "PRODUCT"},
			{"too large", "", engine.ErrTooLarge, db.StateDone, new(false), "Recipe error", "exceed the size limit", "PRODUCT"},
			{"garbled", "<results", nil, db.StateDone, new(false), "Recipe error", "results are invalid", "PRODUCT"},
			{"another kind", recipeXML, nil, db.StateDone, new(false), "Recipe error", "recipe bundle", "PRODUCT"},
			{"away", "", fmt.Errorf("%w: refused", engine.ErrUnavailable), db.StateQueued, nil, "Queued", "could not process this result", "PRODUCT"},
			{"a fault", "", jobstest.ErrFailed, db.StateProcessing, nil, "Processing", "", "PRODUCT"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				w := l.queue(t)
				l.processor.Engine = script(func(_ context.Context, w engine.Submission, progress func(engine.Progress)) (string, error) {
					if w.Config.Open != nil || w.Recipe.Name != "recipe.xml" || w.Product.Size != int64(len(productXML)) {
						t.Errorf("the work is %+v", w)
					}
					progress(engine.Progress{State: engine.Queued, JobID: "j"})
					progress(engine.Progress{State: engine.Processing, JobID: "j", Done: 1, Total: 4})
					if r := l.read(t); r.State != db.StateProcessing || *r.Progress != 0.25 || r.StartedAt == nil {
						t.Errorf("under way it is %s, %v of it since %v", r.State, *r.Progress, r.StartedAt)
					}
					return tt.results, tt.err
				})
				err := l.processor.Do(t.Context(), w)
				if later := (jobs.RetryLater{}); errors.Is(tt.err, engine.ErrUnavailable) && !errors.As(err, &later) || !errors.Is(tt.err, engine.ErrUnavailable) && !errors.Is(err, map[bool]error{true: jobstest.ErrFailed}[tt.err == jobstest.ErrFailed]) {
					t.Errorf("Do = %v", err)
				}
				r := l.read(t)
				if r.State != tt.state || (r.Accepted == nil) != (tt.accepted == nil) || r.Accepted != nil && *r.Accepted != *tt.accepted || *r.Label != tt.label {
					t.Errorf("the result is %s, accepted %v, %q", r.State, r.Accepted, *r.Label)
				}
				if summary := fmt.Sprint(deref(r.Summary)); !strings.Contains(summary, tt.summary) {
					t.Errorf("summary %q, want it to say %q", summary, tt.summary)
				}
				steps, bundles := l.parts(t)
				kinds := []string{}
				for k := range bundles {
					kinds = append(kinds, string(k))
				}
				slices.Sort(kinds)
				if got := strings.Join(kinds, " "); got != tt.bundles {
					t.Errorf("the bundles are %s, want %s", got, tt.bundles)
				}
				if tt.label == "Accepted" {
					l.accepted(t, r, steps, bundles, tt.name == "packed")
				}
			})
		}
	})
}

func (l *lab) accepted(t *testing.T, r *db.Result, steps []string, bundles map[db.BundleKind]*db.Bundle, packed bool) {
	t.Helper()
	if got := strings.Join(steps, " "); got != "run finalize" || *r.Score != 7.5 || *r.Revision != 1 || *r.Progress != 1 {
		t.Errorf("steps %s, score %v, revision %v, progress %v", got, *r.Score, *r.Revision, *r.Progress)
	}
	full, basic := bundles[db.BundleFull], bundles[db.BundleBasic]
	if smaller := basic.Size < full.Size; smaller != packed {
		t.Errorf("the basic bundle has %d bytes, the full one %d", basic.Size, full.Size)
	}
	digest, err := blob.ParseDigest(*basic.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	content, err := l.blobs.Open(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if packed {
		z, err := zip.NewReader(content, content.Size())
		if err != nil || len(z.File) != 2 {
			t.Errorf("the basic bundle: %v, %v, want the XML and the small file", z, err)
		}
		return
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil || hex.EncodeToString(sum.Sum(nil)) != *full.SHA256 {
		t.Errorf("the basic bundle is not the full one: %v", err)
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Work that was cut off goes on with the engine's job; a result that is queued once more
// meanwhile is processed once more, and what came of the first turn is not kept.
func TestProcessTurns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		first := l.queue(t)
		l.processor.Engine = script(func(_ context.Context, w engine.Submission, progress func(engine.Progress)) (string, error) {
			progress(engine.Progress{State: engine.Processing, JobID: "17"})
			return "", errors.New("the program is gone")
		})
		if err := l.processor.Do(t.Context(), first); err == nil {
			t.Error("Do = nil")
		}
		var second jobs.ProcessResult
		l.processor.Engine = script(func(ctx context.Context, w engine.Submission, progress func(engine.Progress)) (string, error) {
			if w.JobID != "17" {
				t.Errorf("the engine is to go on with %q", w.JobID)
			}
			second = l.queue(t)
			progress(engine.Progress{State: engine.Processing, JobID: "17", Done: 1, Total: 1})
			if ctx.Err() == nil {
				t.Error("the engine is not told that the turn is over")
			}
			return passXML, nil
		})
		if err := l.processor.Do(t.Context(), first); err != nil {
			t.Errorf("Do of a turn that ends = %v", err)
		}
		if r := l.read(t); r.State != db.StateQueued || r.Accepted != nil || first == second {
			t.Errorf("after it the result is %s, and the turns %v, %v", r.State, first, second)
		}
		l.processor.Engine = script(func(_ context.Context, w engine.Submission, _ func(engine.Progress)) (string, error) {
			if w.JobID != "" {
				t.Errorf("a new turn goes on with %q", w.JobID)
			}
			return passXML, nil
		})
		for range 2 { // killed between writing the end and telling River
			if err := l.processor.Do(t.Context(), second); err != nil {
				t.Errorf("Do = %v", err)
			}
		}
		r := l.read(t)
		if err := errors.Join(l.processor.Do(t.Context(), first), l.processor.GiveUp(t.Context(), second, jobstest.ErrFailed)); err != nil {
			t.Error(err)
		}
		if now := l.read(t); now.State != db.StateDone || !*now.Accepted || now.SequenceID != r.SequenceID {
			t.Errorf("the result is %s, accepted %v, and changed again: %t", now.State, *now.Accepted, now.SequenceID != r.SequenceID)
		}
	})
}

// A stand-in's results are taken in like any other; one that is handed back when the program
// stops stays as it is, for the next one.
func TestProcessStandIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		w := l.queue(t)
		stopped, stop := context.WithCancel(t.Context())
		l.processor.Engine = &engine.StandIn{Wait: func(ctx context.Context, _ time.Duration) error {
			if r := l.read(t); r.State == db.StateProcessing {
				stop()
			}
			return ctx.Err()
		}}
		if err := l.processor.Do(stopped, w); !errors.Is(err, context.Canceled) {
			t.Errorf("Do = %v", err)
		}
		if r := l.read(t); r.State != db.StateProcessing {
			t.Errorf("what is handed back is %s", r.State)
		}
		dir := t.TempDir()
		l.processor.Engine = &engine.StandIn{Dir: dir, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
		if err := l.processor.Do(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if r := l.read(t); r.State != db.StateDone || r.Accepted == nil {
			t.Errorf("the result is %s, accepted %v", r.State, r.Accepted)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}
