package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// A NewAttempt is an attempt that is to become a result.
type NewAttempt struct {
	*ingest.ResultItem
	// Numbers has the people whose work it is, with the number that the attempt has for
	// each of them in Canvas. That of the result's user is the result's.
	Numbers map[int64]int
}

// InsertAttempts writes results of attempts that none of their people has a result of yet; the
// others stay as they are. One that is not done is queued when the assignment has a recipe
// and is not paused, and paused else. It returns those that are to be processed.
func (c *Tx) InsertAttempts(ctx context.Context, k db.AssignmentKey, attempts []*NewAttempt) ([]QueuedRun, error) {
	g, err := c.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	fresh, err := c.withoutResult(ctx, k, attempts)
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	v, err := db.CurrentRevision(ctx, c.tx, g)
	if err != nil {
		return nil, err
	}
	goes := v != nil && v.RecipeID != nil && !g.Paused
	items := make([]*ingest.ResultItem, len(fresh))
	for i, a := range fresh {
		items[i] = a.ResultItem
		r := &a.Result
		r.CourseID, r.AssignmentID = k.CourseID, k.ID
		switch {
		case r.State == db.StateDone:
		case goes:
			r.State, r.Label, r.QueuedAt = db.StateQueued, new("Queued"), &c.now
		default:
			r.State, r.Label = db.StatePaused, new("Paused")
		}
	}
	err = c.writeResults(ctx, items)
	if err == nil {
		err = query.Insert(ctx, c.tx, memberAttempts(fresh))
	}
	if err != nil {
		return nil, fmt.Errorf("take in %d attempts at assignment %d: %w", len(fresh), k.ID, err)
	}
	var queued []QueuedRun
	for _, item := range items {
		if item.Result.State == db.StateQueued {
			queued = append(queued, QueuedRun{item.Result.MomotorID, generationOf(&c.now)})
		}
	}
	return queued, nil
}

// withoutResult returns the attempts that none of their people has a result of. Of one that some
// have a result of, which somebody else has made just now, the next refresh takes the rest.
func (c *Tx) withoutResult(ctx context.Context, k db.AssignmentKey, attempts []*NewAttempt) ([]*NewAttempt, error) {
	there, err := db.ReadAttempts(ctx, c.tx, k)
	if err != nil {
		return nil, err
	}
	made := db.NewAttemptIndex(there)
	return slices.DeleteFunc(slices.Clone(attempts), func(a *NewAttempt) bool {
		return len(made.WithoutResult(a.Numbers, a.Result.SubmittedAt)) < len(a.Numbers)
	}), nil
}

// A memberAttempt row is the number that an attempt has for a mate of its result's user.
type memberAttempt struct {
	bun.BaseModel `bun:"table:member_attempt"`

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
	Attempt  int   `bun:"attempt"`
}

func memberAttempts(attempts []*NewAttempt) (rows []*memberAttempt) {
	for _, a := range attempts {
		for user, number := range a.Numbers {
			if r := &a.Result; user != r.UserID {
				rows = append(rows, &memberAttempt{CourseID: r.CourseID, ResultID: r.MomotorID, UserID: user, Attempt: number})
			}
		}
	}
	return rows
}

// UpdateAttempts writes what Canvas says of attempts that are there: whether they are late,
// and where to see them. Each one takes the next sequence id.
func (c *Tx) UpdateAttempts(ctx context.Context, k db.AssignmentKey, changed []*db.Attempt) error {
	if len(changed) == 0 {
		return nil
	}
	first, err := db.Reserve(ctx, c.tx, db.SequenceCounter, len(changed))
	if err != nil {
		return err
	}
	for i, a := range changed {
		_, err := c.tx.NewUpdate().Table("result").Where("course_id = ? AND id = ?", k.CourseID, a.ResultID).
			Set("is_late = ?, preview_url = ?, sequence_id = ?", a.IsLate, a.PreviewURL, first+int64(i)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("follow attempts at assignment %d: %w", k.ID, err)
		}
	}
	return nil
}
