package refresh

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/panics"
)

// A Syncer does Sync. It also asks Canvases that were not to be reached last time whether
// they are now, since nothing else is sent to them meanwhile.
type Syncer struct {
	Store    *db.Store
	Queue    *jobs.Queue
	Canvases jobs.Canvases
	Now      func() time.Time
	// ProbeTime is how long such a Canvas has to answer; 0 is 20 seconds.
	ProbeTime time.Duration
	Log       *slog.Logger
}

// probes is how many Canvases are asked at once whether they are back.
const probes = 8

// Do implements Verb.
func (s *Syncer) Do(ctx context.Context, _ jobs.Sync) error {
	if err := s.ask(ctx); err != nil { // which waits for no Canvas
		return err
	}
	failing, err := s.Store.ListUnreachableAccounts(ctx)
	if err != nil {
		return err
	}
	var all errgroup.Group
	all.SetLimit(probes)
	for _, account := range failing {
		all.Go(func() error { return panics.Recover(func() error { return s.probe(ctx, account) }) })
	}
	return all.Wait()
}

// ask puts in the work of each assignment that is due.
func (s *Syncer) ask(ctx context.Context) error {
	due, err := s.Store.ListAssignmentsToSync(ctx)
	if err != nil {
		return err
	}
	work := make([]river.JobArgs, len(due))
	for i, k := range due {
		work[i] = jobs.Refresh{CourseID: k.CourseID, AssignmentID: k.ID}
	}
	return change.InTx(ctx, s.Store, s.Now(), func(ctx context.Context, c *change.Tx) error {
		return s.Queue.Insert(ctx, c.SQLTx(), work...)
	})
}

// probe asks the Canvas of an account for as little as there is.
func (s *Syncer) probe(ctx context.Context, account int64) error {
	asking, cancel := context.WithTimeout(ctx, cmp.Or(s.ProbeTime, 20*time.Second))
	defer cancel()
	client, err := s.Canvases.Client(asking, account)
	if errors.Is(err, accounts.ErrNotConfigured) {
		return nil
	} else if err != nil {
		s.Log.WarnContext(ctx, "the token of an account is of no use", "account", account, "error", err)
		return nil
	}
	_, err = client.Self(asking)
	return s.Canvases.Contacted(ctx, account, err)
}

// GiveUp implements Verb: the next time comes by itself.
func (*Syncer) GiveUp(context.Context, jobs.Sync, error) error { return nil }
