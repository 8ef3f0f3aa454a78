package refresh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/panics"
)

// How much is fetched from Canvas at once, and for how long: of one attempt, and of all in
// one go, which is less than a Refresh may take.
const (
	downloads              = 4
	attemptTime, fetchTime = 3 * time.Minute, 20 * time.Minute
)

// takeIn makes results of new attempts, with the work of processing them. One whose files
// can not be had keeps nobody else's back: it is left to the next go.
func (s *syncing) takeIn(ctx, fetching context.Context, batch []*effort) error {
	taken, failures := make([]*change.NewAttempt, len(batch)), make([]error, len(batch))
	group, until := errgroup.WithContext(fetching)
	group.SetLimit(downloads)
	for i, e := range batch {
		group.Go(func() error {
			err := panics.Recover(func() (err error) {
				taken[i], err = s.fetch(until, e)
				return err
			})
			if err != nil && ctx.Err() == nil && isOfOne(err) {
				failures[i], err = err, nil
			}
			return err
		})
	}
	err := group.Wait()
	if _, asked := errors.AsType[*canvas.Error](err); ctx.Err() != nil || err != nil && !asked {
		return err
	}
	s.unfetched = append(s.unfetched, slices.DeleteFunc(failures, func(err error) bool { return err == nil })...)
	taken = slices.DeleteFunc(taken, func(a *change.NewAttempt) bool { return a == nil })
	return errors.Join(s.keep(ctx, taken), err)
}

// isOfOne tells whether what went wrong with an attempt says nothing of any other one. That
// Canvas itself does not answer does, or that it is a gateway that answers in its place.
func isOfOne(err error) bool {
	e, asked := errors.AsType[*canvas.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, panics.ErrPanic):
		return true
	case !asked, errors.Is(err, canvas.ErrUnauthorized), errors.Is(err, canvas.ErrThrottled):
		return false
	case errors.Is(err, canvas.ErrUnreachable) && !e.FileHost:
		return e.Status < http.StatusBadGateway && (e.Status != 0 || e.Cause == nil)
	}
	return true
}

// keep writes results of attempts.
func (s *syncing) keep(ctx context.Context, taken []*change.NewAttempt) error {
	if len(taken) == 0 {
		return nil
	}
	err := s.change(ctx, func(ctx context.Context, c *change.Tx) error {
		queued, err := c.InsertAttempts(ctx, s.key, taken)
		if err != nil {
			return err
		}
		return s.Queue.Insert(ctx, c.SQLTx(), jobs.ProcessAll(s.key.CourseID, queued)...)
	})
	if err == nil {
		s.report.results += len(taken)
	}
	return err
}

// fetch gets what was handed in, and makes a result of it. Where there is nothing to be
// processed, since it is too large or gone, that one is done and failed. It is nil where
// Canvas does not give it out, which may be otherwise next time.
func (s *syncing) fetch(ctx context.Context, e *effort) (*change.NewAttempt, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	h := e.handIns[0]
	product, err := s.product(ctx, h.Submission)
	item := &ingest.ResultItem{Bundles: []*db.Bundle{product}}
	switch {
	case errors.Is(err, canvas.ErrTooLarge):
		item = assess.Failed(fmt.Sprintf("What was handed in is larger than the %d MiB that this server takes.", s.most()>>20))
	case errors.Is(err, canvas.ErrNotFound):
		item = assess.Failed("Canvas does not have what was handed in any more.")
	case errors.Is(err, canvas.ErrForbidden), errors.Is(err, canvas.ErrRejected):
		s.Log.WarnContext(ctx, "Canvas does not give out what was handed in", "course", s.key.CourseID, "assignment", s.key.ID,
			"user", h.user, "attempt", h.Attempt, "error", err)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("attempt %d of user %d: %w", h.Attempt, h.user, err)
	}
	r := &item.Result
	r.UserID, r.Attempt, r.SubmittedAt, r.IsLate, r.PreviewURL = h.user, h.Attempt, h.SubmittedAt.UTC(), h.Late, webAddress(h.PreviewURL)
	if r.SubmittedAt.IsZero() {
		r.SubmittedAt = s.Now().UTC()
	}
	if len(e.handIns) > 1 {
		for _, h := range e.handIns {
			item.Group = append(item.Group, h.user)
		}
		slices.Sort(item.Group)
	}
	return &change.NewAttempt{ResultItem: item, Numbers: e.numbers()}, nil
}

// mostToldOf is how many of the attempts that could not be had an error tells of.
const mostToldOf = 5

// failedToFetch is the error for attempts that could not be had, so that they are tried again.
func (s *syncing) failedToFetch() error {
	n := len(s.unfetched)
	if n == 0 {
		return nil
	}
	return fmt.Errorf("what was handed in could not be had %d times: %w", n, errors.Join(s.unfetched[:min(n, mostToldOf)]...))
}
