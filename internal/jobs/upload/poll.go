package upload

import (
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// How a job of Canvas is followed.
const (
	firstPoll, lastPoll = time.Second, 10 * time.Second
	// pollTime is how long one go follows a job; then others get their turn.
	pollTime = 5 * time.Minute
	// jobLimit is when a job counts as one that never ends: Canvas has lost it.
	jobLimit = 6 * time.Hour
)

// lookPauses are how long is waited each time before looking for grades of which it is not
// known whether they arrived. Together they are longer than a request may take, and as long as
// Canvas' jobs mostly do.
var lookPauses = [...]time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 50 * time.Second}

// settlePending finds out what became of scores that may have been sent, before anything
// else is: by the job that Canvas does it in or, where none was noted, by looking again and
// again. It returns what is known then; in the latter case some may be pending still, and have
// most likely not arrived.
func (s *sending) settlePending(ctx context.Context, pending []*db.KnownOutcome) ([]*db.KnownOutcome, error) {
	var err error
	if s.upload.CanvasProgress == nil {
		pending, err = s.look(ctx, pending)
	} else {
		err = s.follow(ctx, pending)
		pending = nil
	}
	if err != nil {
		return nil, err
	}
	known, err := s.Store.ListKnownOutcomes(ctx, s.work.CourseID, s.work.UploadID)
	if err == nil && !sameStudents(pendingOf(known), pending) {
		err = fault.Conflict
	}
	return known, err
}

// follow waits until a job has ended, and settles all that it was to write. One that Canvas
// does not know any more has ended.
func (s *sending) follow(ctx context.Context, pending []*db.KnownOutcome) error {
	id, err := jobOf(s.upload)
	if err != nil {
		return err
	}
	job, err := s.ended(ctx, id)
	if errors.Is(err, canvas.ErrNotFound) {
		job = canvas.Progress{}
		pending, err = s.look(ctx, pending)
	}
	if err != nil {
		return err
	}
	all, err := s.standings(ctx)
	if err != nil {
		return err
	}
	outcomes := make([]*db.ScoreOutcome, len(pending))
	sent := 0
	for i, k := range pending {
		outcomes[i] = verdict(s.upload, k, all[canvas.ID(k.UserCanvasID)], job)
		if outcomes[i].State == db.ScoreSent {
			sent++
		}
	}
	s.Log.InfoContext(ctx, "Canvas has ended a job of grades", "upload", s.work.UploadID, "job", id, "sent", sent, "not", len(pending)-sent)
	if err := s.settle(ctx, outcomes); err != nil {
		return err
	}
	if sent == 0 && job.State == canvas.Failed && job.Missing() == nil {
		return refusal{"Canvas did not take the grades: " + job.Message}
	}
	return nil
}

// ended polls a job until it has ended, or is too old to. It fails with a jobs.Later when that
// takes long.
func (s *sending) ended(ctx context.Context, id canvas.ID) (canvas.Progress, error) {
	pause := firstPoll
	for waited := time.Duration(0); waited < pollTime; waited += pause {
		if err := s.wait(ctx, pause); err != nil {
			return canvas.Progress{}, err
		}
		job, err := s.client.Progress(ctx, id)
		if err != nil || job.Done() || !job.CreatedAt.IsZero() && s.Now().Sub(job.CreatedAt) > jobLimit {
			return job, err
		}
		pause = min(2*pause, lastPoll)
	}
	return canvas.Progress{}, jobs.Later{After: jobs.CanvasPause}
}

// look waits for grades to turn up in Canvas of which it is not known whether they arrived,
// and settles those that do. It returns the others. It fails with fault.Conflict when
// somebody else has gone on meanwhile.
func (s *sending) look(ctx context.Context, pending []*db.KnownOutcome) ([]*db.KnownOutcome, error) {
	for _, pause := range lookPauses {
		if len(pending) == 0 {
			break
		}
		if err := s.wait(ctx, pause); err != nil {
			return nil, err
		}
		now, err := s.begin(ctx, s.work)
		if err != nil {
			return nil, err
		}
		if noted(now) != noted(s.upload) {
			return nil, fault.Conflict
		}
		if pending, err = s.settleThere(ctx, pending); err != nil {
			return nil, err
		}
	}
	return pending, nil
}

// noted is the id of the job that is noted of an upload; empty is none.
func noted(x *db.ScoreUpload) string {
	if x.CanvasProgress == nil {
		return ""
	}
	return *x.CanvasProgress
}

// settleThere settles grades that Canvas has, and returns the others.
func (s *sending) settleThere(ctx context.Context, pending []*db.KnownOutcome) (others []*db.KnownOutcome, err error) {
	all, err := s.standings(ctx)
	if err != nil {
		return nil, err
	}
	var there []*db.ScoreOutcome
	for _, k := range pending {
		if o := verdict(s.upload, k, all[canvas.ID(k.UserCanvasID)], canvas.Progress{}); o.State == db.ScoreSent {
			there = append(there, o)
		} else {
			others = append(others, k)
		}
	}
	return others, s.settle(ctx, there)
}

// settle writes what became of scores.
func (s *sending) settle(ctx context.Context, outcomes []*db.ScoreOutcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return s.change(ctx, s.work, func(ctx context.Context, c *change.Tx) error { return c.SaveScoreOutcomes(ctx, s.upload, outcomes) })
}
