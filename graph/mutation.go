package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

func (r mutationResolver) UpdateAssignment(ctx context.Context, ref exec.AssignmentReference, in exec.AssignmentChange) (*exec.UpdateAssignmentPayload, error) {
	k, err := r.findAssignment(ctx, ref)
	if err != nil {
		return nil, err
	}
	if in.Published != nil && !access.FromContext(ctx).CanPublish(k.CourseID) {
		return nil, fault.New(fault.Forbidden, "Only teachers can publish results.")
	}
	if err := validateEvaluation(in.Evaluate); err != nil {
		return nil, err
	}
	recipe, config, err := r.storeUploads(ctx, in.Recipe, in.Config)
	if err != nil {
		return nil, err
	}
	conf := change.Configuration{Published: in.Published, Paused: in.Paused, IfVersion: in.IfVersion, Recipe: recipe.row, Config: config.row}
	var queued []change.QueuedRun
	err = r.change(ctx, func(ctx context.Context, c *change.Tx) (err error) {
		if queued, err = c.Configure(ctx, k, conf); err != nil {
			return err
		}
		if in.Evaluate != nil {
			evaluated, err := c.QueueResults(ctx, k, *in.Evaluate)
			if err != nil {
				return err
			}
			queued = mergeRuns(queued, evaluated)
		}
		return r.enqueue(ctx, c, jobs.ProcessResults(k.CourseID, queued)...)
	})
	if err != nil {
		return nil, err
	}
	assignment, err := r.reloadAssignment(ctx, k)
	return &exec.UpdateAssignmentPayload{Assignment: assignment, Queued: len(queued), Warnings: recipe.warnings}, err
}

func (r mutationResolver) EvaluateResults(ctx context.Context, ref exec.AssignmentReference, evaluate change.Evaluation) (*exec.EvaluateResultsPayload, error) {
	k, err := r.findAssignment(ctx, ref)
	if err != nil {
		return nil, err
	}
	if err := validateEvaluation(&evaluate); err != nil {
		return nil, err
	}
	var queued []change.QueuedRun
	err = r.change(ctx, func(ctx context.Context, c *change.Tx) (err error) {
		if queued, err = c.QueueResults(ctx, k, evaluate); err != nil {
			return err
		}
		return r.enqueue(ctx, c, jobs.ProcessResults(k.CourseID, queued)...)
	})
	if err != nil {
		return nil, err
	}
	assignment, err := r.reloadAssignment(ctx, k)
	return &exec.EvaluateResultsPayload{Assignment: assignment, Queued: len(queued)}, err
}

func (r mutationResolver) RefreshAssignment(ctx context.Context, ref exec.AssignmentReference) (*exec.RefreshAssignmentPayload, error) {
	k, err := r.findAssignment(ctx, ref)
	if err != nil {
		return nil, err
	}
	err = r.change(ctx, func(ctx context.Context, c *change.Tx) error {
		if err := c.StartRefresh(ctx, k); err != nil {
			return err
		}
		return r.enqueue(ctx, c, jobs.RefreshAssignment{CourseID: k.CourseID, AssignmentID: k.ID, Requested: r.Now().UnixMicro()})
	})
	if err != nil {
		return nil, err
	}
	assignment, err := r.reloadAssignment(ctx, k)
	return &exec.RefreshAssignmentPayload{Assignment: assignment}, err
}

func (r mutationResolver) UploadScores(ctx context.Context, ref exec.AssignmentReference, in exec.ScoreUploadInput) (*exec.UploadScoresPayload, error) {
	k, err := r.findAssignment(ctx, ref)
	if err != nil {
		return nil, err
	}
	request := change.UploadRequest{Passed: in.Passed, Failed: in.Failed, ReplaceExisting: in.ReplaceExisting, Section: in.SectionCanvasID}
	payload := &exec.UploadScoresPayload{}
	err = r.change(ctx, func(ctx context.Context, c *change.Tx) (err error) {
		payload.Upload, payload.IsNew, err = c.StartUpload(ctx, k, request)
		if err != nil || !payload.IsNew {
			return err
		}
		return r.enqueue(ctx, c, jobs.UploadScores{CourseID: k.CourseID, UploadID: payload.Upload.MomotorID})
	})
	if err != nil {
		return nil, err
	}
	payload.Upload, err = reload(ctx, r.Resolver, &db.UploadByID, query.Key{k.CourseID, payload.Upload.MomotorID}, "upload")
	return payload, err
}

// maxResults is the maximum number of results in one evaluation.
const maxResults = 10_000

// validateEvaluation rejects an evaluation that lists more than maxResults results.
func validateEvaluation(ev *change.Evaluation) error {
	if ev == nil || len(ev.Results)+len(ev.References) <= maxResults {
		return nil
	}
	message := fmt.Sprintf("The evaluation names too many results; name at most %d.", maxResults)
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

// mergeRuns returns the runs of a and b without duplicates, ordered by id.
func mergeRuns(a, b []change.QueuedRun) []change.QueuedRun {
	runs := slices.Concat(a, b)
	slices.SortFunc(runs, func(x, y change.QueuedRun) int { return cmp.Compare(x.ID, y.ID) })
	return slices.Compact(runs)
}
