package refresh

import (
	"context"
	"net/url"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// attemptsBatch is how many new attempts become results in one transaction.
const attemptsBatch = 50

// syncAttempts makes results of new attempts, and lets those that are there follow Canvas.
func (s *syncing) syncAttempts(ctx context.Context) error {
	all, err := s.handIns(ctx)
	if err != nil {
		return err
	}
	known, err := s.Store.ListAttempts(ctx, s.key)
	if err != nil {
		return err
	}
	if err := s.follow(ctx, known, all); err != nil {
		return err
	}
	fresh := newEfforts(known, all)
	fetching, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	taken := 0
	for batch := range slices.Chunk(fresh, attemptsBatch) {
		if err := s.takeIn(ctx, fetching, batch); err != nil {
			return err
		}
		taken += len(batch)
		jobs.ReportProgress(ctx, float64(taken)/float64(len(fresh)))
	}
	return nil
}

// follow lets the results of attempts follow what Canvas says of them.
func (s *syncing) follow(ctx context.Context, known []*db.Attempt, all []handIn) error {
	in := make(map[db.AttemptKey]handIn, len(all))
	for _, h := range all {
		in[h.key()] = h
	}
	var changed []*db.Attempt
	for _, a := range known {
		h, there := in[db.AttemptKey{UserID: a.UserID, Number: a.Number}]
		if preview := webAddress(h.PreviewURL); there && (a.IsLate != h.Late || !equal(a.PreviewURL, preview)) {
			a.IsLate, a.PreviewURL = h.Late, preview
			changed = append(changed, a)
		}
	}
	s.report.followed = len(changed)
	return s.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.UpdateAttempts(ctx, s.key, changed) })
}

// newEfforts are the efforts that are to become results, the first ones first. Who has a
// result of one is not in it, though others are.
func newEfforts(known []*db.Attempt, all []handIn) []*effort {
	made := db.NewAttemptIndex(known)
	owners := map[int64]int64{} // who hands in for whom
	for _, a := range known {
		for user := range a.Numbers {
			owners[user] = a.UserID
		}
	}
	return slices.DeleteFunc(together(all), func(e *effort) bool {
		rest := made.WithoutResult(e.numbers(), e.handIns[0].SubmittedAt)
		if len(rest) == 0 {
			return true
		}
		e.only(rest)
		e.choose(owners)
		return false
	})
}

// webAddress is an address that a browser may be sent to, nil for any other.
func webAddress(address string) *string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return &address
}

func equal(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
