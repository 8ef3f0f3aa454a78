package db

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// An Attempt describes a stored result for a comparison with the submissions in Canvas.
type Attempt struct {
	ResultID    int64     `bun:"id"`
	UserID      int64     `bun:"user_id"`
	Number      int       `bun:"attempt"`
	IsLate      bool      `bun:"is_late"`
	SecondsLate *float64  `bun:"seconds_late"`
	PreviewURL  *string   `bun:"preview_url"`
	SubmittedAt time.Time `bun:"submitted_at"`
	// AttemptByUser holds the attempt number in Canvas of each member of the group, by user id.
	// Members may have different numbers for the same submission. 0 means unknown.
	AttemptByUser map[int64]int `bun:"-"`
}

// An AttemptKey identifies an attempt of a user by its number in Canvas.
type AttemptKey struct {
	UserID int64
	Number int
}

// An AttemptIndex finds stored attempts by each of their users.
type AttemptIndex map[AttemptKey]*Attempt

// A MemberAttempt is the attempt number of a group member other than the result's user.
type MemberAttempt struct {
	bun.BaseModel `bun:"table:member_attempt,alias:mat"`

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
	Attempt  int   `bun:"attempt"`
}

// NewAttemptIndex returns the index of attempts.
func NewAttemptIndex(attempts []*Attempt) AttemptIndex {
	index := AttemptIndex{}
	for _, a := range attempts {
		for user, number := range a.AttemptByUser {
			if number == 0 { // assume the number of the result's user
				index[AttemptKey{user, a.Number}] = a
			}
		}
	}
	for _, a := range attempts { // known numbers take precedence
		for user, number := range a.AttemptByUser {
			if number > 0 {
				index[AttemptKey{user, number}] = a
			}
		}
	}
	return index
}

// GroupSubmissionWindow is the maximum time between the submissions of the members of a group
// that form one attempt. Canvas writes them one after the other, with different times.
const GroupSubmissionWindow = time.Minute

// find returns the attempt of a user with an attempt number, or nil. If the number of the user is
// unknown, the attempt must have been submitted at about the time at.
func (ix AttemptIndex) find(key AttemptKey, at time.Time) *Attempt {
	a := ix[key]
	if a != nil && a.AttemptByUser[key.UserID] == 0 && a.SubmittedAt.Sub(at).Abs() > GroupSubmissionWindow {
		return nil // the assumed number is wrong
	}
	return a
}

// UsersWithoutResult returns the users of a submission who have no result for it yet. The parameter
// numbers holds the attempt number in Canvas of each user of the submission, by user id, and so does
// the returned map. A user has a result if an attempt in the index has the user's number. A user
// also has a result if the attempt of another user of the submission includes the user with an
// unknown number.
func (ix AttemptIndex) UsersWithoutResult(numbers map[int64]int, at time.Time) map[int64]int {
	missing := maps.Clone(numbers)
	for user, number := range numbers {
		a := ix.find(AttemptKey{user, number}, at)
		if a == nil {
			continue
		}
		delete(missing, user)
		for member, n := range a.AttemptByUser {
			if n == 0 {
				delete(missing, member)
			}
		}
	}
	return missing
}

// ListAttempts returns the attempts of an assignment that have a result.
func (s *Store) ListAttempts(ctx context.Context, k AssignmentKey) ([]*Attempt, error) {
	all, err := ReadAttempts(ctx, s.db, k)
	return all, query.WrapError(err)
}

// ReadAttempts is ListAttempts in a transaction of the caller.
func ReadAttempts(ctx context.Context, tx bun.IDB, k AssignmentKey) (all []*Attempt, err error) {
	err = tx.NewSelect().TableExpr("result AS res").Column("id", "user_id", "attempt", "is_late", "seconds_late", "preview_url", "submitted_at").
		Where("res.course_id = ? AND res.assignment_id = ?", k.CourseID, k.ID).Order("id").Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read the attempts at assignment %d: %w", k.ID, err)
	}
	byID := make(map[int64]*Attempt, len(all))
	for _, a := range all {
		a.AttemptByUser = map[int64]int{a.UserID: a.Number}
		byID[a.ResultID] = a
	}
	var members []struct {
		ResultID int64 `bun:"result_id"`
		UserID   int64 `bun:"user_id"`
		Number   int   `bun:"number"`
	}
	err = tx.NewRaw(`SELECT mem.result_id, mem.user_id, coalesce(mat.attempt, 0) AS number FROM result AS res
		JOIN result_member AS mem ON mem.course_id = res.course_id AND mem.result_id = res.id AND mem.user_id <> res.user_id
		LEFT JOIN member_attempt AS mat ON mat.course_id = mem.course_id AND mat.result_id = mem.result_id AND mat.user_id = mem.user_id
		WHERE res.course_id = ? AND res.assignment_id = ?`, k.CourseID, k.ID).Scan(ctx, &members)
	if err != nil {
		return nil, fmt.Errorf("read the groups at assignment %d: %w", k.ID, err)
	}
	for _, m := range members {
		if a := byID[m.ResultID]; a != nil { // else the result was inserted between the two statements
			a.AttemptByUser[m.UserID] = m.Number
		}
	}
	return all, nil
}
