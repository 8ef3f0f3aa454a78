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

const (
	// maxDownloads is how many attempts are fetched at a time.
	maxDownloads = 4
	// attemptTimeout bounds the download of one attempt, and fetchTimeout the downloads of all
	// attempts together, which must end before the timeout of the job.
	attemptTimeout, fetchTimeout = 3 * time.Minute, 20 * time.Minute
)

// errAccessDenied is the error of a submission whose files Canvas denies.
var errAccessDenied = errors.New("files of the submission are denied by Canvas")

// fetchBatch creates results for new submissions, with jobs that process them. fetchCtx bounds the
// downloads. A submission that cannot be fetched does not delay others: the next attempt of the job
// retries it. A submission to which Canvas denies access is skipped, because Canvas may grant
// access before a later refresh.
func (r *refreshRun) fetchBatch(ctx, fetchCtx context.Context, batch []*submission) error {
	fetched, failures := make([]*change.NewAttempt, len(batch)), make([]error, len(batch))
	group, groupCtx := errgroup.WithContext(fetchCtx)
	group.SetLimit(maxDownloads)
	for i, s := range batch {
		group.Go(func() error {
			err := panics.Recover(func() (err error) {
				fetched[i], err = r.fetch(groupCtx, s)
				return err
			})
			switch {
			case errors.Is(err, errAccessDenied):
				return nil
			case err != nil && ctx.Err() == nil && concernsOneAttempt(err):
				failures[i] = err
				return nil
			}
			return err
		})
	}
	err := group.Wait()
	if _, fromCanvas := errors.AsType[*canvas.Error](err); ctx.Err() != nil || err != nil && !fromCanvas {
		return err
	}
	r.fetchErrors = append(r.fetchErrors, slices.DeleteFunc(failures, func(err error) bool { return err == nil })...)
	fetched = slices.DeleteFunc(fetched, func(a *change.NewAttempt) bool { return a == nil })
	return errors.Join(r.storeAttempts(ctx, fetched), err)
}

// concernsOneAttempt reports whether an error concerns a single attempt. An error concerns all
// attempts if Canvas does not answer, or if a gateway answers in place of Canvas.
func concernsOneAttempt(err error) bool {
	canvasErr, fromCanvas := errors.AsType[*canvas.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, panics.ErrPanic):
		return true
	case !fromCanvas, errors.Is(err, canvas.ErrUnauthorized), errors.Is(err, canvas.ErrThrottled):
		return false
	case errors.Is(err, canvas.ErrUnreachable) && !canvasErr.FileHost:
		return canvasErr.Status < http.StatusBadGateway && (canvasErr.Status != 0 || canvasErr.Cause == nil)
	}
	return true
}

// storeAttempts inserts the results of attempts and enqueues their jobs.
func (r *refreshRun) storeAttempts(ctx context.Context, attempts []*change.NewAttempt) error {
	if len(attempts) == 0 {
		return nil
	}
	err := r.change(ctx, func(ctx context.Context, c *change.Tx) error {
		queued, err := c.InsertAttempts(ctx, r.key, attempts)
		if err != nil {
			return err
		}
		return r.Queue.Insert(ctx, c.SQLTx(), jobs.ProcessResults(r.key.CourseID, queued)...)
	})
	if err == nil {
		r.counts.newResults += len(attempts)
	}
	return err
}

// fetch downloads a submission and returns its result. The result of a submission that is
// too large or deleted is a done result with an error. The error is errAccessDenied if Canvas denies
// access to the files.
func (r *refreshRun) fetch(ctx context.Context, s *submission) (*change.NewAttempt, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	first := s.attempts[0]
	product, err := r.fetchProduct(ctx, first.Submission)
	item := &ingest.ResultItem{Bundles: []*db.Bundle{product}}
	switch {
	case errors.Is(err, canvas.ErrTooLarge):
		item = assess.Failed(fmt.Sprintf("The submission is larger than the limit of %d MiB.", r.maxProductSize()>>20))
	case errors.Is(err, canvas.ErrNotFound):
		item = assess.Failed("The submission is no longer in Canvas.")
	case errors.Is(err, canvas.ErrForbidden), errors.Is(err, canvas.ErrRejected):
		r.Log.WarnContext(ctx, "Canvas denied access to a submission", "course", r.key.CourseID, "assignment", r.key.ID,
			"user", first.userID, "attempt", first.Attempt, "error", err)
		return nil, errAccessDenied
	case err != nil:
		return nil, fmt.Errorf("fetch attempt %d of user %d: %w", first.Attempt, first.userID, err)
	}
	row := &item.Result
	row.UserID, row.Attempt, row.SubmittedAt, row.IsLate, row.SecondsLate, row.PreviewURL =
		first.userID, first.Attempt, first.SubmittedAt.UTC(), first.Late, secondsLate(first.Submission), webURL(first.PreviewURL)
	if row.SubmittedAt.IsZero() {
		row.SubmittedAt = r.Now().UTC()
	}
	if len(s.attempts) > 1 {
		for _, a := range s.attempts {
			item.Group = append(item.Group, a.userID)
		}
		slices.Sort(item.Group)
	}
	return &change.NewAttempt{ResultItem: item, AttemptByUser: s.numbers()}, nil
}

// maxListedErrors is how many errors of single attempts the error of a refresh lists.
const maxListedErrors = 5

// fetchError returns an error if attempts could not be fetched, so that the job is retried.
func (r *refreshRun) fetchError() error {
	n := len(r.fetchErrors)
	if n == 0 {
		return nil
	}
	return fmt.Errorf("fetch %d attempts: %w", n, errors.Join(r.fetchErrors[:min(n, maxListedErrors)]...))
}
