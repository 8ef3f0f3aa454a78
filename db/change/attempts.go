package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// A NewAttempt is an attempt in Canvas to insert as a result.
type NewAttempt struct {
	*ingest.ResultItem
	// AttemptByUser holds the attempt number in Canvas of each user, by user id: members of a group
	// may have different numbers for the same submission. The number of the result's user is
	// Result.Attempt.
	AttemptByUser map[int64]int
}

// InsertAttempts inserts a result for each attempt, unless a user of the attempt has a result for
// the attempt already. The state of a result that is not done becomes queued if the assignment has
// a recipe and is not paused; otherwise it becomes paused. InsertAttempts returns the queued
// results.
func (t *Tx) InsertAttempts(ctx context.Context, k db.AssignmentKey, attempts []*NewAttempt) ([]QueuedRun, error) {
	assignment, err := t.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	newAttempts, err := t.attemptsWithoutResult(ctx, k, attempts)
	if err != nil || len(newAttempts) == 0 {
		return nil, err
	}
	revision, err := db.CurrentRevision(ctx, t.tx, assignment)
	if err != nil {
		return nil, err
	}
	runnable := revision.RecipeID != nil && !assignment.Paused
	items := make([]*ingest.ResultItem, len(newAttempts))
	for i, a := range newAttempts {
		items[i] = a.ResultItem
		r := &a.Result
		r.CourseID, r.AssignmentID = k.CourseID, k.ID
		switch {
		case r.State == db.StateDone:
		case runnable:
			r.State, r.Label, r.QueuedAt = db.StateQueued, new("Queued"), &t.now
		default:
			r.State, r.Label = db.StatePaused, new("Paused")
		}
	}
	err = t.writeResults(ctx, items)
	if err == nil {
		err = query.Insert(ctx, t.tx, memberAttempts(newAttempts))
	}
	if err != nil {
		return nil, fmt.Errorf("insert %d attempts at assignment %d: %w", len(newAttempts), k.ID, err)
	}
	var queued []QueuedRun
	for _, item := range items {
		if item.Result.State == db.StateQueued {
			queued = append(queued, QueuedRun{item.Result.MomotorID, generationOf(&t.now)})
		}
	}
	return queued, nil
}

// attemptsWithoutResult returns the attempts for which no user has a result. If another transaction
// has just inserted a result for some users of an attempt, the next refresh inserts one for the
// other users.
func (t *Tx) attemptsWithoutResult(ctx context.Context, k db.AssignmentKey, attempts []*NewAttempt) ([]*NewAttempt, error) {
	existing, err := db.ReadAttempts(ctx, t.tx, k)
	if err != nil {
		return nil, err
	}
	index := db.NewAttemptIndex(existing)
	return slices.DeleteFunc(slices.Clone(attempts), func(a *NewAttempt) bool {
		return len(index.UsersWithoutResult(a.AttemptByUser, a.Result.SubmittedAt)) < len(a.AttemptByUser)
	}), nil
}

func memberAttempts(attempts []*NewAttempt) (rows []*db.MemberAttempt) {
	for _, a := range attempts {
		for user, number := range a.AttemptByUser {
			if r := &a.Result; user != r.UserID {
				rows = append(rows, &db.MemberAttempt{CourseID: r.CourseID, ResultID: r.MomotorID, UserID: user, Attempt: number})
			}
		}
	}
	return rows
}

// UpdateAttempts updates the columns of existing results that come from Canvas: IsLate,
// SecondsLate and PreviewURL. Each result gets the next sequence id.
func (t *Tx) UpdateAttempts(ctx context.Context, k db.AssignmentKey, changed []*db.Attempt) error {
	if len(changed) == 0 {
		return nil
	}
	first, err := db.ReserveSequence(ctx, t.tx, k.CourseID, len(changed))
	if err != nil {
		return err
	}
	for i, a := range changed {
		_, err := t.tx.NewUpdate().Table("result").Where("course_id = ? AND id = ?", k.CourseID, a.ResultID).
			Set("is_late = ?, seconds_late = ?, preview_url = ?, sequence_id = ?", a.IsLate, a.SecondsLate, a.PreviewURL, first+int64(i)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("update the attempts at assignment %d: %w", k.ID, err)
		}
	}
	return nil
}
