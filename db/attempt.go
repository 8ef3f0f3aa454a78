package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// An Attempt is an attempt of which the store has a result, as far as Canvas decides it.
type Attempt struct {
	ResultID   int64   `bun:"id"`
	UserID     int64   `bun:"user_id"`
	Number     int     `bun:"attempt"`
	IsLate     bool    `bun:"is_late"`
	PreviewURL *string `bun:"preview_url"`
	// Members are the people whose work it is, the user among them.
	Members []int64 `bun:"-"`
}

// Attempts returns the attempts of an assignment that the store has a result of.
func (s *Store) Attempts(ctx context.Context, k AssignmentKey) ([]*Attempt, error) {
	all, err := readAttempts(ctx, s.db, k)
	return all, wrap(err)
}

func readAttempts(ctx context.Context, tx bun.IDB, k AssignmentKey) (all []*Attempt, err error) {
	err = tx.NewSelect().TableExpr("result AS r").Column("id", "user_id", "attempt", "is_late", "preview_url").
		Where("r.course_id = ? AND r.assignment_id = ?", k.CourseID, k.ID).Order("id").Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read the attempts at assignment %d: %w", k.ID, err)
	}
	byID := make(map[int64]*Attempt, len(all))
	for _, a := range all {
		a.Members = []int64{a.UserID}
		byID[a.ResultID] = a
	}
	var members []*Member
	err = tx.NewSelect().Model(&members).Join("JOIN result AS r ON r.course_id = m.course_id AND r.id = m.result_id").
		Where("r.course_id = ? AND r.assignment_id = ? AND m.user_id <> r.user_id", k.CourseID, k.ID).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the groups at assignment %d: %w", k.ID, err)
	}
	for _, m := range members {
		a := byID[m.ResultID]
		a.Members = append(a.Members, m.UserID)
	}
	return all, nil
}

// TakeAttempts writes results of attempts that nobody of theirs has a result of yet; the
// others stay as they are. One that is not done is queued when the assignment has a recipe
// and is not paused, and paused else. It returns those that are to be processed.
func (c *Changing) TakeAttempts(ctx context.Context, k AssignmentKey, items []*ResultItem) ([]Queued, error) {
	g, err := c.hold(ctx, k)
	if err != nil {
		return nil, err
	}
	fresh, err := c.unknown(ctx, k, items)
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	v, err := currentRevision(ctx, c.tx, g)
	if err != nil {
		return nil, err
	}
	goes := v != nil && v.RecipeID != nil && !g.Paused
	for _, item := range fresh {
		r := &item.Result
		r.CourseID, r.AssignmentID = k.CourseID, k.ID
		switch {
		case r.State == StateDone:
		case goes:
			r.State, r.Label, r.QueuedAt = StateQueued, new("Queued"), &c.now
		default:
			r.State, r.Label = StatePaused, new("Paused")
		}
	}
	if err := c.results(fresh).write(ctx); err != nil {
		return nil, fmt.Errorf("take in %d attempts at assignment %d: %w", len(fresh), k.ID, err)
	}
	var queued []Queued
	for _, item := range fresh {
		if item.Result.State == StateQueued {
			queued = append(queued, Queued{item.Result.MomotorID, turnOf(&c.now)})
		}
	}
	return queued, nil
}

// unknown returns the items whose people have no result of that attempt.
func (c *Changing) unknown(ctx context.Context, k AssignmentKey, items []*ResultItem) ([]*ResultItem, error) {
	type made struct {
		user   int64
		number int
	}
	there, err := readAttempts(ctx, c.tx, k)
	if err != nil {
		return nil, err
	}
	known := map[made]bool{}
	for _, a := range there {
		for _, m := range a.Members {
			known[made{m, a.Number}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(items), func(item *ResultItem) bool {
		return slices.ContainsFunc(append([]int64{item.Result.UserID}, item.Group...), func(user int64) bool {
			return known[made{user, item.Result.Attempt}]
		})
	}), nil
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
