package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// An Assignment is a Canvas assignment that was configured in Momotor.
type Assignment struct {
	bun.BaseModel `bun:"table:assignment,alias:asg"`
	query.RowMeta

	CourseID  int64  `bun:"course_id,pk"`
	MomotorID int64  `bun:"id,pk"`
	CanvasID  int64  `bun:"canvas_id"`
	Name      string `bun:"name"`
	Active    bool   `bun:"active"` // students can submit online, by the last refresh from Canvas
	Published bool   `bun:"published"`
	Paused    bool   `bun:"paused"`
	// Revision is the number of the current configuration; nil before the first one.
	Revision *int `bun:"revision"`
	// Version is the revision, followed by "-published" and "-paused" if these are set. So it
	// changes with each change of the revision, Published or Paused. Clients use it for
	// optimistic locking: see change.Configuration.IfVersion.
	Version string `bun:"version,scanonly"`
	// RefreshedAt is the time of the last request for a refresh.
	RefreshedAt *time.Time `bun:"refreshed_at,scanonly"`
	// The settings in Canvas; nil means unknown. See change.CanvasSettings.
	GradingType           *GradingType `bun:"grading_type"`
	PointsPossible        *float64     `bun:"points_possible"`
	DueAt                 *time.Time   `bun:"due_at"`
	UnlockAt              *time.Time   `bun:"unlock_at"`
	LockAt                *time.Time   `bun:"lock_at"`
	Position              *int         `bun:"position"` // in its group of assignments, from 1
	CanvasPublished       *bool        `bun:"canvas_published,scanonly"`
	GroupCategoryID       *int64       `bun:"group_category_id,scanonly"`
	GroupGradedSeparately *bool        `bun:"group_graded_separately,scanonly"`
	// TaskIDs are the task ids of the latest results that the caller may see, in recipe order.
	TaskIDs []string `bun:"task_ids,scanonly"`
}

// A GradingType is the form of the grades of an assignment in Canvas.
type GradingType string

// The grading types of Canvas.
const (
	GradingPoints      GradingType = "points"
	GradingPercent     GradingType = "percent"
	GradingLetterGrade GradingType = "letter_grade"
	GradingGPAScale    GradingType = "gpa_scale"
	GradingPassFail    GradingType = "pass_fail"
	GradingNotGraded   GradingType = "not_graded"
)

// ID is the assignment's global id.
func (a *Assignment) ID() string {
	return NodeID{Type: "Assignment", Key: query.Key{a.CourseID, a.MomotorID}}.String()
}

// IsNode makes an assignment a Node of the schema.
func (*Assignment) IsNode() {}

func (*Assignment) PrimaryKey() []string   { return []string{"course_id", "id"} }
func (*Assignment) OrderColumns() []string { return []string{"id"} }

// An AssignmentKey is the primary key of an assignment.
type AssignmentKey struct{ CourseID, ID int64 }

// Key is the primary key of the assignment.
func (a *Assignment) Key() AssignmentKey { return AssignmentKey{a.CourseID, a.MomotorID} }

// AssignmentVersion computes Version from the other fields, with the same result as the SQL of
// ColumnExpr.
func AssignmentVersion(a *Assignment) string {
	v := "0"
	if a.Revision != nil {
		v = strconv.Itoa(*a.Revision)
	}
	if a.Published {
		v += "-published"
	}
	if a.Paused {
		v += "-paused"
	}
	return v
}

// ColumnExpr computes the version and the task ids.
func (*Assignment) ColumnExpr(column string, sc query.Scope, pg bool) query.Clause {
	switch column {
	case "version":
		return query.SQL(`(CAST(coalesce(asg.revision, 0) AS text) || CASE WHEN asg.published THEN '-published' ELSE '' END
			|| CASE WHEN asg.paused THEN '-paused' ELSE '' END)`)
	case "task_ids":
		return taskIDs(sc, pg)
	}
	return query.Clause{}
}

