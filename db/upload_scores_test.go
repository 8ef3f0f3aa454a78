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
		waiting, _, err := tx.StartUpload(ctx, fx.Published.Key(), request)
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

// Of a student's own latest result and those of groups, the one with the highest attempt counts, and
// of equal attempts the one that was submitted last. The score is the learner's score.
func TestUploadScores(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := func(u *db.User, attempt int, score float64, group ...*db.User) *ingest.ResultItem {
			r := dbtest.Result(fx.Published, u, attempt)
			r.Result.Score, r.Result.ScoreReviewer = &score, new(score+0.5)
			for _, m := range group {
				r.Group = append(r.Group, m.MomotorID)
			}
			return r
		}
		fx.UpsertResults(t, s,
			item(fx.Anna, 1, 1), item(fx.Anna, 2, 2), // her own; the second is the latest
			item(fx.Bob, 3, 3, fx.Anna, fx.Bob, fx.Carl), // a group's, with a higher attempt
			item(fx.Carl, 3, 4),                          // an equal attempt at the same time, with a higher id
			item(fx.Teacher, 1, 5),                       // in no section
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

// Only one of several instances that continue an upload can mark scores, and a known outcome is not
// replaced.
func TestMarkScores(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		upload := startUpload(t, s, fx, change.UploadRequest{Passed: true})
		outcome := func(u *db.User, state db.ScoreState) *db.ScoreOutcome {
			return &db.ScoreOutcome{CourseID: upload.CourseID, UploadID: upload.MomotorID, UserID: u.MomotorID, State: state}
		}
		mark := func(upload *db.ScoreUpload, pending int, items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				return tx.MarkScoresPending(ctx, upload, pending, items)
			})
		}
		save := func(items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.SaveScoreOutcomes(ctx, upload, items) })
		}
		states := func() string {
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
				errs[i] = mark(upload, 0, outcome(fx.Anna, db.ScorePending), outcome(fx.Bob, db.ScoreKept))
				done <- i
			}()
		}
		for range errs {
			<-done
		}
		won := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.Is(err, fault.Conflict) })
		if len(won) != 1 || won[0] != nil {
			t.Errorf("eight concurrent calls = %v, want one success and seven conflicts", errs)
		}
		for _, tt := range []struct {
			call string
			err  error
			want error
		}{
			{"set another progress id", dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				return tx.SetUploadProgress(ctx, upload.CourseID, upload.MomotorID, "7")
			}), nil},
			{"mark with the old progress id", mark(upload, 1, outcome(fx.Carl, db.ScorePending)), fault.Conflict},
			{"save outcomes", save(outcome(fx.Anna, db.ScoreSent), outcome(fx.Bob, db.ScoreSent)), nil},
			{"save other outcomes", save(outcome(fx.Anna, db.ScoreRefused)), nil},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.call, tt.err, tt.want)
			}
		}
		if got := states(); got != "[sent kept]" {
			t.Errorf("the outcomes are %s, want the first known ones", got)
		}
		upload.CanvasProgress = new("7")
		if err := mark(upload, 0, outcome(fx.Carl, db.ScorePending)); err != nil {
			t.Error(err)
		}
		err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			if current, err := tx.BeginUpload(ctx, upload.CourseID, upload.MomotorID); err != nil || current.CanvasProgress != nil {
				t.Errorf("after the next mark the progress id is %v, %v, want nil", current.CanvasProgress, err)
			}
			return errors.Join(tx.RejectPendingScores(ctx, upload.CourseID, upload.MomotorID, "No answer."), tx.FinishUpload(ctx, upload.CourseID, upload.MomotorID, ""))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := states(); got != "[sent kept refused]" {
			t.Errorf("the outcomes are %s", got)
		}
		if err := mark(upload, 0); !errors.Is(err, fault.NotFound) {
			t.Errorf("mark after the end of the upload = %v, want %v", err, fault.NotFound)
		}
	})
}
