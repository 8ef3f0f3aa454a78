package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// A NewAttempt is an attempt that is to become a result.
type NewAttempt struct {
	*ResultItem
	// Numbers has the people whose work it is, with the number that the attempt has for
	// each of them in Canvas. That of the result's user is the result's.
	Numbers map[int64]int
}

// TakeAttempts writes results of attempts that none of their people has a result of yet; the
// others stay as they are. One that is not done is queued when the assignment has a recipe
// and is not paused, and paused else. It returns those that are to be processed.
func (c *Changing) TakeAttempts(ctx context.Context, k AssignmentKey, attempts []*NewAttempt) ([]Queued, error) {
	g, err := c.hold(ctx, k)
	if err != nil {
		return nil, err
	}
	fresh, err := c.unknown(ctx, k, attempts)
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	v, err := currentRevision(ctx, c.tx, g)
	if err != nil {
		return nil, err
	}
	goes := v != nil && v.RecipeID != nil && !g.Paused
	items := make([]*ResultItem, len(fresh))
	for i, a := range fresh {
		items[i] = a.ResultItem
		r := &a.Result
		r.CourseID, r.AssignmentID = k.CourseID, k.ID
		switch {
		case r.State == StateDone:
		case goes:
			r.State, r.Label, r.QueuedAt = StateQueued, new("Queued"), &c.now
		default:
			r.State, r.Label = StatePaused, new("Paused")
		}
	}
	err = c.writeResults(ctx, items)
	if err == nil {
		err = insert(ctx, c.tx, handedOf(fresh))
	}
	if err != nil {
		return nil, fmt.Errorf("take in %d attempts at assignment %d: %w", len(fresh), k.ID, err)
	}
	var queued []Queued
	for _, item := range items {
		if item.Result.State == StateQueued {
			queued = append(queued, Queued{item.Result.MomotorID, turnOf(&c.now)})
		}
	}
	return queued, nil
}

// unknown returns the attempts that none of their people has a result of. Of one that some
// have a result of, which somebody else has made just now, the next refresh takes the rest.
func (c *Changing) unknown(ctx context.Context, k AssignmentKey, attempts []*NewAttempt) ([]*NewAttempt, error) {
	there, err := readAttempts(ctx, c.tx, k)
	if err != nil {
		return nil, err
	}
	made := MadeOf(there)
	return slices.DeleteFunc(slices.Clone(attempts), func(a *NewAttempt) bool {
		return len(made.Rest(a.Numbers, a.Result.SubmittedAt)) < len(a.Numbers)
	}), nil
}

// A handed row is the number that an attempt has for a mate of its result's user.
type handed struct {
	bun.BaseModel `bun:"table:handed"`

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
	Attempt  int   `bun:"attempt"`
}

func handedOf(attempts []*NewAttempt) (rows []*handed) {
	for _, a := range attempts {
		for user, number := range a.Numbers {
			if r := &a.Result; user != r.UserID {
				rows = append(rows, &handed{CourseID: r.CourseID, ResultID: r.MomotorID, UserID: user, Attempt: number})
			}
		}
	}
	return rows
}

// FollowAttempts writes what Canvas says of attempts that are there: whether they are late,
// and where to see them. Each one takes the next sequence id.
func (c *Changing) FollowAttempts(ctx context.Context, k AssignmentKey, changed []*Attempt) error {
	if len(changed) == 0 {
		return nil
	}
	first, err := take(ctx, c.tx, counterSequence, len(changed))
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
