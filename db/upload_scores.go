package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// An UploadTarget is the destination of an upload in Canvas.
type UploadTarget struct {
	AccountID          int64  `bun:"account_id"` // the id in the store
	CourseCanvasID     int64  `bun:"course_canvas_id"`
	AssignmentCanvasID int64  `bun:"assignment_canvas_id"`
	SectionCanvasID    *int64 `bun:"section_canvas_id"` // nil means all sections
}

// LoadUploadTarget returns the destination of an upload. It fails with fault.NotFound when the
// upload no longer exists.
func (s *Store) LoadUploadTarget(ctx context.Context, course, id int64) (*UploadTarget, error) {
	t := &UploadTarget{}
	err := s.db.NewRaw(`SELECT crs.account_id, crs.canvas_id AS course_canvas_id, asg.canvas_id AS assignment_canvas_id,
			sec.canvas_id AS section_canvas_id
		FROM upload AS upl JOIN course AS crs ON crs.id = upl.course_id
		JOIN assignment AS asg ON asg.course_id = upl.course_id AND asg.id = upl.assignment_id
		LEFT JOIN section AS sec ON sec.id = upl.section_id
		WHERE upl.course_id = ? AND upl.id = ?`, course, id).Scan(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("read the target of upload %d: %w", id, query.WrapError(err))
	}
	return t, nil
}

// An UploadScore is the score of one student in a ScoreUpload: that of the student's effective
// result, see EffectiveResults. The caller decides whether the score is sent.
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
	// Score is the learner's score, never the reviewer's.
	Score *float64 `bun:"score"`
	// InSection is set when the student is in the section of the upload, or when the upload has no
	// section.
	InSection bool `bun:"in_section"`
}

// ListUploadScores returns the effective result of each student of an upload's assignment, by
// user id.
func (s *Store) ListUploadScores(ctx context.Context, upload *ScoreUpload) ([]*UploadScore, error) {
	var rows []*UploadScore
	err := s.db.NewRaw(`SELECT eff.user_id, usr.canvas_id AS user_canvas_id, res.id AS result_id, eff.attempt, res.submitted_at, res.state,
			res.accepted, res.has_error, res.secret, res.score, (CAST(? AS bigint) IS NULL OR EXISTS (SELECT 1 FROM enrollment AS enr
				WHERE enr.section_id = ? AND enr.course_id = ? AND enr.user_id = eff.user_id AND enr.role = ?)) AS in_section
		FROM (?) AS eff
		JOIN result AS res ON res.course_id = ? AND res.id = eff.result_id
		JOIN "user" AS usr ON usr.id = eff.user_id
		WHERE eff.rank = 1 ORDER BY eff.user_id`,
		upload.SectionID, upload.SectionID, upload.CourseID, RoleStudent, EffectiveResults(upload.CourseID, upload.AssignmentID), upload.CourseID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the scores of assignment %d: %w", upload.AssignmentID, query.WrapError(err))
	}
	return rows, nil
}

// A KnownOutcome is the stored outcome of the score of one student.
type KnownOutcome struct {
	UserID       int64      `bun:"user_id"`
	UserCanvasID int64      `bun:"user_canvas_id"`
	State        ScoreState `bun:"state"`
	Grade        *string    `bun:"grade"`
}

// ListKnownOutcomes returns the stored outcomes of an upload, by user id.
func (s *Store) ListKnownOutcomes(ctx context.Context, course, upload int64) ([]*KnownOutcome, error) {
	var rows []*KnownOutcome
	err := s.db.NewRaw(`SELECT upo.user_id, usr.canvas_id AS user_canvas_id, upo.state, upo.grade
		FROM upload_outcome AS upo JOIN "user" AS usr ON usr.id = upo.user_id
		WHERE upo.course_id = ? AND upo.upload_id = ? ORDER BY upo.user_id`, course, upload).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the outcomes of upload %d: %w", upload, query.WrapError(err))
	}
	return rows, nil
}

// EffectiveResults selects user_id, result_id, attempt and rank of the results of each student of
// an assignment. The result with rank 1 is the student's effective result: its score is the
// student's score. The results are ranked by the student's attempt number, and then by the time of
// submission. They are the latest results of the student and of the student's groups. They include
// earlier results of a group if the student's own attempt number is known, because the user of such
// a result may have submitted alone later.
func EffectiveResults(course, assignment int64) query.Clause {
	return query.SQL(`SELECT user_res.user_id, user_res.result_id, user_res.attempt,
			row_number() OVER (PARTITION BY user_res.user_id ORDER BY user_res.attempt DESC, res.submitted_at DESC, res.id DESC) AS rank
		FROM (
			SELECT id AS result_id, user_id, attempt FROM result WHERE course_id = ? AND assignment_id = ? AND is_latest
			UNION
			SELECT mem.result_id, mem.user_id, coalesce(mat.attempt, group_res.attempt) FROM result AS group_res
			JOIN result_member AS mem ON mem.course_id = group_res.course_id AND mem.result_id = group_res.id
			LEFT JOIN member_attempt AS mat ON mat.course_id = mem.course_id AND mat.result_id = mem.result_id AND mat.user_id = mem.user_id
			WHERE group_res.course_id = ? AND group_res.assignment_id = ? AND (group_res.is_latest OR mat.attempt IS NOT NULL)
		) AS user_res
		JOIN result AS res ON res.course_id = ? AND res.id = user_res.result_id`,
		course, assignment, course, assignment, course)
}
