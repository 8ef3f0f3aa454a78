package exporter

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/transfer"
)

type resultLine struct {
	Type          string         `json:"type"`
	Account       string         `json:"account"`
	Course        int64          `json:"course"`
	Assignment    int64          `json:"assignment"`
	User          int64          `json:"user"`
	Attempt       int            `json:"attempt"`
	ID            int64          `json:"id"`
	SequenceID    int64          `json:"sequence_id"`
	IsLatest      bool           `json:"is_latest"`
	Revision      *int           `json:"revision,omitempty"`
	SubmittedAt   time.Time      `json:"submitted_at"`
	IsLate        bool           `json:"is_late"`
	SecondsLate   *float64       `json:"seconds_late,omitempty"`
	State         db.ResultState `json:"state"`
	QueuedAt      *time.Time     `json:"queued_at,omitempty"`
	StartedAt     *time.Time     `json:"started_at,omitempty"`
	ProcessedAt   *time.Time     `json:"processed_at,omitempty"`
	Progress      *float64       `json:"progress,omitempty"`
	PreviewURL    *string        `json:"preview_url,omitempty"`
	Group         []int64        `json:"group,omitempty"`
	Accepted      *bool          `json:"accepted,omitempty"`
	HasError      *bool          `json:"has_error,omitempty"`
	Secret        *bool          `json:"secret,omitempty"`
	Score         *float64       `json:"score,omitempty"`
	ScoreReviewer *float64       `json:"score_reviewer,omitempty"`
	Label         *string        `json:"label,omitempty"`
	Summary       *string        `json:"summary,omitempty"`
	EngineJob     *string        `json:"engine_job,omitempty"`
	Steps         [][]*stepLine  `json:"steps,omitempty"`
}

type stepLine struct {
	ID       string          `json:"id"`
	StepID   string          `json:"step_id"`
	Accepted bool            `json:"accepted"`
	HasError *bool           `json:"has_error,omitempty"`
	Secret   *bool           `json:"secret,omitempty"`
	Hidden   bool            `json:"hidden"`
	Outcome  *db.StepOutcome `json:"outcome,omitempty"`
	Score    *float64        `json:"score,omitempty"`
	MaxScore *float64        `json:"max_score,omitempty"`
	Label    *string         `json:"label,omitempty"`
	Summary  *string         `json:"summary,omitempty"`
	Details  json.RawMessage `json:"details,omitempty"`
}

// resultsPerPage is the number of results that are in memory at the same time. Their steps are not.
const resultsPerPage = 200

func (w *writer) results(ctx context.Context) error {
	for _, course := range slices.Sorted(maps.Keys(w.names.courses)) {
		last := int64(0)
		for {
			page, err := transfer.Results(ctx, w.tx, course, last, resultsPerPage)
			if err != nil {
				return fmt.Errorf("export results: %w", err)
			}
			if len(page) == 0 {
				break
			}
			last = page[len(page)-1].MomotorID
			if err := w.resultPage(ctx, page); err != nil {
				return fmt.Errorf("export results: %w", err)
			}
			w.addProgress(int64(len(page)))
		}
	}
	return nil
}

// resultPage writes consecutive results of a course, each after its steps were read.
func (w *writer) resultPage(ctx context.Context, page []*transfer.Result) error {
	course, first, last := page[0].CourseID, page[0].MomotorID, page[len(page)-1].MomotorID
	members, err := transfer.Members(ctx, w.tx, course, first, last)
	if err != nil {
		return err
	}
	group := map[int64][]int64{}
	for _, m := range members {
		group[m.ResultID] = append(group[m.ResultID], w.names.users[m.UserID])
	}
	var steps [][]*stepLine // of page[0]
	writeFirst := func() error {
		err := w.result(page[0], group[page[0].MomotorID], steps)
		page, steps = page[1:], nil
		return err
	}
	err = transfer.EachStep(ctx, w.tx, course, first, last, func(s *db.Step) error {
		for page[0].MomotorID != s.ResultID {
			if err := writeFirst(); err != nil {
				return err
			}
		}
		steps = addStep(steps, s)
		return nil
	})
	for err == nil && len(page) > 0 {
		err = writeFirst()
	}
	return err
}

// addStep adds a step at its position. Missing tasks before it are nil.
func addStep(steps [][]*stepLine, s *db.Step) [][]*stepLine {
	for len(steps) <= s.Position {
		steps = append(steps, []*stepLine{})
	}
	tasks := steps[s.Position]
	for len(tasks) < s.Task {
		tasks = append(tasks, nil)
	}
	steps[s.Position] = append(tasks, &stepLine{
		ID: s.TaskID, StepID: s.StepID, Accepted: s.Accepted, HasError: s.HasError, Secret: s.Secret, Hidden: s.Hidden, Outcome: s.Outcome,
		Score: s.Score, MaxScore: s.MaxScore, Label: s.Label, Summary: s.Summary, Details: s.Details,
	})
	return steps
}

func (w *writer) result(r *transfer.Result, group []int64, steps [][]*stepLine) error {
	course := w.names.courses[r.CourseID]
	return w.manifest.write(resultLine{
		Type: "result", Account: course.account, Course: course.canvasID, Assignment: w.names.assignments[r.AssignmentID], User: w.names.users[r.UserID],
		Attempt: r.Attempt, ID: r.MomotorID, SequenceID: r.SequenceID, IsLatest: r.IsLatest, Revision: r.Revision,
		SubmittedAt: r.SubmittedAt.UTC(), IsLate: r.IsLate, SecondsLate: r.SecondsLate, State: r.State, QueuedAt: utc(r.QueuedAt),
		StartedAt: utc(r.StartedAt), ProcessedAt: utc(r.ProcessedAt), Progress: r.Progress, PreviewURL: r.PreviewURL, Group: group,
		Accepted: r.Accepted, HasError: r.HasError, Secret: r.Secret, Score: r.Score, ScoreReviewer: r.ScoreReviewer, Label: r.Label,
		Summary: r.Summary, EngineJob: r.EngineJob, Steps: steps,
	})
}
