// Package refresh handles jobs that update assignments from Canvas and create results for new
// attempts, and schedules them.
package refresh

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Handler handles jobs.RefreshAssignment: it updates an assignment, its course and the
// people of the course from Canvas, and creates results for new attempts. It deletes neither
// people nor results. It matches rows by the ids of Canvas, so a refresh may be repeated and
// may run several times at once.
type Handler struct {
	Store   *db.Store
	Blobs   blob.Store
	Queue   *jobs.Queue
	Clients jobs.CanvasClients
	Now     func() time.Time
	Log     *slog.Logger
	// MaxProductSize is how many bytes the files of an attempt may have in total; 0 is 100 MiB.
	MaxProductSize int64
}

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, args jobs.RefreshAssignment) error {
	target, err := h.Store.LoadSyncTarget(ctx, args.Key())
	switch {
	case errors.Is(err, fault.NotFound):
		return jobs.Permanent(err)
	case err != nil:
		return err
	case target.Course.ReadOnly:
		return nil
	}
	client, err := h.Clients.Client(ctx, target.Course.AccountID)
	if err != nil {
		return jobs.ClassifyCanvasError(err)
	}
	r := &refreshRun{
		Handler: h, client: client, key: args.Key(), accountID: target.Course.AccountID,
		courseCanvasID: canvas.ID(target.Course.CanvasID), assignmentCanvasID: canvas.ID(target.Assignment.CanvasID),
		userIDs: map[canvas.ID]int64{},
	}
	err = r.run(ctx)
	// Errors of single attempts do not show whether Canvas answers.
	return errors.Join(jobs.ClassifyCanvasError(err), r.fetchError(), h.Clients.RecordAvailability(ctx, r.accountID, err))
}

// GiveUp implements jobs.Handler. A caller may request another refresh at once if this one
// sent no request to Canvas, for example because the account is not configured.
func (h *Handler) GiveUp(ctx context.Context, args jobs.RefreshAssignment, reason error) error {
	_, requestSent := errors.AsType[*canvas.Error](reason)
	if requestSent || args.Requested == 0 || !errors.Is(reason, jobs.ErrPermanent) {
		return nil
	}
	return h.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.ResetRefresh(ctx, args.Key()) })
}

func (h *Handler) change(ctx context.Context, f func(context.Context, *change.Tx) error) error {
	return change.InTx(ctx, h.Store, h.Now(), f)
}
