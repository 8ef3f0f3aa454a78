package db

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// An Attempt is an attempt of which the store has a result, as far as Canvas decides it.
type Attempt struct {
	ResultID   int64   `bun:"id"`
	UserID     int64   `bun:"user_id"`
	Number     int     `bun:"attempt"`
	IsLate     bool    `bun:"is_late"`
	PreviewURL *string `bun:"preview_url"`
	// SubmittedAt is when it was handed in.
	SubmittedAt time.Time `bun:"submitted_at"`
	// Numbers has the people whose work it is, the user among them, with the number that
	// the attempt has for each of them in Canvas; 0 where that is not known.
	Numbers map[int64]int `bun:"-"`
}

// An AttemptKey is somebody's attempt, by the number that it has for them in Canvas.
type AttemptKey struct {
	UserID int64
	Number int
}

// An AttemptIndex tells which attempts there are results of.
type AttemptIndex map[AttemptKey]*Attempt

// NewAttemptIndex returns what attempts are the results of.
func NewAttemptIndex(attempts []*Attempt) AttemptIndex {
	made := AttemptIndex{}
	for _, a := range attempts {
		for user, number := range a.Numbers {
			if number == 0 { // mostly the same
				made[AttemptKey{user, a.Number}] = a
			}
		}
	}
	for _, a := range attempts { // which is known, and goes before
		for user, number := range a.Numbers {
			if number > 0 {
				made[AttemptKey{user, number}] = a
			}
		}
	}
	return made
}

// GroupSubmissionWindow is how far apart the hand-ins of a group's members may be for one attempt: Canvas
// writes them one after the other.
const GroupSubmissionWindow = time.Minute

// find returns the attempt that somebody handed in under a number at some time, nil without one.
func (m AttemptIndex) find(h AttemptKey, at time.Time) *Attempt {
	a := m[h]
	if a != nil && a.Numbers[h.UserID] == 0 && a.SubmittedAt.Sub(at).Abs() > GroupSubmissionWindow {
		return nil // another one, that has the number which was taken for theirs
	}
	return a
}

// WithoutResult returns those of the people who handed something in at once, each by their own
// number, who have no result of it: they have none of that number, and are not among the
// people of a mate's result of it, whose numbers need not be known.
func (m AttemptIndex) WithoutResult(numbers map[int64]int, at time.Time) map[int64]int {
	rest := maps.Clone(numbers)
	for user, number := range numbers {
		a := m.find(AttemptKey{user, number}, at)
		if a == nil {
			continue
		}
		delete(rest, user)
		for mate, n := range a.Numbers {
			if n == 0 {
				delete(rest, mate)
			}
		}
	}
	return rest
}

// ListAttempts returns the attempts of an assignment that the store has a result of.
func (s *Store) ListAttempts(ctx context.Context, k AssignmentKey) ([]*Attempt, error) {
	all, err := ReadAttempts(ctx, s.db, k)
	return all, query.WrapError(err)
}

func ReadAttempts(ctx context.Context, tx bun.IDB, k AssignmentKey) (all []*Attempt, err error) {
	err = tx.NewSelect().TableExpr("result AS res").Column("id", "user_id", "attempt", "is_late", "preview_url", "submitted_at").
		Where("res.course_id = ? AND res.assignment_id = ?", k.CourseID, k.ID).Order("id").Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read the attempts at assignment %d: %w", k.ID, err)
	}
	byID := make(map[int64]*Attempt, len(all))
	for _, a := range all {
		a.Numbers = map[int64]int{a.UserID: a.Number}
		byID[a.ResultID] = a
	}
	var mates []struct {
		ResultID int64 `bun:"result_id"`
		UserID   int64 `bun:"user_id"`
		Number   int   `bun:"number"`
	}
	err = tx.NewRaw(`SELECT mem.result_id, mem.user_id, coalesce(mat.attempt, 0) AS number FROM result AS res
		JOIN result_member AS mem ON mem.course_id = res.course_id AND mem.result_id = res.id AND mem.user_id <> res.user_id
		LEFT JOIN member_attempt AS mat ON mat.course_id = mem.course_id AND mat.result_id = mem.result_id AND mat.user_id = mem.user_id
		WHERE res.course_id = ? AND res.assignment_id = ?`, k.CourseID, k.ID).Scan(ctx, &mates)
	if err != nil {
		return nil, fmt.Errorf("read the groups at assignment %d: %w", k.ID, err)
	}
	for _, m := range mates {
		if a := byID[m.ResultID]; a != nil { // else it came between the two reads
			a.Numbers[m.UserID] = m.Number
		}
	}
	return all, nil
}
