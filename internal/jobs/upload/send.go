package upload

import (
	"context"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/jobs"
)

// maxGradesPerRequest is how many grades one request, and so one Canvas job, may have.
const maxGradesPerRequest = 1000

// sendNext records the outcomes of scores that need not be sent, and sends as many of the
// other scores as fit in one request. The upload ends when no scores are left.
func (r *uploadRun) sendNext(ctx context.Context, known []*db.KnownOutcome) (ended bool, err error) {
	blocker := uploadBlocker(r.assignment)
	if blocker != "" && len(known) == 0 {
		return false, refusal{blocker}
	}
	plan, err := r.plan(ctx, known)
	if err != nil {
		return false, err
	}
	batches := plan.batches[:min(len(plan.batches), maxGradesPerRequest)]
	if blocker != "" && len(batches) > 0 {
		return false, refusal{blocker}
	}
	outcomes, grades := plan.unsent, map[canvas.ID]canvas.Grade{}
	for _, batch := range batches {
		outcomes = append(outcomes, batch.outcomes...)
		grades[batch.student] = canvas.Grade{Posted: batch.grade}
	}
	err = r.change(ctx, r.args, func(ctx context.Context, c *change.Tx) error {
		err := c.MarkScoresPending(ctx, r.upload, len(pendingOutcomes(known)), outcomes)
		if err != nil || len(batches) > 0 {
			return err
		}
		return c.FinishUpload(ctx, r.args.CourseID, r.args.UploadID, "")
	})
	if err != nil || len(batches) == 0 {
		return err == nil, err
	}
	return false, r.post(ctx, grades)
}

// post sends grades and records the id of the Canvas job at once. Without the id, an instance
// has to search Canvas for the grades to find out whether they arrived.
func (r *uploadRun) post(ctx context.Context, grades map[canvas.ID]canvas.Grade) error {
	job, err := r.client.UpdateGrades(ctx, canvas.ID(r.target.CourseCanvasID), r.section(), r.assignment.ID, grades)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobs.WriteTimeout)
	defer cancel()
	if err == nil {
		return r.change(ctx, r.args, func(ctx context.Context, c *change.Tx) error {
			return c.SetCanvasJobID(ctx, r.args.CourseID, r.args.UploadID, job.ID.String())
		})
	}
	if _, fromCanvas := errors.AsType[*canvas.Error](err); fromCanvas && !errors.Is(err, canvas.ErrOutcomeUnknown) { // no grade arrived
		err = errors.Join(err, r.change(ctx, r.args, func(ctx context.Context, c *change.Tx) error {
			return c.DeletePendingScores(ctx, r.args.CourseID, r.args.UploadID)
		}))
	}
	return err
}

// plan reads the scores from the store and the grades from Canvas, and makes the plan.
func (r *uploadRun) plan(ctx context.Context, known []*db.KnownOutcome) (scorePlan, error) {
	scores, err := r.Store.ListUploadScores(ctx, r.upload)
	if err != nil {
		return scorePlan{}, err
	}
	p := &planner{upload: r.upload, assignment: r.assignment, scores: scores, known: known}
	if p.canvasGrades, err = r.canvasGrades(ctx); err != nil {
		return scorePlan{}, err
	}
	if p.userIDs, err = r.userIDs(ctx, scores, p.canvasGrades); err != nil {
		return scorePlan{}, err
	}
	return p.makePlan(), nil
}

// canvasGrades reads the current grades of all students from Canvas.
func (r *uploadRun) canvasGrades(ctx context.Context) (map[canvas.ID]canvasGrade, error) {
	grades := map[canvas.ID]canvasGrade{}
	for submission, err := range r.client.Grades(ctx, canvas.ID(r.target.CourseCanvasID), r.section(), r.assignment.ID) {
		if err != nil {
			return nil, err
		}
		grades[submission.UserID] = newCanvasGrade(submission)
	}
	return grades, nil
}

// section returns the section for requests to Canvas; nil is all sections. It returns nil if
// the assignment is graded by group, because a group may have members in other sections.
func (r *uploadRun) section() *canvas.ID {
	if r.target.SectionCanvasID == nil || r.assignment.ByGroup() {
		return nil
	}
	id := canvas.ID(*r.target.SectionCanvasID)
	return &id
}

// userIDs returns the ids in the store, by ids in Canvas, of the students who have scores and,
// for group grades, of the members of their groups.
func (r *uploadRun) userIDs(ctx context.Context, scores []*db.UploadScore, grades map[canvas.ID]canvasGrade) (map[canvas.ID]int64, error) {
	userIDs := make(map[canvas.ID]int64, len(scores))
	for _, score := range scores {
		userIDs[canvas.ID(score.UserCanvasID)] = score.UserID
	}
	if !r.assignment.ByGroup() {
		return userIDs, nil
	}
	var members []int64
	for id, grade := range grades {
		if _, known := userIDs[id]; !known && grade.group != 0 {
			members = append(members, int64(id))
		}
	}
	slices.Sort(members)
	memberIDs, err := r.Store.UserIDsByCanvasID(ctx, r.target.AccountID, members)
	for canvasID, id := range memberIDs {
		userIDs[canvas.ID(canvasID)] = id
	}
	return userIDs, err
}
