package refresh

import (
	"context"
	"net/url"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// attemptBatchSize is how many new attempts are stored in one transaction.
const attemptBatchSize = 50

// syncAttempts creates results for new attempts and updates the results of known ones.
func (r *refreshRun) syncAttempts(ctx context.Context) error {
	attempts, err := r.readAttempts(ctx)
	if err != nil {
		return err
	}
	known, err := r.Store.ListAttempts(ctx, r.key)
	if err != nil {
		return err
	}
	if err := r.updateKnown(ctx, known, attempts); err != nil {
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

// updateKnown updates the results of known attempts from Canvas.
func (r *refreshRun) updateKnown(ctx context.Context, known []*db.Attempt, attempts []attempt) error {
	byKey := make(map[db.AttemptKey]attempt, len(attempts))
	for _, a := range attempts {
		byKey[a.key()] = a
	}
	var changed []*db.Attempt
	for _, k := range known {
		a, ok := byKey[db.AttemptKey{UserID: k.UserID, Number: k.Number}]
		if preview := webURL(a.PreviewURL); ok && (k.IsLate != a.Late || !equal(k.PreviewURL, preview)) {
			k.IsLate, k.PreviewURL = a.Late, preview
			changed = append(changed, k)
		}
	}
	r.counts.updated = len(changed)
	return r.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.UpdateAttempts(ctx, r.key, changed) })
}

// newSubmissions returns the submissions that have no result yet, the earliest first. If only
// some students of a submission have a result of it, the submission leaves those out.
func newSubmissions(known []*db.Attempt, attempts []attempt) []*submission {
	index := db.NewAttemptIndex(known)
	owners := map[int64]int64{} // the user who owns the results of each user's group
	for _, k := range known {
		for userID := range k.NumberByUser {
			owners[userID] = k.UserID
		}
	}
	return slices.DeleteFunc(groupAttempts(attempts), func(s *submission) bool {
		missing := index.UsersWithoutResult(s.numbers(), s.attempts[0].SubmittedAt)
		if len(missing) == 0 {
			return true
		}
		s.restrict(missing)
		s.chooseOwner(owners)
		return false
	})
}

// webURL returns an http or https URL, which is safe in a link; nil for any other.
func webURL(s string) *string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return &s
}

func equal(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
