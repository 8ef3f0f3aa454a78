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

// Schedule is the job that enqueues a refresh of every active assignment: one to which students can
// submit online. Its kind is "sync".
type Schedule struct{}

// Kind implements river.JobArgs. Stored jobs use this name, so it must not change.
func (Schedule) Kind() string { return "sync" }

// maxAttempts is low, because the job is periodic.
const maxAttempts = 3

// InsertOpts implements jobs.Args.
func (Schedule) InsertOpts() river.InsertOpts {
	return jobs.UniqueInsertOpts(jobs.QueueUpkeep, maxAttempts)
}

// Timeout implements jobs.Args.
func (Schedule) Timeout() time.Duration { return 5 * time.Minute }

// A Scheduler handles Schedule. It enqueues no refreshes of assignments in a Canvas that did not
// answer the last request. It probes such a Canvas, to find out when it answers again.
type Scheduler struct {
	Store   *db.Store
	Queue   *jobs.Queue
	Clients jobs.CanvasClients
	Now     func() time.Time
	// ProbeTimeout is how long Canvas may take to answer a probe; 0 is 20 seconds.
	ProbeTimeout time.Duration
	Log          *slog.Logger
}

// maxProbes is how many Canvases are probed at a time.
const maxProbes = 8

// Do implements jobs.Handler.
func (s *Scheduler) Do(ctx context.Context, _ Schedule) error {
	if err := s.enqueue(ctx); err != nil { // before the probes, which may take long
		return err
	}
	failing, err := s.Store.ListUnreachableAccounts(ctx)
	if err != nil {
		return err
	}
	var probes errgroup.Group
	probes.SetLimit(maxProbes)
	for _, account := range failing {
		probes.Go(func() error { return panics.Recover(func() error { return s.probe(ctx, account) }) })
	}
	return probes.Wait()
}

// enqueue enqueues a refresh of each due assignment.
func (s *Scheduler) enqueue(ctx context.Context) error {
	due, err := s.Store.ListAssignmentsToSync(ctx)
	if err != nil {
		return err
	}
	refreshes := make([]river.JobArgs, len(due))
	for i, key := range due {
		refreshes[i] = jobs.RefreshAssignment{CourseID: key.CourseID, AssignmentID: key.ID}
	}
	return change.InTx(ctx, s.Store, s.Now(), func(ctx context.Context, c *change.Tx) error {
		return s.Queue.Insert(ctx, c.SQLTx(), refreshes...)
	})
}

// probe sends the cheapest request to the Canvas of an account and records the contact.
func (s *Scheduler) probe(ctx context.Context, account int64) error {
	probeCtx, cancel := context.WithTimeout(ctx, cmp.Or(s.ProbeTimeout, 20*time.Second))
	defer cancel()
	client, err := s.Clients.Client(probeCtx, account)
	if errors.Is(err, accounts.ErrNotConfigured) {
		return nil
	} else if err != nil {
		s.Log.WarnContext(ctx, "cannot use the Canvas token of an account", "account", account, "error", err)
		return nil
	}
	_, err = client.Self(probeCtx)
	return s.Clients.RecordAvailability(ctx, account, err)
}

// GiveUp implements jobs.Handler. It records nothing, because the job is periodic.
func (*Scheduler) GiveUp(context.Context, Schedule, error) error { return nil }
