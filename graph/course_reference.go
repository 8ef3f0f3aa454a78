package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// findCourse returns the referenced course, with the columns id and account_id. The error is fault.NotFound
// if the course is not visible to the caller.
func (r *Resolver) findCourse(ctx context.Context, ref exec.CourseReference) (*db.Course, error) {
	edge, key, params := &db.AccountCourses, query.Key{}, query.Params{Columns: []string{"id", "account_id"}}
	switch {
	case ref.ID != nil:
		id, ok := db.ParseNodeID(*ref.ID)
		if !ok || id.Type != "Course" {
			return nil, fault.NotFound
		}
		edge, key = &db.CourseByID, id.Key
	case ref.Path != nil:
		key[0], params.Filter = ref.Path.AccountMomotorID, db.CourseWithCanvasID(ref.Path.CanvasID)
	default:
		return nil, fault.NotFound
	}
	rows, err := edge.Load(ctx, r.db(ctx), scopeOf(ctx), []query.Key{key}, params)
	if err != nil {
		return nil, err
	}
	if len(rows[0]) == 0 {
		return nil, fault.NotFound
	}
	return rows[0][0], nil
}

var errNotSignedIn = fault.New(fault.Forbidden, "Only people who are signed in have preferences and a state in Canvas, and API keys have none.")

// findMember returns the caller as a person in the referenced course. The error is errNotSignedIn for
// callers who are not people, and otherwise that of findCourse.
func (r *Resolver) findMember(ctx context.Context, ref exec.CourseReference) (member db.MemberKey, course *db.Course, err error) {
	p := access.FromContext(ctx)
	if p.Kind != access.User {
		return db.MemberKey{}, nil, errNotSignedIn
	}
	course, err = r.findCourse(ctx, ref)
	if err != nil {
		return db.MemberKey{}, nil, err
	}
	return db.MemberKey{CourseID: course.MomotorID, UserID: p.UserID}, course, nil
}
