package upload

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

const (
	minPollPause, maxPollPause = time.Second, 10 * time.Second
	// maxPollTime is how long one attempt polls a Canvas job before it lets other jobs run.
	maxPollTime = 5 * time.Minute
	// canvasJobTimeout is the age at which a Canvas job counts as lost.
	canvasJobTimeout = 6 * time.Hour
)

// searchPauses are the pauses before each search in Canvas for grades that may have arrived.
// In total they are longer than a request may take, and than most Canvas jobs take.
var searchPauses = [...]time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 50 * time.Second}

// resolvePending finds out the outcomes of scores that may have been sent, before other scores are
// sent. If the id of a Canvas job is recorded, it waits for that job. Otherwise it searches Canvas
// for the grades several times. It returns all outcomes. Scores whose grades it does not find stay
// pending, because most likely the grades have not arrived.
func (r *uploadRun) resolvePending(ctx context.Context, pending []*db.KnownOutcome) ([]*db.KnownOutcome, error) {
	var err error
	if r.upload.CanvasJobID == nil {
		pending, err = r.searchGrades(ctx, pending)
	} else {
		err = r.awaitCanvasJob(ctx, pending)
		pending = nil
	}
	if err != nil {
		return nil, err
	}
	known, err := r.Store.ListKnownOutcomes(ctx, r.args.CourseID, r.args.UploadID)
	if err == nil && !sameStudents(pendingOutcomes(known), pending) {
		err = fault.Conflict
	}
	return known, err
}

// awaitCanvasJob waits until a Canvas job has ended, and records the outcomes of its scores. A
// job that Canvas does not know any more has ended.
func (r *uploadRun) awaitCanvasJob(ctx context.Context, pending []*db.KnownOutcome) error {
	id, err := canvasJobID(r.upload)
	if err != nil {
		return err
	}
	job, err := r.pollCanvasJob(ctx, id)
	if errors.Is(err, canvas.ErrNotFound) {
		job = canvas.Progress{}
		pending, err = r.searchGrades(ctx, pending)
	}
	if err != nil {
		return err
	}
	grades, err := r.canvasGrades(ctx)
	if err != nil {
		return err
	}
	outcomes := make([]*db.ScoreOutcome, len(pending))
	sent := 0
	for i, p := range pending {
		outcomes[i] = sentOutcome(r.upload, p, grades[canvas.ID(p.UserCanvasID)], job)
		if outcomes[i].State == db.ScoreSent {
			sent++
		}
	}
	r.Log.InfoContext(ctx, "Canvas job ended", "upload", r.args.UploadID, "job", id, "sent", sent, "refused", len(pending)-sent)
	if err := r.recordOutcomes(ctx, outcomes); err != nil {
		return err
	}
	if sent == 0 && job.State == canvas.Failed && job.Missing() == nil {
		return refusal{"Canvas refused the grades: " + job.Message}
	}
	return nil
}

// pollCanvasJob polls a Canvas job until it has ended or counts as lost. The error is a
// jobs.RetryLater after maxPollTime.
func (r *uploadRun) pollCanvasJob(ctx context.Context, id canvas.ID) (canvas.Progress, error) {
	pauses := &backoff.ExponentialBackOff{InitialInterval: minPollPause, MaxInterval: maxPollPause, Multiplier: 2}
	for waited := time.Duration(0); waited < maxPollTime; {
		pause := pauses.NextBackOff()
		if err := r.sleep(ctx, pause); err != nil {
			return canvas.Progress{}, err
		}
		waited += pause
		job, err := r.client.Progress(ctx, id)
		if err != nil || job.Done() || !job.CreatedAt.IsZero() && r.Now().Sub(job.CreatedAt) > canvasJobTimeout {
			return job, err
		}
	}
	return canvas.Progress{}, jobs.RetryLater{After: jobs.CanvasPause}
}

// searchGrades searches Canvas several times for grades that may have arrived, and records
// the outcomes of the grades that it finds. It returns the other outcomes. The error is
// fault.Conflict if another instance changed the upload meanwhile.
func (r *uploadRun) searchGrades(ctx context.Context, pending []*db.KnownOutcome) ([]*db.KnownOutcome, error) {
	for _, pause := range searchPauses {
		if len(pending) == 0 {
			break
		}
		if err := r.sleep(ctx, pause); err != nil {
			return nil, err
		}
		current, err := r.begin(ctx, r.args)
		if err != nil {
			return nil, err
		}
		if recordedJob(current) != recordedJob(r.upload) {
			return nil, fault.Conflict
		}
		if pending, err = r.recordArrived(ctx, pending); err != nil {
			return nil, err
		}
	}
	return pending, nil
}

// recordedJob returns the recorded id of the Canvas job of an upload; "" if none is recorded.
func recordedJob(upload *db.ScoreUpload) string {
	if upload.CanvasJobID == nil {
		return ""
	}
	return *upload.CanvasJobID
}

// recordArrived records the outcomes of grades that Canvas has, and returns the missing ones.
func (r *uploadRun) recordArrived(ctx context.Context, pending []*db.KnownOutcome) (missing []*db.KnownOutcome, err error) {
	grades, err := r.canvasGrades(ctx)
	if err != nil {
		return nil, err
	}
	var arrived []*db.ScoreOutcome
	for _, p := range pending {
		if o := sentOutcome(r.upload, p, grades[canvas.ID(p.UserCanvasID)], canvas.Progress{}); o.State == db.ScoreSent {
			arrived = append(arrived, o)
		} else {
			missing = append(missing, p)
		}
	}
	return missing, r.recordOutcomes(ctx, arrived)
}

// recordOutcomes stores outcomes of scores.
func (r *uploadRun) recordOutcomes(ctx context.Context, outcomes []*db.ScoreOutcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return r.change(ctx, r.args, func(ctx context.Context, c *change.Tx) error { return c.SaveScoreOutcomes(ctx, r.upload, outcomes) })
}
