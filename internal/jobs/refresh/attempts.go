package refresh

import (
	"context"
	"net/url"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/jobs"
)

// attemptBatchSize is how many new attempts are stored in one transaction.
const attemptBatchSize = 50

// syncAttempts creates results for new attempts and updates the results of known
// attempts.
func (r *refreshRun) syncAttempts(ctx context.Context) error {
	attempts, err := r.readAttempts(ctx)
	if err != nil {
		return err
	}
	known, err := r.Store.ListAttempts(ctx, r.key)
	if err != nil {
		return err
	}
	if err := r.updateKnownAttempts(ctx, known, attempts); err != nil {
		return err
	}
	submissions := newSubmissions(known, attempts)
	fetchCtx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	done := 0
	for batch := range slices.Chunk(submissions, attemptBatchSize) {
		if err := r.fetchBatch(ctx, fetchCtx, batch); err != nil {
			return err
		}
		done += len(batch)
		jobs.ReportProgress(ctx, float64(done)/float64(len(submissions)))
	}
	return nil
}

// updateKnownAttempts updates the results of known attempts from Canvas.
func (r *refreshRun) updateKnownAttempts(ctx context.Context, known []*db.Attempt, attempts []attempt) error {
	byKey := make(map[db.AttemptKey]attempt, len(attempts))
	for _, a := range attempts {
		byKey[a.key()] = a
	}
	var changed []*db.Attempt
	for _, k := range known {
		a, ok := byKey[db.AttemptKey{UserID: k.UserID, Number: k.Number}]
		if preview := webURL(a.PreviewURL); ok && (k.IsLate != a.Late || !equal(k.PreviewURL, preview) || !equal(k.SecondsLate, secondsLate(a.Submission))) {
			k.IsLate, k.PreviewURL, k.SecondsLate = a.Late, preview, secondsLate(a.Submission)
			changed = append(changed, k)
		}
	}
	r.counts.updatedResults = len(changed)
	return r.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.UpdateAttempts(ctx, r.key, changed) })
}

// newSubmissions returns the submissions that have no result yet, the earliest first. If
// some students of a submission already have a result of it, these students are removed from
// the submission.
func newSubmissions(known []*db.Attempt, attempts []attempt) []*submission {
	index := db.NewAttemptIndex(known)
	owners := map[int64]int64{} // the user who owns the results of each user's group
	for _, k := range known {
		for userID := range k.AttemptByUser {
			owners[userID] = k.UserID
		}
	}
	return slices.DeleteFunc(groupAttempts(attempts), func(s *submission) bool {
		missing := index.UsersWithoutResult(s.numbers(), s.attempts[0].SubmittedAt)
		if len(missing) == 0 {
			return true
		}
		s.keepUsers(missing)
		s.chooseOwner(owners)
		return false
	})
}

// secondsLate returns how late Canvas says that a submission is, or nil if it does not say.
func secondsLate(s canvas.Submission) *float64 {
	if s.SecondsLate == nil || *s.SecondsLate < 0 {
		return nil
	}
	return db.StorableNumber(s.SecondsLate)
}

// webURL returns an http or https URL, which is safe in a link; nil for any other.
func webURL(s string) *string {
	u, err := url.Parse(s)
	if err != nil || len(s) > db.MaxURLBytes || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return &s
}

// equal reports whether both texts are equal or both are nil.
func equal[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
