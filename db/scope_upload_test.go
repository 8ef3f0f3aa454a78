package db_test

import (
	"context"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// Only reviewers see the uploads of a course and their outcomes.
func TestScopeUploads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: fx.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		var uploadID int64
		err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			upload, _, err := tx.StartUpload(ctx, fx.PublishedAssignment.Key(), change.UploadRequest{Section: &fx.Section.CanvasID})
			if err != nil {
				return err
			}
			uploadID = upload.MomotorID
			return tx.UpsertScoreOutcomes(ctx, []*db.ScoreOutcome{{CourseID: upload.CourseID, UploadID: uploadID, UserID: fx.Anna.MomotorID, State: db.ScorePending}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			caller string
			grant  access.Grant
			want   int
		}{
			{"a teacher", access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Teacher}, 1},
			{"a teaching assistant", access.Grant{CourseID: fx.Course.MomotorID, Roles: access.TA}, 1},
			{"a designer", access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Designer}, 0},
			{"a student", access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Student}, 0},
			{"a teacher of another course", access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.Teacher}, 0},
		} {
			sc, course := dbtest.Scope(fx.Anna.MomotorID, tt.grant), fx.Course.MomotorID
			byAssignment, err := db.AssignmentUploads.Load(t.Context(), s.DB(), sc, []query.Key{{course, fx.PublishedAssignment.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			byID, err := db.UploadByID.Load(t.Context(), s.DB(), sc, []query.Key{{course, uploadID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := db.UploadOutcomes.Load(t.Context(), s.DB(), sc, []query.Key{{course, uploadID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			if a, b, c := len(byAssignment[0]), len(byID[0]), len(outcomes[0]); a != tt.want || b != tt.want || c != tt.want {
				t.Errorf("%s sees %d uploads, %d uploads by id and %d outcomes, want %d of each", tt.caller, a, b, c, tt.want)
			}
		}
	})
}