// taskIDs returns the SQL of a JSON array of TaskIDs. The store keeps the tasks of all latest results,
// which reviewers see; for learners the SQL reads the steps of their own results.
func taskIDs(sc query.Scope, pg bool) query.Clause {
	aggregate := "json_group_array(tsk.task_id)"
	if pg {
		aggregate = "coalesce(json_agg(tsk.task_id), '[]')"
	}
	learner := query.Scope{Learn: sc.Learn, User: sc.User}
	return query.SQL(`(SELECT `+aggregate+` FROM (
		SELECT vis.task_id FROM (
			SELECT cnt.task_id, cnt.position, cnt.task FROM task_count AS cnt
			WHERE cnt.course_id = asg.course_id AND cnt.assignment_id = asg.id AND cnt.latest > 0 AND ?
			UNION ALL
			SELECT stp.task_id, stp.position, stp.task FROM result AS res JOIN step AS stp ON stp.course_id = res.course_id AND stp.result_id = res.id
			WHERE res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest AND ? AND ?
		) AS vis GROUP BY vis.task_id ORDER BY min(vis.position), min(vis.task), vis.task_id) AS tsk)`,
		visibleToReviewers(sc, "asg.course_id"), visibleResults(learner, "asg.course_id"), visibleSteps(learner, "asg.course_id"))
}

// The edges to assignments.
var (
	CourseAssignments = query.Edge[Assignment]{Path: "course.assignments", KeyWidth: 1, On: "asg.course_id = parent.k0", Visible: visibleAssignment}
	// Assignments leads to the assignments of all courses.
	Assignments    = query.Edge[Assignment]{Path: "assignments", Visible: func(sc query.Scope) query.Clause { return visibleCourses(sc, "asg.course_id") }}
	AssignmentByID = query.Edge[Assignment]{Path: "assignment", KeyWidth: 2, On: "asg.course_id = parent.k0 AND asg.id = parent.k1", Visible: visibleAssignment}
)

func visibleAssignment(sc query.Scope) query.Clause { return visibleCourses(sc, parentCourse) }

// An AssignmentFilter selects assignments. Nil conditions select all.
type AssignmentFilter struct {
	Active, Published, Paused *bool
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *AssignmentFilter) Clauses() []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	cs.Is("asg.active", f.Active)
	cs.Is("asg.published", f.Published)
	cs.Is("asg.paused", f.Paused)
	return cs
}

// AssignmentWithCanvasID returns the condition that selects the assignment with a Canvas id.
func AssignmentWithCanvasID(canvasID int64) []query.Clause {
	return []query.Clause{query.SQL("asg.canvas_id = ?", canvasID)}
}

// AssignmentInCourseWithCanvasID returns the condition that selects an assignment by its Canvas id
// and the Canvas id of its course in an account.
func AssignmentInCourseWithCanvasID(account, courseCanvasID, canvasID int64) []query.Clause {
	return []query.Clause{query.SQL(`asg.canvas_id = ? AND asg.course_id = (
		SELECT crs.id FROM course AS crs WHERE crs.account_id = ? AND crs.canvas_id = ?)`, canvasID, account, courseCanvasID)}
}

// A SyncTarget is an assignment to synchronize with Canvas.
type SyncTarget struct {
	Course     *Course
	Assignment *Assignment
}

// LoadSyncTarget reads an assignment and its course. It fails with fault.NotFound if the assignment
// does not exist.
func (s *Store) LoadSyncTarget(ctx context.Context, k AssignmentKey) (*SyncTarget, error) {
	t := &SyncTarget{Course: &Course{}, Assignment: &Assignment{}}
	err := s.db.NewSelect().Model(t.Assignment).Where("course_id = ? AND id = ?", k.CourseID, k.ID).Scan(ctx)
	if err == nil {
		err = s.db.NewSelect().Model(t.Course).Where("id = ?", k.CourseID).Scan(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read assignment %d: %w", k.ID, query.WrapError(err))
	}
	return t, nil
}

// ListAssignmentsToSync returns the active assignments of active, valid and writable courses, in
// accounts with access to Canvas.
func (s *Store) ListAssignmentsToSync(ctx context.Context) ([]AssignmentKey, error) {
	var keys []AssignmentKey
	err := s.db.NewSelect().TableExpr("assignment AS asg").ColumnExpr("asg.course_id, asg.id").
		Join("JOIN course AS crs ON crs.id = asg.course_id").Join("JOIN canvas_access AS cva ON cva.account_id = crs.account_id").
		Where("asg.active AND crs.active AND crs.valid AND NOT crs.readonly").Order("asg.course_id", "asg.id").Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("list the assignments to synchronize: %w", query.WrapError(err))
	}
	return keys, nil
}
