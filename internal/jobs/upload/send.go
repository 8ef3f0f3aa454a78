package upload

import (
	"context"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// parcelsAtOnce is how many grades one request has, and so one job of Canvas.
const parcelsAtOnce = 1000

// mostConflicts is how often one go begins again because somebody else is at the upload.
const mostConflicts = 10

// A sending is one go at an upload.
type sending struct {
	*Uploader
	work   jobs.Upload
	client *canvas.Client
	target *db.UploadTarget

	// What is read once more in each round.
	upload     *db.ScoreUpload
	assignment canvas.Assignment
	noted      bool // whether Canvas answered, and the store has what it says of the assignment
}

// run goes round until the upload is over: what was sent is settled first, and then the next
// scores are sent.
func (s *sending) run(ctx context.Context) error {
	for conflicts := 0; ; {
		over, err := s.round(ctx)
		switch {
		case over, errors.Is(err, errUploadOver): // perhaps somebody else has ended it
			return nil
		case errors.Is(err, fault.Conflict) && conflicts < mostConflicts: // somebody else has gone on with it
			conflicts++
		case err != nil:
			return err
		}
	}
}

func (s *sending) round(ctx context.Context) (over bool, err error) {
	if s.upload, err = s.begin(ctx, s.work); err != nil {
		return false, err
	}
	if err := s.readAssignment(ctx); err != nil {
		return false, err
	}
	known, err := s.Store.ListKnownOutcomes(ctx, s.work.CourseID, s.work.UploadID)
	if err != nil {
		return false, err
	}
	if pending := pendingOf(known); len(pending) > 0 {
		if known, err = s.settlePending(ctx, pending); err != nil {
			return false, err
		}
	}
	return s.sendNext(ctx, known)
}

// readAssignment asks Canvas for the assignment, and notes what it says.
func (s *sending) readAssignment(ctx context.Context) (err error) {
	s.assignment, err = s.client.Assignment(ctx, canvas.ID(s.target.CourseCanvasID), canvas.ID(s.target.AssignmentCanvasID))
	if err != nil || s.noted {
		return err
	}
	s.noted = true
	return s.change(ctx, s.work, func(ctx context.Context, c *change.Tx) error {
		return c.UpdateCanvasSettings(ctx, db.AssignmentKey{CourseID: s.upload.CourseID, ID: s.upload.AssignmentID}, jobs.CanvasSettings(s.assignment, s.Now()))
	})
}

// sendNext decides what becomes of the scores that are not settled, and sends as many as one
// request has. Without any the upload is over.
func (s *sending) sendNext(ctx context.Context, known []*db.KnownOutcome) (over bool, err error) {
	why := untakable(s.assignment)
	if why != "" && len(known) == 0 {
		return false, refusal{why}
	}
	plan, err := s.decide(ctx, known)
	if err != nil {
		return false, err
	}
	parcels := plan.parcels[:min(len(plan.parcels), parcelsAtOnce)]
	if why != "" && len(parcels) > 0 {
		return false, refusal{why}
	}
	outcomes, grades := plan.settled, map[canvas.ID]canvas.Grade{}
	for _, p := range parcels {
		outcomes = append(outcomes, p.outcomes...)
		grades[p.student] = canvas.Grade{Posted: p.grade}
	}
	err = s.change(ctx, s.work, func(ctx context.Context, c *change.Tx) error {
		err := c.MarkScoresPending(ctx, s.upload, len(pendingOf(known)), outcomes)
		if err != nil || len(parcels) > 0 {
			return err
		}
		return c.FinishUpload(ctx, s.work.CourseID, s.work.UploadID, "")
	})
	if err != nil || len(parcels) == 0 {
		return err == nil, err
	}
	return false, s.post(ctx, grades)
}

// post sends grades, and notes the job that Canvas makes of them at once: without it nobody
// could tell whether they arrived, but by what Canvas has later.
func (s *sending) post(ctx context.Context, grades map[canvas.ID]canvas.Grade) error {
	job, err := s.client.UpdateGrades(ctx, canvas.ID(s.target.CourseCanvasID), s.section(), s.assignment.ID, grades)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobs.NoteTime)
	defer cancel()
	if err == nil {
		return s.change(ctx, s.work, func(ctx context.Context, c *change.Tx) error {
			return c.SetUploadProgress(ctx, s.work.CourseID, s.work.UploadID, job.ID.String())
		})
	}
	if _, asked := errors.AsType[*canvas.Error](err); asked && !errors.Is(err, canvas.ErrOutcomeUnknown) { // nothing arrived
		err = errors.Join(err, s.change(ctx, s.work, func(ctx context.Context, c *change.Tx) error {
			return c.DeletePendingScores(ctx, s.work.CourseID, s.work.UploadID)
		}))
	}
	return err
}

// decide reads what there is in the store and in Canvas, and makes the plan.
func (s *sending) decide(ctx context.Context, known []*db.KnownOutcome) (scorePlan, error) {
	scores, err := s.Store.ListUploadScores(ctx, s.upload)
	if err != nil {
		return scorePlan{}, err
	}
	p := &planner{upload: s.upload, assignment: s.assignment, scores: scores, known: known}
	if p.standings, err = s.standings(ctx); err != nil {
		return scorePlan{}, err
	}
	if p.users, err = s.users(ctx, scores, p.standings); err != nil {
		return scorePlan{}, err
	}
	return p.run(), nil
}

// standings reads what Canvas has of each student.
func (s *sending) standings(ctx context.Context) (map[canvas.ID]standing, error) {
	all := map[canvas.ID]standing{}
	for sub, err := range s.client.Grades(ctx, canvas.ID(s.target.CourseCanvasID), s.section(), s.assignment.ID) {
		if err != nil {
			return nil, err
		}
		all[sub.UserID] = standingOf(sub)
	}
	return all, nil
}

// section is the one whose students Canvas is asked for; nil is all. A grade for a group
// reaches members in other sections too: there it is all, and the section only chooses groups.
func (s *sending) section() *canvas.ID {
	if s.target.SectionCanvasID == nil || s.assignment.ByGroup() {
		return nil
	}
	id := canvas.ID(*s.target.SectionCanvasID)
	return &id
}

// users are the ids of students in the store: those with a score, and where grades are for
// groups those who are in one with them.
func (s *sending) users(ctx context.Context, scores []*db.UploadScore, standings map[canvas.ID]standing) (map[canvas.ID]int64, error) {
	users := make(map[canvas.ID]int64, len(scores))
	for _, sc := range scores {
		users[canvas.ID(sc.UserCanvasID)] = sc.UserID
	}
	if !s.assignment.ByGroup() {
		return users, nil
	}
	var mates []int64
	for id, st := range standings {
		if _, known := users[id]; !known && st.group != 0 {
			mates = append(mates, int64(id))
		}
	}
	slices.Sort(mates)
	ids, err := s.Store.UserIDsByCanvasID(ctx, s.target.AccountID, mates)
	for canvasID, id := range ids {
		users[canvas.ID(canvasID)] = id
	}
	return users, err
}

// contacted notes whether Canvas answered, as far as the error of this go tells. When the
// go was cut off it does not.
func (s *sending) contacted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	for _, kind := range []error{canvas.ErrUnauthorized, canvas.ErrUnreachable, canvas.ErrOutcomeUnknown, canvas.ErrThrottled} {
		if errors.Is(err, kind) {
			return s.Canvases.Contacted(ctx, s.target.AccountID, err)
		}
	}
	if _, answered := errors.AsType[*canvas.Error](err); answered || s.noted {
		return s.Canvases.Contacted(ctx, s.target.AccountID, nil)
	}
	return nil
}
