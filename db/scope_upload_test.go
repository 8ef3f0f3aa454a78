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

// Who reviews a course sees what is sent to Canvas, and nobody else does.
func TestScopeOfUploads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: w.Account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		var upload int64
		err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
			x, _, err := c.StartUpload(ctx, w.Published.Key(), change.UploadRequest{Section: &w.Section.CanvasID})
			if err != nil {
				return err
			}
			upload = x.MomotorID
			return c.UpsertScoreOutcomes(ctx, []*db.ScoreOutcome{{CourseID: x.CourseID, UploadID: upload, UserID: w.Anna.MomotorID, State: db.ScorePending}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			who   string
			grant access.Grant
			want  int
		}{
			{"a teacher", access.Grant{CourseID: w.Course.MomotorID, Roles: access.Teacher}, 1},
			{"a teaching assistant", access.Grant{CourseID: w.Course.MomotorID, Roles: access.TA}, 1},
			{"a designer", access.Grant{CourseID: w.Course.MomotorID, Roles: access.Designer}, 0},
			{"a student", access.Grant{CourseID: w.Course.MomotorID, Roles: access.Student}, 0},
			{"a teacher elsewhere", access.Grant{CourseID: w.OtherCourse.MomotorID, Roles: access.Teacher}, 0},
		} {
			sc, course := dbtest.Scope(w.Anna.MomotorID, tt.grant), w.Course.MomotorID
			ofAssignment, err := db.AssignmentUploads.Load(t.Context(), s.DB(), sc, []query.Key{{course, w.Published.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			byID, err := db.UploadByID.Load(t.Context(), s.DB(), sc, []query.Key{{course, upload}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := db.UploadOutcomes.Load(t.Context(), s.DB(), sc, []query.Key{{course, upload}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			if a, b, c := len(ofAssignment[0]), len(byID[0]), len(outcomes[0]); a != tt.want || b != tt.want || c != tt.want {
				t.Errorf("%s sees %d, %d by id, %d outcomes, want %d", tt.who, a, b, c, tt.want)
			}
		}
	})
}
