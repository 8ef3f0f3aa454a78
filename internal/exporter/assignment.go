package exporter

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/transfer"
)

type assignmentLine struct {
	Type                  string          `json:"type"`
	Account               string          `json:"account"`
	Course                int64           `json:"course"`
	CanvasID              int64           `json:"canvas_id"`
	ID                    int64           `json:"id"`
	Name                  string          `json:"name"`
	Active                bool            `json:"active"`
	Published             bool            `json:"published"`
	Paused                bool            `json:"paused"`
	Revision              *int            `json:"revision,omitempty"`
	RefreshedAt           *time.Time      `json:"refreshed_at,omitempty"`
	GradingType           *db.GradingType `json:"grading_type,omitempty"`
	PointsPossible        *float64        `json:"points_possible,omitempty"`
	DueAt                 *time.Time      `json:"due_at,omitempty"`
	UnlockAt              *time.Time      `json:"unlock_at,omitempty"`
	LockAt                *time.Time      `json:"lock_at,omitempty"`
	Position              *int            `json:"position,omitempty"`
	CanvasPublished       *bool           `json:"canvas_published,omitempty"`
	GroupCategoryID       *int64          `json:"group_category_id,omitempty"`
	GroupGradedSeparately *bool           `json:"group_graded_separately,omitempty"`
}

func (w *writer) assignments(ctx context.Context) error {
	return transfer.EachAssignment(ctx, w.tx, func(a *db.Assignment) error {
		w.names.assignments[a.MomotorID] = a.CanvasID
		course := w.names.courses[a.CourseID]
		return w.manifest.write(assignmentLine{
			Type: "assignment", Account: course.account, Course: course.canvasID, CanvasID: a.CanvasID, ID: a.MomotorID, Name: a.Name,
			Active: a.Active, Published: a.Published, Paused: a.Paused, Revision: a.Revision, RefreshedAt: utc(a.RefreshedAt),
			GradingType: a.GradingType, PointsPossible: a.PointsPossible, DueAt: utc(a.DueAt), UnlockAt: utc(a.UnlockAt), LockAt: utc(a.LockAt),
			Position: a.Position, CanvasPublished: a.CanvasPublished, GroupCategoryID: a.GroupCategoryID, GroupGradedSeparately: a.GroupGradedSeparately,
		})
	})
}

// utc returns a time in UTC; nil stays nil.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}
