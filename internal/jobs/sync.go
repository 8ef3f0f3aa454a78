package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
)

// A Syncer does Sync. It also asks Canvases that were not to be reached last time whether
// they are now, since nothing else is sent to them meanwhile.
type Syncer struct {
	Store    *db.Store
	Queue    *Queue
	Canvases Canvases
	Now      func() time.Time
	Log      *slog.Logger
}

// Do implements Verb.
func (s *Syncer) Do(ctx context.Context, _ Sync) error {
	failing, err := s.Store.FailingAccounts(ctx)
	if err != nil {
		return err
	}
	for _, account := range failing {
		if err := s.probe(ctx, account); err != nil {
			return err
		}
	}
	due, err := s.Store.DueAssignments(ctx)
	if err != nil {
		return err
	}
	work := make([]river.JobArgs, len(due))
	for i, k := range due {
		work[i] = Refresh{CourseID: k.CourseID, AssignmentID: k.ID}
	}
	return s.Store.Change(ctx, s.Now(), func(ctx context.Context, c *db.Changing) error {
		return s.Queue.Insert(ctx, c.Tx(), work...)
	})
}

// probe asks the Canvas of an account for as little as there is.
func (s *Syncer) probe(ctx context.Context, account int64) error {
	client, err := s.Canvases.Client(ctx, account)
	if errors.Is(err, ErrPointless) {
		return nil
	} else if err != nil {
		s.Log.WarnContext(ctx, "the token of an account is of no use", "account", account, "error", err)
		return nil
	}
	_, err = client.Self(ctx)
	return s.Canvases.Contacted(ctx, account, err)
}

// GiveUp implements Verb: the next time comes by itself.
func (*Syncer) GiveUp(context.Context, Sync, error) error { return nil }
