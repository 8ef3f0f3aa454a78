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
	err := s.db.NewRaw(`SELECT c.account_id, c.canvas_id AS course_canvas_id, g.canvas_id AS assignment_canvas_id,
			z.canvas_id AS section_canvas_id
		FROM upload AS x JOIN course AS c ON c.id = x.course_id
		JOIN assignment AS g ON g.course_id = x.course_id AND g.id = x.assignment_id
		LEFT JOIN section AS z ON z.id = x.section_id
		WHERE x.course_id = ? AND x.id = ?`, course, id).Scan(ctx, t)
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
	err := s.db.NewRaw(`SELECT q.user_id, u.canvas_id AS user_canvas_id, r.id AS result_id, q.attempt, r.submitted_at, r.state,
			r.accepted, r.has_error, r.secret, r.score, (CAST(? AS bigint) IS NULL OR EXISTS (SELECT 1 FROM enrollment AS e
				WHERE e.section_id = ? AND e.course_id = ? AND e.user_id = q.user_id AND e.role = ?)) AS in_section
		FROM (?) AS q
		JOIN result AS r ON r.course_id = ? AND r.id = q.result_id
		JOIN "user" AS u ON u.id = q.user_id
		WHERE q.place = 1 ORDER BY q.user_id`,
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
	err := s.db.NewRaw(`SELECT o.user_id, u.canvas_id AS user_canvas_id, o.state, o.grade
		FROM upload_outcome AS o JOIN "user" AS u ON u.id = o.user_id
		WHERE o.course_id = ? AND o.upload_id = ? ORDER BY o.user_id`, course, upload).Scan(ctx, &rows)
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
	return query.SQL(`SELECT p.user_id, p.result_id, p.attempt,
			row_number() OVER (PARTITION BY p.user_id ORDER BY p.attempt DESC, c.submitted_at DESC, c.id DESC) AS place
		FROM (
			SELECT id AS result_id, user_id, attempt FROM result WHERE course_id = ? AND assignment_id = ? AND is_latest
			UNION
			SELECT m.result_id, m.user_id, coalesce(h.attempt, l.attempt) FROM result AS l
			JOIN result_member AS m ON m.course_id = l.course_id AND m.result_id = l.id
			LEFT JOIN handed AS h ON h.course_id = m.course_id AND h.result_id = m.result_id AND h.user_id = m.user_id
			WHERE l.course_id = ? AND l.assignment_id = ? AND (l.is_latest OR h.attempt IS NOT NULL)
		) AS p
		JOIN result AS c ON c.course_id = ? AND c.id = p.result_id`,
		course, assignment, course, assignment, course)
}
