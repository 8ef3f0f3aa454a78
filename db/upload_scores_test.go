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

// startUpload begins an upload, which needs a Canvas.
func startUpload(t *testing.T, s *db.Store, w *dbtest.Fixture, order change.UploadRequest) *db.ScoreUpload {
	t.Helper()
	if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: w.Account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	var x *db.ScoreUpload
	err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
		waiting, _, err := c.StartUpload(ctx, w.Published.Key(), order)
		if err != nil {
			return err
		}
		x, err = c.BeginUpload(ctx, waiting.CourseID, waiting.MomotorID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Of a student's own and the groups' latest results the highest attempt counts, then the one
// that came last; and the score is the learner's.
func TestUploadScores(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		item := func(u *db.User, attempt int, score float64, group ...*db.User) *ingest.ResultItem {
			r := dbtest.Result(w.Published, u, attempt)
			r.Result.Score, r.Result.ScoreReviewer = &score, new(score+0.5)
			for _, m := range group {
				r.Group = append(r.Group, m.MomotorID)
			}
			return r
		}
		w.UpsertResults(t, s,
			item(w.Anna, 1, 1), item(w.Anna, 2, 2), // her own, of which the second is the latest
			item(w.Bob, 3, 3, w.Anna, w.Bob, w.Carl), // the group's: a higher attempt
			item(w.Carl, 3, 4),                       // as high: handed in at the same time, and came later
			item(w.Teacher, 1, 5),                    // in no section
		)
		for _, tt := range []struct {
			section *int64
			want    string
		}{
			{nil, "[Anna 3 true Bob 3 true Carl 4 true Teacher 5 true]"},
			{&w.Section.CanvasID, "[Anna 3 true Bob 3 true Carl 4 true Teacher 5 false]"},
		} {
			x := startUpload(t, s, w, change.UploadRequest{Passed: true, Section: tt.section})
			rows, err := s.ListUploadScores(t.Context(), x)
			if err != nil {
				t.Fatal(err)
			}
			names := map[int64]string{1: "Anna", 2: "Bob", 3: "Carl", 4: "Teacher"}
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%s %g %v", names[r.UserCanvasID], *r.Score, r.InSection))
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("UploadScores(section %v) = %v, want %s", tt.section, got, tt.want)
			}
			target, err := s.LoadUploadTarget(t.Context(), x.CourseID, x.MomotorID)
			if err != nil || target.CourseCanvasID != 1001 || target.AssignmentCanvasID != 501 || (target.SectionCanvasID == nil) != (tt.section == nil) {
				t.Errorf("UploadTarget = %+v, %v", target, err)
			}
		}
		if _, err := s.LoadUploadTarget(t.Context(), w.Course.MomotorID, 1<<40); !errors.Is(err, fault.NotFound) {
			t.Errorf("UploadTarget of none = %v, want %v", err, fault.NotFound)
		}
	})
}

// Scores are marked by one of those who go on with an upload, and what is known of one is
// not written over.
func TestMarkScores(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		x := startUpload(t, s, w, change.UploadRequest{Passed: true})
		outcome := func(u *db.User, state db.ScoreState) *db.ScoreOutcome {
			return &db.ScoreOutcome{CourseID: x.CourseID, UploadID: x.MomotorID, UserID: u.MomotorID, State: state}
		}
		mark := func(x *db.ScoreUpload, pending int, items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error { return c.MarkScoresPending(ctx, x, pending, items) })
		}
		settle := func(items ...*db.ScoreOutcome) error {
			return dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error { return c.SaveScoreOutcomes(ctx, x, items) })
		}
		states := func() string {
			t.Helper()
			known, err := s.ListKnownOutcomes(t.Context(), x.CourseID, x.MomotorID)
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
				errs[i] = mark(x, 0, outcome(w.Anna, db.ScorePending), outcome(w.Bob, db.ScoreKept))
				done <- i
			}()
		}
		for range errs {
			<-done
		}
		won := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.Is(err, fault.Conflict) })
		if len(won) != 1 || won[0] != nil {
			t.Errorf("eight marks at once = %v, want one that is no conflict", errs)
		}
		for _, tt := range []struct {
			call string
			err  error
			want error
		}{
			{"another job noted", dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
				return c.SetUploadProgress(ctx, x.CourseID, x.MomotorID, "7")
			}), nil},
			{"mark with the job that was", mark(x, 1, outcome(w.Carl, db.ScorePending)), fault.Conflict},
			{"settle", settle(outcome(w.Anna, db.ScoreSent), outcome(w.Bob, db.ScoreSent)), nil},
			{"settle once more", settle(outcome(w.Anna, db.ScoreRefused)), nil},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.call, tt.err, tt.want)
			}
		}
		if got := states(); got != "[sent kept]" {
			t.Errorf("the outcomes are %s, want the first that were known", got)
		}
		x.CanvasProgress = new("7")
		if err := mark(x, 0, outcome(w.Carl, db.ScorePending)); err != nil {
			t.Error(err)
		}
		err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
			if now, err := c.BeginUpload(ctx, x.CourseID, x.MomotorID); err != nil || now.CanvasProgress != nil {
				t.Errorf("after the next mark the job is %v, %v, want none", now.CanvasProgress, err)
			}
			return errors.Join(c.RejectPendingScores(ctx, x.CourseID, x.MomotorID, "No answer."), c.FinishUpload(ctx, x.CourseID, x.MomotorID, ""))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := states(); got != "[sent kept refused]" {
			t.Errorf("the outcomes are %s", got)
		}
		if err := mark(x, 0); !errors.Is(err, fault.NotFound) {
			t.Errorf("mark when it is over = %v, want %v", err, fault.NotFound)
		}
	})
}
