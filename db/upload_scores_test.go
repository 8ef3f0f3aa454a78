package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// startUpload sets up Canvas access, and creates and begins an upload.
func startUpload(t *testing.T, s *db.Store, fx *dbtest.Fixture, request change.UploadRequest) *db.ScoreUpload {
	t.Helper()
	if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: fx.Account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	var upload *db.ScoreUpload
	err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
		waiting, _, err := tx.StartUpload(ctx, fx.PublishedAssignment.Key(), request)
		if err != nil {
			return err
		}
		upload, err = tx.BeginUpload(ctx, waiting.CourseID, waiting.MomotorID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return upload
}

// The score of a student is the learner's score of the student's effective result. This is the result
// with the highest attempt among the latest results of the student and of the student's groups. If
// attempts are equal, it is the result that was submitted last.
func TestUploadScores(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := func(u *db.User, attempt int, score float64, group ...*db.User) *ingest.ResultItem {
			r := dbtest.Result(fx.PublishedAssignment, u, attempt)
			r.Result.Score, r.Result.ScoreReviewer = &score, new(score+0.5)
			for _, m := range group {
				r.Group = append(r.Group, m.MomotorID)
			}
			return r
		}
		fx.UpsertResults(t, s,
			item(fx.Anna, 1, 1), item(fx.Anna, 2, 2), // Anna submitted alone; the second result is the latest
			item(fx.Bob, 3, 3, fx.Anna, fx.Bob, fx.Carl), // a group submitted a higher attempt
			item(fx.Carl, 3, 4),                          // an equal attempt at the same time, with a higher id
			item(fx.Teacher, 1, 5),                       // not in a section
		)
		for _, tt := range []struct {
			section *int64
			want    string
		}{
			{nil, "[Anna 3 true Bob 3 true Carl 4 true Teacher 5 true]"},
			{&fx.Section.CanvasID, "[Anna 3 true Bob 3 true Carl 4 true Teacher 5 false]"},
		} {
			upload := startUpload(t, s, fx, change.UploadRequest{Passed: true, Section: tt.section})
			rows, err := s.ListUploadScores(t.Context(), upload)
			if err != nil {
				t.Fatal(err)
			}
			names := map[int64]string{1: "Anna", 2: "Bob", 3: "Carl", 4: "Teacher"}
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%s %g %v", names[r.UserCanvasID], *r.Score, r.InSection))
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("ListUploadScores(section %v) = %v, want %s", tt.section, got, tt.want)
			}
			target, err := s.LoadUploadTarget(t.Context(), upload.CourseID, upload.MomotorID)
			if err != nil || target.CourseCanvasID != 1001 || target.AssignmentCanvasID != 501 || (target.SectionCanvasID == nil) != (tt.section == nil) {
				t.Errorf("LoadUploadTarget = %+v, %v", target, err)
			}
		}
		if _, err := s.LoadUploadTarget(t.Context(), fx.Course.MomotorID, 1<<40); !errors.Is(err, fault.NotFound) {
			t.Errorf("LoadUploadTarget of an unknown upload = %v, want %v", err, fault.NotFound)
		}
	})
}

// If several instances continue an upload, MarkScoresPending succeeds only for one of them. A known
// outcome is not replaced.
func TestMarkScoresPending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		upload := startUpload(t, s, fx, change.UploadRequest{Passed: true})
		outcome := func(u *db.User, state db.ScoreState) *db.ScoreOutcome {
			return &db.ScoreOutcome{CourseID: upload.CourseID, UploadID: upload.MomotorID, UserID: u.MomotorID, State: state}
		}
		markPending := func(upload *db.ScoreUpload, pending int, items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				return tx.MarkScoresPending(ctx, upload, pending, items)
			})
		}
		saveOutcomes := func(items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.SaveScoreOutcomes(ctx, upload, items) })
		}
		knownStates := func() string {
			t.Helper()
			known, err := s.ListKnownOutcomes(t.Context(), upload.CourseID, upload.MomotorID)
			if err != nil {
				t.Fatal(err)
			}
			var all []db.ScoreState
			for _, k := range known {
				all = append(all, k.State)
			}
			return fmt.Sprint(all)
		}
		errs := make([]error, 8)
		done := make(chan int)
		for i := range errs {
			go func() {
				errs[i] = markPending(upload, 0, outcome(fx.Anna, db.ScorePending), outcome(fx.Bob, db.ScoreKept))
				done <- i
			}()
		}
		for range errs {
			<-done
		}
		notConflicts := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.Is(err, fault.Conflict) })
		if len(notConflicts) != 1 || notConflicts[0] != nil {
			t.Errorf("eight concurrent calls = %v, want one success and seven conflicts", errs)
		}
		for _, tt := range []struct {
			call string
			err  error
			want error
		}{
			{"SetCanvasJobID with a new progress id", dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				return tx.SetCanvasJobID(ctx, upload.CourseID, upload.MomotorID, "7")
			}), nil},
			{"MarkScoresPending with the old progress id", markPending(upload, 1, outcome(fx.Carl, db.ScorePending)), fault.Conflict},
			{"SaveScoreOutcomes of pending and kept scores", saveOutcomes(outcome(fx.Anna, db.ScoreSent), outcome(fx.Bob, db.ScoreSent)), nil},
			{"SaveScoreOutcomes of a sent score", saveOutcomes(outcome(fx.Anna, db.ScoreRefused)), nil},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.call, tt.err, tt.want)
			}
		}
		if got := knownStates(); got != "[sent kept]" {
			t.Errorf("the outcomes are %s, want [sent kept]", got)
		}
		upload.CanvasJobID = new("7")
		if err := markPending(upload, 0, outcome(fx.Carl, db.ScorePending)); err != nil {
			t.Error(err)
		}
		err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			if current, err := tx.BeginUpload(ctx, upload.CourseID, upload.MomotorID); err != nil || current.CanvasJobID != nil {
				t.Errorf("the next MarkScoresPending leaves the progress id %v, %v, want nil", current.CanvasJobID, err)
			}
			return errors.Join(tx.RefusePendingScores(ctx, upload.CourseID, upload.MomotorID, "No answer."), tx.FinishUpload(ctx, upload.CourseID, upload.MomotorID, ""))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := knownStates(); got != "[sent kept refused]" {
			t.Errorf("the outcomes are %s, want [sent kept refused]", got)
		}
		if err := markPending(upload, 0); !errors.Is(err, fault.NotFound) {
			t.Errorf("MarkScoresPending for an ended upload = %v, want %v", err, fault.NotFound)
		}
		err = dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			return tx.FinishUpload(ctx, upload.CourseID, upload.MomotorID, "No answer.")
		})
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("FinishUpload of an ended upload = %v, want %v", err, fault.NotFound)
		}
	})
}
