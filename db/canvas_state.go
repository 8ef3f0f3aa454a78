package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A CanvasState is what Canvas says about a person in a course.
type CanvasState struct {
	// Course and Person are nil if Canvas does not have them, or not any more.
	Course *CanvasCourse `json:"course"`
	Person *CanvasPerson `json:"person"`
	// Enrollments are those of the person in the course, and Sections the sections of the enrollments.
	Enrollments []*CanvasEnrollment `json:"enrollments"`
	Sections    []*CanvasSection    `json:"sections"`

	// AsOf is the time at which Canvas said this, and Age the seconds since then. They are nil for a state
	// from the last synchronization, whose time is unknown.
	AsOf *time.Time `json:"-"`
	Age  *int       `json:"-"`
	// Failure says in a sentence why Canvas was not asked again; nil if the state is recent.
	Failure *string `json:"-"`
}

// A CanvasCourse is a course as Canvas has it.
type CanvasCourse struct {
	CanvasID int64  `json:"canvas_id"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	// WorkflowState is unpublished, available, completed or deleted; nil if unknown.
	WorkflowState *string `json:"workflow_state"`
}

// A CanvasPerson is a person as Canvas has them.
type CanvasPerson struct {
	CanvasID     int64   `json:"canvas_id"`
	Name         string  `json:"name"`
	SortableName string  `json:"sortable_name"`
	LoginID      *string `json:"login_id"`
}

// A CanvasEnrollment is an enrollment as Canvas has it.
type CanvasEnrollment struct {
	// Type is the type of Canvas, such as StudentEnrollment.
	Type string `json:"type"`
	// State is the state of Canvas, such as active; nil if unknown.
	State           *string `json:"state"`
	SectionCanvasID *int64  `json:"section_canvas_id"`
}

// A CanvasSection is a section as Canvas has it.
type CanvasSection struct {
	CanvasID int64  `json:"canvas_id"`
	Name     string `json:"name"`
}

// A MemberKey identifies a person in a course.
type MemberKey struct{ CourseID, UserID int64 }

// A CanvasAnswer is the outcome of the last request to Canvas for a state, with the last state that is known.
type CanvasAnswer struct {
	State   *CanvasState // nil if Canvas has never answered
	AskedAt time.Time
	Failure *string // of the last request
}

// A CanvasStateRow is the row of a CanvasAnswer.
type CanvasStateRow struct {
	bun.BaseModel `bun:"table:canvas_state,alias:cst"`

	CourseID int64      `bun:"course_id,pk"`
	UserID   int64      `bun:"user_id,pk"`
	State    *string    `bun:"state"`
	ReadAt   *time.Time `bun:"read_at"`
	AskedAt  time.Time  `bun:"asked_at"`
	Failure  *string    `bun:"failure"`
}

// LastCanvasAnswer returns the last answer of Canvas about a person in a course, and nil if there is none.
func (s *Store) LastCanvasAnswer(ctx context.Context, k MemberKey) (*CanvasAnswer, error) {
	row := &CanvasStateRow{}
	err := s.db.NewSelect().Model(row).Where("course_id = ? AND user_id = ?", k.CourseID, k.UserID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the last answer of Canvas: %w", query.WrapError(err))
	}
	a := &CanvasAnswer{AskedAt: row.AskedAt, Failure: row.Failure}
	if row.State == nil {
		return a, nil
	}
	a.State = &CanvasState{AsOf: row.ReadAt}
	if err := json.Unmarshal([]byte(*row.State), a.State); err != nil {
		return nil, fmt.Errorf("read the last answer of Canvas: %w", err)
	}
	return a, nil
}

// SaveCanvasState stores a state that Canvas has returned.
func (s *Store) SaveCanvasState(ctx context.Context, k MemberKey, state *CanvasState, at time.Time) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return s.saveCanvasState(ctx, &CanvasStateRow{CourseID: k.CourseID, UserID: k.UserID, State: new(string(text)), ReadAt: &at, AskedAt: at},
		"state", "read_at", "asked_at", "failure")
}

// SaveCanvasFailure records that Canvas did not return a state, and keeps the last state.
func (s *Store) SaveCanvasFailure(ctx context.Context, k MemberKey, failure string, at time.Time) error {
	return s.saveCanvasState(ctx, &CanvasStateRow{CourseID: k.CourseID, UserID: k.UserID, AskedAt: at, Failure: &failure}, "asked_at", "failure")
}

// saveCanvasState inserts a row. If the row exists, it changes only the given columns.
func (s *Store) saveCanvasState(ctx context.Context, row *CanvasStateRow, columns ...string) error {
	q := s.db.NewInsert().Model(row).On("CONFLICT (course_id, user_id) DO UPDATE")
	for _, c := range columns {
		q.Set("? = excluded.?", bun.Ident(c), bun.Ident(c))
	}
	if _, err := s.db.Write(ctx, q); err != nil {
		return fmt.Errorf("store the state of a person in Canvas: %w", err)
	}
	return nil
}
