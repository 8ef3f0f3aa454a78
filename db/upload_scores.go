package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// An UploadTarget says in Canvas' ids where the scores of an upload go.
type UploadTarget struct {
	AccountID          int64  `bun:"account_id"` // in the store
	CourseCanvasID     int64  `bun:"course_canvas_id"`
	AssignmentCanvasID int64  `bun:"assignment_canvas_id"`
	SectionCanvasID    *int64 `bun:"section_canvas_id"` // nil is all
}

// LoadUploadTarget returns where the scores of an upload go. It fails with fault.NotFound when
// there is no such upload any more.
func (s *Store) LoadUploadTarget(ctx context.Context, course, id int64) (*UploadTarget, error) {
	t := &UploadTarget{}
	err := s.db.NewRaw(`SELECT crs.account_id, crs.canvas_id AS course_canvas_id, asg.canvas_id AS assignment_canvas_id,
			sec.canvas_id AS section_canvas_id
		FROM upload AS upl JOIN course AS crs ON crs.id = upl.course_id
		JOIN assignment AS asg ON asg.course_id = upl.course_id AND asg.id = upl.assignment_id
		LEFT JOIN section AS sec ON sec.id = upl.section_id
		WHERE upl.course_id = ? AND upl.id = ?`, course, id).Scan(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("read where the upload %d goes: %w", id, query.WrapError(err))
	}
	return t, nil
}

// An UploadScore is the result that counts for a student, as counting has it, by the number
// that the attempt has for them where that is known. It may be one whose score is not to be
// sent.
type UploadScore struct {
	UserID       int64       `bun:"user_id"`
	UserCanvasID int64       `bun:"user_canvas_id"`
	ResultID     int64       `bun:"result_id"`
	Attempt      int         `bun:"attempt"`
	SubmittedAt  time.Time   `bun:"submitted_at"`
	State        ResultState `bun:"state"`
	Accepted     *bool       `bun:"accepted"`
	HasError     *bool       `bun:"has_error"`
	Secret       *bool       `bun:"secret"`
	// Score is the learner's, never the reviewer's.
	Score *float64 `bun:"score"`
	// InSection says that the student is in the upload's section; without one all are.
	InSection bool `bun:"in_section"`
}

// ListUploadScores returns the result that counts for each student of an upload's assignment,
// by user id, in one statement.
func (s *Store) ListUploadScores(ctx context.Context, x *ScoreUpload) ([]*UploadScore, error) {
	var rows []*UploadScore
	err := s.db.NewRaw(`SELECT eff.user_id, usr.canvas_id AS user_canvas_id, res.id AS result_id, eff.attempt, res.submitted_at, res.state,
			res.accepted, res.has_error, res.secret, res.score, (CAST(? AS bigint) IS NULL OR EXISTS (SELECT 1 FROM enrollment AS enr
				WHERE enr.section_id = ? AND enr.course_id = ? AND enr.user_id = eff.user_id AND enr.role = ?)) AS in_section
		FROM (?) AS eff
		JOIN result AS res ON res.course_id = ? AND res.id = eff.result_id
		JOIN "user" AS usr ON usr.id = eff.user_id
		WHERE eff.place = 1 ORDER BY eff.user_id`,
		x.SectionID, x.SectionID, x.CourseID, RoleStudent, EffectiveResults(x.CourseID, x.AssignmentID), x.CourseID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the scores of assignment %d: %w", x.AssignmentID, query.WrapError(err))
	}
	return rows, nil
}

// A KnownOutcome is what is known of the score of one student in an upload.
type KnownOutcome struct {
	UserID       int64      `bun:"user_id"`
	UserCanvasID int64      `bun:"user_canvas_id"`
	State        ScoreState `bun:"state"`
	Grade        *string    `bun:"grade"`
}

// ListKnownOutcomes returns what is known of the scores of an upload, by user id.
func (s *Store) ListKnownOutcomes(ctx context.Context, course, upload int64) ([]*KnownOutcome, error) {
	var rows []*KnownOutcome
	err := s.db.NewRaw(`SELECT upo.user_id, usr.canvas_id AS user_canvas_id, upo.state, upo.grade
		FROM upload_outcome AS upo JOIN "user" AS usr ON usr.id = upo.user_id
		WHERE upo.course_id = ? AND upo.upload_id = ? ORDER BY upo.user_id`, course, upload).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read what became of the scores of the upload %d: %w", upload, query.WrapError(err))
	}
	return rows, nil
}

// EffectiveResults selects which result counts for each student of an assignment: place is 1 for
// that one. It is, of the latest ones, those of groups included, the one of the student's
// highest attempt, and of these the one that was handed in last. What a group handed in
// counts for a mate also when its result's user has gone on alone.
func EffectiveResults(course, assignment int64) query.Clause {
	return query.SQL(`SELECT own.user_id, own.result_id, own.attempt,
			row_number() OVER (PARTITION BY own.user_id ORDER BY own.attempt DESC, res.submitted_at DESC, res.id DESC) AS place
		FROM (
			SELECT id AS result_id, user_id, attempt FROM result WHERE course_id = ? AND assignment_id = ? AND is_latest
			UNION
			SELECT mem.result_id, mem.user_id, coalesce(mat.attempt, grp.attempt) FROM result AS grp
			JOIN result_member AS mem ON mem.course_id = grp.course_id AND mem.result_id = grp.id
			LEFT JOIN member_attempt AS mat ON mat.course_id = mem.course_id AND mat.result_id = mem.result_id AND mat.user_id = mem.user_id
			WHERE grp.course_id = ? AND grp.assignment_id = ? AND (grp.is_latest OR mat.attempt IS NOT NULL)
		) AS own
		JOIN result AS res ON res.course_id = ? AND res.id = own.result_id`,
		course, assignment, course, assignment, course)
}
