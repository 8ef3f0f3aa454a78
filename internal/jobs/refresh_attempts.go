package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/importer"
)

// An effort is one attempt of a student or, where groups hand in, of a group. It becomes
// one result.
type effort struct {
	canvas.Submission
	members []int64 // the ids of the people in the store, in ascending order
}

// attemptsBatch is how many new attempts become results in one transaction, and downloads
// how many are fetched from Canvas at once.
const attemptsBatch, downloads = 50, 4

// syncAttempts makes results of new attempts, and lets those that are there follow Canvas.
func (s *syncing) syncAttempts(ctx context.Context) error {
	efforts, err := s.efforts(ctx)
	if err != nil {
		return err
	}
	known, err := s.Store.Attempts(ctx, s.key)
	if err != nil {
		return err
	}
	made := map[attemptOf]*db.Attempt{}
	owners := map[int64]int64{} // who hands in for whom
	for _, a := range known {
		for _, m := range a.Members {
			made[attemptOf{m, a.Number}], owners[m] = a, a.UserID
		}
	}
	var fresh []*effort
	var changed []*db.Attempt
	for _, e := range efforts {
		a := e.among(made)
		if a == nil {
			fresh = append(fresh, e)
		} else if preview := optional(e.PreviewURL); a.IsLate != e.Late || !equal(a.PreviewURL, preview) {
			a.IsLate, a.PreviewURL = e.Late, preview
			changed = append(changed, a)
		}
	}
	if err := s.change(ctx, func(ctx context.Context, c *db.Changing) error { return c.FollowAttempts(ctx, s.key, changed) }); err != nil {
		return err
	}
	s.report.followed = len(changed)
	for batch := range slices.Chunk(fresh, attemptsBatch) {
		if err := s.takeIn(ctx, batch, owners); err != nil {
			return err
		}
	}
	return nil
}

// An attemptOf is somebody's attempt with a number.
type attemptOf struct {
	user   int64
	number int
}

// among returns the result that one of an effort's people has of it, nil without one.
func (e *effort) among(made map[attemptOf]*db.Attempt) *db.Attempt {
	for _, m := range e.members {
		if a := made[attemptOf{m, e.Attempt}]; a != nil {
			return a
		}
	}
	return nil
}

// efforts reads the attempts of all, the first ones first.
func (s *syncing) efforts(ctx context.Context) ([]*effort, error) {
	var all []canvas.Submission
	var people []canvas.User
	for sub, err := range s.client.Submissions(ctx, s.course, s.assignment) {
		if err != nil {
			return nil, err
		}
		if len(sub.Attempts()) > 0 {
			sub.User.ID = sub.UserID
			all, people = append(all, sub), append(people, sub.User)
		}
	}
	if err := s.meet(ctx, people); err != nil {
		return nil, err
	}
	type unit struct {
		group, user canvas.ID
		attempt     int
	}
	efforts := map[unit]*effort{}
	for _, sub := range all {
		for _, attempt := range sub.Attempts() {
			u := unit{user: sub.UserID, attempt: attempt.Attempt}
			if s.byGroup && sub.Group.ID != 0 {
				u.group, u.user = sub.Group.ID, 0
			}
			e := efforts[u]
			if e == nil {
				e = &effort{Submission: attempt}
				efforts[u] = e
			}
			e.members = append(e.members, s.users[sub.UserID])
		}
	}
	list := slices.Collect(maps.Values(efforts))
	for _, e := range list {
		slices.Sort(e.members)
	}
	slices.SortFunc(list, func(a, b *effort) int {
		return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.members[0], b.members[0]))
	})
	return list, nil
}

// takeIn makes results of new attempts, with the work of processing them.
func (s *syncing) takeIn(ctx context.Context, batch []*effort, owners map[int64]int64) error {
	items := make([]*db.ResultItem, len(batch))
	fetching, all := errgroup.WithContext(ctx)
	fetching.SetLimit(downloads)
	for i, e := range batch {
		fetching.Go(unbroken(func() (err error) {
			items[i], err = s.item(all, e, owners)
			return err
		}))
	}
	if err := fetching.Wait(); err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(i *db.ResultItem) bool { return i == nil })
	err := s.change(ctx, func(ctx context.Context, c *db.Changing) error {
		queued, err := c.TakeAttempts(ctx, s.key, items)
		if err != nil {
			return err
		}
		return s.Queue.Insert(ctx, c.Tx(), ProcessAll(s.key.CourseID, queued)...)
	})
	if err == nil {
		s.report.results += len(items)
	}
	return err
}

// item is the result of an attempt. Where there is nothing to be processed, since what was
// handed in is too large or gone, it is one that is done and failed. It is nil where Canvas
// does not give out what was handed in, which may be otherwise next time.
func (s *syncing) item(ctx context.Context, e *effort, owners map[int64]int64) (*db.ResultItem, error) {
	product, err := s.product(ctx, e)
	item := &db.ResultItem{Bundles: []*db.Bundle{product}}
	switch {
	case errors.Is(err, canvas.ErrTooLarge):
		item = importer.Failed(fmt.Sprintf("What was handed in is larger than the %d MiB that this server takes.", s.most()>>20))
	case errors.Is(err, canvas.ErrNotFound):
		item = importer.Failed("Canvas does not have what was handed in any more.")
	case errors.Is(err, canvas.ErrForbidden), errors.Is(err, canvas.ErrRefused):
		s.Log.WarnContext(ctx, "Canvas does not give out what was handed in", "course", s.key.CourseID, "assignment", s.key.ID,
			"user", e.members[0], "attempt", e.Attempt, "error", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := &item.Result
	r.UserID, r.Attempt, r.SubmittedAt, r.IsLate, r.PreviewURL = e.members[0], e.Attempt, e.SubmittedAt.UTC(), e.Late, optional(e.PreviewURL)
	for _, m := range e.members {
		if owner, ok := owners[m]; ok && slices.Contains(e.members, owner) {
			r.UserID = owner
			break
		}
	}
	if s.byGroup && len(e.members) > 1 {
		item.Group = e.members
	}
	if r.SubmittedAt.IsZero() {
		r.SubmittedAt = s.Now().UTC()
	}
	return item, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func equal(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
